"""Protocols: what a program derives from to speak over a connection, to a child, by datagrams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from txloop.internet import error, interfaces
from txloop.python import components, failure, log

if TYPE_CHECKING:
    from txloop.internet.interfaces import IMulticastTransport, IProcessTransport, ITransport, IUDPTransport
    from txloop.python.failure import Failure

# The reason of a connection closed as it should be, for those who give none.
connectionDone: Failure = failure.Failure(error.ConnectionDone())
connectionDone.cleanFailure()


class BaseProtocol:
    """What protocols of every kind have.

    Attributes:
        connected: True once makeConnection() was called.
        transport: What it writes to; None before.
    """

    connected: Any = 0
    transport: Any = None

    def makeConnection(self, transport: Any) -> None:
        """Keep *transport* and call connectionMade()."""
        self.connected = 1
        self.transport = transport
        self.connectionMade()

    def connectionMade(self) -> None:
        """The connection stands; for the program to override."""


@implementer(interfaces.IProtocol, interfaces.ILoggingContext)
class Protocol(BaseProtocol):
    """The base of a program's protocols over byte streams: one object a connection.

    Attributes:
        factory: Who made it, if a Factory did.
    """

    transport: ITransport | None = None
    factory: Any = None

    def logPrefix(self) -> str:
        """The name of the class, for log lines."""
        return self.__class__.__name__

    def dataReceived(self, data: bytes) -> None:
        """Bytes have arrived, any cut of the stream; for the program to override."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is over, for *reason*; for the program to override."""


@implementer(interfaces.IProcessProtocol)
class ProcessProtocol(BaseProtocol):
    """The base of a program's protocols to child processes."""

    transport: IProcessTransport | None = None

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """The child wrote *data* to its descriptor *childFD*: outReceived() or errReceived()."""
        if childFD == 1:
            self.outReceived(data)
        elif childFD == 2:
            self.errReceived(data)

    def outReceived(self, data: bytes) -> None:
        """The child wrote *data* to its standard output; for the program to override."""

    def errReceived(self, data: bytes) -> None:
        """The child wrote *data* to its standard error; for the program to override."""

    def childConnectionLost(self, childFD: int) -> None:
        """The pipe to the child's descriptor *childFD* was closed: one of the next three."""
        if childFD == 0:
            self.inConnectionLost()
        elif childFD == 1:
            self.outConnectionLost()
        elif childFD == 2:
            self.errConnectionLost()

    def inConnectionLost(self) -> None:
        """The child's standard input is closed; for the program to override."""

    def outConnectionLost(self) -> None:
        """The child's standard output is closed; for the program to override."""

    def errConnectionLost(self) -> None:
        """The child's standard error is closed; for the program to override."""

    def processExited(self, reason: Failure) -> None:
        """The child has exited, its output may still be on its way; for the program to override."""

    def processEnded(self, reason: Failure) -> None:
        """The child has exited and all is read; for the program to override.

        Args:
            reason: A Failure of ProcessDone or ProcessTerminated.
        """


# ---- datagrams ----------------------------------------------------------------


class AbstractDatagramProtocol:
    """What protocols over datagrams have.

    Attributes:
        transport: What it writes to; None while it has no port.
        numPorts: How many ports use it.
        noisy: Whether starting and stopping it is logged.
    """

    transport: IUDPTransport | IMulticastTransport | Any = None
    numPorts: int = 0
    noisy: Any = True

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "transport": None}

    def doStart(self) -> None:
        """A port begins to use this protocol; the first calls startProtocol()."""
        if self.numPorts == 0:
            if self.noisy:
                log.msg(f"Starting protocol {self!r}")
            self.startProtocol()
        self.numPorts += 1

    def doStop(self) -> None:
        """A port no longer uses this protocol; the last calls stopProtocol().

        Raises:
            AssertionError: No port uses it.
        """
        if self.numPorts <= 0:
            raise AssertionError("doStop() without a doStart() before it")
        self.numPorts -= 1
        self.transport = None
        if self.numPorts == 0:
            if self.noisy:
                log.msg(f"Stopping protocol {self!r}")
            self.stopProtocol()

    def startProtocol(self) -> None:
        """The transport is there and may be written to; for the program to override."""

    def stopProtocol(self) -> None:
        """The transport is gone; for the program to override."""

    def makeConnection(self, transport: Any) -> None:
        """Keep *transport* and call doStart().

        Raises:
            AssertionError: It has a transport.
        """
        if self.transport is not None:
            raise AssertionError(f"{self!r} has a transport already")
        self.transport = transport
        self.doStart()

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        """A datagram has arrived from *addr*; for the program to override."""


@implementer(interfaces.ILoggingContext)
class DatagramProtocol(AbstractDatagramProtocol):
    """The base of a program's protocols over UDP and UNIX datagrams."""

    def logPrefix(self) -> str:
        """The name of the class, for log lines."""
        return self.__class__.__name__

    def connectionRefused(self) -> None:
        """After transport.connect(): nobody listens at that address; for the program to override."""


class ConnectedDatagramProtocol(DatagramProtocol):
    """The base of a program's protocols over a datagram socket with one peer."""

    def datagramReceived(self, datagram: bytes) -> None:  # type: ignore[override]  # as Twisted has it
        """A datagram has arrived from the peer; for the program to override."""

    def connectionFailed(self, failure: Failure) -> None:
        """The peer could not be reached; for the program to override."""


# ---- a protocol where a consumer is asked for, and the other way round ----------


@implementer(interfaces.IProtocol)
class ConsumerToProtocolAdapter(components.Adapter):
    """An IConsumer as an IProtocol: what arrives is written to it."""

    def dataReceived(self, data: bytes) -> None:
        """Write *data* to the consumer."""
        self.original.write(data)

    def connectionLost(self, reason: Failure) -> None:
        """Nothing: a consumer has no such call."""

    def makeConnection(self, transport: Any) -> None:
        """Nothing: a consumer has no such call."""

    def connectionMade(self) -> None:
        """Nothing: a consumer has no such call."""


@implementer(interfaces.IConsumer)
class ProtocolToConsumerAdapter(components.Adapter):
    """An IProtocol as an IConsumer: what is written arrives at it."""

    def write(self, data: bytes) -> None:
        """Give *data* to the protocol."""
        self.original.dataReceived(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Nothing: a protocol does not steer its bytes."""

    def unregisterProducer(self) -> None:
        """Nothing: a protocol does not steer its bytes."""


components.registerAdapter(ConsumerToProtocolAdapter, interfaces.IConsumer, interfaces.IProtocol)
components.registerAdapter(ProtocolToConsumerAdapter, interfaces.IProtocol, interfaces.IConsumer)
