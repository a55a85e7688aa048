"""For tests: what was logged meanwhile?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from txloop.logger._global import globalLogPublisher
from txloop.logger._interfaces import LogEvent

__all__ = ["capturedLogs"]


@contextmanager
def capturedLogs() -> Iterator[Sequence[LogEvent]]:
    """``with capturedLogs() as events:`` collects all that is logged globally inside the block."""
    events: list[LogEvent] = []
    observer = events.append
    globalLogPublisher.addObserver(observer)
    try:
        yield events
    finally:
        globalLogPublisher.removeObserver(observer)
