"""One class statement that is a zope interface and a typing.Protocol at once.

    @checkable
    class IProtocol(Interface, metaclass=contract):
        def dataReceived(self, data: bytes) -> None:
            \"""Bytes have arrived.\"""

While the program runs this is a zope.interface: ``@implementer(IProtocol)``,
``IProtocol.providedBy(p)``, ``IProtocol(p, None)``, registered adapters, all of it.
`contract` drops ``self`` from the methods, as zope writes them, and makes a property
an ``Attribute``.

To a type checker it is a typing.Protocol, so whoever has the methods fits, with no
plugin: a class that says ``@implementer(IProtocol)`` is an `IProtocol` where one is
asked for, and ``IProtocol.providedBy(x)`` narrows *x*.  mypy-zope, where it is on,
knows it for an interface too and names the members an implementer lacks.

One form no checker takes: calling a Protocol, ``IProtocol(x, None)``.  `adapt` is the
same call with a type.  (Seen with mypy 2.4, mypy-zope 1.0.17, pyright 1.1.414.)

A sub-interface names its base *and* ``Interface``: typing wants that; zope gets the
base alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["Interface", "adapt", "adapted", "checkable", "contract"]

T = TypeVar("T")

if TYPE_CHECKING:
    from typing import Protocol as Interface
    from typing import TypeGuard
    from typing import runtime_checkable as checkable

    # zope.interface has no types of its own.  mypy-zope knows them, and an interface by this
    # base; to pyright it would be an unknown, and with it every class that names an interface.
    # (pyright skips what a 0 guards; mypy does not, and keeps the first of two definitions.)
    if 0:
        from zope.interface.interface import InterfaceClass
    else:
        from abc import ABCMeta as InterfaceClass  # type: ignore[assignment]  # the second

    # ruff: noqa: N804 - its methods are the interfaces'
    class contract(InterfaceClass):  # noqa: N801 - reads as a keyword of the class statement
        """The face that each of our interfaces shows to a type checker."""

        # *self* is an interface: to a checker a class, which is called to make a T.
        def providedBy(self: Callable[..., T], ob: object) -> TypeGuard[T]:
            """True iff *ob* says that it provides this interface."""

        def implementedBy(self, cls: type[Any]) -> bool:  # noqa: N802 - zope's name
            """True iff instances of *cls* provide this interface."""

else:
    from types import FunctionType

    from zope.interface import Attribute, Interface
    from zope.interface.interface import InterfaceClass, fromFunction

    def contract(name, bases, body):
        """Make the zope interface that a class statement describes."""
        members = {n: member for n, thing in body.items() if (member := _member(n, thing))}
        its_bases = tuple(base for base in bases if base is not Interface) or bases
        return InterfaceClass(name, its_bases, members, body.get("__doc__"), body["__module__"])

    def _member(name, thing):
        if isinstance(thing, FunctionType):
            return fromFunction(thing, imlevel=1, name=name)
        if isinstance(thing, property):
            return Attribute(name, thing.__doc__ or "")
        return None  # __module__, __doc__, __qualname__: the class statement's own

    def checkable(interface):
        """Typing's runtime_checkable, which mypy-zope asks for at ``providedBy``."""
        return interface


def adapt(interface: Callable[..., T], thing: object) -> T | None:
    """*thing* as an *interface*, by itself or through a registered adapter; else None.

    The same as ``interface(thing, None)``, which type checkers refuse.
    """
    adapted: T | None = interface(thing, None)
    return adapted


def adapted(interface: Callable[..., T], thing: object) -> T:
    """*thing* as an *interface*: the same as ``interface(thing)``, which type checkers refuse.

    Raises:
        TypeError: It is none, and there is no adapter.
    """
    return interface(thing)
