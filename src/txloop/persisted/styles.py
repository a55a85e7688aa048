"""Pickles that outlive changes of the program: versioned objects, methods, modules.

    class Room(Versioned):
        persistenceVersion = 2
        persistenceForgets = ("connection",)
        def upgradeToVersion2(self): self.topic = ""      a pickle of version 1 has none

    room = pickle.load(file)
    doUpgrade()                                           calls it, where it is due

To import this module makes modules and methods picklable, as in Twisted, for the whole process.
Source: names, pickles and errors as of Twisted 26.10's twisted.persisted.styles, by running it.
"""

from __future__ import annotations

import copy
import copyreg
import importlib
import inspect
import io
import pickle
import types
from collections.abc import Iterator
from typing import Any

from txloop._public import publish
from txloop.python import log
from txloop.python.reflect import namedAny, qual

__all__ = [
    "Ephemeral",
    "Versioned",
    "doUpgrade",
    "pickleMethod",
    "pickleModule",
    "pickleStringI",
    "pickleStringO",
    "requireUpgrade",
    "unpickleMethod",
    "unpickleModule",
    "unpickleStringI",
    "unpickleStringO",
]

# New names of modules that pickles know by another.
oldModules: dict[str, str] = {}

_VERSION = "persistenceVersion"

# Twisted's name for it, from the days when there were two.
_UniversalPicklingError = pickle.PicklingError


# ---- methods, functions, modules ------------------------------------------------------------------


def pickleMethod(method: Any) -> Any:
    """How a bound method is pickled: its name, its object and that one's class."""
    owner = method.__self__
    return unpickleMethod, (method.__name__, owner, owner.__class__)


def _methodFunction(classObject: type, methodName: str) -> types.FunctionType:
    """The function of a class's method."""
    function: types.FunctionType = getattr(classObject, methodName)
    return function


def unpickleMethod(im_name: str, im_self: Any, im_class: Any) -> Any:
    """The method that was pickled; that of the object's own class, if *im_class* has it no more.

    Raises:
        AttributeError: Neither has it.
    """
    if im_self is None:
        return getattr(im_class, im_name)
    try:
        function = _methodFunction(im_class, im_name)
    except AttributeError:
        if im_self.__class__ is im_class:
            raise
        log.msg(f"Method {im_name} not on class {im_class}")
        return unpickleMethod(im_name, im_self, im_self.__class__)
    return types.MethodType(function, im_self)


def _pickleFunction(f: Any) -> Any:
    """How a function is pickled: by its name.

    Raises:
        PicklingError: It has none.
    """
    if f.__name__ == "<lambda>":
        raise pickle.PicklingError(f"Cannot pickle lambda function: {f}")
    return _unpickleFunction, (f"{f.__module__}.{f.__qualname__}",)


def _unpickleFunction(fullyQualifiedName: str) -> Any:
    """The function of this name."""
    return namedAny(fullyQualifiedName)


def pickleModule(module: types.ModuleType) -> Any:
    """How a module is pickled: by its name."""
    return unpickleModule, (module.__name__,)


def unpickleModule(name: str) -> types.ModuleType:
    """The module of this name, or what `oldModules` says it is now."""
    if name in oldModules:
        log.msg("Module has moved: %s" % name)  # noqa: UP031
        name = oldModules[name]
    return importlib.import_module(name)


copyreg.pickle(types.MethodType, pickleMethod)
copyreg.pickle(types.FunctionType, _pickleFunction)
copyreg.pickle(types.ModuleType, pickleModule)


def pickleStringO(stringo: Any) -> Any:
    """How a file in memory is pickled, one to write: what it holds, and where it is."""
    return unpickleStringO, (stringo.getvalue(), stringo.tell())


def unpickleStringO(val: str, sek: int) -> io.StringIO:
    """The file that was pickled."""
    file = io.StringIO()
    file.write(val)
    file.seek(sek)
    return file


def pickleStringI(stringi: Any) -> Any:
    """How a file in memory is pickled, one to read: what it holds, and where it is."""
    return unpickleStringI, (stringi.getvalue(), stringi.tell())


def unpickleStringI(val: str, sek: int) -> io.StringIO:
    """The file that was pickled."""
    file = io.StringIO(val)
    file.seek(sek)
    return file


# ---- objects that are not kept ----------------------------------------------------------------------


class Ephemeral:
    """Is not pickled: in its place there is an empty Ephemeral."""

    def __reduce__(self) -> Any:
        return Ephemeral, ()

    def __getstate__(self) -> None:
        log.msg(f"WARNING: serializing ephemeral {self}")

    def __setstate__(self, state: Any) -> None:
        log.msg(f"WARNING: unserializing ephemeral {self.__class__}")
        self.__class__ = Ephemeral


# ---- objects with a version ----------------------------------------------------------------------------

# By id: those that were unpickled since the last doUpgrade(), and those of them that are done.
versionedsToUpgrade: dict[int, Any] = {}
upgraded: dict[int, int] = {}


def doUpgrade() -> None:
    """Upgrade all versioned objects that were unpickled since the last time."""
    for versioned in list(versionedsToUpgrade.values()):
        requireUpgrade(versioned)
    versionedsToUpgrade.clear()
    upgraded.clear()


def requireUpgrade(obj: Any) -> Any:
    """Upgrade *obj* now, if it has to be: in an upgrade that needs it.  Returns it."""
    key = id(obj)
    if key in versionedsToUpgrade and key not in upgraded:
        upgraded[key] = 1
        obj.versionUpgrade()
    return obj


def _aybabtu(c: type) -> list[type]:
    """The classes that *c* derives from, without itself, and that derive from `Versioned`."""
    return [base for base in inspect.getmro(c)[1:] if issubclass(base, Versioned) and base is not Versioned]


def _versioned_classes(of: type) -> Iterator[type]:
    """Those whose versions an object has: the most general first, its own class last."""
    yield from reversed(_aybabtu(of))
    yield of


class Versioned:
    """Is pickled with the version of each of its classes.

    Attributes:
        persistenceVersion: The class's version, counted from 0.  After unpickling, doUpgrade() calls
            ``upgradeToVersionN()`` for each version since the pickle's.
        persistenceForgets: Attributes that are not pickled.
    """

    persistenceVersion = 0
    persistenceForgets: Any = ()

    def __setstate__(self, state: dict[str, Any]) -> None:
        versionedsToUpgrade[id(self)] = self
        self.__dict__ = state

    def __getstate__(self, dict: dict[str, Any] | None = None) -> dict[str, Any]:
        state = copy.copy(dict or self.__dict__)
        for each in _versioned_classes(self.__class__):
            own = vars(each)
            for name in own.get("persistenceForgets", ()):
                state.pop(name, None)
            if _VERSION in own:
                state[f"{qual(each)}.{_VERSION}"] = own[_VERSION]
        return state

    def versionUpgrade(self) -> None:
        """Call what upgrades to the classes' present versions; requireUpgrade() is what programs call.

        Raises:
            AssertionError: The pickle is of a newer version.
        """
        self._name_the_version()
        for each in _versioned_classes(self.__class__):
            if _VERSION in vars(each) or Versioned in each.__bases__:
                self._upgrade(each)

    def _name_the_version(self) -> None:
        # The oldest pickles have one version; it is that of the class which has changed most often.
        version = self.__dict__.pop(_VERSION, None)
        classes = [each for each in _versioned_classes(self.__class__) if vars(each).get(_VERSION)]
        if version and classes:
            newest = max(classes, key=lambda each: int(vars(each)[_VERSION]))
            self.__dict__[f"{qual(newest)}.{_VERSION}"] = version

    def _upgrade(self, each: Any) -> None:
        version = self.__dict__.pop(f"{qual(each)}.{_VERSION}", None) or 0
        if version > each.persistenceVersion:
            raise AssertionError("Sorry, can't go backwards in time.")
        for wanted in range(version + 1, each.persistenceVersion + 1):
            upgrade = vars(each).get(f"upgradeToVersion{wanted}")
            if upgrade is None:
                log.msg(f"Warning: cannot upgrade {qual(each)} to version {wanted}")
            else:
                log.msg(
                    f"Upgrading {qual(each)} (of {qual(self.__class__)} @ {id(self)}) to version {wanted}"
                )
                upgrade(self)


publish(__name__, [*__all__, "_pickleFunction", "_unpickleFunction"])
