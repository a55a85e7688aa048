"""Lines out of a stream of bytes, and nothing else."""

from __future__ import annotations

from typing import Any

from txloop.internet.protocol import Protocol
from txloop.protocols._lines import SMALL_BYTES

__all__ = ["LineOnlyReceiver"]


class LineOnlyReceiver(Protocol):
    """A protocol that gets lines and nothing else: no raw mode, no pause.

    Attributes:
        delimiter: What ends a line.
        MAX_LENGTH: How many bytes a line may have, its delimiter not counted.
    Source: Twisted 26.10, twisted.protocols.basic.LineOnlyReceiver, by running it.
    """

    transport: Any  # any stream's: TCP, TLS, a test's string
    delimiter = b"\r\n"
    MAX_LENGTH = 16384

    # The beginning of a line whose end has not come.  It grows as a bytearray, so that a
    # line that comes byte by byte costs no copy for each of them.
    _buffer: bytes | bytearray = b""
    # The delimiter that is known not to be in the bytearray.
    _buffer_lacks = b""

    def dataReceived(self, data: bytes) -> Any:
        """Take any cut of the stream and deliver the lines that are complete.

        After `lineLengthExceeded`, or once the connection is closing, the other lines of
        the chunk are dropped.
        """
        if self._buffer or type(data) is not bytes:
            together = self._hold(data)
            if together is None:
                return self._check_rest()
            data = together
        lines = data.split(self.delimiter)
        self._buffer = lines.pop()
        if len(data) > self.MAX_LENGTH:  # else no line can be
            return self._deliver_checked(lines)
        for line in lines:
            if self.transport.disconnecting:
                return None
            self.lineReceived(line)
        return None

    def _deliver_checked(self, lines: list[bytes]) -> Any:
        """Deliver lines of which some may be too long; look at the unfinished one too."""
        limit = self.MAX_LENGTH
        for line in lines:
            if self.transport.disconnecting:
                return None
            if len(line) > limit:
                return self.lineLengthExceeded(line)
            self.lineReceived(line)
        return self._check_rest()

    def _hold(self, data: bytes) -> bytes | None:
        """Add *data* to the line that is not complete.  None: it still is not; else all there is."""
        held = self._buffer
        delimiter = self.delimiter
        if type(held) is bytes and len(held) <= SMALL_BYTES:
            return held + data
        if type(held) is not bytearray:
            held = self._buffer = bytearray(held)
            self._buffer_lacks = b""
        start = max(0, len(held) - len(delimiter) + 1) if self._buffer_lacks == delimiter else 0
        held += data
        if held.find(delimiter, start) < 0:
            self._buffer_lacks = delimiter
            return None
        return bytes(held)

    def _check_rest(self) -> Any:
        rest = self._buffer
        limit = self.MAX_LENGTH
        # What is beyond the limit may be the beginning of the delimiter: then the line fits.
        if len(rest) <= limit or self.delimiter.startswith(rest[limit:]):
            return None
        self._buffer = b""
        return self.lineLengthExceeded(bytes(rest))

    def lineReceived(self, line: bytes) -> Any:
        """One line came, here without its delimiter.  Override it."""
        raise NotImplementedError(f"{type(self).__name__} needs a method lineReceived()")

    def sendLine(self, line: bytes) -> Any:
        """Write *line* and its delimiter.  Raises TypeError if *line* is not bytes."""
        return self.transport.writeSequence((line, self.delimiter))

    def lineLengthExceeded(self, line: bytes) -> Any:
        """A line is longer than `MAX_LENGTH`: close the connection, unless you override it.

        Args:
            line: That line, as far as it came.  It is not kept.
        """
        return self.transport.loseConnection()
