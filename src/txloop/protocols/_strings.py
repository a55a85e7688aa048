"""Strings that say their length first, as a number of fixed size.

    IntNStringReceiver   `prefixLength` bytes of length, read by `structFormat`
        Int8…, Int16…, Int32StringReceiver   big-endian, 1, 2 and 4 bytes
    StatefulStringProtocol   one method for each state of a conversation

A chunk is parsed where it lies; only the beginning of a string whose end has not come
is kept, in a bytearray that grows without copies until the string is complete.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable
from typing import Any

from txloop.internet.protocol import Protocol
from txloop.protocols._pauseable import _PauseableMixin
from txloop.python import log

__all__ = [
    "Int8StringReceiver",
    "Int16StringReceiver",
    "Int32StringReceiver",
    "IntNStringReceiver",
    "StatefulStringProtocol",
    "StringTooLongError",
]


@functools.lru_cache
def _length_reader(struct_format: str) -> Callable[[bytes, int], tuple[Any, ...]]:
    return struct.Struct(struct_format).unpack_from


class StringTooLongError(AssertionError):
    """A string does not fit into the number that would say its length."""


class IntNStringReceiver(Protocol, _PauseableMixin):
    """A protocol of strings, each behind its length.  Subclass one of the sized ones.

    Attributes:
        MAX_LENGTH: How long a received string may be; sent ones are not checked.
        structFormat: The length's format, for `struct`.
        prefixLength: How many bytes that format reads.
        recvd: What came and was not delivered.  Setting it replaces that.
    Source: Twisted 26.10, twisted.protocols.basic.IntNStringReceiver, by running it.
    Difference: an error in `stringReceived` loses that string only (Twisted delivers it
    again with the next chunk), and nothing behind a too long string is kept.
    """

    transport: Any  # any stream's: TCP, TLS, a test's string
    MAX_LENGTH = 99999
    structFormat: str
    prefixLength: int

    def makeConnection(self, transport: Any) -> None:
        """Twisted's: the transport is here, `connectionMade` follows."""
        self._prepare()
        super().makeConnection(transport)

    def _prepare(self) -> None:
        # On the object alone: what has a default on the class too is slow to find and to set.
        # The beginning of a string, or whatever came while paused; None is the cheap form of empty.
        self._held: bytearray | None = None
        # No string is complete before _held is so long.
        self._needed = 0
        # While strings are delivered: the chunk they are cut from, and how far that is done.
        self._chunk: bytes | None = None
        self._at = 0

    def stringReceived(self, string: bytes) -> Any:
        """One string came, without its length.  Override it."""
        raise NotImplementedError(f"{type(self).__name__} needs a method stringReceived()")

    def lengthLimitExceeded(self, length: int) -> Any:
        """A length above `MAX_LENGTH` came: close the connection, unless you override it.

        No string is delivered any more: the stream cannot be read on from here.
        """
        self.transport.loseConnection()

    def sendString(self, string: bytes) -> None:
        """Write *string* behind its length.

        Raises:
            StringTooLongError: Its length does not fit into the prefix; nothing is written.
            TypeError: It is not bytes.
        """
        too_long: int = 2 ** (8 * self.prefixLength)
        if len(string) >= too_long:
            raise StringTooLongError(f"Try to send {len(string)} bytes whereas maximum is {too_long}")
        if isinstance(string, str):
            raise TypeError("string must be bytes, not str")
        self.transport.write(struct.pack(self.structFormat, len(string)) + string)

    def dataReceived(self, data: bytes) -> None:
        """Take any cut of the stream and deliver the strings that are complete.

        Inside a delivery, or paused, it only keeps *data*.
        """
        try:
            held = self._held
        except AttributeError:  # used without makeConnection
            self._prepare()
            held = None
        if held or self._chunk is not None or self.paused or type(data) is not bytes:
            if self._held is None:
                self._held = bytearray(data)
            else:
                self._held += data
            if self._chunk is not None:
                return
            self._deliver_held()
        else:
            self._deliver(data)
            if self._held:
                self._deliver_held()

    def _deliver_held(self) -> None:
        """Deliver from `_held`, again and again while receivers add to it."""
        while self._held and len(self._held) >= self._needed and not self.paused:
            held, self._held = bytes(self._held), None
            self._deliver(held)

    def _deliver(self, data: bytes) -> None:
        """Deliver the strings of *data*; what is left of it comes before what came meanwhile."""
        self._chunk = data
        self._at = at = 0
        self._needed = 0
        prefix = self.prefixLength
        read_length = _length_reader(self.structFormat)
        size = len(data)
        try:
            while size - at >= prefix:
                (length,) = read_length(data, at)
                if length > self.MAX_LENGTH:
                    self._needed = prefix + 1
                    self.lengthLimitExceeded(length)
                    # Only the length itself is kept: whatever comes behind it meets it
                    # again, and however much that is, it is not stored.
                    if self._chunk is data:
                        self._chunk = data[: at + prefix]
                    return
                start = at + prefix
                end = start + length
                if end > size:
                    self._needed = prefix + length
                    return
                self._at = at = end
                self.stringReceived(data[start:end])
                if self.paused or self._chunk is not data:  # not it: the receiver has set `recvd`
                    return
            self._needed = prefix
        finally:
            self._put_back()

    def _put_back(self) -> None:
        if self._chunk is not None and self._at < len(self._chunk):
            came_meanwhile = self._held
            self._held = bytearray(self._chunk[self._at :])
            if came_meanwhile:
                self._held += came_meanwhile
        self._chunk = None

    @property
    def recvd(self) -> bytes:
        """What came and was not delivered."""
        if not hasattr(self, "_held"):
            return b""  # no connection was made
        rest = self._chunk[self._at :] if self._chunk is not None else b""
        return rest + self._held if self._held else rest

    @recvd.setter
    def recvd(self, data: bytes) -> None:
        if not hasattr(self, "_held"):
            self._prepare()  # no connection was made
        if self._chunk is not None:
            self._chunk = b""  # another object: the loop in _deliver sees it
            self._at = 0
        self._held = bytearray(data) if data else None
        self._needed = 0

    # Twisted's private name for the same.
    _unprocessed = recvd


class Int32StringReceiver(IntNStringReceiver):
    """Strings behind 4 bytes of length, big-endian: up to 4,294,967,295 bytes."""

    structFormat = "!I"
    prefixLength: int = struct.calcsize(structFormat)


class Int16StringReceiver(IntNStringReceiver):
    """Strings behind 2 bytes of length, big-endian: up to 65,535 bytes."""

    structFormat = "!H"
    prefixLength: int = struct.calcsize(structFormat)


class Int8StringReceiver(IntNStringReceiver):
    """Strings behind 1 byte of length: up to 255 bytes."""

    structFormat = "!B"
    prefixLength: int = struct.calcsize(structFormat)


class StatefulStringProtocol:
    """Gives each string to the method of the present state; mix it into a string receiver.

    ``proto_<state>(string)`` returns the next state; "done" closes the connection.
    A string in a state without a method is logged and dropped.

    Attributes:
        state: The present state's name.
    Source: Twisted 26.10, twisted.protocols.basic.StatefulStringProtocol, by running it.
    """

    state: str = "init"
    transport: Any

    def stringReceived(self, string: bytes) -> None:
        """Call the present state's method and go to the state it returns."""
        method = getattr(self, f"proto_{self.state}", None)
        if method is None:
            log.msg("callback", self.state, "not found")
            return
        self.state = method(string)
        if self.state == "done":
            self.transport.loseConnection()
