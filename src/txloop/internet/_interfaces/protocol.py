"""What user code offers the network: protocols, their factories, and what they may also be.

The calls of these interfaces go from txloop to the program.  Their names say what has
happened; the one request is `IProtocolFactory.buildProtocol`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from txloop._contract import Interface, checkable, contract

if TYPE_CHECKING:
    from txloop.internet._interfaces.address import IAddress
    from txloop.internet._interfaces.transport import IProcessTransport, ITransport
    from txloop.python.failure import Failure


@checkable
class IProtocol(Interface, metaclass=contract):
    """Both ends of a byte stream, seen from the program."""

    def dataReceived(self, data: bytes) -> None:
        """Bytes have arrived: any cut of the stream, one byte or more."""

    def connectionLost(self, reason: Failure) -> None:
        """The connection is over; called once, and last.

        Args:
            reason: A Failure of ConnectionDone (closed as it should be), ConnectionLost
                (broken, aborted) or what went wrong in the program's own code.
        """

    def makeConnection(self, transport: ITransport) -> None:
        """Keep *transport*, then call connectionMade().  Called once, and first."""

    def connectionMade(self) -> None:
        """The connection stands and may be written to."""


@checkable
class IProcessProtocol(Interface, metaclass=contract):
    """A child process, seen from the program."""

    def makeConnection(self, process: IProcessTransport) -> None:
        """The child has been started; *process* is the way to write to it and to end it."""

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """The child wrote *data*, any cut of its stream, to its descriptor *childFD*."""

    def childConnectionLost(self, childFD: int) -> None:
        """The pipe to the child's descriptor *childFD* was closed, by either side."""

    def processExited(self, reason: Failure) -> None:
        """The child has exited; output of it may still be on its way.

        Args:
            reason: A Failure of ProcessDone or ProcessTerminated.
        """

    def processEnded(self, reason: Failure) -> None:
        """The child has exited and all its pipes are closed; called once, and last.

        Args:
            reason: As in processExited.
        """


@checkable
class IHalfCloseableProtocol(Interface, metaclass=contract):
    """A protocol that goes on when only one direction of its connection is closed.

    Without this interface the end of the peer's stream ends the connection.
    """

    def readConnectionLost(self) -> None:
        """The peer will send nothing more; writing still works."""

    def writeConnectionLost(self) -> None:
        """Nothing more can be written, as asked by loseWriteConnection(); reading still works."""


@checkable
class IHandshakeListener(Interface, metaclass=contract):
    """A protocol that wants to know when TLS has agreed with the peer."""

    def handshakeCompleted(self) -> None:
        """The first TLS handshake is done: certificates and negotiated protocol can be asked for."""


@checkable
class IFileDescriptorReceiver(Interface, metaclass=contract):
    """A protocol on a UNIX socket that takes descriptors from its peer."""

    def fileDescriptorReceived(self, descriptor: int) -> None:
        """A descriptor has arrived, in its order among the bytes; closing it is now our job."""


@checkable
class IProtocolFactory(Interface, metaclass=contract):
    """Makes the protocol of each connection of a port or a connector."""

    def buildProtocol(self, addr: IAddress) -> IProtocol | None:
        """The protocol for a new connection, or None to close it.

        Args:
            addr: The address of the peer.
        """

    def doStart(self) -> None:
        """A port or connector has begun to use this factory; called once for each."""

    def doStop(self) -> None:
        """A port or connector no longer uses this factory."""


@checkable
class ILoggingContext(Interface, metaclass=contract):
    """Names itself in the log lines of what it does."""

    def logPrefix(self) -> str:
        """The name, such as ``"Echo,0,127.0.0.1"``."""
