"""Adapters, objects of many components, proxies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from zope.interface import Attribute, Interface, implementedBy, implementer

from txloop.python import components


class INamed(Interface):
    name = Attribute("A name.")

    def greet(greeting: str) -> str:  # type: ignore[misc]
        """Greet."""


class ILoud(Interface):
    pass


class ILouder(ILoud):
    pass


@implementer(INamed)
class Person:
    name = "ann"

    def greet(self, greeting: str) -> str:
        return f"{greeting} {self.name}"


@implementer(ILoud)
class Loud(components.Adapter):
    pass


@pytest.fixture
def duplicates_allowed() -> Iterator[None]:
    components.ALLOW_DUPLICATES = True
    yield
    components.ALLOW_DUPLICATES = False


@pytest.fixture
def person_class() -> type[Person]:
    """A class of its own for each test, since the registry is one for the process."""
    return type("Someone", (Person,), {})


def test_a_registered_adapter_is_used_by_interface_calls(person_class: type[Person]) -> None:
    components.registerAdapter(Loud, person_class, ILoud)
    person = person_class()
    adapted: Any = ILoud(person)
    assert type(adapted) is Loud
    assert adapted.original is person
    assert components.getAdapterFactory(person_class, ILoud, None) is Loud


def test_an_adapter_for_an_interface_serves_who_provides_it() -> None:
    class IOwn(Interface):
        pass

    @implementer(IOwn)
    class Own:
        pass

    components.registerAdapter(Loud, IOwn, ILoud, ILouder)
    assert type(ILoud(Own())) is type(ILouder(Own())) is Loud


def test_without_an_adapter_the_default_is_given() -> None:
    assert components.getAdapterFactory(Person, ILouder, "none") == "none"
    assert ILouder(Person(), None) is None
    with pytest.raises(components.CannotAdapt):
        ILouder(Person())


def test_a_second_adapter_is_refused_and_nothing_is_registered(person_class: type[Person]) -> None:
    components.registerAdapter(Loud, person_class, ILoud)
    with pytest.raises(ValueError, match="was already registered"):
        components.registerAdapter(Person, person_class, ILouder, ILoud)
    assert components.getAdapterFactory(person_class, ILouder, None) is None


@pytest.mark.usefixtures("duplicates_allowed")
def test_a_second_adapter_replaces_the_first_if_that_is_allowed(person_class: type[Person]) -> None:
    components.registerAdapter(Loud, person_class, ILoud)
    components.registerAdapter(Person, person_class, ILoud)
    assert components.getAdapterFactory(person_class, ILoud, None) is Person


def test_registering_without_an_interface_is_an_error() -> None:
    with pytest.raises(AssertionError, match="You need to pass an Interface"):
        components.registerAdapter(Loud, Person)


def test_an_adapter_passes_questions_on_to_its_original() -> None:
    holder = components.Componentized()
    holder.setComponent(ILoud, "loud")
    assert components.Adapter(holder).__conform__(ILoud) == "loud"
    assert components.Adapter(object()).__conform__(ILoud) is None


def test_a_componentized_gives_the_component_that_was_set() -> None:
    holder = components.Componentized()
    assert holder.getComponent(ILoud, "default") == "default"
    holder.setComponent(ILoud, "loud")
    assert ILoud(holder) == "loud"
    holder.unsetComponent(ILoud)
    assert holder.getComponent(ILoud) is None
    with pytest.raises(KeyError):
        holder.unsetComponent(ILoud)


def test_a_componentized_keeps_adapters_but_not_temporary_ones() -> None:
    class Holder(components.Componentized):
        pass

    class Temporary(components.Adapter):
        temporaryAdapter = True

    components.registerAdapter(Loud, Holder, ILoud)
    components.registerAdapter(Temporary, Holder, INamed)
    holder = Holder()
    assert ILoud(holder) is ILoud(holder)
    assert INamed(holder) is not INamed(holder)


def test_add_component_takes_only_interfaces_its_class_is_registered_for() -> None:
    class Holder(components.Componentized):
        pass

    @implementer(ILoud, INamed)
    class Both(components.Adapter):
        pass

    components.registerAdapter(Both, Holder, ILoud)
    holder = Holder()
    both = holder.addAdapter(Both)
    assert holder.getComponent(ILoud) is both
    assert holder.getComponent(INamed) is None
    holder.addComponent(both, ignoreClass=True)
    assert holder.getComponent(INamed) is both
    assert set(holder.removeComponent(both)) == {ILoud, INamed}
    assert holder.removeComponent(both) == []


def test_a_reprable_componentized_shows_its_components() -> None:
    holder = components.ReprableComponentized()
    holder.setComponent(ILoud, 5)
    assert repr(holder) == f"{{'{__name__}.ILoud': 5}}\n"


def test_a_proxy_passes_reads_writes_and_calls_on() -> None:
    proxied: Any = components.proxyForInterface(INamed)(Person())
    assert proxied.greet("hello") == "hello ann"
    proxied.name = "bob"
    assert proxied.original.name == "bob"
    del proxied.name
    assert proxied.name == "ann"
    assert INamed.providedBy(proxied)


def test_a_proxy_class_can_be_derived_from_and_super_works() -> None:
    class Polite(components.proxyForInterface(INamed, "_person")):  # type: ignore[misc]
        def greet(self, greeting: str) -> str:
            said: str = super().greet(greeting)
            return f"{said}, please"

    assert Polite(Person()).greet("hello") == "hello ann, please"
    assert Polite.__mro__[1].__name__ == f"(Proxy for {__name__}.INamed)"
    assert list(implementedBy(Polite)) == [INamed]


def test_a_proxy_classs_method_is_called_with_an_instance_first() -> None:
    proxy = components.proxyForInterface(INamed)
    assert proxy.greet(proxy(Person()), greeting="hi") == "hi ann"
