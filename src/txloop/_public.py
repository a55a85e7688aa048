"""Give an object that lives in a back room its public address.

A shape module (`internet/endpoints.py`) is a door: its classes may be written in
underscore modules behind it.  Pickles, tracebacks, log namespaces and readers want
the public path, so each door ends with ``publish(__name__, __all__)``.

    publish("txloop.internet.defer", ["Deferred"])   Deferred.__module__ says txloop.internet.defer
    @lives_at("txloop.internet.tcp")                the same for a class that an adapter holds
    readdress(some_rule)                             … and from now on what the rule makes of that
    public_address("txloop.internet._chain")         the same rule, for names of log namespaces

The overlay (adapters/txloop_twisted) readdresses: under it, peers, pickles and log
filters have to read ``twisted.internet.defer``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from types import MethodType
from typing import TypeVar

Address = Callable[[str], str]
_Class = TypeVar("_Class", bound=type)


def as_it_is(module_name: str) -> str:
    """The address rule of txloop by itself: a door's address is its own name."""
    return module_name


_address: Address = as_it_is
# What has been published, and by which door.  The objects are module globals, so
# holding them here keeps nothing alive that was not.
_published: list[tuple[object, str]] = []


def publish(door: str, names: Iterable[str]) -> None:
    """Set ``__module__`` of *door*'s own classes, functions and interfaces to its address.

    Its own are those written in the door or in a room behind it; what another door
    has published, constants, and zope's or the standard library's objects keep theirs.
    """
    namespace = vars(sys.modules[door])
    for name in names:
        thing = namespace[name]
        home = getattr(thing, "__module__", None)
        if isinstance(home, str) and (home == door or _is_room(home)) and _can_move(thing):
            _published.append((thing, door))
            _set_home(thing, _address(door))


def lives_at(door: str) -> Callable[[_Class], _Class]:
    """Decorate a class that *door* shows though it is written elsewhere: an adapter's.

    For those that users meet (in reprs, logs, pickles) before anybody has asked the door for them.
    """

    def publish_it(cls: _Class) -> _Class:
        _published.append((cls, door))
        _set_home(cls, _address(door))
        return cls

    return publish_it


def readdress(address: Address) -> None:
    """Give everything published, and all that will be, the address that *address* makes of its door."""
    global _address
    _address = address
    for thing, door in _published:
        _set_home(thing, address(door))


def public_address(module_name: str) -> str:
    """The name under which the module *module_name* is known to the outside now."""
    return _address(module_name)


def neighbour(door: str, name: str) -> str:
    """The name of the module *name* (``"internet.ssl"``) that goes with *door*, as this one is known now.

    For what *door* imports only when it is used.  Under the overlay that is Twisted's name:
    a module that txloop does not provide yet is then the installed Twisted's.
    """
    return f"{public_address(door).partition('.')[0]}.{name}"


def _is_room(module_name: str) -> bool:
    top, *rest = module_name.split(".")
    return top == "txloop" and any(part.startswith("_") for part in rest)


def _can_move(thing: object) -> bool:
    # A bound method (log.msg is one) has its function's home and none of its own.
    if isinstance(thing, MethodType):
        return False
    return hasattr(thing, "__qualname__") or hasattr(thing, "__ibmodule__")


def _set_home(thing: object, module_name: str) -> None:
    # zope's interfaces keep their module in a field of their own: theirs is read-only.
    field = "__ibmodule__" if hasattr(thing, "__ibmodule__") else "__module__"
    setattr(thing, field, module_name)
