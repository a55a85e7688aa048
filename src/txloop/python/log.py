"""Twisted's older log: messages, errors, and observers that get dicts.

    msg("text")   err(failure, "why")      say something
    startLogging(sys.stdout)               write all of it to a file; print() and warnings too
    addObserver(function)                  see every event
    callWithLogger(protocol, function)     lines from inside are marked [Echo,0,127.0.0.1]

New code uses `txloop.logger`; events of both are one stream.

Not here: the publisher (_log_publisher.py), the texts of events (_log_text.py).
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import UnsupportedOperation
from typing import IO, Any, NoReturn, TypeVar

from txloop._public import public_address, publish
from txloop.logger._global import globalLogBeginner, globalLogPublisher
from txloop.logger._io import LoggingFile
from txloop.logger._legacy import publishToNewObserver
from txloop.logger._levels import LogLevel
from txloop.logger._logger import Logger as NewLogger
from txloop.logger._stdlib import STDLibLogObserver
from txloop.python import context
from txloop.python import util as util  # programs reach it through this module
from txloop.python._log_files import NullFile
from txloop.python._log_publisher import ILogContext, ILogObserver, LogPublisher
from txloop.python._log_text import EventDict, _safeFormat, textFromEventDict
from txloop.python.failure import Failure

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

_Result = TypeVar("_Result")

# ---- saying something ----------------------------------------------------------
# Programs and their tests put functions of their own in the place of these names, so
# everything below looks them up here, at each call.

theLogPublisher: LogPublisher = LogPublisher(
    observerPublisher=globalLogPublisher,
    publishPublisher=globalLogPublisher,
    logBeginner=globalLogBeginner,
)

msg: Callable[..., None] = theLogPublisher.msg
addObserver: Callable[[Any], None] = theLogPublisher.addObserver
removeObserver: Callable[[Any], None] = theLogPublisher.removeObserver
showwarning: Callable[..., None] = theLogPublisher.showwarning


def err(_stuff: object = None, _why: str | None = None, **kw: Any) -> None:
    """Log an error.

    Args:
        _stuff: A Failure or an exception, by default the one being handled; of anything
            else the `repr` is logged.
        _why: What could not be done; the text begins with it.
        kw: More keys for the event.
    Raises:
        NoCurrentExceptionError: No *_stuff*, and no exception is being handled.
    """
    if _stuff is None:
        _stuff = Failure()
    elif isinstance(_stuff, Exception):
        _stuff = Failure(_stuff)
    if isinstance(_stuff, Failure):
        msg(failure=_stuff, why=_why, isError=1, **kw)
    else:
        msg(repr(_stuff), why=_why, isError=1, **kw)


#: `err` as an errback: ``d.addErrback(deferr)``.
deferr = err


# ---- who is speaking -----------------------------------------------------------


def callWithContext(ctx: EventDict, func: Callable[..., _Result], *args: Any, **kw: Any) -> _Result:
    """What ``func(*args, **kw)`` returns; what it logs meanwhile has *ctx*'s keys.

    ``ctx["system"]`` is what stands in brackets on each line.
    """
    result: _Result = context.call({ILogContext: {**context.get(ILogContext), **ctx}}, func, *args, **kw)
    return result


def callWithLogger(logger: Any, func: Callable[..., _Result], *args: Any, **kw: Any) -> _Result | None:
    """Call *func* for *logger*: its ``logPrefix()`` is the system, and what *func* raises is logged.

    Returns:
        None if it raised.  KeyboardInterrupt is not caught, SystemExit is.
    """
    try:
        prefix = logger.logPrefix()
    except KeyboardInterrupt:
        raise
    except BaseException:
        prefix = "(buggy logPrefix method)"
        err(system=prefix)
    try:
        return callWithContext({"system": prefix}, func, *args, **kw)
    except KeyboardInterrupt:
        raise
    except BaseException:
        err(system=prefix)
        return None


class Logger:
    """Something with a log prefix; a base class for what uses the log."""

    def logPrefix(self) -> str:
        """What stands in brackets on the lines it logs."""
        return "-"


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
    """Log to *observer* from now on; what was logged so far is forgotten.

    Args:
        setStdout: Make events of what is written to sys.stdout and sys.stderr.
    """
    theLogPublisher._startLogging(observer, bool(setStdout))
    msg("Log opened.")


def discardLogs() -> None:
    """Drop what is written to `logfile` from now on."""
    global logfile  # Twisted's name, which programs read anew each time
    logfile = NullFile()


# ---- observers ------------------------------------------------------------------


class _GlobalStartStopObserver(ABC):
    """An observer that attaches and detaches itself."""

    @abstractmethod
    def emit(self, eventDict: EventDict) -> None:
        """Note an event."""

    def start(self) -> None:
        """Observe all events from now on."""
        addObserver(self.emit)

    def stop(self) -> None:
        """Observe no more."""
        removeObserver(self.emit)


class FileLogObserver(_GlobalStartStopObserver):
    """Writes a line for each event: ``2026-01-31 12:00:00+0100 [system] text``.

    Args:
        f: A file of text.
    """

    #: As for `datetime.datetime.strftime`; None writes times as above.
    timeFormat: str | None = None

    def __init__(self, f: IO[str]) -> None:
        self.write: Callable[[str], object] = f.write
        self.flush: Callable[[], object] = f.flush

    def getTimezoneOffset(self, when: float) -> int:
        """How far west of UTC local time was at *when*, in seconds: -3600 in Vienna in winter."""
        local = datetime.fromtimestamp(int(when), UTC).astimezone()
        offset = local.utcoffset()
        assert offset is not None  # astimezone() gives an aware time
        return -int(offset.total_seconds())

    def formatTime(self, when: float) -> str:
        """*when*, in seconds since the epoch, as local time in `timeFormat`."""
        if self.timeFormat is not None:
            return datetime.fromtimestamp(when).strftime(self.timeFormat)
        west = self.getTimezoneOffset(when)
        local = datetime.fromtimestamp(when - west, UTC)
        hours, minutes = divmod(abs(west) // 60, 60)
        return f"{local:%Y-%m-%d %H:%M:%S}{'-' if west > 0 else '+'}{hours:02}{minutes:02}"

    def emit(self, eventDict: EventDict) -> None:
        """Write *eventDict*'s text, if it has one; its further lines begin with a tab."""
        text = textFromEventDict(eventDict)
        if text is None:
            return
        line = {"system": eventDict["system"], "text": text.replace("\n", "\n\t")}
        when = self.formatTime(eventDict["time"])
        self.write(f"{when} {_safeFormat('[%(system)s] %(text)s', line)}\n")
        self.flush()


class PythonLoggingObserver(_GlobalStartStopObserver):
    """Hands each event to the standard library's logging.

    Args:
        loggerName: The name of the logger.
    """

    def __init__(self, loggerName: str = "twisted") -> None:
        self._newObserver = STDLibLogObserver(loggerName)

    def emit(self, eventDict: EventDict) -> None:
        """Log *eventDict*, if it has a text, at its own level (``logLevel``) or info or critical."""
        if "log_format" in eventDict or textFromEventDict(eventDict) is not None:
            publishToNewObserver(self._newObserver, eventDict, textFromEventDict)


class DefaultObserver(_GlobalStartStopObserver):
    """Writes the texts of errors to stderr, and nothing else."""

    stderr: Any = sys.stderr

    def emit(self, eventDict: EventDict) -> None:
        """Write *eventDict*'s text if it is an error."""
        if eventDict["isError"]:
            self.stderr.write(textFromEventDict(eventDict) or "")
            self.stderr.flush()


#: Twisted's observer of errors before logging begins.  Kept for its name: what it did,
#: `txloop.logger.globalLogBeginner` does.
defaultObserver: DefaultObserver = DefaultObserver()


# ---- files that log ------------------------------------------------------------


def _logging_file(level: Any, stream: object) -> LoggingFile:
    logger = NewLogger(namespace=public_address("txloop.python.log"))
    return LoggingFile(logger=logger, level=level, encoding=getattr(stream, "encoding", None))


#: What is written to these is logged: as info, and as an error.
logfile: LoggingFile | NullFile = _logging_file(LogLevel.info, sys.stdout)
logerr: LoggingFile = _logging_file(LogLevel.error, sys.stderr)


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
        self.encoding: str = sys.getdefaultencoding() if encoding is None else encoding
        self.buf: str = ""

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
