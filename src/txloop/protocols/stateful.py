"""A protocol that always knows how many bytes it wants next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from txloop.internet import protocol

__all__ = ["StatefulProtocol"]

# A state: the method that takes its bytes, and how many those are.
State = tuple[Callable[[bytes], Any], int]


class StatefulProtocol(protocol.Protocol):
    """Collects the bytes each state asks for, and calls it with just those.

    A state is ``(method, count)``.  The method gets exactly *count* bytes and returns
    the next state, or None to be called again with as many more.

    Source: Twisted 26.10, twisted.protocols.stateful.StatefulProtocol, by running it.
    """

    transport: Any  # any stream's: TCP, TLS, a test's string
    _state: State | None = None
    # What came and has not been asked for yet.
    _waiting: bytearray
    _delivering = False

    def makeConnection(self, transport: Any) -> None:
        """Twisted's: the transport is here, `connectionMade` follows."""
        self._waiting = bytearray()
        self._state = None
        super().makeConnection(transport)
        self._state = self.getInitialState()

    def getInitialState(self) -> State:
        """The first state.  Override it."""
        raise NotImplementedError(f"{type(self).__name__} needs a method getInitialState()")

    def dataReceived(self, data: bytes) -> None:
        """Take any cut of the stream and call states while they have what they ask for."""
        waiting = self._waiting
        waiting += data
        if self._delivering:
            return
        self._delivering = True
        try:
            while self._state is not None and not self.transport.disconnecting:
                method, count = self._state
                if len(waiting) < count:
                    return
                wanted = bytes(waiting[:count])
                del waiting[:count]
                following = method(wanted)
                if following is not None:
                    self._state = following
        finally:
            self._delivering = False
