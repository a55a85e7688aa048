"""Log files that make room for the next one: by length, or each day.

    LogFile       app.log is the newest, app.log.1 the one before, app.log.2 …
    DailyLogFile  app.log is today's, app.log.2026_11_23 that day's
    LogReader     the lines of any of them

Both are written to by any thread, and are what `log.startLogging` and the log observers
take as a file.
Source of the behaviour: Twisted 26.10, twisted.python.logfile, by running it.
"""

from __future__ import annotations

import glob
import os
import stat
import time
from typing import Any, BinaryIO, ClassVar, TextIO, TypeVar

from txloop._public import publish
from txloop.python import threadable

__all__ = ["BaseLogFile", "DailyLogFile", "LogFile", "LogReader"]

Self = TypeVar("Self", bound="BaseLogFile")
Date = tuple[int, int, int]  # year, month, day


class BaseLogFile:
    """A log file in a directory.  A subclass says when the next one begins.

    Args:
        name: The file's name.
        directory: The directory it is in; must be there.
        defaultMode: The permissions of new files; None: those of the file that is there,
            or, if none is, what the process gives new files.
    Attributes:
        path: The file's whole path.
        closed: Whether it is closed.
    Raises:
        OSError: It cannot be opened.
    """

    synchronized: ClassVar[list[str]] = ["write", "rotate"]

    # Unbuffered: what was written is in the file, whatever becomes of the process.
    _file: BinaryIO

    def __init__(self, name: str, directory: str, defaultMode: int | None = None) -> None:
        self.directory = directory
        self.name = name
        self.path: str = os.path.join(directory, name)
        if defaultMode is None and os.path.exists(self.path):
            defaultMode = stat.S_IMODE(os.stat(self.path).st_mode)
        self.defaultMode = defaultMode
        self._openFile()

    @classmethod
    def fromFullPath(cls: type[Self], filename: str, *args: Any, **kwargs: Any) -> Self:
        """The log file of the path *filename*; the rest as for the class."""
        path = os.path.abspath(filename)
        return cls(os.path.basename(path), os.path.dirname(path), *args, **kwargs)

    def shouldRotate(self) -> Any:
        """Whether the next file shall begin with what is written next.  Override it."""
        raise NotImplementedError

    def rotate(self) -> None:
        """Begin the next file.  Override it."""
        raise NotImplementedError

    def _openFile(self) -> None:
        is_new = not os.path.exists(self.path)
        # In one step, with its mode: what somebody else puts there meanwhile is neither emptied
        # nor chmodded, and nobody may read a private log for a moment.
        mode = 0o666 if self.defaultMode is None else self.defaultMode
        self._file = open(os.open(self.path, os.O_RDWR | os.O_CREAT, mode), "rb+", 0)  # noqa: SIM115  # close()
        self.closed: bool = False
        self._file.seek(0, os.SEEK_END)
        if is_new and self.defaultMode is not None and hasattr(os, "fchmod"):
            os.fchmod(self._file.fileno(), self.defaultMode)  # whatever the umask

    def write(self, data: str | bytes) -> None:
        """Append *data*, text as UTF-8, to this file or the next one.

        Raises:
            ValueError: The file is closed.
        """
        if self.shouldRotate():
            self.flush()
            self.rotate()
        self._file.write(_as_bytes(data))

    def flush(self) -> None:
        """Give everything to the system."""
        self._file.flush()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self.closed = True
        self._file.close()

    def reopen(self) -> None:
        """Close and open it again: for a program that has moved the file away."""
        self.close()
        self._openFile()

    def getCurrentLog(self) -> LogReader:
        """A reader of the file that is written now."""
        return LogReader(self.path)

    def __getstate__(self) -> dict[str, Any]:
        # An open file and a lock are not for another process.
        return {name: value for name, value in vars(self).items() if name not in _NOT_KEPT}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._openFile()

    def _may_rotate(self) -> bool:
        return os.access(self.directory, os.W_OK) and os.access(self.path, os.W_OK)

    def _begin_next(self, name_of_this: str) -> None:
        """This file becomes *name_of_this*, and a new one is opened."""
        self._file.close()
        os.rename(self.path, name_of_this)
        self._openFile()


_NOT_KEPT = ("_file", "_threadable_lock", "size", "lastDate")


def _as_bytes(data: str | bytes) -> bytes:
    return data.encode("utf-8") if isinstance(data, str) else data


# ---- by length --------------------------------------------------------------


class LogFile(BaseLogFile):
    """A log file after whose given length the next begins; the older ones are numbered.

    Args:
        name, directory, defaultMode: As for `BaseLogFile`.
        rotateLength: From how many bytes on the next file begins; None: never.
        maxRotatedFiles: How many older files are kept; None: all.
    Attributes:
        size: The file's length in bytes.
    """

    def __init__(
        self,
        name: str,
        directory: str,
        rotateLength: int | None = 1000000,
        defaultMode: int | None = None,
        maxRotatedFiles: int | None = None,
    ) -> None:
        super().__init__(name, directory, defaultMode)
        self.rotateLength = rotateLength
        self.maxRotatedFiles = maxRotatedFiles

    def _openFile(self) -> None:
        super()._openFile()
        self.size: int = self._file.tell()

    def shouldRotate(self) -> bool:
        """Whether the file has reached its length."""
        return bool(self.rotateLength and self.size >= self.rotateLength)

    def write(self, data: str | bytes) -> None:
        """Append *data*, text as UTF-8, to this file or, if it is long enough, the next one."""
        data = _as_bytes(data)
        super().write(data)
        self.size += len(data)

    def rotate(self) -> None:
        """Begin the next file; this one is number 1 then, and the older ones' numbers grow by one.

        Where directory or file may not be written, nothing happens.
        """
        if not self._may_rotate():
            return
        for number in reversed(self.listLogs()):
            if self.maxRotatedFiles is not None and number >= self.maxRotatedFiles:
                os.remove(f"{self.path}.{number}")
            else:
                os.rename(f"{self.path}.{number}", f"{self.path}.{number + 1}")
        self._begin_next(f"{self.path}.1")

    def getLog(self, identifier: int) -> LogReader:
        """A reader of the older file *identifier*, 1 for the newest; ValueError if there is none."""
        path = "%s.%d" % (self.path, identifier)  # noqa: UP031 - a text is a TypeError, as it was
        if not os.path.exists(path):
            raise ValueError("no such logfile exists")
        return LogReader(path)

    def listLogs(self) -> list[int]:
        """The older files' numbers, from the newest to the oldest."""
        beginning = f"{self.path}."
        ends = [path[len(beginning) :] for path in glob.glob(f"{glob.escape(beginning)}*")]
        return sorted(int(end) for end in ends if end.isdecimal() and end == str(int(end)) and end != "0")


# ---- by day -----------------------------------------------------------------


class DailyLogFile(BaseLogFile):
    """A log file of one day, in local time; the older ones have their dates behind their names.

    Attributes:
        lastDate: The day of what was written last: year, month, day.
    """

    def _openFile(self) -> None:
        super()._openFile()
        self.lastDate: Date = self.toDate(os.stat(self.path).st_mtime)

    def shouldRotate(self) -> bool:
        """Whether another day has begun."""
        return self.toDate() > self.lastDate

    def toDate(self, *args: float) -> Date:
        """Year, month and day of a time in seconds since 1970; without one, of now."""
        return time.localtime(*args)[:3]

    def suffix(self, tupledate: Any) -> str:
        """What a day's file has behind its name: ``2026_11_23``.

        Args:
            tupledate: Year, month and day, or a time in seconds since 1970.
        """
        try:
            return "_".join(map(str, tupledate))
        except TypeError:
            return "_".join(map(str, self.toDate(tupledate)))

    def getLog(self, identifier: float) -> LogReader:
        """A reader of the file of one day.

        Args:
            identifier: A time of that day, in seconds since 1970.
        Raises:
            ValueError: There is no such file.
        """
        day = self.toDate(identifier)
        if day == self.lastDate:
            return self.getCurrentLog()
        path = f"{self.path}.{self.suffix(day)}"
        if not os.path.exists(path):
            raise ValueError("no such logfile exists")
        return LogReader(path)

    def write(self, data: str | bytes) -> None:
        """Append *data*, text as UTF-8, to today's file."""
        super().write(data)
        # The clock may be set back; the day of a log is not.
        self.lastDate = max(self.lastDate, self.toDate())

    def rotate(self) -> None:
        """Begin a new file; this one gets its date.

        Where directory or file may not be written, or that day has its file, nothing happens.
        """
        older = f"{self.path}.{self.suffix(self.lastDate)}"
        if self._may_rotate() and not os.path.exists(older):
            self._begin_next(older)


# ---- reading ----------------------------------------------------------------


class LogReader:
    """Reads the lines of a log file.

    Args:
        name: The file's path; OSError if it cannot be opened.
    """

    def __init__(self, name: str) -> None:
        self._file: TextIO = open(name, encoding="utf-8", errors="replace")  # noqa: SIM115 - closed by close()

    def readLines(self, lines: int = 10) -> list[str]:
        """The next lines, with their ends, up to *lines* of them; fewer at the end."""
        found = []
        for _ in range(lines):
            line = self._file.readline()
            if not line:
                break
            found.append(line)
        return found

    def close(self) -> None:
        """Close the file."""
        self._file.close()


threadable.synchronize(LogFile, DailyLogFile)

publish(__name__, __all__)
