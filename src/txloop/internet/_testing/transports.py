"""Transports, ports and connectors that are only pretended, for tests without sockets."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from zope.interface import implementer

from txloop.internet import error, interfaces
from txloop.internet.address import IPv4Address
from txloop.python.failure import Failure

__all__ = [
    "FakeDatagramTransport",
    "StringIOWithoutClosing",
    "StringTransport",
    "StringTransportWithDisconnection",
    "_FakeConnector",
    "_FakePort",
]


class StringIOWithoutClosing(BytesIO):
    """A BytesIO whose content is still there after `close`."""

    def close(self) -> None:
        """Nothing."""


@implementer(interfaces.IUDPTransport)
class FakeDatagramTransport:  # type: ignore[misc]  # as in Twisted: only to write to
    """Keeps the datagrams written to it.

    Attributes:
        written: ``(packet, address)`` each; the address is `noAddr` where none was given.
    Source: Twisted 26.10, twisted.internet.testing.FakeDatagramTransport.
    """

    noAddr: object = object()

    def __init__(self) -> None:
        self.written: list[tuple[bytes, Any]] = []

    def write(self, packet: bytes, addr: Any = noAddr) -> None:
        """Keep *packet*."""
        self.written.append((packet, addr))


@implementer(interfaces.ITransport, interfaces.IConsumer, interfaces.IPushProducer)
class StringTransport:
    """A transport that keeps what is written to it; no loop, no socket.

    Args:
        hostAddress, peerAddress: What `getHost` and `getPeer` answer instead of the usual.
        lenient: Allow pausing and resuming after `loseConnection`, as real transports do.
    Attributes:
        disconnecting: True once `loseConnection` was called.
        disconnected: True once `abortConnection` was called.
        producer, streaming: What was registered.
        producerState: Ours as a producer: "producing", "paused" or "stopped".
        io: The BytesIO that keeps the written bytes.
    Source: Twisted 26.10, twisted.internet.testing.StringTransport, by running it.
    """

    disconnecting: bool = False
    disconnected: bool = False
    connected: bool

    producer: Any = None
    streaming: bool | None = None

    hostAddr: Any = None
    peerAddr: Any = None

    producerState: str = "producing"

    def __init__(self, hostAddress: Any = None, peerAddress: Any = None, lenient: bool = False) -> None:
        self.clear()
        if hostAddress is not None:
            self.hostAddr = hostAddress
        if peerAddress is not None:
            self.peerAddr = peerAddress
        self.connected = True
        self._lenient = lenient

    # ---- what a test looks at -----------------------------------------------

    def clear(self) -> None:
        """Forget what was written."""
        self.io: BytesIO = BytesIO()

    def value(self) -> bytes:
        """What was written since the last `clear`."""
        return self.io.getvalue()

    # ---- ITransport ---------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Keep *data*.  Raises TypeError if it is not bytes, to find mistakes early."""
        if not isinstance(data, bytes):
            raise TypeError("Data must be bytes")
        self.io.write(data)

    def writeSequence(self, data: Any) -> None:
        """Keep all pieces of *data*."""
        self.io.write(b"".join(data))

    def loseConnection(self) -> None:
        """Only set `disconnecting`; a protocol is not told."""
        self.disconnecting = True

    def abortConnection(self) -> None:
        """Set `disconnected`, and do what `loseConnection` does."""
        self.disconnected = True
        self.loseConnection()

    def getPeer(self) -> Any:
        """`peerAddr`, or 192.168.1.1 port 54321."""
        return IPv4Address("TCP", "192.168.1.1", 54321) if self.peerAddr is None else self.peerAddr

    def getHost(self) -> Any:
        """`hostAddr`, or 10.0.0.1 port 12345."""
        return IPv4Address("TCP", "10.0.0.1", 12345) if self.hostAddr is None else self.hostAddr

    # ---- IConsumer ----------------------------------------------------------

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Keep *producer*.  Raises RuntimeError if there is one."""
        if self.producer is not None:
            raise RuntimeError("Cannot register two producers")
        self.producer = producer
        self.streaming = streaming

    def unregisterProducer(self) -> None:
        """Forget the producer.  Raises RuntimeError if there is none."""
        if self.producer is None:
            raise RuntimeError("Cannot unregister a producer unless one is registered")
        self.producer = None
        self.streaming = None

    # ---- IPushProducer --------------------------------------------------------

    def pauseProducing(self) -> None:
        """Become "paused".  Raises RuntimeError after `loseConnection` or `stopProducing`."""
        self._checkState()
        self.producerState = "paused"

    def stopProducing(self) -> None:
        """Become "stopped"."""
        self.producerState = "stopped"

    def resumeProducing(self) -> None:
        """Become "producing".  Raises RuntimeError after `loseConnection` or `stopProducing`."""
        self._checkState()
        self.producerState = "producing"

    def _checkState(self) -> None:
        if self.disconnecting and not self._lenient:
            raise RuntimeError("Cannot resume producing after loseConnection")
        if self.producerState == "stopped":
            raise RuntimeError("Cannot resume a stopped producer")


class StringTransportWithDisconnection(StringTransport):
    """A StringTransport that tells its protocol when the connection is lost.

    Attributes:
        protocol: Set it: its connectionLost is called by `loseConnection`, once.
    """

    protocol: Any

    def loseConnection(self) -> None:
        """Lose the connection now, with ConnectionDone."""
        if self.connected:
            self.connected = False
            self.protocol.connectionLost(Failure(error.ConnectionDone("Bye.")))


@implementer(interfaces.IListeningPort)
class _FakePort:
    """A port that only knows its address."""

    def __init__(self, hostAddress: Any) -> None:
        self._hostAddress = hostAddress

    def startListening(self) -> None:
        """Nothing."""

    def stopListening(self) -> None:
        """Nothing."""

    def getHost(self) -> Any:
        """The address it was made with."""
        return self._hostAddress


@implementer(interfaces.IConnector)
class _FakeConnector:
    """A connector that only notes what was asked of it.

    Attributes:
        stoppedConnecting: Whether `stopConnecting` was called.
    """

    _disconnected = False
    stoppedConnecting = False

    def __init__(self, address: Any) -> None:
        self._address = address

    def stopConnecting(self) -> None:
        """Remember that it was asked, in `stoppedConnecting`."""
        self.stoppedConnecting = True

    def disconnect(self) -> None:
        """Remember that it was asked, in `_disconnected`."""
        self._disconnected = True

    def connect(self) -> None:
        """Nothing."""

    def getDestination(self) -> Any:
        """The address it was made with."""
        return self._address
