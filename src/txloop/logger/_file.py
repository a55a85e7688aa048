"""Events written to a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO, Any

from zope.interface import implementer

from txloop.logger._format import formatEventAsClassicLogText, formatTime, timeFormatRFC3339
from txloop.logger._interfaces import ILogObserver, LogEvent

__all__ = ["FileLogObserver", "textFileLogObserver"]


@implementer(ILogObserver)
class FileLogObserver:
    """Writes each event to a file, and flushes.

    Args:
        outFile: Takes text; one of `io`'s binary files gets UTF-8.
        formatEvent: Makes text of an event; what it makes None or "" of is not written.
    """

    def __init__(self, outFile: IO[Any], formatEvent: Callable[[LogEvent], str | None]) -> None:
        is_binary = isinstance(outFile, io.IOBase) and not isinstance(outFile, io.TextIOBase)
        self._encoding = "utf-8" if is_binary else None
        self._outFile = outFile
        self.formatEvent = formatEvent

    def __call__(self, event: LogEvent) -> None:
        """Write *event*."""
        text = self.formatEvent(event)
        if text:
            self._outFile.write(text if self._encoding is None else text.encode(self._encoding))
            self._outFile.flush()


def textFileLogObserver(outFile: IO[Any], timeFormat: str | None = timeFormatRFC3339) -> FileLogObserver:
    """Writes events as people read them: ``time [system] message``.

    Args:
        timeFormat: As for `datetime.datetime.strftime`; None writes "-" for every time.
    """

    def formatEvent(event: LogEvent) -> str | None:
        return formatEventAsClassicLogText(event, formatTime=lambda when: formatTime(when, timeFormat))

    return FileLogObserver(outFile, formatEvent)
