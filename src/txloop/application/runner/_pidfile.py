"""The file that says which process runs a program, so that it runs once.

    with PIDFile(FilePath("/run/app.pid")):       AlreadyRunningError if one runs
        reactor.run()                             the file is there that long

Source: methods and errors as of Twisted 26.10's twisted.application.runner, by running it.
"""

from __future__ import annotations

import errno
import os
from os import getpid, kill
from os import name as SYSTEM_NAME  # noqa: N812 - Twisted's name
from typing import Any

from zope.interface import implementer

from txloop._contract import Interface, checkable, contract
from txloop.logger import Logger

__all__ = [
    "AlreadyRunningError",
    "IPIDFile",
    "InvalidPIDFileError",
    "NoPIDFound",
    "NonePIDFile",
    "PIDFile",
    "StalePIDFileError",
    "nonePIDFile",
]

_log = Logger()


class AlreadyRunningError(Exception):
    """The process that the file names is running."""


class InvalidPIDFileError(Exception):
    """The file names no process."""


class StalePIDFileError(Exception):
    """The process that the file names is not running any more."""


class NoPIDFound(Exception):
    """There is no such file."""


@checkable
class IPIDFile(Interface, metaclass=contract):
    """Says which process runs a program."""

    def read(self) -> int:
        """The process; NoPIDFound, InvalidPIDFileError, or OSError if it cannot be read."""

    def writeRunningPID(self) -> None:
        """It is this process; OSError if that cannot be written."""

    def remove(self) -> None:
        """It is none; OSError if the file cannot be removed."""

    def isRunning(self) -> bool:
        """Is the process running?  StalePIDFileError if there was one."""

    def __enter__(self) -> Any:
        """It is this process; AlreadyRunningError if another one is running."""

    def __exit__(self, *raised: object) -> Any:
        """It is none any more."""


@implementer(IPIDFile)
class PIDFile:
    """A file on the disk, a FilePath."""

    def __init__(self, filePath: Any) -> None:
        self.filePath = filePath

    def read(self) -> int:
        """The process that the file names."""
        try:
            with self.filePath.open() as file:
                line = file.readline()
        except OSError as failed:
            if failed.errno != errno.ENOENT:
                raise
            raise NoPIDFound("PID file does not exist") from None
        try:
            pid = int(line)
        except ValueError:
            raise InvalidPIDFileError(f"non-integer PID value in PID file: {line!r}") from None
        if pid <= 0:  # a signal to these would reach others, or all
            raise InvalidPIDFileError(f"no process has the PID in PID file: {line!r}")
        return pid

    def writeRunningPID(self) -> None:
        """Name the process that we are."""
        self._write(getpid())

    def remove(self) -> None:
        """Remove the file."""
        self.filePath.remove()

    def isRunning(self) -> bool:
        """Is the process running that the file names?

        Raises:
            StalePIDFileError: Not any more.
            InvalidPIDFileError: The file names none.
            NotImplementedError: This system cannot tell.
        """
        try:
            pid = self.read()
        except NoPIDFound:
            return False
        if SYSTEM_NAME != "posix":
            raise NotImplementedError(f"isRunning is not implemented on {SYSTEM_NAME}")
        if not _lives(pid):
            raise StalePIDFileError("PID file refers to non-existing process")
        return True

    def __enter__(self) -> PIDFile:
        try:
            taken = self.isRunning()
        except StalePIDFileError:
            taken = False
            _log.info("Replacing stale PID file: {path}", path=self.filePath)
        if taken:
            raise AlreadyRunningError
        self.writeRunningPID()
        return self

    def __exit__(self, *raised: object) -> None:
        self.remove()

    # Twisted's names for what is written, and for writing it.

    def _write(self, pid: int) -> None:
        self.filePath.setContent(self._format(pid))

    @staticmethod
    def _format(pid: int) -> bytes:
        return f"{int(pid)}\n".encode()


def _lives(pid: int) -> bool:
    try:
        kill(pid, 0)  # is looked at, not sent
    except OSError as refused:
        if refused.errno not in (errno.ESRCH, errno.EPERM):
            raise
        return refused.errno == errno.EPERM  # somebody else's
    return True


@implementer(IPIDFile)
class NonePIDFile:
    """Stands for no file: there is nothing to read, and nothing can be written or removed."""

    def read(self) -> int:
        """NoPIDFound."""
        raise NoPIDFound("PID file does not exist")

    def writeRunningPID(self) -> None:
        """OSError."""
        self._write(getpid())

    def _write(self, pid: int) -> None:
        raise _refused(errno.EPERM)

    def remove(self) -> None:
        """OSError."""
        raise _refused(errno.ENOENT)

    def isRunning(self) -> bool:
        """No."""
        return False

    def __enter__(self) -> NonePIDFile:
        return self

    def __exit__(self, *raised: object) -> None:
        pass


def _refused(number: int) -> OSError:
    return OSError(number, os.strerror(number))


nonePIDFile = NonePIDFile()
