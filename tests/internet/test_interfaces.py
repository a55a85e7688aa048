"""Interfaces: the same as Twisted's in every name, and Protocols and zope interfaces in one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from zope.interface import implementer
from zope.interface.interface import InterfaceClass, Method
from zope.interface.verify import verifyObject

from support import twisted_python
from txloop._contract import Interface, adapt, checkable, contract
from txloop.internet import interfaces

RECORD = Path(__file__).parents[1] / "data" / "twisted_contracts.json"  # record_twisted_contracts.py
TWISTED: dict[str, Any] = json.loads(RECORD.read_text())["interfaces"]


def _described(interface: InterfaceClass) -> dict[str, Any]:
    members = {
        name: interface[name].getSignatureString() if isinstance(interface[name], Method) else None
        for name in interface.names()
    }
    return {"bases": [base.__name__ for base in interface.__bases__], "members": members}


@pytest.mark.parametrize("name", TWISTED)
def test_each_interface_has_twisteds_bases_members_and_signatures(name: str) -> None:
    assert _described(getattr(interfaces, name)) == TWISTED[name]


def test_there_is_no_interface_that_twisted_has_not() -> None:
    ours = {name for name, thing in vars(interfaces).items() if isinstance(thing, InterfaceClass)}
    assert ours == set(TWISTED)


def test_every_public_interface_is_exported_with_its_public_address_and_a_text() -> None:
    public = {name for name in TWISTED if not name.startswith("_")}
    assert public <= set(interfaces.__all__)
    for name in TWISTED:
        interface = getattr(interfaces, name)
        assert interface.__module__ == "txloop.internet.interfaces"
        assert interface.__doc__
        assert all(interface[member].__doc__ for member in interface.names())


@pytest.mark.needs_twisted
def test_the_record_of_interfaces_and_errors_is_what_twisted_has() -> None:
    script = RECORD.with_name("record_twisted_contracts.py")
    python = twisted_python()
    assert python is not None
    fresh = subprocess.run([python, script], capture_output=True, text=True, check=True)
    assert json.loads(fresh.stdout) == json.loads(RECORD.read_text())


# ---- one class statement: _contract.py -----------------------------------------


@checkable
class IGreeter(Interface, metaclass=contract):
    """Greets."""

    @property
    def name(self) -> str:
        """Whom."""

    def greet(self, times: int = 1, *args: object, **kwargs: object) -> str:
        """Do it."""


@checkable
class ILoudGreeter(IGreeter, Interface, metaclass=contract):
    """Greets loudly."""

    def shout(self) -> str:
        """Do it loudly."""


@implementer(ILoudGreeter)
class Greeter:
    name = "ann"

    def greet(self, times: int = 1, *args: object, **kwargs: object) -> str:
        return f"hello {self.name}" * times

    def shout(self) -> str:
        return self.greet().upper()


def test_a_contract_is_a_zope_interface_without_self() -> None:
    assert type(IGreeter) is InterfaceClass
    assert IGreeter["greet"].getSignatureString() == "(times=1, *args, **kwargs)"
    assert not isinstance(IGreeter["name"], Method)
    assert IGreeter["name"].__doc__ == "Whom."
    assert verifyObject(ILoudGreeter, Greeter())


def test_a_contract_that_extends_another_has_it_as_its_only_base() -> None:
    assert ILoudGreeter.__bases__ == (IGreeter,)
    assert IGreeter.providedBy(Greeter())


def test_adapt_gives_the_thing_or_none() -> None:
    greeter = Greeter()
    assert adapt(IGreeter, greeter) is greeter
    assert adapt(IGreeter, "ann") is None


def test_a_binding_is_a_value() -> None:
    first = interfaces.Binding(interfaces._Binding("127.0.0.1", 80))  # type: ignore[attr-defined]
    assert first == interfaces._Binding(address="127.0.0.1", port=80, reuseAddress=False)  # type: ignore[attr-defined]
    assert hash(first) == hash(interfaces._Binding("127.0.0.1", 80))  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        first._port = 81  # type: ignore[misc]
