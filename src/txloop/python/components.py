"""Adapters over zope.interface, and objects that collect them.

    registerAdapter(Wrapper, IOriginal, ITarget)    from now on ITarget(original) makes a Wrapper
    Componentized                                   holds one component for each interface
    proxyForInterface(IFoo)                         a class that passes IFoo on to another object

The registry is one for the process and is asked by every interface call; importing this
module hooks it into zope.interface.

Source: signatures and behaviour were read off Twisted 26.10 by running it.
"""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pprint import pprint
from typing import Any, cast

from zope.interface import declarations, interface
from zope.interface.adapter import AdapterRegistry

from txloop._public import publish
from txloop.python import reflect

__all__ = [
    "ALLOW_DUPLICATES",
    "Adapter",
    "CannotAdapt",
    "Componentized",
    "ReprableComponentized",
    "getAdapterFactory",
    "getRegistry",
    "globalRegistry",
    "proxyForInterface",
    "registerAdapter",
]

AdapterFactory = Callable[[Any], Any]

CannotAdapt = TypeError  # what IFoo(x) raises

globalRegistry: Any = AdapterRegistry()  # its stubs know only half of it

# True lets registerAdapter replace an adapter; a program may set it.
ALLOW_DUPLICATES: object = 0


# ---- the registry -----------------------------------------------------------


def registerAdapter(adapterFactory: AdapterFactory, origInterface: Any, *interfaceClasses: Any) -> None:
    """Use *adapterFactory* where one of *interfaceClasses* is asked of what provides *origInterface*.

    Args:
        adapterFactory: Called with the original object; gives the adapted one, or None.
        origInterface: An interface, or a class, which then means its instances.
        interfaceClasses: The interfaces it adapts to, one or more.
    Raises:
        ValueError: There is an adapter for one of them already; nothing was registered.
        AssertionError: No interface was given.
    """
    if not interfaceClasses:
        raise AssertionError("You need to pass an Interface")
    original = _specification(origInterface)
    for wanted in interfaceClasses:
        factory = globalRegistry.registered([original], wanted)
        if factory is not None and not ALLOW_DUPLICATES:
            raise ValueError(f"an adapter ({factory}) was already registered.")
    for wanted in interfaceClasses:
        globalRegistry.register([original], wanted, "", adapterFactory)


def getAdapterFactory(fromInterface: Any, toInterface: Any, default: Any) -> Any:
    """What registerAdapter() registered for the two, inherited interfaces counting; else *default*."""
    factory = globalRegistry.lookup1(_specification(fromInterface), toInterface)
    return default if factory is None else factory


def getRegistry() -> Any:
    """The registry, which is one for the process."""
    return globalRegistry


def _specification(interface_or_class: Any) -> Any:
    if isinstance(interface_or_class, interface.InterfaceClass):
        return interface_or_class
    implemented_by: Callable[[Any], Any] = declarations.implementedBy  # its stubs are half typed
    return implemented_by(interface_or_class)


def _addHook(registry: Any) -> Callable[[Any, Any], Any]:
    """Ask *registry* at each interface call from now on; gives what _removeHook() takes."""
    look_up = registry.lookup1

    def hook(wanted: Any, thing: Any) -> Any:
        factory = look_up(declarations.providedBy(thing), wanted)
        return None if factory is None else factory(thing)

    interface.adapter_hooks.append(hook)
    return hook


def _removeHook(hook: Callable[[Any, Any], Any]) -> None:
    interface.adapter_hooks.remove(hook)


_addHook(globalRegistry)


# ---- adapters -----------------------------------------------------------------


class Adapter:
    """A base for adapters: keeps what it adapts.

    Attributes:
        original: The adapted object.
        temporaryAdapter: True means that a Componentized makes a new one each time.
        multiComponent: True means that a Componentized keeps it for each interface that it
            provides, not only for the one asked for.
    """

    temporaryAdapter: Any = 0
    multiComponent: Any = 1

    def __init__(self, original: Any) -> None:
        self.original = original

    def __conform__(self, interface: Any) -> Any:
        """What the original says of *interface*, if it says anything, else None."""
        conform = getattr(self.original, "__conform__", None)
        return None if conform is None else conform(interface)

    def isuper(self, iface: Any, adapter: Any) -> Any:
        """Pass the question on to the original."""
        return self.original.isuper(iface, adapter)


class Componentized:
    """An object of many parts: one component for each interface.

    ``IFoo(thing)`` gives its component for IFoo: the one that was set, or an adapter
    registered for its class, which is then kept.
    """

    persistenceVersion = 1

    def __init__(self) -> None:
        # By the full name of the interface, so that it can be pickled and survives a reload.
        self._adapterCache: dict[str, Any] = {}

    def locateAdapterClass(self, klass: type, interfaceClass: Any, default: Any) -> Any:
        """The adapter factory that is registered for *klass* and *interfaceClass*, or *default*."""
        return getAdapterFactory(klass, interfaceClass, default)

    def setAdapter(self, interfaceClass: Any, adapterClass: AdapterFactory) -> None:
        """Use a new *adapterClass* of this object as the component for *interfaceClass*."""
        self.setComponent(interfaceClass, adapterClass(self))

    def addAdapter(self, adapterClass: AdapterFactory, ignoreClass: object = 0) -> Any:
        """As addComponent(), with a new *adapterClass* of this object, which is returned."""
        adapter = adapterClass(self)
        self.addComponent(adapter, ignoreClass)
        return adapter

    def setComponent(self, interfaceClass: Any, component: Any) -> None:
        """Use *component* for *interfaceClass*."""
        self._adapterCache[reflect.qual(interfaceClass)] = component

    def addComponent(self, component: Any, ignoreClass: object = 0) -> None:
        """Use *component* for the interfaces that it provides.

        Only for those that its class is the registered adapter for, unless *ignoreClass*
        is true.
        """
        for provided in declarations.providedBy(component):
            if ignoreClass or (
                self.locateAdapterClass(self.__class__, provided, None) == component.__class__
            ):
                self._adapterCache[reflect.qual(provided)] = component

    def unsetComponent(self, interfaceClass: Any) -> None:
        """Forget the component for *interfaceClass*.

        Raises:
            KeyError: There is none.
        """
        del self._adapterCache[reflect.qual(interfaceClass)]

    def removeComponent(self, component: Any) -> list[Any]:
        """Forget *component*; the interfaces that it was used for are returned."""
        names = [name for name, held in self._adapterCache.items() if held is component]
        for name in names:
            del self._adapterCache[name]
        return [reflect.namedAny(name) for name in names]

    def getComponent(self, interface: Any, default: Any = None) -> Any:
        """The component for *interface*, made now if an adapter is registered; else *default*."""
        name = reflect.qual(interface)
        if name in self._adapterCache:
            return self._adapterCache[name]
        adapter = interface.__adapt__(self)
        if adapter is None:
            return default
        if not getattr(adapter, "temporaryAdapter", False):
            self._adapterCache[name] = adapter
            if getattr(adapter, "multiComponent", False):
                self.addComponent(adapter)
        return adapter

    def __conform__(self, interface: Any) -> Any:
        """How zope asks: getComponent()."""
        return self.getComponent(interface)


class ReprableComponentized(Componentized):
    """A Componentized whose repr shows its components."""

    def __repr__(self) -> str:
        text = StringIO()
        pprint(self._adapterCache, stream=text)
        return text.getvalue()


# ---- proxies ------------------------------------------------------------------


def proxyForInterface(iface: Any, originalAttribute: str = "original") -> type[Any]:
    """A class whose instances pass what *iface* describes on to another object.

    Derive from it to change a part; ``super()`` works.

    Args:
        iface: The interface; the class implements it.
        originalAttribute: Where an instance keeps the object given to it.
    """

    def __init__(self: Any, original: Any) -> None:  # noqa: N807 - it becomes a class's, below
        setattr(self, originalAttribute, original)

    body: dict[str, Any] = {n: _ProxyDescriptor(n, originalAttribute) for n in iface.names(all=True)}
    body["__init__"] = __init__
    body["__module__"] = _ProxyDescriptor.__module__
    proxy: Any = type(f"(Proxy for {reflect.qual(iface)})", (object,), body)
    # Looked up at run time, for mypy-zope would have a class statement to mark.
    implement: Callable[[Any, Any], None] = declarations.classImplements
    implement(proxy, iface)
    return cast(type[Any], proxy)


class _ProxiedClassMethod:
    """What a proxy class gives for a method: to be called with an instance first, as super() does."""

    def __init__(self, methodName: str, originalAttribute: str) -> None:
        self.methodName = self.__name__ = methodName
        self.originalAttribute = originalAttribute

    def __call__(self, oself: Any, *args: Any, **kw: Any) -> Any:
        return getattr(getattr(oself, self.originalAttribute), self.methodName)(*args, **kw)


class _ProxyDescriptor:
    """One attribute, read, set and deleted on the original."""

    def __init__(self, attributeName: str, originalAttribute: str) -> None:
        self.attributeName = attributeName
        self.originalAttribute = originalAttribute

    def __get__(self, oself: Any, type: type | None = None) -> Any:
        if oself is None:
            return _ProxiedClassMethod(self.attributeName, self.originalAttribute)
        return getattr(getattr(oself, self.originalAttribute), self.attributeName)

    def __set__(self, oself: Any, value: Any) -> None:
        setattr(getattr(oself, self.originalAttribute), self.attributeName, value)

    def __delete__(self, oself: Any) -> None:
        delattr(getattr(oself, self.originalAttribute), self.attributeName)


publish(__name__, __all__)
