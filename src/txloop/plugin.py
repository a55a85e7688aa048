"""Plugins: objects in the modules of a plugins package, found by the interfaces they provide.

    somewhere on sys.path           getPlugins(IStreamServerEndpointStringParser)
      twisted/plugins/my_plugin.py    reads each folder's dropin.cache: what provides what
        thing = MyParser()            imports only the modules whose objects fit
                                      gives each object, adapted to the interface

A plugins package spans folders of that name all along ``sys.path``, see
pluginPackagePaths().  The cache is written beside the modules, when that is allowed, and
again when one of them is newer.

The package asked by default is Twisted's name for it, ``twisted.plugins``, while the
overlay is in place (``txloop run``); else ``txloop.plugins``, where our own plugins are.

Source: files, results and log lines as of Twisted 26.10's twisted.plugin, by running it.
"""

from __future__ import annotations

import importlib
import os
import pickle
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, TypeVar

from zope.interface import providedBy

from txloop._contract import Interface, checkable, contract
from txloop._public import neighbour, public_address, publish
from txloop.python import log
from txloop.python.components import getAdapterFactory
from txloop.python.reflect import namedAny

__all__ = ["getPlugins", "pluginPackagePaths"]

_TInterface = TypeVar("_TInterface")

_DOOR = "txloop.plugin"


@checkable
class IPlugin(Interface, metaclass=contract):
    """What every plugin provides beside its own interface: that it is meant to be found."""


# ---- what the cache holds ------------------------------------------------------------


class CachedPlugin:
    """One plugin, as far as it is known without importing its module.

    Attributes:
        dropin: The module it is in, a CachedDropin, which gets it appended to its plugins.
        name: The name of the object in the module.
        description: Its docstring.
        provided: The interfaces it provides.
    """

    def __init__(self, dropin: CachedDropin, name: str, description: str | None, provided: list[Any]) -> None:
        self.dropin = dropin
        self.name = name
        self.description = description
        self.provided = provided
        self.dropin.plugins.append(self)

    def __repr__(self) -> str:
        interfaces = ", ".join(interface.__name__ for interface in self.provided)
        return f"<CachedPlugin {self.name!r}/{self.dropin.moduleName!r} (provides {interfaces!r})>"

    def load(self) -> Any:
        """The plugin itself; imports its module."""
        return namedAny(f"{self.dropin.moduleName}.{self.name}")

    def __conform__(self, interface: Any, registry: Any = None, default: Any = None) -> Any:
        """The plugin, adapted to *interface*; *default*, and nothing imported, if it cannot be.

        zope calls this when an interface is called with a CachedPlugin.
        """
        for provided in self.provided:
            if provided.isOrExtends(interface):
                return self.load()
            if getAdapterFactory(provided, interface, None) is not None:
                return interface(self.load(), default)
        return default

    getComponent = __conform__


class CachedDropin:
    """One module of plugins.

    Attributes:
        moduleName: Its full name.
        description: Its docstring.
        plugins: A CachedPlugin each.
    """

    def __init__(self, moduleName: str, description: str | None) -> None:
        self.moduleName = moduleName
        self.description = description
        self.plugins: list[CachedPlugin] = []


def _generateCacheEntry(provider: ModuleType) -> CachedDropin:
    """What the module *provider* has."""
    dropin = CachedDropin(provider.__name__, provider.__doc__)
    for name, thing in vars(provider).items():
        plugin = IPlugin(thing, None)  # type: ignore[call-arg, misc]  # an adapting call
        if plugin is not None:
            CachedPlugin(dropin, name, thing.__doc__, list(providedBy(plugin)))
    return dropin


# ---- reading and writing it ------------------------------------------------------------


def getCache(module: ModuleType) -> dict[str, CachedDropin]:
    """What the plugin modules of the package *module* hold, by the modules' last names.

    Modules that cannot be imported are logged and left out.  The caches of folders where
    something has changed are written again.
    """
    everything: dict[str, CachedDropin] = {}
    for folder in dict.fromkeys(module.__path__):
        everything.update(_cache_of_folder(module.__name__, folder))
    return everything


def _cache_of_folder(package: str, folder: str) -> dict[str, CachedDropin]:
    names = [found.name for found in pkgutil.iter_modules([folder])]
    cache_path = os.path.join(folder, _cache_name())
    cached, written_at = _read(cache_path)
    stale = cached.keys() - set(names)
    for name in stale:
        del cached[name]
    changed = bool(stale)
    for name in names:
        if name not in cached or _modified_at(folder, name) >= written_at:
            changed = True
            cached.pop(name, None)
            try:
                cached[name] = _generateCacheEntry(importlib.import_module(f"{package}.{name}"))
            except BaseException:
                log.err()
    if changed:
        _write(cache_path, cached)
    return cached


def _cache_name() -> str:
    # What is pickled under the overlay goes by Twisted's names, as every Twisted reads it.  Read
    # without the overlay, it would import an installed Twisted beside us.
    return "dropin.cache" if public_address(_DOOR) != _DOOR else "dropin-txloop.cache"


def _modified_at(folder: str, name: str) -> float:
    """When the module was written, seconds of the epoch; 0 if it is no file (in a zip, compiled, …)."""
    try:
        return os.path.getmtime(os.path.join(folder, name + ".py"))
    except OSError:
        return 0.0


def _read(path: str) -> tuple[dict[str, CachedDropin], float]:
    """The cache at *path* and when it was written; empty if there is none that can be read."""
    try:
        # The file lies beside the plugin modules: who can write it can write code there too.
        with open(path, "rb") as file:
            return dict(pickle.load(file)), os.path.getmtime(path)
    except Exception:
        return {}, 0.0


def _write(path: str, cache: dict[str, CachedDropin]) -> None:
    # Beside and then renamed: another process reads the old one or the new one.
    beside = f"{path}.{os.getpid()}.new"
    try:
        with open(beside, "wb") as file:
            pickle.dump(cache, file)
        os.replace(beside, path)
    except OSError as e:
        _remove(beside)
        log.msg(
            format="Unable to write to plugin cache %(path)s: error number %(errno)d",
            path=path,
            errno=e.errno,
        )
    except Exception:
        _remove(beside)
        log.err(None, "Unexpected error while writing cache file")


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except OSError:
        pass


# ---- asking ----------------------------------------------------------------------------


def getPlugins(interface: type[_TInterface], package: ModuleType | None = None) -> Iterable[_TInterface]:
    """The plugins that provide *interface*, or can be adapted to it.

    Args:
        package: The plugins package to look through; by default Twisted's, or ours.
    Returns:
        An iterator.  A plugin that cannot be loaded is logged and left out.
    """
    for each in _default_packages() if package is None else [package]:
        yield from _of_package(interface, each)


# An old name.
getPlugIns = getPlugins


def _of_package(interface: Any, package: ModuleType) -> Iterator[Any]:
    for dropin in getCache(package).values():
        for plugin in dropin.plugins:
            try:
                adapted = interface(plugin, None)
            except BaseException:
                log.err()
            else:
                if adapted is not None:
                    yield adapted


def _pluginsPackage() -> ModuleType:
    """The plugins package asked by default."""
    return importlib.import_module(neighbour(_DOOR, "plugins"))


def _default_packages() -> list[ModuleType]:
    package = _pluginsPackage()
    if getattr(package, "__file__", None) is None:
        # twisted.plugins without a Twisted: third parties' folders only, ours come in beside them.
        return [importlib.import_module("txloop.plugins"), package]
    return [package]


def pluginPackagePaths(name: str) -> list[str]:
    """The folders on ``sys.path`` that belong to the plugins package *name*.

    For that package's ``__init__``: ``__path__.extend(pluginPackagePaths(__name__))``.  A
    folder with an ``__init__.py`` is a package of its own and is left out.
    """
    parts = name.split(".")
    folders = [os.path.abspath(os.path.join(entry, *parts)) for entry in sys.path]
    return [folder for folder in folders if not os.path.exists(os.path.join(folder, "__init__.py"))]


publish(__name__, [*__all__, "CachedDropin", "CachedPlugin", "IPlugin"])
