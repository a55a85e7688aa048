"""Paths as objects, which keep to what is below them.

    root = FilePath("/srv/files")
    root.child(name_from_the_net)      that file, or InsecurePath; never one outside
    root.child("a").setContent(b"…")   written whole or not at all
    for path in root.walk(): …

A path is text or bytes, and gives paths of the type that it is asked with.  What the system
says of the file is asked once and remembered: `changed` forgets it, `restat` asks again.

    FilePath                            here
    AbstractFilePath, IFilePath, errors _filepath_abstract.py
    Permissions, RWX                    _filepath_permissions.py

Source of the behaviour: Twisted 26.10, twisted.python.filepath, by running it.
"""

from __future__ import annotations

import errno
import glob
import os
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Sequence
from os import listdir, stat, utime
from os import urandom as randomBytes  # noqa: N812 - Twisted's name
from os.path import abspath, basename, dirname, exists, isabs, islink, normpath, splitext
from os.path import join as joinpath
from pathlib import PureWindowsPath
from stat import S_ISBLK, S_ISDIR, S_ISREG, S_ISSOCK
from typing import IO, TYPE_CHECKING, Any, AnyStr, cast

from zope.interface import implementer

from txloop._public import publish
from txloop.python._filepath_abstract import (
    ERROR_DIRECTORY,
    ERROR_FILE_NOT_FOUND,
    ERROR_INVALID_NAME,
    ERROR_PATH_NOT_FOUND,
    AbstractFilePath,
    FileMode,
    IFilePath,
    InsecurePath,
    LinkError,
    OtherAnyStr,
    UnlistableError,
)
from txloop.python._filepath_permissions import RWX, Permissions
from txloop.python.compat import cmp, comparable
from txloop.python.runtime import platform

__all__ = [
    "ERROR_DIRECTORY",
    "ERROR_FILE_NOT_FOUND",
    "ERROR_INVALID_NAME",
    "ERROR_PATH_NOT_FOUND",
    "RWX",
    "AbstractFilePath",
    "FilePath",
    "IFilePath",
    "InsecurePath",
    "LinkError",
    "OtherAnyStr",
    "Permissions",
    "UnlistableError",
    "_asFilesystemBytes",
    "_asFilesystemText",
    "_coerceToFilesystemEncoding",
    "_secureEnoughString",
]

# A new file, and no other: whoever made it before us, or a link to elsewhere, is refused.
_CREATE_FLAGS = os.O_EXCL | os.O_CREAT | os.O_RDWR | getattr(os, "O_BINARY", 0)

_IS_WINDOWS = platform.isWindows()


# ---- text and bytes ---------------------------------------------------------


def _asFilesystemBytes(path: str | bytes, encoding: str | None = "") -> bytes:
    """*path* as bytes, in *encoding* or the file system's."""
    if isinstance(path, bytes):
        return path
    return path.encode(encoding, errors="surrogateescape") if encoding else os.fsencode(path)


def _asFilesystemText(path: str | bytes, encoding: str | None = None) -> str:
    """*path* as text, by *encoding* or the file system's."""
    if isinstance(path, str):
        return path
    return path.decode(encoding, errors="surrogateescape") if encoding else os.fsdecode(path)


def _coerceToFilesystemEncoding(path: AnyStr, newpath: str | bytes, encoding: str | None = None) -> AnyStr:
    """*newpath* as the type of *path*."""
    if isinstance(path, bytes):
        return _asFilesystemBytes(newpath, encoding)
    return _asFilesystemText(newpath, encoding)


def _secureEnoughString(path: AnyStr) -> AnyStr:
    """16 characters that nobody guesses and every file system takes, as the type of *path*."""
    return _coerceToFilesystemEncoding(path, urlsafe_b64encode(randomBytes(16))[:16])


def _refuse_windows_names(path: AnyStr, norm: AnyStr) -> None:
    """Refuse what Windows takes for a drive, a stream or a device.

    Raises:
        InsecurePath: *path*, or *norm*, as which it is normalised, is such a name.
    """
    if (":" if isinstance(path, str) else b":") in norm:
        raise InsecurePath(f"{path!r} contains a colon.")
    name = PureWindowsPath(_asFilesystemText(norm))
    if name.drive or (hasattr(name, "is_reserved") and name.is_reserved()):
        raise InsecurePath(f"{path!r} is a reserved name on Windows.")


# ---- the path ---------------------------------------------------------------


@comparable
@implementer(IFilePath)
class FilePath(AbstractFilePath[AnyStr]):
    """A path in the file system.

    Args:
        path: Text or bytes; made absolute.
        alwaysCreate: `open` makes a new file, and fails if there is one.
    Attributes:
        path: The absolute path, without ``.`` and ``..``.
        alwaysCreate: As given.
    Source: Twisted 26.10, twisted.python.filepath.FilePath, by running it.
    Difference: `preauthChild` refuses ``../ab`` below ``/a`` too (Twisted looks at the letters
    that the path begins with); `setContent` leaves no half file behind and is seen by
    `getsize` at once; a text path is unequal to a bytes path (a TypeError in Twisted).
    """

    _statinfo: os.stat_result | None = None
    # How much of a file `copyTo` has in memory at once, in bytes; arbitrary.
    _chunkSize = 2**16

    if TYPE_CHECKING:
        # What the base and `comparable` give, said of this class.
        def sibling(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]: ...
        def descendant(self, segments: Sequence[OtherAnyStr]) -> FilePath[OtherAnyStr]: ...
        def parents(self) -> Iterable[FilePath[AnyStr]]: ...
        def __lt__(self, other: FilePath[AnyStr]) -> bool: ...
        def __le__(self, other: FilePath[AnyStr]) -> bool: ...
        def __gt__(self, other: FilePath[AnyStr]) -> bool: ...
        def __ge__(self, other: FilePath[AnyStr]) -> bool: ...

    def __init__(self, path: AnyStr, alwaysCreate: bool = False) -> None:
        self.path: AnyStr = abspath(path)
        self.alwaysCreate: bool = alwaysCreate

    def clonePath(self, path: OtherAnyStr, alwaysCreate: bool = False) -> FilePath[OtherAnyStr]:
        """A path of the kind that this path's methods give."""
        return FilePath(path, alwaysCreate)

    def __getstate__(self) -> dict[str, object]:
        # What the system said is not true elsewhere or later.
        return {name: value for name, value in self.__dict__.items() if name != "_statinfo"}

    def __repr__(self) -> str:
        return f"FilePath({self.path!r})"

    def __cmp__(self, other: object) -> Any:
        # A text and a bytes path are two paths, and none comes before the other.
        if not isinstance(other, FilePath) or type(self.path) is not type(other.path):
            return NotImplemented
        return cmp(self.path, other.path)

    def __hash__(self) -> int:
        return AbstractFilePath.__hash__(self)

    # ---- text and bytes --------------------------------------------------

    @property
    def sep(self) -> AnyStr:
        """What stands between the names of this path."""
        return _coerceToFilesystemEncoding(self.path, os.sep)

    def _asBytesPath(self, encoding: str | None = None) -> bytes:
        return _asFilesystemBytes(self.path, encoding)

    def _asTextPath(self, encoding: str | None = None) -> str:
        return _asFilesystemText(self.path, encoding)

    def asBytesMode(self, encoding: str | None = None) -> FilePath[bytes]:
        """This path as bytes, in *encoding* or the file system's; itself if it is."""
        if isinstance(self.path, bytes):
            return self
        return self.clonePath(self._asBytesPath(encoding))

    def asTextMode(self, encoding: str | None = None) -> FilePath[str]:
        """This path as text, by *encoding* or the file system's; itself if it is."""
        if isinstance(self.path, str):
            return self
        return self.clonePath(self._asTextPath(encoding))

    def _getPathAsSameTypeAs(self, pattern: OtherAnyStr) -> OtherAnyStr:
        return _coerceToFilesystemEncoding(pattern, self.path)

    # ---- names and neighbours --------------------------------------------

    def isabs(self) -> bool:
        """Always True."""
        return isabs(self.path)

    def basename(self) -> AnyStr:
        """The last name of the path."""
        return basename(self.path)

    def dirname(self) -> AnyStr:
        """The path without its last name, as text or bytes."""
        return dirname(self.path)

    def parent(self) -> FilePath[AnyStr]:
        """The path without its last name; the root is its own."""
        return self.clonePath(self.dirname())

    def splitext(self) -> tuple[AnyStr, AnyStr]:
        """The path, as text or bytes, before its last dot and from it on."""
        return splitext(self.path)

    def child(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """The path of the child *path*.

        Args:
            path: One name.  It may come from anywhere.
        Raises:
            InsecurePath: It is more than a name, or leads out of here.
        """
        norm = normpath(path)
        if _IS_WINDOWS:
            _refuse_windows_names(path, norm)
        if _coerceToFilesystemEncoding(path, os.sep) in norm:
            raise InsecurePath(f"{path!r} contains one or more directory separators")
        return self._below(norm)

    def preauthChild(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """The path *path*, of one name or more, below this one.

        Raises:
            InsecurePath: It leads out of here.  Symbolic links are not looked at.
        """
        norm = normpath(path)
        if _IS_WINDOWS:
            _refuse_windows_names(path, norm)
        return self._below(norm)

    def _below(self, path: OtherAnyStr) -> FilePath[OtherAnyStr]:
        here = self._getPathAsSameTypeAs(path)
        there = abspath(joinpath(here, path))
        sep = _coerceToFilesystemEncoding(path, os.sep)
        if there != here and not there.startswith(here if here.endswith(sep) else here + sep):
            raise InsecurePath(f"{there!r} is not a child of {here!r}")
        return self.clonePath(there)

    def childSearchPreauth(self, *paths: OtherAnyStr) -> FilePath[OtherAnyStr] | None:
        """The first of *paths* below this one that exists, or None; InsecurePath as `preauthChild`."""
        for path in paths:
            child = self.preauthChild(path)
            if exists(child.path):
                return child
        return None

    def siblingExtension(self, ext: OtherAnyStr) -> FilePath[OtherAnyStr]:
        """This path with *ext* behind it; a dot is part of *ext*."""
        return self.clonePath(self._getPathAsSameTypeAs(ext) + ext)

    def siblingExtensionSearch(self, *exts: OtherAnyStr) -> FilePath[OtherAnyStr] | None:
        """The first that exists of this path with each of *exts* behind it, or None.

        Args:
            exts: Extensions with their dots; ``""`` is this path itself, ``"*"`` any extension.
        """
        for ext in exts:
            if not ext:
                if self.exists():
                    return self.clonePath(self._getPathAsSameTypeAs(ext))
                continue
            here = self._getPathAsSameTypeAs(ext)
            if ext == _coerceToFilesystemEncoding(ext, "*"):
                beginning = basename(here) + _coerceToFilesystemEncoding(ext, ".")
                for name in listdir(dirname(here)):
                    if name.startswith(beginning):
                        return self.clonePath(joinpath(dirname(here), name))
            elif exists(here + ext):
                return self.clonePath(here + ext)
        return None

    def temporarySibling(self, extension: OtherAnyStr | None = None) -> FilePath[OtherAnyStr]:
        """A path beside this one that nobody else uses; `open` makes its file, and only a new one.

        Args:
            extension: What its name ends in; the rest is random, then this path's name.
        """
        end: Any = _coerceToFilesystemEncoding(self.path, "") if extension is None else extension
        here = self._getPathAsSameTypeAs(end)
        sibling: Any = self.sibling(_secureEnoughString(here) + basename(here) + end)
        sibling.requireCreate()
        return cast("FilePath[OtherAnyStr]", sibling)

    def globChildren(self, pattern: OtherAnyStr) -> list[FilePath[OtherAnyStr]]:
        """The paths below this one that fit *pattern*, as a shell reads it."""
        here = glob.escape(self._getPathAsSameTypeAs(pattern))
        return [self.clonePath(path) for path in glob.glob(joinpath(here, pattern))]

    # ---- links -----------------------------------------------------------

    def realpath(self) -> FilePath[AnyStr]:
        """Where this symbolic link leads; this path itself if it is none.

        Raises:
            LinkError: It leads to itself.
        """
        if not self.islink():
            return self
        target = os.path.realpath(self.path)
        if target == self.path:
            raise LinkError("Cyclical link - will loop forever")
        return self.clonePath(target)

    def linkTo(self, linkFilePath: FilePath[AnyStr]) -> None:
        """Make the symbolic link *linkFilePath*, which leads here; OSError if it cannot be."""
        os.symlink(self.path, linkFilePath.path)

    # ---- what the system says --------------------------------------------

    def restat(self, reraise: bool = True) -> None:
        """Ask the system anew about the file.

        Args:
            reraise: Whether an OSError is raised, such as of a file that is not there;
                False: nothing is known of it then.
        """
        try:
            self._statinfo = stat(self.path)
        except OSError:
            self._statinfo = None
            if reraise:
                raise

    def changed(self) -> None:
        """Forget what the system said; the next question asks it."""
        self._statinfo = None

    def _known(self) -> os.stat_result:
        """What the system said, or says now; OSError if there is no such file."""
        if self._statinfo is None:
            self.restat()
        return cast(os.stat_result, self._statinfo)

    def _known_mode(self) -> int:
        """The file's mode; 0, which is of no kind, if there is no such file."""
        if self._statinfo is None:
            self.restat(False)
        return 0 if self._statinfo is None else self._statinfo.st_mode

    def getsize(self) -> int:
        """Its length in bytes; OSError if it is not there, as for all that are called get…"""
        return self._known().st_size

    def getModificationTime(self) -> float:
        """When its content changed, in seconds since 1970."""
        return float(self._known().st_mtime)

    def getStatusChangeTime(self) -> float:
        """When its content, owner or permissions changed, in seconds since 1970."""
        return float(self._known().st_ctime)

    def getAccessTime(self) -> float:
        """When it was read, in seconds since 1970."""
        return float(self._known().st_atime)

    def getInodeNumber(self) -> int:
        """Its number on its device; NotImplementedError on Windows."""
        return self._known_on_posix().st_ino

    def getDevice(self) -> int:
        """Its device's number; NotImplementedError on Windows."""
        return self._known_on_posix().st_dev

    def getNumberOfHardLinks(self) -> int:
        """How many names it has; NotImplementedError on Windows."""
        return self._known_on_posix().st_nlink

    def getUserID(self) -> int:
        """Its owner's number; NotImplementedError on Windows."""
        return self._known_on_posix().st_uid

    def getGroupID(self) -> int:
        """Its group's number; NotImplementedError on Windows."""
        return self._known_on_posix().st_gid

    def _known_on_posix(self) -> os.stat_result:
        if platform.isWindows():
            raise NotImplementedError
        return self._known()

    def getPermissions(self) -> Permissions:
        """Who may do what with it."""
        return Permissions(self._known().st_mode)

    def chmod(self, mode: int) -> None:
        """Say who may do what with it; *mode* as for `os.chmod`."""
        os.chmod(self.path, mode)

    def exists(self) -> bool:
        """Whether it is there; a link counts as what it leads to."""
        if self._statinfo is None:
            self.restat(False)
        return self._statinfo is not None

    def isdir(self) -> bool:
        """Whether it is a directory."""
        return S_ISDIR(self._known_mode())

    def isfile(self) -> bool:
        """Whether it is an ordinary file."""
        return S_ISREG(self._known_mode())

    def isBlockDevice(self) -> bool:
        """Whether it is a block device."""
        return S_ISBLK(self._known_mode())

    def isSocket(self) -> bool:
        """Whether it is a UNIX socket."""
        return S_ISSOCK(self._known_mode())

    def islink(self) -> bool:
        """Whether it is a symbolic link, as the system says now."""
        return islink(self.path)

    # ---- content and children --------------------------------------------

    def listdir(self) -> list[AnyStr]:
        """The names of its children; OSError if it is no directory."""
        return listdir(self.path)

    def requireCreate(self, val: bool = True) -> None:
        """Say whether `open` makes a new file, and fails if there is one."""
        self.alwaysCreate = val

    def create(self) -> IO[bytes]:
        """A new, empty file, to write and read; FileExistsError if there is anything."""
        return os.fdopen(os.open(self.path, _CREATE_FLAGS), "w+b")

    def open(self, mode: FileMode = "r") -> IO[bytes]:
        """Its content as a file of bytes; *mode* needs no ``b``.  With `alwaysCreate`, a new file.

        Raises:
            AssertionError: *mode* appends, and `alwaysCreate` is set.
            OSError: It cannot be.
        """
        if self.alwaysCreate:
            if "a" in mode:
                raise AssertionError("Appending not supported when alwaysCreate == True")
            return self.create()
        return open(self.path, mode.replace("b", "") + "b")

    def setContent(self, content: bytes, ext: str | bytes = ".new") -> None:
        """Make *content* the file's, in one step: others see the old one or the new one, whole.

        Args:
            content: The new bytes.
            ext: What the temporary file's name, beside this, ends in.
        """
        new = self.temporarySibling(_coerceToFilesystemEncoding(self.path, ext))
        try:
            with new.open("w") as file:
                file.write(content)
            if platform.isWindows() and exists(self.path):
                os.unlink(self.path)
            os.rename(new.path, self.path)
        except BaseException:
            if exists(new.path):
                os.unlink(new.path)
            raise
        self.changed()

    def touch(self) -> None:
        """Make it, empty, if it is not there; else set its times to now."""
        with open(self.path, "ab"):
            utime(self.path, None)
        self.changed()

    def createDirectory(self) -> None:
        """Make it a directory, in one that is there; OSError if it cannot be."""
        os.mkdir(self.path)

    def makedirs(self, ignoreExistingDirectory: bool = False) -> None:
        """Make it a directory, and those above it that are not there.

        Args:
            ignoreExistingDirectory: Whether it may be one already.
        Raises:
            OSError: It cannot be; FileExistsError if there is something.
        """
        try:
            os.makedirs(self.path)
        except OSError as error:
            if not (error.errno == errno.EEXIST and ignoreExistingDirectory and self.isdir()):
                raise

    def remove(self) -> None:
        """Remove it, a directory with all that is in it; of a link, the link."""
        if self.isdir() and not self.islink():
            for child in self.children():
                child.remove()
            os.rmdir(self.path)
        else:
            os.remove(self.path)
        self.changed()

    def copyTo(self, destination: FilePath[OtherAnyStr], followLinks: bool = True) -> None:
        """Copy it, a directory with all that is in it, to *destination*.

        Files there are written over; permissions and times are not copied.

        Args:
            followLinks: Whether the copy of a link is what the link leads to; False: a link.
        Raises:
            NotImplementedError: It is neither a file nor a directory.
            OSError: It cannot be.
        """
        if self.islink() and not followLinks:
            os.symlink(os.readlink(self.path), _coerceToFilesystemEncoding(self.path, destination.path))
        elif self.isdir():
            if not destination.exists():
                destination.createDirectory()
            for child in self.children():
                child.copyTo(destination.child(child.basename()), followLinks)
        elif self.isfile():
            with destination.open("w") as target, self.open() as source:
                while chunk := source.read(self._chunkSize):
                    target.write(chunk)
        elif not self.exists():
            raise OSError(errno.ENOENT, "No such file or directory")
        else:
            raise NotImplementedError("Only copying of files and directories supported")

    def moveTo(self, destination: FilePath[OtherAnyStr], followLinks: bool = True) -> None:
        """Move it to *destination*: in one step on one file system, else by a copy.

        Args:
            followLinks: As for `copyTo`, if it must be copied.
        Raises:
            OSError: It cannot be.
        """
        try:
            os.rename(self._getPathAsSameTypeAs(destination.path), destination.path)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # To another file system.  Complete beside the destination first, and ours gone from
            # its name in one step: nobody meets half of anything under either name.
            copy = destination.temporarySibling()
            self.copyTo(copy, followLinks)
            copy.moveTo(destination, followLinks)
            doomed = self.temporarySibling()
            self.moveTo(doomed, followLinks)
            doomed.remove()
        self.changed()
        destination.changed()


publish(__name__, __all__)
