"""Twisted's names for what joins small writes; programs' tests know them.

`BufferingTLSTransport` does it by itself, without a call for each write (buffering.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["_AggregateSmallWrites", "_NullAggregator"]


class _AggregateSmallWrites:
    """Collects what is written in one turn and passes it on in one piece.

    Args:
        write: Gets the pieces joined.
        clock: Its callLater(0, …) is the turn's end.
    """

    # More than that is passed on at once: the bound of what a turn may keep.
    MAX_BUFFER_SIZE = 64_000

    _scheduled: Any = None

    def __init__(self, write: Callable[[bytes], object], clock: Any) -> None:
        self._write = write
        self._clock = clock
        self._buffer: list[bytes] = []
        self._bufferLeft = self.MAX_BUFFER_SIZE

    def write(self, data: bytes) -> None:
        """Pass *data* on, at the latest when this turn ends."""
        self._buffer.append(data)
        self._bufferLeft -= len(data)
        if self._bufferLeft < 0:
            self.flush()
        elif self._scheduled is None:
            self._scheduled = self._clock.callLater(0, self._scheduledFlush)

    def flush(self) -> None:
        """Pass on what is there."""
        if self._buffer:
            pieces, self._buffer = self._buffer, []
            self._bufferLeft = self.MAX_BUFFER_SIZE
            self._write(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def close(self) -> None:
        """Pass on what is there, and leave no delayed call."""
        self.flush()
        scheduled, self._scheduled = self._scheduled, None
        if scheduled is not None:
            scheduled.cancel()

    def _scheduledFlush(self) -> None:
        self._scheduled = None
        self.flush()


class _NullAggregator:
    """Takes the place of one when nothing can be sent any more."""

    def write(self, data: bytes) -> None:
        """Dropped."""

    def flush(self) -> None:
        """Nothing is there."""

    def close(self) -> None:
        """Nothing is there."""
