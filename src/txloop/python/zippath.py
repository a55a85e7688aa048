"""Paths inside zip archives, with the face of FilePath.

    archive = ZipArchive("plugins.zip")
    archive.child("folder").child("file.txt").getContent()

A path is str or bytes as the archive's name is, and as its segments are given.  Within the
archive segments are parted by ``/`` on every system.

Source: names and results as of Twisted 26.10's twisted.python.zippath, by running it.
"""

from __future__ import annotations

import errno
import os
import time
from typing import IO, Any, AnyStr, Generic, Literal
from zipfile import ZipFile, ZipInfo

from zope.interface import implementer

from txloop._public import publish
from txloop.python._filepath_abstract import AbstractFilePath, IFilePath, OtherAnyStr, UnlistableError
from txloop.python.filepath import FilePath

__all__ = ["ZipArchive", "ZipPath"]

ZIP_PATH_SEP = "/"


@implementer(IFilePath)
class ZipPath(AbstractFilePath[AnyStr], Generic[AnyStr]):
    """A place in an archive, whether there is something or not.

    Args:
        archive: A ZipArchive.
        pathInArchive: Its segments with slashes between them.
    Attributes:
        path: The archive's name, a slash, and pathInArchive.
    """

    def __init__(self, archive: ZipArchive[Any], pathInArchive: AnyStr) -> None:
        self._archive: ZipArchive[Any] = archive
        self.pathInArchive: AnyStr = pathInArchive
        self.path: AnyStr = _joined(_like(archive._name, pathInArchive), pathInArchive)

    @property
    def archive(self) -> ZipArchive[Any]:
        """The archive it is in."""
        return self._archive

    @property
    def sep(self) -> AnyStr:
        """What parts segments."""
        return _like(ZIP_PATH_SEP, self.pathInArchive)

    def __repr__(self) -> str:
        whole = os.path.abspath(_like(self._archive._name, self.pathInArchive))
        return f"ZipPath({_joined(whole, self.pathInArchive)!r})"

    def _order(self) -> tuple[str, str]:
        return self._archive._name, self._key

    def __eq__(self, other: object) -> bool:
        return self._order() == other._order() if isinstance(other, ZipPath) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._order() < other._order() if isinstance(other, ZipPath) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self._order() <= other._order() if isinstance(other, ZipPath) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self._order() > other._order() if isinstance(other, ZipPath) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self._order() >= other._order() if isinstance(other, ZipPath) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._order())

    # ---- where it is -----------------------------------------------------------------

    def child(self, path: OtherAnyStr) -> ZipPath[OtherAnyStr]:
        """The place *path* below it."""
        return ZipPath(self._archive, _joined(_like(self.pathInArchive, path), path))

    def parent(self) -> ZipPath[AnyStr]:
        """The folder it is in; the archive is its own."""
        above = self.pathInArchive.rpartition(self.sep)[0]
        return ZipPath(self._archive, above) if above else _archive_like(self._archive, above)

    def sibling(self, path: OtherAnyStr) -> ZipPath[OtherAnyStr]:
        """The place *path* beside it."""
        above = _like(self.pathInArchive.rpartition(self.sep)[0], path)
        return ZipPath(self._archive, _joined(above, path) if above else path)

    def basename(self) -> AnyStr:
        """Its last segment."""
        return self.pathInArchive.rpartition(self.sep)[2]

    def dirname(self) -> AnyStr:
        """The path of the folder it is in."""
        return self.parent().path

    def splitext(self) -> tuple[AnyStr, AnyStr]:
        """Its path without the extension, and that."""
        return os.path.splitext(self.path)

    # ---- what is there -----------------------------------------------------------------

    def exists(self) -> bool:
        """Is there something?"""
        return self.isdir() or self.isfile()

    def isdir(self) -> bool:
        """Is it a folder?"""
        return self._key in self._archive.childmap

    def isfile(self) -> bool:
        """Is it a file?"""
        return not self.isdir() and self._key in self._archive.zipfile.NameToInfo

    def islink(self) -> bool:
        """False: there are no links."""
        return False

    def listdir(self) -> list[AnyStr]:
        """The names of what is in the folder.

        Raises:
            UnlistableError: It is none.
        """
        if self.isdir():
            return [_like(name, self.pathInArchive) for name in self._archive.childmap[self._key]]
        number = errno.ENOTDIR if self.exists() else errno.ENOENT
        raise UnlistableError(OSError(number, os.strerror(number)))

    def open(self, mode: Literal["r", "w"] = "r") -> IO[bytes]:  # type: ignore[override]  # no other mode
        """The file, to be read.

        Raises:
            KeyError: There is none.
        """
        return self._archive.zipfile.open(self._key, mode=mode)

    def changed(self) -> None:
        """Nothing: an archive is read once."""

    def getsize(self) -> int:
        """How many bytes the file has."""
        return self._info().file_size

    def getAccessTime(self) -> float:
        """When the archive was read last."""
        return self._archive.getAccessTime()

    def getModificationTime(self) -> float:
        """When it was written, as the archive says."""
        return time.mktime((*self._info().date_time, 0, 0, -1))

    def getStatusChangeTime(self) -> float:
        """The same."""
        return self.getModificationTime()

    @property
    def _key(self) -> str:
        path: Any = self.pathInArchive
        return path if isinstance(path, str) else os.fsdecode(path)

    def _info(self) -> ZipInfo:
        return self._archive.zipfile.NameToInfo[self._key]


class ZipArchive(ZipPath[AnyStr]):
    """An archive, which is its own root folder.

    Args:
        archivePathname: The file's name.
    Attributes:
        zipfile: The open ZipFile.
        childmap: By each folder's path the names in it.
    Raises:
        OSError, zipfile.BadZipFile: It cannot be read.
    """

    def __init__(self, archivePathname: AnyStr) -> None:
        self._name = os.fsdecode(archivePathname)
        self.zipfile: ZipFile = ZipFile(self._name)
        self.childmap: dict[str, list[str]] = _folders(self.zipfile)
        self._archive = self
        self.path: AnyStr = archivePathname
        self.pathInArchive: AnyStr = _like("", archivePathname)

    def __repr__(self) -> str:
        return f"ZipArchive({os.path.abspath(self.path)!r})"

    def child(self, path: OtherAnyStr) -> ZipPath[OtherAnyStr]:
        """The place *path* in it."""
        return ZipPath(self, path)

    def exists(self) -> bool:
        """Is the file there?"""
        return FilePath(self._name).exists()

    def getAccessTime(self) -> float:
        """The file's."""
        return FilePath(self._name).getAccessTime()

    def getModificationTime(self) -> float:
        """The file's."""
        return FilePath(self._name).getModificationTime()

    def getStatusChangeTime(self) -> float:
        """The file's."""
        return FilePath(self._name).getModificationTime()


def _archive_like(archive: ZipArchive[Any], pattern: AnyStr) -> ZipPath[AnyStr]:
    """*archive* with paths of *pattern*'s type; itself, if that is its own."""
    if type(archive.path) is type(pattern):
        return archive
    # The same open file and the same folders under another name: nothing is read again.
    other: ZipArchive[AnyStr] = ZipArchive.__new__(ZipArchive)
    vars(other).update(vars(archive), path=_like(archive._name, pattern), pathInArchive=_like("", pattern))
    return other


def _folders(archive: ZipFile) -> dict[str, list[str]]:
    """Each folder's path, without a slash at its end, and the names in it, in order."""
    found: dict[str, dict[str, None]] = {"": {}}
    for name in archive.namelist():
        is_folder = name.endswith(ZIP_PATH_SEP)
        segments = name.rstrip(ZIP_PATH_SEP).split(ZIP_PATH_SEP)
        for depth, segment in enumerate(segments):
            found.setdefault(ZIP_PATH_SEP.join(segments[:depth]), {})[segment] = None
        if is_folder:
            found.setdefault(ZIP_PATH_SEP.join(segments), {})
    return {folder: list(names) for folder, names in found.items()}


def _like(text: Any, pattern: AnyStr) -> AnyStr:
    """*text*, str or bytes, as *pattern* is."""
    if isinstance(pattern, bytes):
        return os.fsencode(text)
    return os.fsdecode(text)


def _joined(above: AnyStr, below: AnyStr) -> AnyStr:
    return above + _like(ZIP_PATH_SEP, above) + below if above else below


publish(__name__, __all__)
