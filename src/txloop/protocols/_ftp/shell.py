"""What an FTP server's users can do: a shell, over a folder.

FTPShell            reads and writes            paths are lists of names; every method
FTPAnonymousShell   reads                       returns a Deferred that fails with an answer
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import IO, Any

from zope.interface import implementer

from txloop._contract import Interface, checkable, contract
from txloop.internet import interfaces
from txloop.internet.defer import Deferred, fail, succeed
from txloop.protocols._file_sender import FileSender
from txloop.protocols._ftp.paths import errnoToFailure
from txloop.protocols._ftp.replies import (
    AnonUserDeniedError,
    FileNotFoundError,
    IsADirectoryError,
    IsNotADirectoryError,
    PermissionDeniedError,
)

__all__ = ["FTPAnonymousShell", "FTPShell", "FileConsumer", "IFTPShell", "IReadFile", "IWriteFile"]

Path = list[str]


@checkable
class IFTPShell(Interface, metaclass=contract):
    """What somebody can do; every method returns a Deferred, which may fail with an FTPCmdError."""

    def makeDirectory(self, path: Path) -> Any:
        """Make a folder."""

    def removeDirectory(self, path: Path) -> Any:
        """Delete a folder."""

    def removeFile(self, path: Path) -> Any:
        """Delete a file."""

    def rename(self, fromPath: Path, toPath: Path) -> Any:
        """Rename a file or folder."""

    def access(self, path: Path) -> Any:
        """Fires if *path* is a folder that may be looked into."""

    def stat(self, path: Path, keys: Iterable[str] = ()) -> Any:
        """Fires with a list of what *keys* ask of a file.

        Args:
            keys: ``size``, ``directory``, ``permissions``, ``hardlinks``, ``modified``,
                ``owner``, ``group``.
        """

    def list(self, path: Path, keys: Iterable[str] = ()) -> Any:
        """Fires with a list: the name of each file in a folder, and what stat() says of it."""

    def openForReading(self, path: Path) -> Any:
        """Fires with an IReadFile."""

    def openForWriting(self, path: Path) -> Any:
        """Fires with an IWriteFile."""


@checkable
class IReadFile(Interface, metaclass=contract):
    """A file to be sent, once."""

    def send(self, consumer: Any) -> Any:
        """Write it to *consumer*: a Deferred that fires when that is done."""


@checkable
class IWriteFile(Interface, metaclass=contract):
    """A file to be received, once."""

    def receive(self) -> Any:
        """A Deferred of the IConsumer to write to."""

    def close(self) -> Any:
        """All is written: a Deferred that fires when it is on the disk."""


@implementer(IReadFile)
class _FileReader:
    """Sends an open file."""

    def __init__(self, fObj: IO[bytes]) -> None:
        self.fObj = fObj
        self._send = False

    def send(self, consumer: Any) -> Deferred[Any]:
        """Write it to *consumer*; the file is closed then."""
        if self._send:
            raise AssertionError("Can only call IReadFile.send *once* per instance")
        self._send = True
        return FileSender().beginFileTransfer(self.fObj, consumer).addBoth(self._close)

    def _close(self, result: Any) -> Any:
        self.fObj.close()
        return result


@implementer(interfaces.IConsumer)
class FileConsumer:
    """Writes to an open file, and closes it when its producer has done."""

    def __init__(self, fObj: IO[bytes]) -> None:
        self.fObj = fObj
        self.producer: Any = None

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Have *producer* write, one that pushes; it is never paused."""
        if not streaming or self.producer is not None:
            raise AssertionError("one producer, and one that pushes")
        self.producer = producer

    def unregisterProducer(self) -> None:
        """It has done."""
        self.producer = None
        self.fObj.close()

    def write(self, bytes: bytes) -> None:
        """Write *bytes*."""
        self.fObj.write(bytes)


@implementer(IWriteFile)
class _FileWriter:
    """Receives into an open file."""

    def __init__(self, fObj: IO[bytes]) -> None:
        self.fObj = fObj
        self._receive = False

    def receive(self) -> Deferred[Any]:
        """The consumer to write to."""
        if self._receive:
            raise AssertionError("Can only call IWriteFile.receive *once* per instance")
        self._receive = True
        return succeed(FileConsumer(self.fObj))

    def close(self) -> Deferred[Any]:
        """Nothing: the consumer has closed it."""
        return succeed(None)


def _try(path: Path, act: Callable[..., Any], *args: Any) -> Deferred[Any]:
    """A Deferred of what *act* returns; an error of the system's is an answer."""
    try:
        return succeed(act(*args))
    except OSError as error:
        return errnoToFailure(error.errno or 0, path)
    except Exception:
        return fail()


@implementer(IFTPShell)
class FTPAnonymousShell:
    """Reads below a folder, and changes nothing.

    Attributes:
        filesystemRoot: The folder, a FilePath.
    """

    def __init__(self, filesystemRoot: Any) -> None:
        self.filesystemRoot = filesystemRoot

    def _path(self, path: Path) -> Any:
        """Where *path* is; InsecurePath if one of its names leads out."""
        place = self.filesystemRoot
        for name in path:
            place = place.child(name)
        return place

    # ---- what is not allowed --------------------------------------------------------------

    def makeDirectory(self, path: Path) -> Deferred[Any]:
        """Denied."""
        return fail(AnonUserDeniedError())

    def removeDirectory(self, path: Path) -> Deferred[Any]:
        """Denied."""
        return fail(AnonUserDeniedError())

    def removeFile(self, path: Path) -> Deferred[Any]:
        """Denied."""
        return fail(AnonUserDeniedError())

    def rename(self, fromPath: Path, toPath: Path) -> Deferred[Any]:
        """Denied."""
        return fail(AnonUserDeniedError())

    def receive(self, path: Path) -> Deferred[Any]:
        """Denied."""
        return fail(AnonUserDeniedError())

    def openForWriting(self, path: Path) -> Deferred[Any]:
        """Denied."""
        return fail(PermissionDeniedError("STOR not allowed"))

    # ---- reading ------------------------------------------------------------------------------

    def openForReading(self, path: Path) -> Deferred[Any]:
        """Open a file to be sent."""
        place = self._path(path)
        if place.isdir():
            return fail(IsADirectoryError(path))
        return _try(path, lambda: _FileReader(place.open("r")))

    def access(self, path: Path) -> Deferred[Any]:
        """Is *path* a folder that may be looked into?"""
        place = self._path(path)
        if not place.exists():
            return fail(FileNotFoundError(path))
        if not place.isdir():
            return fail(IsNotADirectoryError(path))
        return _try(path, place.listdir).addCallback(lambda _: None)

    def stat(self, path: Path, keys: Iterable[str] = ()) -> Deferred[Any]:
        """What *keys* ask of a file."""
        place = self._path(path)
        if not place.exists():
            return fail(FileNotFoundError(path))
        return _try(path, self._statNode, place, keys)

    def list(self, path: Path, keys: Iterable[str] = ()) -> Deferred[Any]:
        """The files in a folder, or the one file; with what *keys* ask of them."""
        place = self._path(path)
        if place.isdir():
            return _try(path, self._list, place, list(keys))
        if place.isfile():
            return _try(path, lambda: [(path[-1], self._statNode(place, keys))])
        return fail(FileNotFoundError(path))

    def _list(self, folder: Any, keys: Iterable[str]) -> Any:
        listed = []
        for name in sorted(folder.listdir()):
            place = folder.child(name)
            try:
                listed.append((name, self._statNode(place, keys)))
            except OSError:
                continue  # deleted meanwhile, or a link that leads nowhere
        return listed

    def _statNode(self, filePath: Any, keys: Iterable[str]) -> Any:
        filePath.restat()
        return [getattr(self, f"_stat_{key}")(filePath) for key in keys]

    def _stat_size(self, fp: Any) -> int:
        return int(fp.getsize())

    def _stat_permissions(self, fp: Any) -> Any:
        return fp.getPermissions()

    def _stat_hardlinks(self, fp: Any) -> int:
        try:
            return int(fp.getNumberOfHardLinks())
        except NotImplementedError:  # Windows
            return 0

    def _stat_modified(self, fp: Any) -> float:
        return float(fp.getModificationTime())

    def _stat_owner(self, fp: Any) -> str:
        return _name_of(fp, "getUserID", _user_name)

    def _stat_group(self, fp: Any) -> str:
        return _name_of(fp, "getGroupID", _group_name)

    def _stat_directory(self, fp: Any) -> bool:
        return bool(fp.isdir())


def _user_name(number: int) -> str:
    import pwd  # not on Windows

    return pwd.getpwuid(number)[0]


def _group_name(number: int) -> str:
    import grp  # not on Windows

    return grp.getgrgid(number)[0]


def _name_of(fp: Any, method: str, look_up: Callable[[int], str]) -> str:
    """The owner's or group's name; its number if it has none."""
    try:
        number = getattr(fp, method)()
    except NotImplementedError:  # Windows
        return "0"
    try:
        return look_up(number)
    except (ImportError, KeyError):
        return str(number)


class FTPShell(FTPAnonymousShell):
    """Reads and writes below a folder."""

    def makeDirectory(self, path: Path) -> Deferred[Any]:
        """Make a folder, and those above it."""
        return _try(path, self._path(path).makedirs)

    def removeDirectory(self, path: Path) -> Deferred[Any]:
        """Delete an empty folder."""
        place = self._path(path)
        if place.isfile():
            return fail(IsNotADirectoryError(path))
        return _try(path, os.rmdir, place.path)

    def removeFile(self, path: Path) -> Deferred[Any]:
        """Delete a file."""
        place = self._path(path)
        if place.isdir():
            return fail(IsADirectoryError(path))
        return _try(path, place.remove)

    def rename(self, fromPath: Path, toPath: Path) -> Deferred[Any]:
        """Rename a file or folder."""
        return _try(fromPath, os.rename, self._path(fromPath).path, self._path(toPath).path)

    def openForWriting(self, path: Path) -> Deferred[Any]:
        """Open a file to be received; what it held is gone."""
        place = self._path(path)
        if place.isdir():
            return fail(IsADirectoryError(path))
        return _try(path, lambda: _FileWriter(place.open("w")))
