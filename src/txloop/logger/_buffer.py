"""Remember events until somebody wants to hear them."""

from __future__ import annotations

from collections import deque
from typing import Final

from zope.interface import implementer

from txloop.logger._interfaces import ILogObserver, LogEvent, LogObserver

__all__ = ["LimitedHistoryLogObserver"]

_DEFAULT_BUFFER_MAXIMUM: Final = 64 * 1024  # events; Twisted's number


@implementer(ILogObserver)
class LimitedHistoryLogObserver:
    """Keeps the last events.

    Args:
        size: How many to keep, the oldest go first; None for no limit.
    """

    def __init__(self, size: int | None = _DEFAULT_BUFFER_MAXIMUM) -> None:
        self._buffer: deque[LogEvent] = deque(maxlen=size)

    def __call__(self, event: LogEvent) -> None:
        self._buffer.append(event)

    def replayTo(self, otherObserver: LogObserver) -> None:
        """Hand all kept events to *otherObserver*, oldest first; they stay kept.

        Events that come in meanwhile are kept, but not handed on by this call.
        """
        for event in tuple(self._buffer):
            otherObserver(event)

    def forget(self) -> None:
        """Keep nothing of what came so far."""
        self._buffer.clear()
