"""What the network offers user code: transports, and the flow of bytes through them.

    ITransport        a byte stream              ITCPTransport, IUNIXTransport, ITLSTransport, …
    IUDPTransport     a datagram socket          IMulticastTransport
    IConsumer         takes bytes, and says when to pause the producer of them
    IProducer         makes bytes                IPushProducer by itself, IPullProducer when asked

The calls of these interfaces go from the program to txloop; a transport that is lost
takes them all and does nothing.
"""

# mypy-zope would have no ``self`` in an interface that extends another (code "misc").
# mypy: disable-error-code=misc

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from txloop._contract import Interface, checkable, contract

if TYPE_CHECKING:
    from txloop.internet._interfaces.address import IAddress
    from txloop.internet._interfaces.tls import (
        IOpenSSLClientConnectionCreator,
        IOpenSSLServerConnectionCreator,
    )
    from txloop.internet.defer import Deferred


# ---- the flow of bytes ------------------------------------------------------


@checkable
class IProducer(Interface, metaclass=contract):
    """Makes bytes for a consumer."""

    def stopProducing(self) -> None:
        """Make no more, for good: the consumer is gone."""


@checkable
class IPushProducer(IProducer, Interface, metaclass=contract):
    """Makes bytes by itself until it is told to pause."""

    def pauseProducing(self) -> None:
        """Make no more for now; the consumer has enough."""

    def resumeProducing(self) -> None:
        """Go on."""


@checkable
class IPullProducer(IProducer, Interface, metaclass=contract):
    """Makes one portion of bytes each time it is asked."""

    def resumeProducing(self) -> None:
        """Write one portion to the consumer."""


@checkable
class IConsumer(Interface, metaclass=contract):
    """Takes bytes, and steers one producer of them."""

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        """Steer *producer* from now on.

        Args:
            producer: Who will write.  Told to stop at once if the consumer is lost.
            streaming: True for an IPushProducer, False for an IPullProducer.
        Raises:
            RuntimeError: Another producer is registered; it stays so.
        """

    def unregisterProducer(self) -> None:
        """Steer it no longer; it has written all it had."""

    def write(self, data: bytes) -> None:
        """Take *data*; the producer is paused when that was enough."""


# ---- byte streams -----------------------------------------------------------


@checkable
class ITransport(Interface, metaclass=contract):
    """A byte stream to a peer."""

    def write(self, data: bytes) -> None:
        """Send *data* after all that was written before; never blocks.

        Raises:
            TypeError: *data* is not bytes; nothing was sent of it.
        """

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Send the pieces of *data* in their order, as one write."""

    def loseConnection(self) -> None:
        """Close once everything written has been sent; a registered producer ends first."""

    def getPeer(self) -> IAddress:
        """The address of the other end."""

    def getHost(self) -> IAddress:
        """The address of this end."""


@checkable
class ITCPTransport(ITransport, Interface, metaclass=contract):
    """A TCP connection."""

    def loseWriteConnection(self) -> None:
        """Close our direction once everything written has been sent; reading goes on."""

    def abortConnection(self) -> None:
        """Close now; what is queued is dropped, and connectionLost says ConnectionAborted."""

    def getTcpNoDelay(self) -> bool:
        """Whether small segments leave at once (TCP_NODELAY)."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Say whether small segments leave at once (TCP_NODELAY)."""

    def getTcpKeepAlive(self) -> bool:
        """Whether the system probes an idle connection (SO_KEEPALIVE)."""

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Say whether the system probes an idle connection (SO_KEEPALIVE)."""

    def getHost(self) -> IAddress:
        """This end: an IPv4Address or IPv6Address."""

    def getPeer(self) -> IAddress:
        """The other end: an IPv4Address or IPv6Address."""


@checkable
class IUNIXTransport(ITransport, Interface, metaclass=contract):
    """A connection over a UNIX stream socket."""

    def sendFileDescriptor(self, descriptor: int) -> None:
        """Pass a copy of *descriptor* to the peer with the next byte written; keep ours open till then."""


@checkable
class ITLSTransport(ITCPTransport, Interface, metaclass=contract):
    """A TCP connection that can begin to speak TLS."""

    def startTLS(
        self, contextFactory: IOpenSSLClientConnectionCreator | IOpenSSLServerConnectionCreator | Any
    ) -> None:
        """Speak TLS after what was written before this call, as the side that *contextFactory* is for."""


@checkable
class ISSLTransport(ITCPTransport, Interface, metaclass=contract):
    """A TCP connection that speaks TLS."""

    def getPeerCertificate(self) -> Any:
        """The certificate that the peer showed, or None."""


@checkable
class INegotiated(ISSLTransport, Interface, metaclass=contract):
    """A TLS connection that agrees on the protocol spoken inside (ALPN)."""

    @property
    def negotiatedProtocol(self) -> bytes | None:
        """The protocol agreed on; None if there is none, or not yet."""


@checkable
class ISystemHandle(Interface, metaclass=contract):
    """Wraps something of the operating system."""

    def getHandle(self) -> Any:
        """That thing, such as the socket."""


# ---- child processes --------------------------------------------------------


@checkable
class IProcessTransport(ITransport, Interface, metaclass=contract):
    """The way to a child process; its stream is the child's standard input."""

    @property
    def pid(self) -> int | None:
        """The process id; None once the child has been reaped."""

    def closeStdin(self) -> None:
        """Close the child's standard input once everything written to it has been sent."""

    def closeStdout(self) -> None:
        """Read no more of the child's standard output."""

    def closeStderr(self) -> None:
        """Read no more of the child's standard error."""

    def closeChildFD(self, descriptor: int) -> None:
        """Close the pipe to the child's descriptor *descriptor*."""

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """Send *data* to the child's descriptor *childFD*.

        Raises:
            KeyError: There is no pipe to it.
        """

    def loseConnection(self) -> None:
        """Close standard input, output and error."""

    def signalProcess(self, signalID: str | int) -> None:
        """Send the child a signal.

        Args:
            signalID: ``"HUP"``, ``"KILL"``, ``"INT"``, ``"STOP"``, ``"TERM"`` or a number.
        Raises:
            ProcessExitedAlready: The child has been reaped.
        """


# ---- datagrams --------------------------------------------------------------


@checkable
class IUDPTransport(Interface, metaclass=contract):
    """A UDP socket."""

    def write(self, packet: bytes, addr: tuple[str, int] | None) -> None:
        """Send one datagram.

        Args:
            packet: Its content.
            addr: IP address (not a name) and port; None once connect() was called.
        Raises:
            MessageLengthError: *packet* is too long for one datagram.
            InvalidAddressError: *addr* is not an address of this socket's family.
        """

    def connect(self, host: str, port: int) -> None:
        """Exchange datagrams with this one address only, from now on."""

    def getHost(self) -> IAddress:
        """The address of this socket."""

    def stopListening(self) -> Deferred[None] | None:
        """Close the socket; a Deferred that fires when it is closed, or None if it was."""

    def setBroadcastAllowed(self, enabled: bool) -> None:
        """Say whether datagrams may go to a broadcast address."""

    def getBroadcastAllowed(self) -> bool:
        """Whether datagrams may go to a broadcast address."""


@checkable
class IMulticastTransport(IUDPTransport, Interface, metaclass=contract):
    """A UDP socket that can be a member of multicast groups."""

    def getOutgoingInterface(self) -> str | int:
        """The interface that multicast datagrams leave by: its address, or its index for IPv6."""

    def setOutgoingInterface(self, addr: str | int) -> Deferred[int]:
        """Choose the interface that multicast datagrams leave by."""

    def getLoopbackMode(self) -> bool:
        """Whether this host gets its own multicast datagrams."""

    def setLoopbackMode(self, mode: bool) -> None:
        """Say whether this host gets its own multicast datagrams."""

    def getTTL(self) -> int:
        """How many routers a multicast datagram may pass."""

    def setTTL(self, ttl: int) -> None:
        """Say how many routers a multicast datagram may pass, 0 to 255."""

    def joinGroup(self, addr: str, interface: str | int = "") -> Deferred[None]:
        """Become a member of the group *addr*, on one interface or the system's choice.

        Returns:
            A Deferred; it fails with MulticastJoinError.
        """

    def leaveGroup(self, addr: str, interface: str | int = "") -> Deferred[None]:
        """End the membership that joinGroup began; it fails with MulticastJoinError."""


@checkable
class IUNIXDatagramTransport(Interface, metaclass=contract):
    """A UNIX datagram socket."""

    def write(self, packet: bytes, addr: str) -> None:
        """Send one datagram to the socket at the path *addr*."""

    def getHost(self) -> IAddress:
        """The address of this socket, a UNIXAddress."""


@checkable
class IUNIXDatagramConnectedTransport(Interface, metaclass=contract):
    """A UNIX datagram socket that exchanges datagrams with one other."""

    def write(self, packet: bytes) -> None:
        """Send one datagram."""

    def getHost(self) -> IAddress:
        """The address of this socket, a UNIXAddress."""

    def getPeer(self) -> IAddress:
        """The address of the other socket, a UNIXAddress."""
