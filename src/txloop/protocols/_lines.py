"""Lines out of a stream of bytes, with raw mode and pauses.

Theory of operation:

    a chunk that is one whole line           -> lineReceived at once, nothing is stored
    anything else is added to `_held`
      as long as that is short               -> its lines are taken off its front, one by one
      when it is not                         -> it is cut at its front, WINDOW_BYTES at a time:
        one split() makes a window's lines, an iterator `_ready` hands them out,
        and what was handed out leaves `_held` when the iterator is done with (`_settle`)

A line's receiver may do anything in between: pause, go raw, change the delimiter, ask
for the rest, close, raise.  So the cut lines stay in `_held` until they are delivered,
and "give the lines back" is only forgetting the iterator.  A window bounds what a
receiver that interrupts at each line makes us cut again and again.

`_held` is bytes while it is small and a bytearray when it grows: that is extended at
its end and cut at its front in constant time, and `_searched` remembers how much of it
holds no delimiter.  So a line that arrives byte by byte costs the same for each byte,
however long it is.

Not here: the receiver that can only lines (_line_only.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from txloop.internet.protocol import Protocol
from txloop.protocols._pauseable import _PauseableMixin

__all__ = ["LineReceiver"]

# Shorter bytes are joined with the next chunk; a bytearray would cost more than the copy.
SMALL_BYTES: Final = 512

# Large enough that the lines of a usual chunk are cut by one call, small enough that
# cutting it anew after each of its lines is cheap (measured: 4 µs with 200 lines).
WINDOW_BYTES: Final = 4096


class LineReceiver(Protocol, _PauseableMixin):
    """A protocol that gets lines, and raw bytes while it asks for them.

    Attributes:
        delimiter: What ends a line.  A new one counts from the next line on.
        MAX_LENGTH: How many bytes a line may have, its delimiter not counted.  A smaller
            one counts at the latest 4 KiB further on.
        line_mode: True for lines, false for raw bytes; see `setRawMode`.
    Source: Twisted 26.10, twisted.protocols.basic.LineReceiver, by running it.
    """

    transport: Any  # any stream's: TCP, TLS, a test's string
    line_mode: int = 1
    delimiter = b"\r\n"
    MAX_LENGTH = 16384

    def makeConnection(self, transport: Any) -> None:
        """Twisted's: the transport is here, `connectionMade` follows."""
        self._prepare()
        super().makeConnection(transport)

    def _prepare(self) -> None:
        # These are asked for every line.  What stands on the class alone is found slowest, what is
        # the object's own alone fastest.
        self.line_mode = self.line_mode
        self.paused: bool = self.paused
        # What has come and is not delivered; None is the cheap form of empty.
        self._held: bytes | bytearray | None = None
        # True while a line or raw bytes are being delivered: a chunk that comes then waits.
        self._busyReceiving = False
        # No delimiter begins in the first so many bytes of _held; `_searched_for` says which.
        self._searched = 0
        self._searched_for = b""
        # Lines cut from the front of _held, so many bytes of it, with the delimiter they were cut by.
        self._ready: Iterator[bytes] | None = None
        self._ready_bytes = 0
        self._ready_delimiter = b""

    # ---- what the program calls -------------------------------------------

    def sendLine(self, line: bytes) -> Any:
        """Write *line* and its delimiter.  Raises TypeError if *line* is not bytes."""
        try:
            data = line + self.delimiter
        except TypeError:
            raise TypeError(f"line must be bytes, not {type(line).__name__}") from None
        return self.transport.write(data)

    def setRawMode(self) -> None:
        """From now on everything goes to `rawDataReceived`, beginning with the rest of this chunk."""
        self.line_mode = 0

    def setLineMode(self, extra: bytes = b"") -> Any:
        """From now on everything is lines again, beginning with *extra*.

        Args:
            extra: What `rawDataReceived` got and is not raw: it is received again.
        """
        self.line_mode = 1
        if extra:
            return self.dataReceived(extra)
        return None

    def clearLineBuffer(self) -> bytes:
        """Take what has come and was not delivered; it will not be."""
        return self._take_held()

    # ---- what the program overrides -----------------------------------------

    def lineReceived(self, line: bytes) -> Any:
        """One line came, here without its delimiter.  Override it.

        Returns:
            Something true makes `dataReceived` return it at once; what came behind the
            line waits for the next chunk.
        """
        raise NotImplementedError(f"{type(self).__name__} needs a method lineReceived()")

    def rawDataReceived(self, data: bytes) -> Any:
        """Bytes came in raw mode: any cut of the stream, one byte or more.  Override it."""
        raise NotImplementedError(f"{type(self).__name__} needs a method rawDataReceived()")

    def lineLengthExceeded(self, line: bytes) -> Any:
        """A line is longer than `MAX_LENGTH`: close the connection, unless you override it.

        Args:
            line: That line as far as it came, and all that came behind it.  None of it is
                kept: the stream is out of step from here on.
        """
        return self.transport.loseConnection()

    # ---- the way of a chunk -------------------------------------------------

    def dataReceived(self, data: bytes) -> Any:
        """Take any cut of the stream and deliver what is complete.

        Inside a delivery, or paused, it only keeps *data*.
        Returns:
            What `lineReceived` returned, if that was true; else None.
        """
        try:
            held = self._held
        except AttributeError:  # used without makeConnection
            self._prepare()
            held = None
        if held or self._busyReceiving or type(data) is not bytes:
            self._hold(data)
            return None if self._busyReceiving else self._deliver_held()
        if self.line_mode and not self.paused:
            line, found, rest = data.partition(self.delimiter)
            if found and not rest and len(line) <= self.MAX_LENGTH:
                # One whole line, as so many chunks are: nothing is stored.
                self._busyReceiving = True
                try:
                    why = self.lineReceived(line)
                finally:
                    self._busyReceiving = False
                return self._deliver_held() if self._held and not why else why
        self._held = data if len(data) <= WINDOW_BYTES else bytearray(data)
        return self._deliver_held()

    def _deliver_held(self) -> Any:
        """Deliver what is held, as far as it is complete and wanted."""
        self._busyReceiving = True
        try:
            while (held := self._held) and not self.paused:
                if not self.line_mode:
                    self._held = None
                    why = self.rawDataReceived(held if type(held) is bytes else bytes(held))
                    if why:
                        return why
                    continue
                if type(held) is bytes and len(held) <= SMALL_BYTES:
                    line, found, behind = held.partition(self.delimiter)
                    if found and len(line) <= self.MAX_LENGTH:
                        self._held = behind
                        why = self.lineReceived(line)
                        transport = self.transport
                        if why or (transport is not None and transport.disconnecting):
                            return why
                        continue
                rest = self._cut_lines()
                if rest is None:
                    if self._is_too_long():
                        return self.lineLengthExceeded(self._take_held())
                    return None
                held, delimiter = self._held, self.delimiter
                for line in self._ready or ():
                    why = self.lineReceived(line)
                    transport = self.transport
                    if why or (transport is not None and transport.disconnecting):
                        return why
                    if self.paused or not self.line_mode or self.delimiter is not delimiter:
                        self._settle()
                        break
                else:
                    if self._held is held and len(held) == self._ready_bytes + len(rest):
                        # The usual end: all lines are delivered, and of the rest we know
                        # already that it is none.
                        self._ready = None
                        self._held = rest
                        self._searched = 0
                        if len(rest) <= self.MAX_LENGTH:
                            return None
                    else:
                        self._settle()
            return None
        finally:
            if self._ready is not None:
                self._settle()
            self._busyReceiving = False

    # ---- what is held ---------------------------------------------------------

    def _hold(self, data: bytes) -> None:
        held = self._held
        if not held:
            self._held = bytes(data)
        elif type(held) is bytes and len(held) <= SMALL_BYTES:
            self._held = held + data
        elif type(held) is bytearray:
            held += data
        else:
            self._held = bytearray(held or b"")
            self._held += data

    def _cut_lines(self) -> bytes | None:
        """Cut the whole lines at the front of what is held.

        Returns:
            What stands behind them in the window they were cut from; None if there is no
            whole line, or one that is too long.
        """
        held = self._held or b""
        delimiter = self.delimiter
        limit = self.MAX_LENGTH
        if self._searched and self._searched_for != delimiter:
            self._searched = 0
        size = window_bytes = len(held)
        if self._searched or size > WINDOW_BYTES:
            end = held.find(delimiter, self._searched)
            if end >= 0:
                window_bytes = max(WINDOW_BYTES, end + len(delimiter))
                self._searched = end  # whatever becomes of the line: it ends there
            else:
                window_bytes = 0
        window = held if window_bytes == size and type(held) is bytes else bytes(held[:window_bytes])
        lines = window.split(delimiter)
        rest = lines.pop()  # it ended with the window, not with a delimiter
        if not lines:
            # The end of what we have may be the beginning of a delimiter.
            self._searched = max(0, size - len(delimiter) + 1)
            self._searched_for = delimiter
            return None
        self._ready_bytes = len(window) - len(rest)
        if len(window) > limit:
            lines = _up_to_the_first_longer_than(limit, lines)
            if not lines:
                return None
            self._ready_bytes = sum(map(len, lines)) + len(lines) * len(delimiter)
        self._ready = iter(lines)
        self._ready_delimiter = delimiter
        return rest

    def _settle(self) -> None:
        """Drop from `_held` the lines that were delivered; the other cut ones are just bytes again."""
        if self._ready is None:
            return
        back = list(self._ready)  # taken from the iterator: a loop that walks it ends
        self._ready = None
        delivered = self._ready_bytes
        if back:
            delivered -= sum(map(len, back)) + len(back) * len(self._ready_delimiter)
        if type(self._held) is bytearray:
            del self._held[:delivered]
        elif self._held is not None:
            self._held = self._held[delivered:]
        self._searched = 0

    def _is_too_long(self) -> bool:
        """Whether the first line held is above the limit, or can only become it."""
        held, limit = self._held or b"", self.MAX_LENGTH
        if len(held) <= limit:
            return False
        return len(held) >= limit + len(self.delimiter) or held.find(self.delimiter) > limit

    def _take_held(self) -> bytes:
        rest = self._buffer
        self._buffer = b""
        return rest

    @property
    def _buffer(self) -> bytes:
        # Twisted's name for what is held; programs look at it.
        self._settle()
        return bytes(self._held or b"")

    @_buffer.setter
    def _buffer(self, data: bytes) -> None:
        self._settle()
        self._held = bytes(data) if data else None
        self._searched = 0


def _up_to_the_first_longer_than(limit: int, lines: list[bytes]) -> list[bytes]:
    for index, line in enumerate(lines):
        if len(line) > limit:
            return lines[:index]
    return lines
