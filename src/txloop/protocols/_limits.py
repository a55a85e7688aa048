"""Factories that accept only so many connections, and only so many bytes a second."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from txloop.internet.protocol import ServerFactory
from txloop.protocols._wrapping import ProtocolWrapper, WrappingFactory
from txloop.python import log

__all__ = [
    "LimitConnectionsByPeer",
    "LimitTotalConnectionsFactory",
    "ThrottlingFactory",
    "ThrottlingProtocol",
]


class ThrottlingProtocol(ProtocolWrapper):
    """One connection of a `ThrottlingFactory`: it counts its bytes, and pauses when told.

    Source: Twisted 26.10, twisted.protocols.policies.ThrottlingProtocol, by running it.
    """

    producer: Any = None

    def write(self, data: bytes) -> Any:
        self.factory.registerWritten(len(data))
        super().write(data)

    def writeSequence(self, seq: Any) -> Any:
        pieces = list(seq)
        self.factory.registerWritten(sum(map(len, pieces)))
        super().writeSequence(pieces)

    def dataReceived(self, data: bytes) -> Any:
        self.factory.registerRead(len(data))
        super().dataReceived(data)

    def registerProducer(self, producer: Any, streaming: bool) -> Any:
        self.producer = producer
        super().registerProducer(producer, streaming)

    def unregisterProducer(self) -> Any:
        self.producer = None
        super().unregisterProducer()

    def throttleReads(self) -> None:
        """Read nothing until `unthrottleReads`."""
        self.transport.pauseProducing()

    def unthrottleReads(self) -> None:
        """Read again."""
        self.transport.resumeProducing()

    def throttleWrites(self) -> None:
        """Pause the producer, if there is one; what is written by hand still goes out."""
        if self.producer is not None:
            self.producer.pauseProducing()

    def unthrottleWrites(self) -> None:
        """Let the producer go on."""
        if self.producer is not None:
            self.producer.resumeProducing()


class ThrottlingFactory(WrappingFactory[Any]):
    """Keeps all its connections together under limits.

    Once a second it looks at what was read and written in that second; if it was too much,
    everybody pauses for as long as makes the average right again.

    Args:
        maxConnectionCount: Further connections are closed at once.
        readLimit, writeLimit: Bytes a second, over all connections; None: no limit.
    Source: Twisted 26.10, twisted.protocols.policies.ThrottlingFactory, by running it.
    """

    protocol = ThrottlingProtocol

    def __init__(
        self,
        wrappedFactory: Any,
        maxConnectionCount: int = sys.maxsize,
        readLimit: float | None = None,
        writeLimit: float | None = None,
    ) -> None:
        super().__init__(wrappedFactory)
        self.connectionCount: int = 0
        self.maxConnectionCount = maxConnectionCount
        self.readLimit = readLimit
        self.writeLimit = writeLimit
        self.readThisSecond: int = 0
        self.writtenThisSecond: int = 0
        self.unthrottleReadsID: Any = None
        self.checkReadBandwidthID: Any = None
        self.unthrottleWritesID: Any = None
        self.checkWriteBandwidthID: Any = None

    def callLater(self, period: float, func: Callable[[], object]) -> Any:
        """The current reactor's callLater; override it to use another clock."""
        from txloop.internet import reactor  # the reactor is asked for when it is needed, never at import

        return reactor.callLater(period, func)

    def registerWritten(self, length: int) -> None:
        """So many bytes were written by one of our connections."""
        self.writtenThisSecond += length

    def registerRead(self, length: int) -> None:
        """So many bytes were read by one of our connections."""
        self.readThisSecond += length

    def checkReadBandwidth(self) -> None:
        """Pause reading if this second's bytes were too many; begin the next second."""
        if self.readLimit is not None and self.readThisSecond > self.readLimit:
            self.throttleReads()
            pause = self.readThisSecond / self.readLimit - 1.0
            self.unthrottleReadsID = self.callLater(pause, self.unthrottleReads)
        self.readThisSecond = 0
        self.checkReadBandwidthID = self.callLater(1, self.checkReadBandwidth)

    def checkWriteBandwidth(self) -> None:
        """Pause writing if this second's bytes were too many; begin the next second."""
        if self.writeLimit is not None and self.writtenThisSecond > self.writeLimit:
            self.throttleWrites()
            pause = self.writtenThisSecond / self.writeLimit - 1.0
            self.unthrottleWritesID = self.callLater(pause, self.unthrottleWrites)
        self.writtenThisSecond = 0
        self.checkWriteBandwidthID = self.callLater(1, self.checkWriteBandwidth)

    def throttleReads(self) -> None:
        """Pause the reading of every connection."""
        log.msg(f"Throttling reads on {self}")
        for p in list(self.protocols):
            p.throttleReads()

    def unthrottleReads(self) -> None:
        """Let every connection read again."""
        self.unthrottleReadsID = None
        log.msg(f"Stopped throttling reads on {self}")
        for p in list(self.protocols):
            p.unthrottleReads()

    def throttleWrites(self) -> None:
        """Pause every connection's producer."""
        log.msg(f"Throttling writes on {self}")
        for p in list(self.protocols):
            p.throttleWrites()

    def unthrottleWrites(self) -> None:
        """Let every connection's producer go on."""
        self.unthrottleWritesID = None
        log.msg(f"Stopped throttling writes on {self}")
        for p in list(self.protocols):
            p.unthrottleWrites()

    def buildProtocol(self, addr: Any) -> Any:
        """A throttled protocol, or None: there are `maxConnectionCount` already."""
        if self.connectionCount >= self.maxConnectionCount:
            log.msg("Max connection count reached!")
            return None
        built = super().buildProtocol(addr)
        if built is None:
            return None
        if self.connectionCount == 0:
            # The clock runs only while there is somebody to look at.
            if self.readLimit is not None:
                self.checkReadBandwidth()
            if self.writeLimit is not None:
                self.checkWriteBandwidth()
        self.connectionCount += 1
        return built

    def unregisterProtocol(self, p: Any) -> None:
        super().unregisterProtocol(p)
        self.connectionCount -= 1
        if self.connectionCount == 0:
            calls = (
                self.unthrottleReadsID,
                self.checkReadBandwidthID,
                self.unthrottleWritesID,
                self.checkWriteBandwidthID,
            )
            for call in calls:
                if call is not None and call.active():
                    call.cancel()


class LimitConnectionsByPeer(WrappingFactory[Any]):
    """Accepts only so many connections from one host at a time.

    Attributes:
        maxConnectionsPerPeer: Further ones are closed at once.
        peerConnections: How many each host has now.
    Source: Twisted 26.10, LimitConnectionsByPeer (which reads addresses as tuples, and no
        longer works with those Twisted has now).
    """

    maxConnectionsPerPeer = 5

    def startFactory(self) -> None:
        self.peerConnections: dict[Any, int] = {}

    def buildProtocol(self, addr: Any) -> Any:
        host = _host_of(addr)
        count = self.peerConnections.get(host, 0)
        if count >= self.maxConnectionsPerPeer:
            return None
        built = super().buildProtocol(addr)
        if built is not None:
            self.peerConnections[host] = count + 1
        return built

    def unregisterProtocol(self, p: Any) -> None:
        super().unregisterProtocol(p)
        host = _host_of(p.getPeer())
        self.peerConnections[host] -= 1
        if self.peerConnections[host] == 0:
            del self.peerConnections[host]


def _host_of(address: Any) -> Any:
    return address[0] if isinstance(address, tuple) else getattr(address, "host", None)


class LimitTotalConnectionsFactory(ServerFactory[Any]):
    """Accepts only so many connections at a time; others may be told so before they are closed.

    Attributes:
        connectionCount: How many there are, those of `overflowProtocol` too.
        connectionLimit: How many of `protocol` there may be; None: any number.
        overflowProtocol: Serves the further ones; it should close them.  None: they are
            closed at once.
    Source: Twisted 26.10, twisted.protocols.policies.LimitTotalConnectionsFactory.
    """

    connectionCount: int = 0
    connectionLimit: int | None = None
    overflowProtocol: Any = None

    def buildProtocol(self, addr: Any) -> Any:
        protocol: Any = self.protocol
        if self.connectionLimit is not None and self.connectionCount >= self.connectionLimit:
            protocol = self.overflowProtocol
            if protocol is None:
                return None
        wrapped = protocol()
        wrapped.factory = self
        self.connectionCount += 1
        return ProtocolWrapper(self, wrapped)

    def registerProtocol(self, p: Any) -> None:
        """*p* is connected; it was counted when it was built."""

    def unregisterProtocol(self, p: Any) -> None:
        """*p* has lost its connection."""
        self.connectionCount -= 1
