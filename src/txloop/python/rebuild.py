"""Reload a module and let everything that was made with its old code have the new.

    rebuild(my_module)

    functions that are held somewhere    get the new code
    instances                            get the new class
    subclasses                           get the new bases
    other modules' globals               that were the old things become the new ones

Methods that are held bound, closures and what a C extension holds keep the old code.
Names that the new source has no longer stay in the module, as with importlib.reload.

Source: names, log lines and what is replaced as of Twisted 26.10's twisted.python.rebuild, by running it.
"""

from __future__ import annotations

import gc
import importlib
import sys
import time
import types
from collections.abc import Callable
from typing import Any

from txloop._public import publish
from txloop.python import log, reflect

__all__ = [
    "RebuildError",
    "Sensitive",
    "lastRebuild",
    "latestClass",
    "latestFunction",
    "rebuild",
    "updateInstance",
]

# When the last rebuild was, seconds of the epoch.
lastRebuild: float = time.time()


class RebuildError(Exception):
    """An object cannot be given its new class."""


class Sensitive:
    """Mix it in to ask whether something was rebuilt since the last look, and for the new things."""

    lastRebuild: float = lastRebuild

    def needRebuildUpdate(self) -> bool:
        """Was there a rebuild since rebuildUpToDate()?"""
        return self.lastRebuild < lastRebuild

    def rebuildUpToDate(self) -> None:
        """All is looked after."""
        self.lastRebuild = time.time()

    def latestVersionOf(self, anObject: Any) -> Any:
        """What *anObject*, a function, bound method or class, is now; anything else is itself.

        So is what is no global of its module any more, or never was.
        """
        if isinstance(anObject, types.MethodType):
            return getattr(anObject.__self__, anObject.__name__)
        if isinstance(anObject, (types.FunctionType, type)):
            return getattr(reflect.namedModule(anObject.__module__), anObject.__name__, anObject)
        return anObject


def latestFunction(oldFunc: Callable[..., Any]) -> Any:
    """The function that has the place of *oldFunc* in its module now."""
    return getattr(reflect.namedModule(oldFunc.__module__), oldFunc.__name__)


def latestClass(oldClass: type) -> type:
    """The class that has the place of *oldClass* in its module now, with bases that are the latest, too."""
    if oldClass.__module__ == "builtins":
        return oldClass
    found: Any = getattr(reflect.namedModule(oldClass.__module__), oldClass.__name__)
    bases = tuple(latestClass(base) for base in found.__bases__)
    if bases != found.__bases__:
        found.__bases__ = bases
    latest: type = found
    return latest


def updateInstance(self: Any) -> None:
    """Give the object its latest class."""
    self.__class__ = latestClass(self.__class__)


def rebuild(module: types.ModuleType, doLog: Any = 1) -> types.ModuleType:
    """Load *module* anew and put the new things in the old ones' places, everywhere.

    Args:
        doLog: Log what is done.
    Returns:
        The module.
    Raises:
        RuntimeError: The module's ``ALLOW_TWISTED_REBUILD`` is false.
        SyntaxError, …: What loading it raised; nothing has been replaced then.
    """
    global lastRebuild
    if not getattr(module, "ALLOW_TWISTED_REBUILD", True):
        raise RuntimeError("I am not allowed to be rebuilt.")
    say = log.msg if doLog else _say_nothing
    say(f"Rebuilding {module.__name__!s}...")
    say(f"  (scanning {module.__name__!s}): ")
    lastRebuild = time.time()
    functions, classes = _own(module, types.FunctionType), _own(module, type)
    say(f"  (reload   {module.__name__!s})")
    module = importlib.reload(module)
    say(f"  (cleaning {module.__name__!s}): ")
    _renew_functions(module, functions)
    replaced = _replaced(module, classes, say)
    _renew_instances(replaced)
    say(f"  (fixing   {module.__name__!s}): ")
    _renew_globals(replaced | _replaced(module, functions, _say_nothing))
    say(f"   Rebuilt {module.__name__!s}.")
    return module


def _say_nothing(text: str) -> None:
    pass


def _own(module: types.ModuleType, kind: type) -> dict[str, Any]:
    """What of that kind *module* has defined, by name."""
    return {
        name: thing
        for name, thing in vars(module).items()
        if isinstance(thing, kind) and getattr(thing, "__module__", None) == module.__name__
    }


def _renew_functions(module: types.ModuleType, old_functions: dict[str, Any]) -> None:
    for name, old in old_functions.items():
        new = getattr(module, name, None)
        if isinstance(new, types.FunctionType) and new is not old and _same_closure(old, new):
            old.__code__ = new.__code__
            old.__defaults__ = new.__defaults__
            old.__kwdefaults__ = new.__kwdefaults__
            vars(old).update(vars(new))


def _same_closure(old: types.FunctionType, new: types.FunctionType) -> bool:
    # Python gives a function no code with other free variables.
    return len(old.__code__.co_freevars) == len(new.__code__.co_freevars)


def _replaced(module: types.ModuleType, old_things: dict[str, Any], say: Any) -> dict[int, tuple[Any, Any]]:
    """By the old thing's id: the old one and the new one."""
    pairs: dict[int, tuple[Any, Any]] = {}
    for name, old in old_things.items():
        new: Any = getattr(module, name, None)
        if new is old:
            say(f"WARNING: new-class {reflect.qual(old)} not replaced by reload!")
        elif type(new) is type(old):
            pairs[id(old)] = (old, new)
    return pairs


def _renew_instances(replaced: dict[int, tuple[Any, Any]]) -> None:
    """Give every instance of an old class the new one, and subclasses elsewhere the new bases."""
    pair: tuple[Any, Any]
    for pair in list(replaced.values()):
        old, new = pair
        for each in gc.get_referrers(old):
            if type(each) is old:
                try:
                    each.__class__ = new
                except TypeError as error:
                    raise RebuildError(f"Can't update {each!r} to {reflect.qual(new)}: {error}") from error
            elif isinstance(each, type) and old in each.__bases__ and id(each) not in replaced:
                each.__bases__ = tuple(new if base is old else base for base in each.__bases__)


def _renew_globals(replaced: dict[int, tuple[Any, Any]]) -> None:
    """Put the new things in the old ones' places in all modules."""
    for module in list(sys.modules.values()):
        namespace = getattr(module, "__dict__", None)
        if not isinstance(namespace, dict):
            continue
        for name, thing in list(namespace.items()):
            old, new = replaced.get(id(thing), (None, None))
            if old is thing and old is not None:
                namespace[name] = new


publish(__name__, [name for name in __all__ if name != "lastRebuild"])
