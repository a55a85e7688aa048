"""Netstrings, ``3:abc,``: strings behind their length in decimal digits.

The format is D. J. Bernstein's (cr.yp.to/proto/netstrings.txt).  It says in advance how
much memory a string needs, so we refuse a length before its string arrives, and as soon
as the digits so far can only become a refused one.
"""

from __future__ import annotations

from typing import Any, Final

from txloop.internet.protocol import Protocol

__all__ = ["IncompleteNetstring", "NetstringParseError", "NetstringReceiver", "_formatNetstring"]

_MISSING_LENGTH: Final = "The received netstring does not start with a length specification."
_TOO_LONG: Final = "The received netstring is longer than the maximum %s specified by self.MAX_LENGTH"
_MISSING_COMMA: Final = "The received netstring is not terminated by a comma."

_COMMA: Final = ord(",")
_ZERO: Final = ord("0")


class NetstringParseError(ValueError):
    """What came is not a netstring, or it is too long."""


class IncompleteNetstring(Exception):
    """More bytes are needed.  Nothing here raises it; programs import the name."""


def _formatNetstring(data: bytes) -> bytes:
    """*data* as a netstring.  Raises TypeError if it is not bytes."""
    if isinstance(data, str):
        raise TypeError("string must be bytes, not str")
    return b"%d:%b," % (len(data), data)


class NetstringReceiver(Protocol):
    """A protocol of netstrings.

    A peer that sends anything else is disconnected, and nothing more of it is read.

    Attributes:
        MAX_LENGTH: How long a received string may be.
        brokenPeer: 1 once the peer has sent something else, 0 before.
    Source: Twisted 26.10, twisted.protocols.basic.NetstringReceiver, by running it.
    """

    transport: Any  # any stream's: TCP, TLS, a test's string
    MAX_LENGTH = 99999
    brokenPeer: int = 0

    def makeConnection(self, transport: Any) -> None:
        """Twisted's: the transport is here, `connectionMade` follows."""
        self._prepare()
        super().makeConnection(transport)

    def _prepare(self) -> None:
        # On the object alone: what has a default on the class too is slow to find and to set.
        self.brokenPeer = 0
        # The beginning of a netstring whose end has not come; None is the cheap form of empty.
        self._held: bytearray | None = None
        # No netstring is complete before _held is so long.
        self._needed = 0
        # True while strings are delivered: what comes then waits.
        self._delivering = False

    def stringReceived(self, string: bytes) -> Any:
        """One string came, without its length and comma.  Override it."""
        raise NotImplementedError(f"{type(self).__name__} needs a method stringReceived()")

    def sendString(self, string: bytes) -> None:
        """Write *string* as a netstring.  Raises TypeError if it is not bytes."""
        self.transport.write(_formatNetstring(string))

    def dataReceived(self, data: bytes) -> None:
        """Take any cut of the stream and deliver the strings that are complete."""
        if self.brokenPeer:
            return
        if not hasattr(self, "_held"):
            self._prepare()  # used without makeConnection
        if self._delivering or self._held is not None or type(data) is not bytes:
            if self._held is None:
                self._held = bytearray()
            self._held += data
            if self._delivering or len(self._held) < self._needed:
                return
            data = self._take_held()
        self._delivering = True
        try:
            while data:
                self._deliver(data)
                if self._held is None or len(self._held) < self._needed:
                    break
                data = self._take_held()  # a receiver has brought more
        finally:
            self._delivering = False

    def _take_held(self) -> bytes:
        held, self._held = self._held, None
        return bytes(held or b"")

    def _deliver(self, data: bytes) -> None:
        """Deliver the strings of *data*; what is left of it comes before what came meanwhile."""
        at = 0
        size = len(data)
        longest = len(str(self.MAX_LENGTH))
        try:
            while at < size:
                # A whole netstring, at once; whatever is unusual about it is for _find() to say.
                colon = data.find(b":", at, at + longest + 1)
                digits = data[at:colon]
                if colon > at and digits.isdigit() and (digits[0] != _ZERO or colon - at == 1):
                    start = colon + 1
                    length = int(digits)
                    end = start + length
                    if length <= self.MAX_LENGTH and end < size and data[end] == _COMMA:
                        at = end + 1
                        self.stringReceived(data[start:end])
                        continue
                try:
                    found = self._find(data, at)
                except NetstringParseError:
                    at = size
                    self._disconnect_broken_peer()
                    return
                if found is None:
                    return
                start, end = found
                at = end + 1
                self.stringReceived(data[start:end])
        finally:
            if at < size:
                came_meanwhile = self._held
                self._held = bytearray(data[at:])
                if came_meanwhile:
                    self._held += came_meanwhile

    def _find(self, data: bytes, at: int) -> tuple[int, int] | None:
        """Where the string of the netstring at *at* begins and ends.  None: it is not complete.

        Raises `NetstringParseError` as soon as it cannot become one any more.
        """
        colon = data.find(b":", at, at + len(str(self.MAX_LENGTH)) + 1)
        if colon < 0:
            self._needed = len(data) - at + 1
            self._check_length(data[at:])
            return None
        start = colon + 1
        end = start + self._check_length(data[at:colon])
        if end >= len(data):
            self._needed = end + 1 - at
            return None
        if data[end] != _COMMA:
            raise NetstringParseError(_MISSING_COMMA)
        return start, end

    def _check_length(self, digits: bytes) -> int:
        # More digits than the greatest length has are not even read as a number.
        if len(digits) > len(str(self.MAX_LENGTH)) and digits.isdigit():
            raise NetstringParseError(_TOO_LONG % (self.MAX_LENGTH,))
        if not digits.isdigit() or (len(digits) > 1 and digits.startswith(b"0")):
            raise NetstringParseError(_MISSING_LENGTH)
        length = int(digits)
        if length > self.MAX_LENGTH:
            raise NetstringParseError(_TOO_LONG % (self.MAX_LENGTH,))
        return length

    def _disconnect_broken_peer(self) -> None:
        self.brokenPeer = 1
        self._held = None
        self.transport.loseConnection()
