"""Many small writes, one TLS record: each record costs encryption, 22 bytes and a segment's work.

What is written in one turn is gathered and encrypted in one piece: when dataReceived
returns, or by a call at the turn's end.  One attribute carries the state, as in a
stream's own writes (txloop_asyncio/_streams/stream.py):

    None     nobody will come by: the next write has to see to that, if it may write at all
    a list   somebody will: append, and that is all

64 writes of 1 KiB cost a ninth of what they cost uvloop's own TLS (tests/benchmarks/tls).
"""

from __future__ import annotations

from typing import Any

from txloop.protocols._tls.protocol import OPEN, TLSMemoryBIOProtocol, as_bytes

__all__ = ["BufferingTLSTransport"]

# So many are encrypted at once, and so is a large one: the bound of what a turn may keep.
PIECES = 64
LARGE_BYTES = 64 * 1024


class BufferingTLSTransport(TLSMemoryBIOProtocol):
    """Makes one record of what one turn writes."""

    _scheduled: Any = None  # the call at the turn's end

    def __init__(self, factory: Any, wrappedProtocol: Any, _connectWrapped: bool = True) -> None:
        super().__init__(factory, wrappedProtocol, _connectWrapped)
        self._gathered: list[bytes] | None = None

    # ---- Twisted's names ---------------------------------------------------------

    def write(self, data: bytes) -> None:
        """As `TLSMemoryBIOProtocol.write`, when this turn ends."""
        # Hot: see the head of this file.
        gathered = self._gathered
        if gathered is not None and type(data) is bytes:
            gathered.append(data)
            if len(gathered) > PIECES or len(data) >= LARGE_BYTES:
                self._gathered = []
                self._write_all(gathered)
            return
        if type(data) is not bytes:
            data = as_bytes(data)
        if data and self._may_write():
            self._gather(data)

    def writeSequence(self, sequence: Any) -> None:
        """As `write`, of all pieces joined."""
        self.write(b"".join(map(as_bytes, sequence)))

    def loseConnection(self) -> None:
        self._flush_gathered()
        super().loseConnection()

    def unregisterProducer(self) -> None:
        self._flush_gathered()
        super().unregisterProducer()

    def dataReceived(self, data: bytes) -> None:
        """Ciphertext.  What is written meanwhile leaves when this returns."""
        # Hot.  Each attribute of ours costs 60 ns more on 3.11, since wrappers have __getattr__:
        # so the usual case stands here in one piece, and looks at each but once.
        if self._phase is not OPEN or self.disconnecting or self._waiting:
            self._receive_slowly(data)
            return
        engine = self._engine
        engine.receive(data)
        plain = engine.decrypted()
        gathered = None
        if plain:
            if self._gathered is None:
                self._gathered = []
            try:
                self.wrappedProtocol.dataReceived(plain)
            except BaseException:
                self._flush_gathered()
                raise
            gathered, self._gathered = self._gathered, None
        if gathered:
            answer = gathered[0] if len(gathered) == 1 else b"".join(gathered)
            if self._waiting:
                self._wait_with(answer)
            elif self._encrypt(answer):
                self.transport.write(engine.outgoing())
        elif engine.outgoing_bytes():
            self._flush()
        if engine.ending is not None:
            self._deliver_end()

    def _receive_slowly(self, data: bytes) -> None:
        if self._gathered is None and self._may_write():
            self._gathered = []
        try:
            super().dataReceived(data)
        finally:
            self._flush_gathered()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # as ProtocolWrapper's
        self._gathered = None
        scheduled, self._scheduled = self._scheduled, None
        if scheduled is not None:
            scheduled.cancel()
        super().connectionLost(reason)

    # ---- ours ----------------------------------------------------------------------

    def _stop_session(self) -> None:
        self._gathered = None  # a list says that something may be written
        super()._stop_session()

    def _gather(self, data: bytes) -> None:
        """The first piece that nobody will come by for."""
        if self._gathered is not None:
            self._gathered.append(data)
            return
        if len(data) >= LARGE_BYTES:
            self._write(data)
            return
        self._gathered = [data]
        if self._scheduled is None:
            self._scheduled = self.factory.clock.callLater(0, self._turn_ends)

    def _turn_ends(self) -> None:
        self._scheduled = None
        self._flush_gathered()

    def _flush_gathered(self) -> None:
        gathered, self._gathered = self._gathered, None
        if gathered:
            self._write_all(gathered)

    def _write_all(self, pieces: list[bytes]) -> None:
        data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if data and self._may_write():
            self._write(data)
