"""A file that logs what is written to it; it stands in for sys.stdout and sys.stderr."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from io import UnsupportedOperation
from typing import AnyStr, NoReturn

from txloop.logger._levels import LogLevel, NamedConstant
from txloop.logger._logger import Logger

__all__ = ["LoggingFile"]

_SOFTSPACE_DEPRECATED = "twisted.logger._io.LoggingFile.softspace was deprecated in Twisted 21.2.0"


class LoggingFile:
    r"""A write-only text file: each line written becomes an event with the line as ``log_io``.

    A line is what stands before ``\n``; what comes after the last one waits for its end.

    Args:
        logger: Emits the events.
        level: Their level.
        encoding: How bytes written are decoded; by default as the interpreter does.
    """

    _softspace = 0

    def __init__(
        self, logger: Logger, level: NamedConstant = LogLevel.info, encoding: str | None = None
    ) -> None:
        self.level = level
        self.log = logger
        self._encoding = sys.getdefaultencoding() if encoding is None else encoding
        self._buffer = ""
        self._closed = False

    # ---- writing -------------------------------------------------------------

    def write(self, message: AnyStr) -> None:
        r"""Log the lines that *message* completes.

        Raises:
            ValueError: This file is closed.
            UnicodeDecodeError: *message* is bytes of another encoding; nothing was logged.
        """
        if self._closed:
            raise ValueError("I/O operation on closed file")
        text = message.decode(self._encoding) if isinstance(message, bytes) else message
        *lines, self._buffer = (self._buffer + text).split("\n")
        for line in lines:
            self.log.emit(self.level, format="{log_io}", log_io=line)

    def writelines(self, lines: Iterable[AnyStr]) -> None:
        """`write` each of *lines*; as with every file, their ends are not added."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing: half a line is not logged."""

    def close(self) -> None:
        """Take no more; half a line is lost."""
        self._closed = True

    # ---- what a file is asked --------------------------------------------------

    @property
    def closed(self) -> bool:
        """True after `close`."""
        return self._closed

    @property
    def encoding(self) -> str:
        """How bytes are decoded."""
        return self._encoding

    @property
    def mode(self) -> str:
        """Always ``"w"``."""
        return "w"

    @property
    def newlines(self) -> None:
        """Always None: newlines are not translated."""
        return None

    @property
    def name(self) -> str:
        """``<LoggingFile namespace#level>``"""
        return f"<{self.__class__.__name__} {self.log.namespace}#{self.level.name}>"

    @property
    def softspace(self) -> int:
        """Python 2's print kept a note here.  Deprecated."""
        warnings.warn(_SOFTSPACE_DEPRECATED, DeprecationWarning, stacklevel=2)
        return self._softspace

    @softspace.setter
    def softspace(self, value: int) -> None:
        warnings.warn(_SOFTSPACE_DEPRECATED, DeprecationWarning, stacklevel=2)
        self._softspace = value

    def isatty(self) -> bool:
        """Always False."""
        return False

    def fileno(self) -> NoReturn:
        """Raises:
        io.UnsupportedOperation: There is no descriptor.
        """
        raise UnsupportedOperation("LoggingFile has no file descriptor.")

    # ---- reading: refused ------------------------------------------------------

    def _unsupported(self, *args: object) -> NoReturn:
        """Raises:
        OSError: This file is for writing, from one end to the other.
        """
        raise OSError("unsupported operation")

    read = _unsupported
    next = _unsupported
    readline = _unsupported
    readlines = _unsupported
    xreadlines = _unsupported
    seek = _unsupported
    tell = _unsupported
    truncate = _unsupported
