"""A protocol around a protocol: what the policies are made of.

    transport  <->  ProtocolWrapper  <->  the wrapped protocol
                    (to the one a protocol, to the other its transport)

A policy overrides the few methods it cares for; everything else, attributes of the real
transport too, goes straight through.
"""

from __future__ import annotations

import io
from typing import Any, TypeVar

from zope.interface import directlyProvides, providedBy

from txloop.internet import interfaces
from txloop.internet.protocol import ClientFactory, Protocol
from txloop.python import log

__all__ = [
    "ProtocolWrapper",
    "SpewingFactory",
    "SpewingProtocol",
    "TrafficLoggingFactory",
    "TrafficLoggingProtocol",
    "WrappingFactory",
    "_wrappedLogPrefix",
]


# What a wrapping factory builds.
WP = TypeVar("WP", bound="ProtocolWrapper")


def _wrappedLogPrefix(wrapper: object, wrapped: Any) -> str:
    """``Inner (Wrapper)``: whose bytes they are, and by which policy they went."""
    prefix = wrapped.logPrefix() if interfaces.ILoggingContext.providedBy(wrapped) else type(wrapped).__name__
    return f"{prefix} ({type(wrapper).__name__})"


class ProtocolWrapper(Protocol):
    """Stands between a transport and *wrappedProtocol* and hands everything on.

    It provides whatever interfaces its transport does, and has the transport's
    attributes.  `WrappingFactory` makes it.

    Attributes:
        wrappedProtocol: The protocol inside; None once the connection is lost.
        disconnecting: 1 once the protocol inside has called `loseConnection`.
    Source: Twisted 26.10, twisted.protocols.policies.ProtocolWrapper, by running it.
    """

    transport: Any  # the real one
    disconnecting: Any = 0

    def __init__(self, factory: Any, wrappedProtocol: Any) -> None:
        self.wrappedProtocol: Any = wrappedProtocol
        self.factory = factory

    def logPrefix(self) -> str:
        """The inner protocol's prefix, with our name behind it."""
        return _wrappedLogPrefix(self, self.wrappedProtocol)

    # ---- to the transport we are a protocol ----------------------------------

    def makeConnection(self, transport: Any) -> None:
        """Connect the protocol inside, to us."""
        directlyProvides(self, providedBy(transport))
        super().makeConnection(transport)
        self.factory.registerProtocol(self)
        self.wrappedProtocol.makeConnection(self)

    def dataReceived(self, data: bytes) -> Any:
        """Hand the bytes to the protocol inside."""
        self.wrappedProtocol.dataReceived(data)

    def connectionLost(self, reason: Any) -> Any:  # type: ignore[override]  # Twisted's has no default
        """Tell the protocol inside, and let go of it."""
        self.factory.unregisterProtocol(self)
        wrapped, self.wrappedProtocol = self.wrappedProtocol, None  # they refer to each other: a cycle
        wrapped.connectionLost(reason)

    # ---- to the protocol we are a transport ----------------------------------

    def write(self, data: bytes) -> Any:
        """Send what the protocol inside writes."""
        self.transport.write(data)

    def writeSequence(self, data: Any) -> Any:
        """Send the pieces that the protocol inside writes."""
        self.transport.writeSequence(data)

    def loseConnection(self) -> Any:
        """Close the real transport, and say so in `disconnecting`."""
        self.disconnecting = 1
        self.transport.loseConnection()

    def getPeer(self) -> Any:
        """The real transport's other end."""
        return self.transport.getPeer()

    def getHost(self) -> Any:
        """The real transport's own end."""
        return self.transport.getHost()

    def registerProducer(self, producer: Any, streaming: bool) -> Any:
        """Register it with the real transport."""
        self.transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> Any:
        """Unregister it from the real transport."""
        self.transport.unregisterProducer()

    def stopConsuming(self) -> Any:
        """Stop the real transport as a consumer."""
        self.transport.stopConsuming()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


class WrappingFactory(ClientFactory[WP]):
    """Wraps what another factory builds; for servers and for clients.

    Attributes:
        wrappedFactory: The factory inside.
        protocol: The wrapper, called with this factory and the protocol to be wrapped.
        protocols: The wrappers that are connected, as keys.
    Source: Twisted 26.10, twisted.protocols.policies.WrappingFactory, by running it.
    """

    protocol: Any = ProtocolWrapper

    def __init__(self, wrappedFactory: Any) -> None:
        self.wrappedFactory = wrappedFactory
        self.protocols: dict[Any, int] = {}

    def logPrefix(self) -> str:
        """The inner factory's prefix, with our name behind it."""
        return _wrappedLogPrefix(self, self.wrappedFactory)

    def doStart(self) -> None:
        self.wrappedFactory.doStart()
        super().doStart()

    def doStop(self) -> None:
        self.wrappedFactory.doStop()
        super().doStop()

    def startedConnecting(self, connector: Any) -> None:
        self.wrappedFactory.startedConnecting(connector)

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        self.wrappedFactory.clientConnectionFailed(connector, reason)

    def clientConnectionLost(self, connector: Any, reason: Any) -> None:
        self.wrappedFactory.clientConnectionLost(connector, reason)

    def buildProtocol(self, addr: Any) -> Any:
        """A wrapper around what the factory inside builds; None if that refuses the connection."""
        return self._wrap(addr)

    def registerProtocol(self, p: Any) -> None:
        """*p*, one of our wrappers, is connected."""
        self.protocols[p] = 1

    def unregisterProtocol(self, p: Any) -> None:
        """*p* has lost its connection."""
        del self.protocols[p]

    def _wrap(self, addr: Any, *more: Any) -> Any:
        wrapped = self.wrappedFactory.buildProtocol(addr)
        return None if wrapped is None else self.protocol(self, wrapped, *more)


class SpewingProtocol(ProtocolWrapper):
    """Logs every byte that goes by.  For debugging."""

    def dataReceived(self, data: bytes) -> Any:
        """Log the bytes, then hand them on."""
        log.msg(f"Received: {data!r}")
        super().dataReceived(data)

    def write(self, data: bytes) -> Any:
        """Log the bytes, then send them."""
        log.msg(f"Sending: {data!r}")
        super().write(data)


class SpewingFactory(WrappingFactory[Any]):
    """Logs every byte of its connections."""

    protocol = SpewingProtocol


class TrafficLoggingProtocol(ProtocolWrapper):
    """Writes what goes by into a file: ``C`` for the client, ``S`` for us, with the connection's number.

    Args:
        logfile: Open for text; flushed after each line.
        lengthLimit: How many bytes of one chunk to write; None: all.
        number: Stands in each line.
    Source: Twisted 26.10, TrafficLoggingProtocol, by running it (where lengthLimit fails).
    """

    def __init__(
        self,
        factory: Any,
        wrappedProtocol: Any,
        logfile: Any,
        lengthLimit: int | None = None,
        number: int = 0,
    ) -> None:
        super().__init__(factory, wrappedProtocol)
        self.logfile = logfile
        self.lengthLimit = lengthLimit
        self._number = number

    def connectionMade(self) -> None:
        self._log("*")

    def dataReceived(self, data: bytes) -> Any:
        self._log(f"C {self._number}: {self._shortened(data)!r}")
        super().dataReceived(data)

    def connectionLost(self, reason: Any) -> Any:  # type: ignore[override]  # as above
        self._log(f"C {self._number}: {reason!r}")
        super().connectionLost(reason)
        if isinstance(self.logfile, io.TextIOWrapper):  # a StringIO is somebody's to read
            self.logfile.close()

    def write(self, data: bytes) -> Any:
        """Note the bytes as sent, then send them."""
        self._log(f"S {self._number}: {self._shortened(data)!r}")
        super().write(data)

    def writeSequence(self, iovec: Any) -> Any:
        """Note the pieces as sent, then send them."""
        pieces = list(iovec)
        self._log(f"SV {self._number}: {[self._shortened(piece) for piece in pieces]!r}")
        super().writeSequence(pieces)

    def loseConnection(self) -> Any:
        """Note that we end it, then do."""
        self._log(f"S {self._number}: *")
        super().loseConnection()

    def _log(self, line: str) -> None:
        self.logfile.write(line + "\n")
        self.logfile.flush()

    def _shortened(self, data: bytes) -> bytes:
        mark = b"<... elided>"
        if self.lengthLimit and len(data) > self.lengthLimit:
            return data[: max(0, self.lengthLimit - len(mark))] + mark
        return data


class TrafficLoggingFactory(WrappingFactory[Any]):
    """Writes each connection's traffic into a file of its own, ``<logfilePrefix>-<number>``.

    Args:
        lengthLimit: How many bytes of one chunk to write; None: all.
    """

    protocol = TrafficLoggingProtocol
    _counter = 0

    def __init__(self, wrappedFactory: Any, logfilePrefix: str, lengthLimit: int | None = None) -> None:
        self.logfilePrefix = logfilePrefix
        self.lengthLimit = lengthLimit
        super().__init__(wrappedFactory)

    def open(self, name: str) -> Any:
        """The file to write a connection's traffic to."""
        return open(name, "w")

    def buildProtocol(self, addr: Any) -> Any:
        self._counter += 1
        logfile = self.open(f"{self.logfilePrefix}-{self._counter}")
        return self._wrap(addr, logfile, self.lengthLimit, self._counter)

    def resetCounter(self) -> None:
        """Number the next connection 1."""
        self._counter = 0
