"""Modules without importing them: what there is along ``sys.path``, loaded or not.

    getModule("twisted.python")["modules"].filePath        FilePath('…/modules.py')
    for module in getModule("my_package").walkModules():
        print(module.name, module.isLoaded())

Folders and zip archives are looked through; what other import hooks provide is not known
here.

Source: names, results and warnings as of Twisted 26.10's twisted.python.modules, by running it.
"""

from __future__ import annotations

import inspect
import os
import sys
import warnings
import zipimport
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from keyword import iskeyword
from typing import Any, ClassVar

from zope.interface import implementer

from txloop._contract import Interface, adapt, checkable, contract
from txloop._public import publish
from txloop.python.components import registerAdapter
from txloop.python.filepath import FilePath, UnlistableError
from txloop.python.reflect import namedAny
from txloop.python.zippath import ZipArchive

__all__ = [
    "OPTIMIZED_MODE",
    "PYTHON_EXTENSIONS",
    "IPathImportMapper",
    "PathEntry",
    "PythonAttribute",
    "PythonModule",
    "PythonPath",
    "getModule",
    "iterModules",
    "theSystemPath",
    "walkModules",
]

# No default was given: None may be one.
_nothing: Any = object()

OPTIMIZED_MODE = not __debug__
# The first one there is counts.
PYTHON_EXTENSIONS = [".py", ".pyc"]


# ---- what has modules in it -----------------------------------------------------------


class _ModuleIteratorHelper:
    """What a path entry and a package have in common: folders with modules in them."""

    def iterModules(self) -> Iterator[PythonModule]:
        """The modules directly in it, by name; none is loaded by that."""
        seen: set[str] = set()
        for folder in self._packagePaths():
            for name, path in _modules_in(folder):
                full_name = self._subModuleName(name)
                if full_name not in seen:
                    seen.add(full_name)
                    yield PythonModule(full_name, path, self._getEntry())

    def walkModules(self, importPackages: bool = False) -> Iterator[PythonModule]:
        """The modules in it, and in these, and so on.

        Args:
            importPackages: Load packages, so that modules are found that they add to their
                ``__path__``.  What that raises goes on to the caller.
        """
        for module in self.iterModules():
            yield from module.walkModules(importPackages=importPackages)

    def __getitem__(self, modname: str) -> PythonModule:
        """The module of that name, below this one.

        Raises:
            KeyError: There is none.
        """
        wanted = self._subModuleName(modname)
        for module in self.iterModules():
            if module.name == wanted:
                return module
        raise KeyError(modname)

    def __iter__(self) -> Iterator[Any]:
        """Refused: say iterModules(), walkModules() or iterAttributes()."""
        raise NotImplementedError()

    def _subModuleName(self, mn: str) -> str:
        return mn

    def _packagePaths(self) -> Iterable[Any]:
        """The folders, FilePaths or ZipPaths."""
        raise NotImplementedError()

    def _getEntry(self) -> PathEntry:
        """The entry of the path that it was found in."""
        raise NotImplementedError()


def _modules_in(folder: Any) -> Iterator[tuple[str, Any]]:
    """Name and file of each module in *folder*, by name; a package's file is its ``__init__``."""
    try:
        children = {each.basename(): each for each in folder.children()}
    except UnlistableError:
        return
    found: dict[str, Any] = {}
    for extension in PYTHON_EXTENSIONS:
        for basename, path in children.items():
            name, its_extension = os.path.splitext(basename)
            if its_extension == extension and name != "__init__" and _isPythonIdentifier(name):
                found.setdefault(name, path)
    for basename, path in children.items():
        if _isPythonIdentifier(basename) and (init := _init_of(path)) is not None:
            found[basename] = init
    yield from sorted(found.items())


def _init_of(folder: Any) -> Any:
    """The file that makes *folder* a package, or None."""
    if not folder.isdir():
        return None
    inits = (folder.child("__init__" + extension) for extension in PYTHON_EXTENSIONS)
    return next((each for each in inits if each.exists()), None)


def _isPythonIdentifier(string: str) -> bool:
    return string.isidentifier() and not iskeyword(string)


def _isPackagePath(fpath: Any) -> bool:
    """Is this file a package's?"""
    name, extension = os.path.splitext(fpath.basename())
    return name == "__init__" and extension in PYTHON_EXTENSIONS


# ---- modules and what is in them -----------------------------------------------------------


class PythonAttribute:
    """An attribute of a module, class or other attribute.

    Args:
        name: Its full name.
        onObject: What it is an attribute of, a PythonModule or PythonAttribute.
        loaded: Is its value known?
        pythonValue: The value.
    """

    def __init__(self, name: str, onObject: Any, loaded: bool, pythonValue: Any) -> None:
        self.name = name
        self.onObject = onObject
        self._loaded = loaded
        self.pythonValue = pythonValue

    def __repr__(self) -> str:
        return f"PythonAttribute<{self.name!r}>"

    def isLoaded(self) -> bool:
        """Is its value known?"""
        return self._loaded

    def load(self, default: Any = _nothing) -> Any:
        """Its value."""
        return self.pythonValue

    def iterAttributes(self) -> Iterator[PythonAttribute]:
        """The attributes of its value."""
        for name, value in inspect.getmembers(self.load()):
            yield PythonAttribute(f"{self.name}.{name}", self, True, value)


class PythonModule(_ModuleIteratorHelper):
    """A module, loaded or not.

    Args:
        name: Its full name.
        filePath: Its file; a package's is its ``__init__``.
        pathEntry: The entry of the path that it was found in.
    Attributes:
        parentPath: The folder of its file.
    """

    def __init__(self, name: str, filePath: Any, pathEntry: PathEntry) -> None:
        if name.endswith(".__init__"):
            raise AssertionError(f"{name} is the file of a package, which goes by the package's name")
        self.name = name
        self.filePath = filePath
        self.parentPath: Any = filePath.parent()
        self.pathEntry = pathEntry

    def __repr__(self) -> str:
        return f"PythonModule<{self.name!r}>"

    def __eq__(self, other: object) -> bool:
        return self.name == other.name if isinstance(other, PythonModule) else NotImplemented

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # as Twisted's

    def isLoaded(self) -> bool:
        """Is it in ``sys.modules``?"""
        return self.pathEntry.pythonPath.moduleDict.get(self.name) is not None

    def isPackage(self) -> bool:
        """Can there be modules in it: is its file an ``__init__``?"""
        return _isPackagePath(self.filePath)

    def load(self, default: Any = _nothing) -> Any:
        """The module itself, imported if it was not yet.

        Args:
            default: What to return if that raises; without one the error goes on.
        """
        if self.isLoaded():
            return self.pathEntry.pythonPath.moduleDict[self.name]
        try:
            return self.pathEntry.pythonPath.moduleLoader(self.name)
        except BaseException:
            if default is _nothing:
                raise
            return default

    def iterAttributes(self) -> Iterator[PythonAttribute]:
        """Its attributes.

        Raises:
            NotImplementedError: It is not loaded.
        """
        if not self.isLoaded():
            raise NotImplementedError("You can't load attributes from non-loaded modules yet.")
        for name, value in inspect.getmembers(self.load()):
            yield PythonAttribute(f"{self.name}.{name}", self, True, value)

    def walkModules(self, importPackages: bool = False) -> Iterator[PythonModule]:
        """This one, the modules in it, and in these, and so on; see `_ModuleIteratorHelper`."""
        if importPackages and self.isPackage():
            self.load()
        yield self
        yield from super().walkModules(importPackages=importPackages)

    def _subModuleName(self, mn: str) -> str:
        return f"{self.name}.{mn}"

    def _packagePaths(self) -> Iterator[Any]:
        if not self.isPackage():
            return
        folders = getattr(self.load(), "__path__", None) if self.isLoaded() else None
        if folders is None:  # not known, or a module that says it has none
            yield self.parentPath
            return
        for folder in folders:
            if folder == self.parentPath.path:
                yield self.parentPath
            elif (path := self.pathEntry.pythonPath._smartPath(folder)).exists():
                yield path

    def _getEntry(self) -> PathEntry:
        return self.pathEntry


# ---- the path --------------------------------------------------------------------------------


class PathEntry(_ModuleIteratorHelper):
    """One folder or archive of a path.

    Args:
        filePath: It.
        pythonPath: The path.
    """

    def __init__(self, filePath: Any, pythonPath: PythonPath) -> None:
        self.filePath = filePath
        self.pythonPath = pythonPath

    def __repr__(self) -> str:
        return f"PathEntry<{self.filePath!r}>"

    def _getEntry(self) -> PathEntry:
        return self

    def _packagePaths(self) -> Iterator[Any]:
        yield self.filePath


@checkable
class IPathImportMapper(Interface, metaclass=contract):
    """Says what an importer's path stands for: adapt an importer to it."""

    def mapPath(self, pathLikeString: str) -> Any:
        """The FilePath, or ZipPath, for *pathLikeString*."""


@implementer(IPathImportMapper)
class _DefaultMapImpl:
    """A path is one of the file system."""

    def mapPath(self, fsPathString: str) -> FilePath[str]:
        return FilePath(fsPathString)


_theDefaultMapper = _DefaultMapImpl()


@implementer(IPathImportMapper)
class _ZipMapImpl:
    """A path is one in a zip archive."""

    def __init__(self, importer: Any) -> None:
        self.importer = importer

    def mapPath(self, fsPathString: str) -> Any:
        archive = ZipArchive(self.importer.archive)
        root = FilePath(self.importer.archive)
        inside = FilePath(fsPathString).segmentsFrom(root) if root != FilePath(fsPathString) else []
        return archive.descendant(inside)


registerAdapter(_ZipMapImpl, zipimport.zipimporter, IPathImportMapper)


class PythonPath:
    """A path to look for modules along, and what of it is loaded.

    Args:
        sysPath: The entries; by default ``sys.path``, as it is at each look.
        moduleDict: The loaded modules, by name.
        sysPathHooks: What makes importers of entries.
        importerCache: The importers made, by entry.
        moduleLoader: Imports a module by name.
        sysPathFactory: Gives the entries at each look, in the place of *sysPath*.
    """

    def __init__(
        self,
        sysPath: Sequence[str] | None = None,
        moduleDict: MutableMapping[str, Any] = sys.modules,
        sysPathHooks: Sequence[Callable[[str], Any]] = sys.path_hooks,
        importerCache: MutableMapping[str, Any] = sys.path_importer_cache,
        moduleLoader: Callable[[str], Any] = namedAny,
        sysPathFactory: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        if sysPath is not None:
            sysPathFactory = lambda: sysPath  # noqa: E731  # the shortest way to say it
        self._sysPathFactory = sysPathFactory or _defaultSysPathFactory
        self.moduleDict = moduleDict
        self.sysPathHooks = sysPathHooks
        self.importerCache = importerCache
        self.moduleLoader = moduleLoader

    @property
    def sysPath(self) -> Sequence[str]:
        """The entries."""
        return self._sysPathFactory()

    def __repr__(self) -> str:
        return f"PythonPath({self.sysPath!r},{self.moduleDict!r})"

    def iterEntries(self) -> Iterator[PathEntry]:
        """The entries, PathEntry each."""
        for entry in self.sysPath:
            yield PathEntry(self._smartPath(entry), self)

    def iterModules(self) -> Iterator[PythonModule]:
        """The modules at the top, entry by entry."""
        for entry in self.iterEntries():
            yield from entry.iterModules()

    def walkModules(self, importPackages: bool = False) -> Iterator[PythonModule]:
        """All modules; see `_ModuleIteratorHelper`."""
        for entry in self.iterEntries():
            yield from entry.walkModules(importPackages)

    def __contains__(self, module: str) -> bool:
        try:
            self[module]
        except KeyError:
            return False
        return True

    def __getitem__(self, modname: str) -> PythonModule:
        """The module of that full name.

        Raises:
            KeyError: There is none.
        """
        loaded = self.moduleDict.get(modname)
        if loaded is not None:
            file = _file_of(loaded)
            if file is None:
                raise KeyError(modname)
            entry = PathEntry(self._smartPath(self._findEntryPathString(loaded)), self)
            return PythonModule(modname, self._smartPath(file), entry)
        above, _, name = modname.rpartition(".")
        if above:
            return self[above][name]
        for module in self.iterModules():
            if module.name == modname:
                return module
        raise KeyError(modname)

    def _findEntryPathString(self, modobj: Any) -> str:
        """The entry that the loaded module *modobj* was found in."""
        top_name = modobj.__name__.partition(".")[0]
        top = self.moduleDict.get(top_name, modobj) if top_name != modobj.__name__ else modobj
        path = self._smartPath(str(_file_of(top)))
        entry: str = (path.parent().parent() if _isPackagePath(path) else path.parent()).path
        if entry not in self.importerCache:
            warnings.warn(
                f"{entry} (for module {modobj.__name__}) not in path importer cache "
                "(PEP 302 violation - check your local configuration).",
                stacklevel=3,
            )
        return entry

    def _smartPath(self, pathName: str) -> Any:
        """The FilePath or ZipPath that *pathName*, an entry or a file below one, stands for."""
        importer = self.importerCache.get(pathName, _nothing)
        if importer is _nothing:
            importer = self._importer_above(pathName)
        mapper = _theDefaultMapper if importer is None else adapt(IPathImportMapper, importer)
        return (_theDefaultMapper if mapper is None else mapper).mapPath(pathName)

    def _importer_above(self, path_name: str) -> Any:
        """The importer that a hook makes for *path_name*, or for the nearest folder above it."""
        for hook in self.sysPathHooks:
            try:
                return hook(path_name)
            except ImportError:
                continue
        above = os.path.dirname(path_name)
        if above in ("", path_name) or os.path.exists(path_name):
            return None
        return self._importer_above(above)


def _file_of(module: Any) -> str | None:
    """The file of a loaded module; a namespace package's is the one it has not; None: it is built in."""
    file: str | None = getattr(module, "__file__", None)
    if file is None:
        for folder in getattr(module, "__path__", ()):
            return os.path.join(folder, "__init__.py")
    return file


def _defaultSysPathFactory() -> list[str]:
    return sys.path


theSystemPath: PythonPath = PythonPath()


def walkModules(importPackages: bool = False) -> Iterator[PythonModule]:
    """All modules along ``sys.path``; see `_ModuleIteratorHelper`."""
    return theSystemPath.walkModules(importPackages=importPackages)


def iterModules() -> Iterator[PythonModule]:
    """The modules at the top along ``sys.path``."""
    return theSystemPath.iterModules()


def getModule(moduleName: str) -> PythonModule:
    """The module of that full name along ``sys.path``; it is not imported by that.

    Raises:
        KeyError: There is none.
    """
    return theSystemPath[moduleName]


publish(
    __name__,
    [name for name in __all__ if name not in ("OPTIMIZED_MODE", "PYTHON_EXTENSIONS", "theSystemPath")],
)
