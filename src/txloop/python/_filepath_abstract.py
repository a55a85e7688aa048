"""Paths of any kind: what can be had from the few things that one kind must know.

A kind of path (FilePath here; one inside a zip archive, …) subclasses `AbstractFilePath`
and writes open, isdir, listdir, basename, parent, child and the times; the rest comes
from here.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any, AnyStr, Generic, Literal, TypeVar

from txloop._contract import Interface, checkable, contract

__all__ = [
    "AbstractFilePath",
    "FileMode",
    "IFilePath",
    "InsecurePath",
    "LinkError",
    "OtherAnyStr",
    "UnlistableError",
]

FileMode = Literal["r", "w", "a", "r+", "w+", "a+"]
OtherAnyStr = TypeVar("OtherAnyStr", str, bytes)
Self = TypeVar("Self", bound="AbstractFilePath[Any]")

# What Windows answers when something that is no directory is listed.
ERROR_FILE_NOT_FOUND = 2
ERROR_PATH_NOT_FOUND = 3
ERROR_INVALID_NAME = 123
ERROR_DIRECTORY = 267
_NO_DIRECTORY_ON_WINDOWS = (
    ERROR_PATH_NOT_FOUND,
    ERROR_FILE_NOT_FOUND,
    ERROR_INVALID_NAME,
    ERROR_DIRECTORY,
)
_NO_DIRECTORY = (errno.ENOENT, errno.ENOTDIR)


# ---- what can go wrong ------------------------------------------------------


class LinkError(Exception):
    """Symbolic links lead in a circle."""


class InsecurePath(Exception):
    """A path would lead out of its parent."""


class UnlistableError(OSError):
    """Something that is no directory, or not there, has no children.

    Attributes:
        originalException: What the system said.
    """

    def __init__(self, originalException: OSError) -> None:
        self.originalException = originalException
        self.errno: int | None = originalException.errno
        self.strerror: str | None = originalException.strerror
        self.filename: Any = originalException.filename


# ---- the interface ----------------------------------------------------------


@checkable
class IFilePath(Interface, metaclass=contract):
    """A path to something that is read like a file, or has children like a directory."""

    @property
    def sep(self) -> Any:
        """What stands between the names of a path, of the path's own type."""

    def child(self, name: Any) -> Any:
        """The path of the child *name*; InsecurePath if that is no single name."""

    def open(self, mode: FileMode = "r") -> IO[bytes]:
        """A file of the content, always of bytes."""

    def changed(self) -> None:
        """Forget what is remembered of the file's state."""

    def getsize(self) -> int:
        """The content's length in bytes."""

    def getModificationTime(self) -> float:
        """When the content changed, in seconds since 1970."""

    def getStatusChangeTime(self) -> float:
        """When the content or what belongs to it changed, in seconds since 1970."""

    def getAccessTime(self) -> float:
        """When the content was read, in seconds since 1970."""

    def exists(self) -> bool:
        """Whether there is something."""

    def isdir(self) -> bool:
        """Whether it has children."""

    def isfile(self) -> bool:
        """Whether it has content."""

    def children(self) -> Iterable[Any]:
        """Its children; UnlistableError if it has none to list."""

    def basename(self) -> Any:
        """The last name of the path."""

    def parent(self) -> Any:
        """The path without its last name."""

    def sibling(self, name: Any) -> Any:
        """The parent's child *name*."""


# ---- the base ---------------------------------------------------------------


class AbstractFilePath(Generic[AnyStr]):
    """The base of all kinds of paths: what needs nothing but the few methods of a kind.

    Source: Twisted 26.10, twisted.python.filepath.AbstractFilePath, by running it.
    """

    path: AnyStr

    # ---- what a kind of path must write ----------------------------------

    def getAccessTime(self) -> float:
        """When the content was read, in seconds since 1970."""
        raise NotImplementedError

    def getModificationTime(self) -> float:
        """When the content changed, in seconds since 1970."""
        raise NotImplementedError

    def getStatusChangeTime(self) -> float:
        """When the content or what belongs to it changed, in seconds since 1970."""
        raise NotImplementedError

    def open(self, mode: FileMode = "r") -> IO[bytes]:
        """A file of the content, always of bytes."""
        raise NotImplementedError

    def isdir(self) -> bool:
        """Whether it is a directory."""
        raise NotImplementedError

    def basename(self) -> AnyStr:
        """The last name of the path."""
        raise NotImplementedError

    def parent(self) -> AbstractFilePath[AnyStr]:
        """The path without its last name; the root is its own."""
        raise NotImplementedError

    def listdir(self) -> list[AnyStr]:
        """The names of its children; OSError if it is no directory."""
        raise NotImplementedError

    def child(self, path: OtherAnyStr) -> AbstractFilePath[OtherAnyStr]:
        """The path of the child *path*; InsecurePath if that is no single name."""
        raise NotImplementedError

    # ---- what follows from that ------------------------------------------

    def getContent(self) -> bytes:
        """All its bytes."""
        with self.open() as content:
            return content.read()

    def parents(self) -> Iterable[AbstractFilePath[AnyStr]]:
        """Its parent, the parent's parent, and so on to the root; nothing for the root."""
        path: AbstractFilePath[AnyStr] = self
        while (parent := path.parent()) != path:
            yield parent
            path = parent

    def children(self: Self) -> Iterable[Self]:
        """The paths of its children.

        Raises:
            UnlistableError: It is no directory, or not there.
            OSError: It may not be read, or the like.
        """
        try:
            names = self.listdir()
        except OSError as error:
            if _says_no_directory(error):
                raise UnlistableError(error) from error
            raise
        children: list[Any] = [self.child(name) for name in names]
        return children

    def walk(self: Self, descend: Callable[[Self], bool] | None = None) -> Iterable[Self]:
        """This path and everything below it, a directory before its children.

        Args:
            descend: Asked for each child; where it says False, nothing below that is
                visited.
        Raises:
            LinkError: A link leads to a directory that holds it.
        """
        yield self
        if self.isdir():
            yield from _walk_below(self, descend, (os.path.realpath(self.path),))

    def sibling(self: Self, path: OtherAnyStr) -> AbstractFilePath[OtherAnyStr]:
        """The parent's child *path*; InsecurePath if that is no single name."""
        return self.parent().child(path)

    def descendant(self, segments: Sequence[OtherAnyStr]) -> AbstractFilePath[OtherAnyStr]:
        """The child of the child of …, by the names *segments*; InsecurePath as for `child`."""
        path: AbstractFilePath[Any] = self
        for name in segments:
            path = path.child(name)
        return path

    def segmentsFrom(self: Self, ancestor: Self) -> list[AnyStr]:
        """The names between *ancestor* and this: ``ancestor.descendant(names)`` is this path.

        Raises:
            ValueError: This path is not below *ancestor*.
        """
        names: list[Any] = []
        path: AbstractFilePath[Any] = self
        parent = path.parent()
        while path != ancestor and parent != path:
            names.insert(0, path.basename())
            path, parent = parent, parent.parent()
        if path == ancestor and names:
            return names
        raise ValueError(f"{ancestor!r} not parent of {self!r}")

    def __hash__(self) -> int:
        return hash((self.__class__, self.path))

    # ---- the older names -------------------------------------------------

    def getmtime(self) -> int:
        """`getModificationTime`, in whole seconds."""
        return int(self.getModificationTime())

    def getatime(self) -> int:
        """`getAccessTime`, in whole seconds."""
        return int(self.getAccessTime())

    def getctime(self) -> int:
        """`getStatusChangeTime`, in whole seconds."""
        return int(self.getStatusChangeTime())


def _says_no_directory(error: OSError) -> bool:
    if sys.platform == "win32" and getattr(error, "winerror", None) in _NO_DIRECTORY_ON_WINDOWS:
        return True
    return error.errno in _NO_DIRECTORY


def _walk_below(
    directory: Any, descend: Callable[[Any], bool] | None, above: tuple[Any, ...]
) -> Iterable[Any]:
    """Everything below *directory*; *above* are the real paths of it and all that the walk came through."""
    for child in directory.children():
        if descend is not None and not descend(child):
            yield child
            continue
        if not child.isdir():
            yield child
            continue
        real = os.path.realpath(child.path)
        # Not only "have we been here": a link to a parent of where we began never ends either.
        if any(_is_within(passed, real) for passed in above):
            raise LinkError("Cycle in file graph.")
        yield child
        yield from _walk_below(child, descend, (*above, real))


def _is_within(path: Any, directory: Any) -> bool:
    sep = os.sep if isinstance(directory, str) else os.sep.encode()
    return bool(path == directory or path.startswith(directory.rstrip(sep) + sep))
