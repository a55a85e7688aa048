"""Legacy observers: a file, the standard library's logging, stderr."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from datetime import datetime, timezone
from typing import IO, Any

from txloop.logger._legacy import publishToNewObserver
from txloop.logger._stdlib import STDLibLogObserver
from txloop.python._log_publisher import theLogPublisher
from txloop.python._log_text import EventDict, _safeFormat, textFromEventDict

__all__ = ["DefaultObserver", "FileLogObserver", "PythonLoggingObserver"]


class _GlobalStartStopObserver(ABC):
    """An observer that attaches and detaches itself."""

    @abstractmethod
    def emit(self, eventDict: EventDict) -> None:
        """Note an event."""

    def start(self) -> None:
        """Observe all events from now on."""
        theLogPublisher.addObserver(self.emit)

    def stop(self) -> None:
        """Observe no more."""
        theLogPublisher.removeObserver(self.emit)


class FileLogObserver(_GlobalStartStopObserver):
    """Writes a line for each event: ``2026-01-31 12:00:00+0100 [system] text``.

    Args:
        f: A file of text.
    """

    #: As for `datetime.datetime.strftime`; None writes times as above.
    timeFormat: str | None = None

    def __init__(self, f: IO[str]) -> None:
        self.write = f.write
        self.flush = f.flush

    def getTimezoneOffset(self, when: float) -> int:
        """How far west of UTC local time was at *when*, in seconds: -3600 in Vienna in winter."""
        local = datetime.fromtimestamp(int(when), timezone.utc).astimezone()
        offset = local.utcoffset()
        assert offset is not None  # astimezone() gives an aware time
        return -int(offset.total_seconds())

    def formatTime(self, when: float) -> str:
        """*when*, in seconds since the epoch, as local time in `timeFormat`."""
        if self.timeFormat is not None:
            return datetime.fromtimestamp(when).strftime(self.timeFormat)
        west = self.getTimezoneOffset(when)
        local = datetime.fromtimestamp(when - west, timezone.utc)
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
