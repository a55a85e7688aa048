"""The write queue while something waits for it to empty: a producer, or a close.

A connection's `_held` (see stream.py) is a plain piece of bytes or a list while bytes only have
to leave.  As soon as somebody must be told *when* they have left, it is one of these:

    write(data)        counted; the producer is paused when it was too much
    a turn later       everything goes to the wire; is that empty too?
    both empty         when_drained() says what is due (src/txloop/_write_gate.py)
    nothing is due     the connection goes back to the plain form

It costs about 15 % of a small write, so nobody pays who has no producer (*measured*).
While it stands, the loop's own limits are high=0: with 64 KiB the loop would tell us
neither that a small queue is waiting nor that it has left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from txloop import _write_gate
from txloop._life import Life
from txloop._write_gate import Drained

if TYPE_CHECKING:
    from txloop_asyncio._streams.stream import StreamConnection


class GatedWrites:
    """Counts what is accepted, sends it once a turn, and acts when all has left.

    Args:
        stream: Whose writes they are.
        pieces: What it had queued before.
    """

    def __init__(self, stream: StreamConnection, pieces: list[bytes]) -> None:
        self._stream = stream
        self._pieces = pieces
        self._turn_is_due = False
        self.end_of_writing_asked = False
        wire = stream._wire
        self._accepted_bytes = wire.get_write_buffer_size() + sum(map(len, pieces))
        wire.set_write_buffer_limits(high=0)
        if pieces:
            self.come_back()

    @property
    def queued_bytes(self) -> int:
        """Accepted and not given to the wire yet."""
        return sum(map(len, self._pieces))

    def write(self, data: bytes) -> None:
        """Accept *data*; it leaves in a later turn."""
        self._pieces.append(data)
        self._accepted_bytes += len(data)
        self.come_back()
        stream = self._stream
        if (
            stream.streamingProducer
            and not stream.producerPaused
            and _write_gate.too_much(self._accepted_bytes, stream.bufferSize)
        ):
            stream.producerPaused = True
            stream.producer.pauseProducing()
        if len(self._pieces) > 64:  # it writes on though paused: bound the list, as stream.py does
            self.flush()

    def come_back(self) -> None:
        """See in the next turn what is due."""
        if not self._turn_is_due:
            self._turn_is_due = True
            self._stream.reactor.loop.call_soon(self._turn)

    def flush(self) -> None:
        """Everything to the wire, in one piece."""
        if self._pieces:
            pieces, self._pieces = self._pieces, []
            # Not writelines: asyncio's, in 3.12 and 3.13, never says that the wire is full.
            self._stream._wire.write(pieces[0] if len(pieces) == 1 else b"".join(pieces))

    def wire_is_empty(self) -> None:
        """The loop says so.  (If a turn is due, that one looks.)"""
        if self.end_of_writing_asked:  # asyncio would end it a second time when we return
            self.come_back()
        elif not self._turn_is_due:
            self._stream._wire_is_calling = True
            try:
                self._drained()
            finally:
                self._stream._wire_is_calling = False

    # ---- ours ------------------------------------------------------------------

    def _turn(self) -> None:
        self._turn_is_due = False
        stream = self._stream
        if stream._held is not self:
            return
        self.flush()
        if stream._wire.get_write_buffer_size() == 0:
            self._drained()
        elif stream._life is Life.CLOSING:
            # Twisted reads no more once asked to close.  Here, not at loseConnection():
            # most closes find the wire empty and need not tell the loop.
            stream._wire.pause_reading()

    def _drained(self) -> None:
        stream = self._stream
        self._accepted_bytes = 0
        due = _write_gate.when_drained(
            producer=stream.producer is not None,
            streaming=stream.streamingProducer,
            paused=stream.producerPaused,
            lose_asked=stream._life is Life.CLOSING,
            end_of_writing_asked=self.end_of_writing_asked,
        )
        if due is Drained.RESUME_PRODUCER:
            stream.producerPaused = False
            stream._call_user(stream.producer.resumeProducing)
        elif due is Drained.END:
            stream._end_cleanly()
        elif due is Drained.END_WRITING:
            stream._end_writing()
        elif due is Drained.NOTHING:
            stream._held = None
            stream._wire.set_write_buffer_limits()


class Nowhere:
    """Stands in `_held` when nothing leaves any more: not connected, write side ended, closed."""

    queued_bytes = 0

    def write(self, data: bytes) -> None:
        """Twisted's transports are silent about writes after the end."""

    def flush(self) -> None:
        """Nothing is queued."""

    def come_back(self) -> None:
        """Nothing will be due."""

    def wire_is_empty(self) -> None:
        """Nobody waits for it."""


NOWHERE = Nowhere()
