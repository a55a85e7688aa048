"""Two protocols that are connected in memory: no loop, no socket, no chance.

    pair = MemoryPair()                     (the fixture memory_pair)
    client, server = pair(Client(), Server())
    client.sendLine(b"hello")               nothing arrives by itself …
    pair.pump()                             … until both sides have nothing left to say

Ends are as on a network: what was written before `loseConnection` arrives first; the one
who closes and the one who hears of it both get ConnectionDone; after `abortConnection`
what was written is gone, the one gets ConnectionAborted and the other ConnectionLost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, TypeVar

from zope.interface import implementer

from txloop.internet import interfaces
from txloop.internet.address import IPv4Address
from txloop.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from txloop.python.failure import Failure

_C = TypeVar("_C")
_S = TypeVar("_S")

# A conversation that goes on for so long never ends.  Arbitrary, not tuned.
MOST_DELIVERIES = 100_000

_CLIENT_ADDRESS = IPv4Address("TCP", "127.0.0.1", 49152)
_SERVER_ADDRESS = IPv4Address("TCP", "127.0.0.1", 7)


@implementer(interfaces.ITransport, interfaces.IConsumer, interfaces.IPushProducer)
class MemoryTransport:
    """One end; ITransport, IConsumer, IPushProducer.

    Attributes:
        protocol: Whose end it is.
        connected, disconnecting, disconnected: As of a TCP connection.
    """

    def __init__(self, protocol: Any, host: IPv4Address, peer: IPv4Address) -> None:
        self.protocol = protocol
        self.connected = True
        self.disconnecting = self.disconnected = False
        self.producer: Any = None
        self.streamingProducer = False
        self.other: MemoryTransport = self
        self._host, self._peer = host, peer
        self._paused = False
        self._written: deque[bytes] = deque()

    # ---- ITransport -----------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Have *data* delivered by the next pump.

        Raises:
            TypeError: it is no bytes.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data must be bytes, not {type(data).__name__}")
        if self.connected and data:
            self._written.append(bytes(data))

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """`write` what they are together."""
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        """End once everything written has arrived, and no producer is registered."""
        if self.connected:
            self.disconnecting = True

    def abortConnection(self) -> None:
        """End now: what is under way is gone."""
        if self.connected:
            self._written.clear()
            self.other._written.clear()
            other = self.other
            self.end(ConnectionAborted())
            other.end(ConnectionLost())

    def getHost(self) -> IPv4Address:
        """An address of this end; loopback."""
        return self._host

    def getPeer(self) -> IPv4Address:
        """The other end's."""
        return self._peer

    # ---- IConsumer ------------------------------------------------------------------

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Have *producer* write; a pull producer is asked by pump.

        Raises:
            RuntimeError: there is one already.
        """
        if self.producer is not None:
            raise RuntimeError(f"cannot register producer {producer}: {self.producer} is registered already")
        if not self.connected:
            producer.stopProducing()
            return
        self.producer, self.streamingProducer = producer, streaming

    def unregisterProducer(self) -> None:
        """It has written everything."""
        self.producer = None

    # ---- IPushProducer --------------------------------------------------------------

    def pauseProducing(self) -> None:
        """Keep from our protocol what the other side writes."""
        self._paused = True

    def resumeProducing(self) -> None:
        """Deliver it, by the next pump."""
        self._paused = False

    def stopProducing(self) -> None:
        """`loseConnection`."""
        self.loseConnection()

    # ---- asked by the pair ------------------------------------------------------------

    def deliver(self) -> bool:
        """Give the other side one piece of what was written, or our end.  False: there is nothing."""
        if self.producer is not None and not self.streamingProducer and not self._written:
            self.producer.resumeProducing()
        if self._written:
            if self.other._paused:
                return False
            self.other.protocol.dataReceived(self._written.popleft())
            return True
        if self.disconnecting and self.producer is None and self.connected:
            other = self.other
            self.end(ConnectionDone())
            other.end(ConnectionDone())
            return True
        return False

    def end(self, reason: BaseException) -> None:
        """It is lost, once."""
        if not self.connected:
            return
        self.connected = self.disconnecting = False
        self.disconnected = True
        producer, self.producer = self.producer, None
        if producer is not None:
            producer.stopProducing()
        self._written.clear()
        self.protocol.connectionLost(Failure(reason))

    def __repr__(self) -> str:
        state = "lost" if self.disconnected else "closing" if self.disconnecting else "open"
        return f"<MemoryTransport of {self.protocol!r}, {state}, {len(self._written)} pieces to deliver>"


class MemoryPair:
    """Connects protocols in memory and carries what they write; `pump` moves all pairs it made."""

    def __init__(self) -> None:
        self._ends: list[MemoryTransport] = []

    def __call__(self, client: _C, server: _S) -> tuple[_C, _S]:
        """Connect two protocols, the server's connectionMade first; what they say there waits for `pump`.

        Returns:
            The same two; each has a `transport`.
        """
        one = MemoryTransport(client, _CLIENT_ADDRESS, _SERVER_ADDRESS)
        two = MemoryTransport(server, _SERVER_ADDRESS, _CLIENT_ADDRESS)
        one.other, two.other = two, one
        self._ends += [one, two]
        for end in (two, one):
            end.protocol.makeConnection(end)
        return client, server

    def pump(self) -> int:
        """Deliver until nobody has anything left, each write by a dataReceived of its own.

        Returns:
            How many deliveries it took; ends count.
        Raises:
            RuntimeError: they never stop talking.
        """
        deliveries = 0
        while delivered := sum(end.deliver() for end in self._ends):
            deliveries += delivered
            if deliveries > MOST_DELIVERIES:
                raise RuntimeError(f"the conversation is not over after {deliveries} deliveries")
        return deliveries
