"""Names of objects and objects by name; the methods and attributes of a class tree.

    namedAny("os.path.join")     the object                 qual(cls), fullyQualifiedName(obj)   its name
    prefixedMethods(obj, "do_")  what a class offers        accumulateClassDict, accumulateClassList
    safe_repr(obj)               a text, whatever obj does  objgrep(start, goal)   where a reference is held

Source: signatures and results were read off Twisted 26.10 by running it.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

from txloop._public import public_address, publish
from txloop.python._objgrep import findInstances, isLike, isOfType, isSame, modgrep, objgrep

__all__ = [
    "InvalidName",
    "ModuleNotFound",
    "ObjectNotFound",
    "QueueMethod",
    "accumulateClassDict",
    "accumulateClassList",
    "accumulateMethods",
    "addMethodNamesToDict",
    "filenameToModuleName",
    "findInstances",
    "fullFuncName",
    "fullyQualifiedName",
    "getClass",
    "isLike",
    "isOfType",
    "isSame",
    "modgrep",
    "namedAny",
    "namedClass",
    "namedModule",
    "namedObject",
    "objgrep",
    "prefixedMethodNames",
    "prefixedMethods",
    "qual",
    "requireModule",
    "safe_repr",
    "safe_str",
]


# ---- from a name to an object -------------------------------------------------


class InvalidName(ValueError):
    """The text is not a name: ``"os..path"``."""


class ModuleNotFound(InvalidName):
    """The text is one word, and there is no module of that name."""


class ObjectNotFound(InvalidName):
    """The text is well-formed, and names nothing."""


def namedModule(name: str) -> types.ModuleType:
    """The module *name*, imported if need be.

    Raises:
        ImportError: There is none, or its import failed.
    """
    if not name:
        raise ValueError("Empty module name")
    # Not importlib.import_module: its frames stay in the traceback of an ImportError, and
    # trial tells by the last frame whether the name is wrong or the module.
    __import__(name)
    return sys.modules[name]


def namedObject(name: str) -> Any:
    """The attribute of a module: ``namedObject("os.path.join")``.

    Raises:
        ImportError: The module cannot be imported.
        AttributeError: It has no such attribute.
    """
    module, _, attribute = name.rpartition(".")
    return getattr(namedModule(module), attribute)


namedClass = namedObject


def requireModule(name: str, default: Any = None) -> Any:
    """The module *name*, or *default* if it, or one that it needs, is missing."""
    try:
        return namedModule(name)
    except ImportError:
        return default


def namedAny(name: str) -> Any:
    """The module, or the attribute of an attribute … of a module, that *name* says.

    Raises:
        InvalidName: *name* is empty or has an empty part.
        ModuleNotFound: One word, and no such module.
        ObjectNotFound: Not even its first word is a module.
        AttributeError: A module was found, but not what is named in it.
        Exception: Whatever the import of a module that exists raises.
    """
    if not name:
        raise InvalidName("Empty module name")
    parts = name.split(".")
    if "" in parts:
        raise InvalidName(
            f"name must be a string giving a '.'-separated list of Python identifiers, not {name!r}"
        )
    if not _import_longest(parts):
        if len(parts) == 1:
            raise ModuleNotFound(f"No module named {name!r}")
        raise ObjectNotFound(f"{name!r} does not name an object")
    thing: Any = sys.modules[parts[0]]
    for part in parts[1:]:
        thing = getattr(thing, part)
    return thing


def _import_longest(parts: list[str]) -> bool:
    """Import the longest run of *parts* that is a module; False if there is none."""
    for length in range(len(parts), 0, -1):
        candidate = ".".join(parts[:length])
        try:
            importlib.import_module(candidate)
            return True
        except ModuleNotFoundError as missing:
            # Only "there is no such module" means: try less.  A module that exists and
            # fails to import something else must say so itself.
            if missing.name is None or not f"{candidate}.".startswith(f"{missing.name}."):
                raise
    return False


# ---- from an object to a name -------------------------------------------------


def qual(clazz: type[object]) -> str:
    """The full name of a class: module, dot, name."""
    return clazz.__module__ + "." + clazz.__name__


def fullyQualifiedName(obj: Any) -> str:
    """The full name of a module, class, function or method, with the classes it stands in.

    Builtin functions and methods have no module in it: ``"len"``, ``"list.append"``.
    """
    if isinstance(obj, types.ModuleType):
        return public_address(obj.__name__)
    name: str = getattr(obj, "__qualname__", None) or obj.__name__
    return name if isinstance(obj, _WITHOUT_MODULE) else f"{obj.__module__}.{name}"


_WITHOUT_MODULE = (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)


def fullFuncName(func: Any) -> str:
    """The full name of a module's function.

    Raises:
        AttributeError: The module has no such name.
        Exception: The name means another object there.
    """
    name = f"{func.__module__}.{func.__name__}"
    if namedObject(name) is not func:
        raise Exception(f"Couldn't find {func} as {name}.")
    return name


def getClass(obj: object) -> type[Any]:
    """The class of *obj*; of a class, its metaclass."""
    return type(obj)


def filenameToModuleName(fn: str | bytes) -> str:
    """The name under which the file *fn* would be imported.

    Packages are directories with an ``__init__.py``; those of *fn*'s directories that are,
    without a gap, are part of the name.
    """
    path = os.path.abspath(os.fsdecode(fn))
    folder, base = os.path.split(path)
    name = os.path.splitext(base)[0]
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        name = f"{package}.{name}"
    return name


# ---- a text, whatever happens ---------------------------------------------------


def safe_repr(o: object) -> str:
    """``repr(o)``, or a text that tells with what error it failed."""
    try:
        return repr(o)
    except BaseException:
        return _failed_text("repr", o)


def safe_str(o: object) -> str:
    """``str(o)``, UTF-8 bytes being text too, or a text that tells with what error it failed."""
    if isinstance(o, bytes):
        try:
            return o.decode("utf-8")
        except UnicodeDecodeError:
            return repr(o)
    try:
        return str(o)
    except BaseException:
        return _failed_text("str", o)


def _failed_text(what: str, o: object) -> str:
    report = traceback.format_exc()
    return f"<{_determineClassName(o)} instance at 0x{id(o):x} with {what} error:\n {report}>"


def _determineClass(x: object) -> Any:
    try:
        return x.__class__
    except BaseException:
        return type(x)


def _determineClassName(x: object) -> str:
    cls = _determineClass(x)
    try:
        return str(cls.__name__)
    except BaseException:
        try:
            return str(cls)
        except BaseException:
            return f"<BROKEN CLASS AT 0x{id(cls):x}>"


# ---- what a class tree offers ---------------------------------------------------


def prefixedMethodNames(classObj: type, prefix: str) -> list[str]:
    """The names of the methods of *classObj* and its bases that begin so, without the *prefix*."""
    names: dict[str, int] = {}
    addMethodNamesToDict(classObj, names, prefix)
    return list(names)


def addMethodNamesToDict(
    classObj: type, dict: dict[str, int], prefix: str, baseClass: type | None = None
) -> None:
    """Put the names that `prefixedMethodNames` gives into *dict*, each with the value 1.

    Args:
        classObj: The class to look at, with its bases.
        dict: Where the names go.
        prefix: What they begin with.
        baseClass: Take methods only of classes that have it as a direct base.
    """
    for base in classObj.__bases__:
        addMethodNamesToDict(base, dict, prefix, baseClass)
    if baseClass is None or baseClass in classObj.__bases__:
        for name, thing in vars(classObj).items():
            if isinstance(thing, types.FunctionType) and name.startswith(prefix) and name != prefix:
                dict[name[len(prefix) :]] = 1


def prefixedMethods(obj: object, prefix: str = "") -> list[Callable[..., Any]]:
    """The bound methods of *obj* whose names begin with *prefix*."""
    found: dict[str, Callable[..., Any]] = {}
    accumulateMethods(obj, found, prefix)
    return list(found.values())


def accumulateMethods(
    obj: object, dict: dict[str, Callable[..., Any]], prefix: str = "", curClass: type | None = None
) -> None:
    """Put the bound methods of *obj* into *dict*, by their names without the *prefix*.

    Args:
        obj: Whose methods; those of its class and its bases, not its own attributes.
        dict: Where they go.
        prefix: What their names begin with.
        curClass: The class to begin at, if not that of *obj*.
    """
    curClass = curClass or type(obj)
    for base in curClass.__bases__:
        accumulateMethods(obj, dict, prefix, base)
    for name, thing in vars(curClass).items():
        if isinstance(thing, types.FunctionType) and name.startswith(prefix) and name != prefix:
            dict[name[len(prefix) :]] = getattr(obj, name)


def accumulateClassDict(
    classObj: type, attr: str, adict: dict[Any, Any], baseClass: type | None = None
) -> None:
    """Join the dicts that *classObj* and its bases hold in their attribute *attr*.

    A class's own entries come over those of its bases.

    Args:
        classObj: The class to look at.
        attr: The name of the attribute.
        adict: Where the entries go.
        baseClass: Leave out the class's own entries unless this is a direct base of it.
    """
    for base in classObj.__bases__:
        accumulateClassDict(base, attr, adict)
    if baseClass is None or baseClass in classObj.__bases__:
        adict.update(vars(classObj).get(attr, {}))


def accumulateClassList(classObj: type, attr: str, listObj: list[Any], baseClass: type | None = None) -> None:
    """Join the lists that *classObj* and its bases hold in their attribute *attr*, bases first.

    A base reached on two ways is counted twice.

    Args:
        classObj: The class to look at.
        attr: The name of the attribute.
        listObj: Where the items go.
        baseClass: Leave out the class's own items unless this is a direct base of it.
    """
    for base in classObj.__bases__:
        accumulateClassList(base, attr, listObj)
    if baseClass is None or baseClass in classObj.__bases__:
        listObj.extend(vars(classObj).get(attr, []))


class QueueMethod:
    """Notes calls instead of making them.

    Args:
        name: The name to note.
        calls: A list; each call appends ``(name, args)``.
    """

    def __init__(self, name: str, calls: list[tuple[str, tuple[Any, ...]]]) -> None:
        self.name = name
        self.calls = calls

    def __call__(self, *args: Any) -> None:
        self.calls.append((self.name, args))


publish(__name__, __all__)
