"""The one publisher of the process, and how logging begins.

    before it begins    events are remembered (200 of them), critical ones go to stderr
    embedded            they go to the standard library's logging (_embedded.py)
    beginLoggingTo(…)   the program's observers get what was remembered and all that follows;
                        print(), stderr and warnings become events

Not here: who calls beginLoggingTo: twisted.python.log.startLogging, application runners.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterable
from typing import IO, Any, Final

from txloop.logger._buffer import LimitedHistoryLogObserver
from txloop.logger._file import FileLogObserver
from txloop.logger._filter import FilteringLogObserver, LogLevelFilterPredicate
from txloop.logger._format import eventAsText
from txloop.logger._interfaces import LogEvent, LogObserver
from txloop.logger._io import LoggingFile
from txloop.logger._levels import LogLevel
from txloop.logger._logger import Logger
from txloop.logger._observer import LogPublisher
from txloop.logger._util import frame_of_the_program
from txloop.python.reflect import qual

__all__ = ["LogBeginner", "globalLogBeginner", "globalLogPublisher"]

MORE_THAN_ONCE_WARNING: Final = (
    "Warning: primary log target selected twice at <{fileNow}:{lineNow}> - previously selected at "
    "<{fileThen}:{lineThen}>.  Remove one of the calls to beginLoggingTo."
)


class LogBeginner:
    """Looks after a publisher until the program says where its log shall go.

    Args:
        publisher: Gets observers from here.
        errorStream: Critical events go there until logging begins.
        stdio: Has the attributes ``stdout`` and ``stderr`` that are redirected; `sys`, as a rule.
        warningsModule: Its ``showwarning`` is replaced; `warnings`, as a rule.
        initialBufferSize: How many events to remember until logging begins.
    """

    _DEFAULT_BUFFER_SIZE = 200

    def __init__(
        self,
        publisher: LogPublisher,
        errorStream: IO[Any],
        stdio: object,
        warningsModule: Any,
        initialBufferSize: int | None = None,
    ) -> None:
        size = self._DEFAULT_BUFFER_SIZE if initialBufferSize is None else initialBufferSize
        self._initialBuffer = LimitedHistoryLogObserver(size=size)
        self._publisher = publisher
        self._log = Logger(observer=publisher)
        self._stdio = stdio
        self._warningsModule = warningsModule
        self._oldshowwarning = warningsModule.showwarning
        self._previousBegin = ("", 0)

        # The observer of the time before; None once logging has begun.
        self._until_begun: LogObserver = LogPublisher(self._initialBuffer, _critical_to(errorStream))
        self._temporaryObserver: LogObserver | None = self._until_begun
        self._lock = threading.Lock()  # guards changes of _temporaryObserver
        publisher.addObserver(self._until_begun)

    def beginLoggingTo(
        self, observers: Iterable[LogObserver], discardBuffer: bool = False, redirectStandardIO: bool = True
    ) -> None:
        """Log to *observers* from now on.

        To be called once.  A second call adds its observers too, and logs a warning that
        names both places.

        Args:
            observers: Get first what was remembered, then all that follows.
            discardBuffer: Forget what was remembered instead.
            redirectStandardIO: Make events of what is written to stdout (info) and stderr (error).
        Raises:
            TypeError: An observer is not callable.
        """
        caller = frame_of_the_program()
        here = ("", 0) if caller is None else (caller.f_code.co_filename, caller.f_lineno)
        observers = list(observers)
        for observer in observers:
            self._publisher.addObserver(observer)

        if self._change_temporary(None):
            if not discardBuffer:
                # By a publisher: an observer that raises is reported, and the others go on.
                self._initialBuffer.replayTo(LogPublisher(*observers))
            self._initialBuffer.forget()
            self._previousBegin = here
        else:
            (file_then, line_then), (file_now, line_now) = self._previousBegin, here
            self._log.warn(
                MORE_THAN_ONCE_WARNING,
                fileNow=file_now,
                lineNow=line_now,
                fileThen=file_then,
                lineThen=line_then,
            )

        self._warningsModule.showwarning = self.showwarning
        if redirectStandardIO:
            self._redirect("stdout", LogLevel.info)
            self._redirect("stderr", LogLevel.error)

    def showwarning(
        self,
        message: str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: IO[Any] | None = None,
        line: str | None = None,
    ) -> None:
        """Log a Python warning, in the place of `warnings.showwarning`; one meant for a *file* goes there."""
        if file is None:
            self._log.warn(
                "{filename}:{lineno}: {category}: {warning}",
                warning=message,
                category=qual(category),
                filename=filename,
                lineno=lineno,
            )
        else:
            self._oldshowwarning(message, category, filename, lineno, file, line)

    # ---- ours ------------------------------------------------------------------

    def begin_provisionally(self, observer: LogObserver, for_remembered: LogObserver) -> None:
        """Hand events to *observer* until the program begins logging of its own.

        Nothing is remembered for later and critical events no longer go to stderr.  Once
        logging has begun, this does nothing.

        Args:
            observer: Gets the events from now on.
            for_remembered: Gets those that were remembered.
        """
        if self._change_temporary(observer):
            self._initialBuffer.replayTo(LogPublisher(for_remembered))
            self._initialBuffer.forget()

    def end_provisionally(self) -> None:
        """Remember again; does nothing once logging has begun."""
        self._change_temporary(self._until_begun)

    def _change_temporary(self, observer: LogObserver | None) -> bool:
        """Put *observer* in the place of the temporary one; False if logging has begun."""
        with self._lock:
            before = self._temporaryObserver
            if before is None:
                return False
            # The new one first: no event falls between.
            if observer is not None:
                self._publisher.addObserver(observer)
            self._publisher.removeObserver(before)
            self._temporaryObserver = observer
            return True

    def _redirect(self, name: str, level: Any) -> None:
        encoding = getattr(getattr(self._stdio, name), "encoding", None)
        logger = Logger(namespace=name, observer=self._publisher)
        setattr(self._stdio, name, LoggingFile(logger=logger, level=level, encoding=encoding))


def _critical_to(stream: IO[Any]) -> LogObserver:
    def text(event: LogEvent) -> str:
        return eventAsText(event, includeTimestamp=False, includeSystem=False) + "\n"

    return FilteringLogObserver(
        FileLogObserver(stream, text), [LogLevelFilterPredicate(defaultLogLevel=LogLevel.critical)]
    )


class _StderrOfTheMoment:
    """sys.stderr as it is when something is written, not as it was when we were imported."""

    def write(self, text: str) -> None:
        if sys.stderr is not None:  # it is None under pythonw
            sys.stderr.write(text)

    def flush(self) -> None:
        if sys.stderr is not None:
            sys.stderr.flush()


globalLogPublisher: LogPublisher = LogPublisher()
globalLogBeginner: LogBeginner = LogBeginner(
    globalLogPublisher,
    _StderrOfTheMoment(),  # type: ignore[arg-type]  # enough of a file
    sys,
    warnings,
)
Logger._global_observer = globalLogPublisher
