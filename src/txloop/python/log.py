"""Twisted's older log: messages, errors, and observers that get dicts.

    msg("text")   err(failure, "why")      say something
    startLogging(sys.stdout)               write all of it to a file; print() and warnings too
    addObserver(function)                  see every event
    callWithLogger(protocol, function)     lines from inside are marked [Echo,0,127.0.0.1]

New code uses `txloop.logger`; events of both are one stream.

Not here: who makes events (_log_publisher.py), their texts (_log_text.py), the
observers (_log_observers.py).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from io import UnsupportedOperation
from typing import IO, Any, NoReturn

from txloop._public import public_address, publish
from txloop.logger._io import LoggingFile
from txloop.logger._legacy import publishToNewObserver as _publishNew
from txloop.logger._levels import LogLevel
from txloop.logger._logger import Logger as NewLogger
from txloop.python._log_files import NullFile
from txloop.python._log_observers import (
    DefaultObserver,
    FileLogObserver,
    PythonLoggingObserver,
    _GlobalStartStopObserver,
)
from txloop.python._log_publisher import (
    ILogContext,
    ILogObserver,
    Logger,
    LogPublisher,
    callWithContext,
    callWithLogger,
    err,
    theLogPublisher,
)
from txloop.python._log_text import EventDict, _safeFormat, textFromEventDict

__all__ = [
    "DefaultObserver",
    "EventDict",
    "FileLogObserver",
    "ILogContext",
    "ILogObserver",
    "LogPublisher",
    "Logger",
    "NullFile",
    "PythonLoggingObserver",
    "StdioOnnaStick",
    "addObserver",
    "callWithContext",
    "callWithLogger",
    "defaultObserver",
    "deferr",
    "discardLogs",
    "err",
    "logerr",
    "logfile",
    "msg",
    "removeObserver",
    "showwarning",
    "startLogging",
    "startLoggingWithObserver",
    "textFromEventDict",
    "theLogPublisher",
]

msg = theLogPublisher.msg
addObserver = theLogPublisher.addObserver
removeObserver = theLogPublisher.removeObserver
showwarning = theLogPublisher.showwarning

#: `err` as an errback: ``d.addErrback(deferr)``.
deferr = err

#: Twisted's observer of errors before logging begins.  Kept for its name: what it did,
#: `txloop.logger.globalLogBeginner` does.
defaultObserver = DefaultObserver()


# ---- beginning and ending ------------------------------------------------------


def startLogging(file: IO[str], *a: Any, **kw: Any) -> FileLogObserver | None:
    """Log to *file* from now on.

    Args:
        file: A file of text.
        a, kw: ``setStdout``, see `startLoggingWithObserver`.
    Returns:
        The observer; None if *file* is the log itself, as sys.stdout is once it is redirected.
    """
    if isinstance(file, LoggingFile):
        return None
    observer = FileLogObserver(file)
    startLoggingWithObserver(observer.emit, *a, **kw)
    return observer


def startLoggingWithObserver(observer: Callable[[EventDict], object], setStdout: bool | int = 1) -> None:
    """Log to *observer* from now on; it also gets what was logged so far.

    Args:
        setStdout: Make events of what is written to sys.stdout and sys.stderr.
    """
    theLogPublisher._startLogging(observer, bool(setStdout))
    msg("Log opened.")


def discardLogs() -> None:
    """Drop what is written to `logfile` from now on."""
    global logfile  # Twisted's name, which programs read anew each time
    logfile = NullFile()


# ---- files that log ------------------------------------------------------------


def _logging_file(level: Any, stream: object) -> LoggingFile:
    logger = NewLogger(namespace=public_address("txloop.python.log"))
    return LoggingFile(logger=logger, level=level, encoding=getattr(stream, "encoding", None))


#: What is written to these is logged: as info, and as an error.
logfile: LoggingFile | NullFile = _logging_file(LogLevel.info, sys.stdout)
logerr = _logging_file(LogLevel.error, sys.stderr)


class StdioOnnaStick:
    """Logs each line written to it; the older `txloop.logger.LoggingFile`.

    Args:
        isError: Log them as errors.
        encoding: What it says its encoding is; by default the interpreter's.
    """

    closed = 0
    softspace = 0
    mode = "wb"
    name = "<stdio (log)>"

    def __init__(self, isError: int = 0, encoding: str | None = None) -> None:
        self.isError = isError
        self.encoding = sys.getdefaultencoding() if encoding is None else encoding
        self.buf = ""

    def close(self) -> None:
        """Nothing; it can be used on."""

    def fileno(self) -> NoReturn:
        """Raises:
        io.UnsupportedOperation: There is no descriptor.
        """
        raise UnsupportedOperation("StdioOnnaStick has no file descriptor.")

    def flush(self) -> None:
        """Nothing: half a line is not logged."""

    def read(self) -> NoReturn:
        """Raises:
        OSError: Nothing can be read from the log.
        """
        raise OSError("can't read from the log!")

    readline = read
    readlines = read
    seek = read
    tell = read

    def write(self, data: str) -> None:
        """Log the lines that *data* completes."""
        *lines, self.buf = (self.buf + data).split("\n")
        self.writelines(lines)

    def writelines(self, lines: Iterable[str]) -> None:
        """Log each of *lines*."""
        for line in lines:
            msg(line, printed=1, isError=self.isError)


publish(__name__, __all__)
