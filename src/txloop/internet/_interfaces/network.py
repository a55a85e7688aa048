"""What a reactor can open: TCP, TLS, UNIX, UDP, multicast, adopted sockets, processes."""

# mypy-zope would have no ``self`` in an interface that extends another (code "misc").
# mypy: disable-error-code=misc

from __future__ import annotations

from collections.abc import Mapping, Sequence
from socket import AddressFamily
from typing import TYPE_CHECKING, Any

from txloop._contract import Interface, checkable, contract

if TYPE_CHECKING:
    from txloop.internet._interfaces.address import Binding
    from txloop.internet._interfaces.endpoint import IConnector, IListeningPort
    from txloop.internet._interfaces.protocol import IProcessProtocol, IProtocolFactory
    from txloop.internet._interfaces.tls import IOpenSSLContextFactory
    from txloop.internet._interfaces.transport import IProcessTransport
    from txloop.internet.protocol import AbstractDatagramProtocol, ClientFactory


# ---- TCP and TLS ------------------------------------------------------------


@checkable
class IReactorTCP(Interface, metaclass=contract):
    """A reactor that speaks TCP."""

    def listenTCP(
        self, port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        """Accept connections; the port is open when this returns.

        Args:
            port: The port number; 0 lets the system choose, the port's getHost() tells.
            factory: Makes a protocol for each connection.
            backlog: How many connections may wait to be accepted.
            interface: The local address; empty means all IPv4 ones, ``"::"`` all IPv6 ones.
        Raises:
            CannotListenError: The port is taken or not allowed.
        """

    def connectTCP(
        self,
        host: str,
        port: int,
        factory: ClientFactory,
        timeout: float = 30.0,
        bindAddress: tuple[str, int] | None = None,
    ) -> IConnector:
        """Begin to connect; *factory* is told how it went.

        Args:
            host: A name or an address.
            port: The port number.
            factory: Makes the protocol, or is told clientConnectionFailed.
            timeout: Seconds until the attempt fails with TimeoutError.
            bindAddress: The local address and port to connect from.
        """


@checkable
class IReactorTCP2(IReactorTCP, Interface, metaclass=contract):
    """A reactor whose TCP calls take a binding where IReactorTCP takes numbers.

    Twisted 26.10 declares it; none of its reactors provides it yet.
    """

    def listenTCP(  # type: ignore[override]  # as Twisted has it
        self, port: Binding, factory: IProtocolFactory, backlog: int = 50, interface: None = None
    ) -> IListeningPort:
        """As IReactorTCP.listenTCP, at the address, port and options of the binding *port*.

        Args:
            port: What `tcp.makeBinding` made.
            factory: Makes a protocol for each connection.
            backlog: How many connections may wait to be accepted.
            interface: Not used; *port* says it.
        Raises:
            CannotListenError: The port is taken or not allowed.
        """

    def connectTCP(  # type: ignore[override]  # as Twisted has it
        self,
        host: str,
        port: int,
        factory: ClientFactory,
        timeout: float = 30.0,
        bindAddress: Binding | None = None,
    ) -> IConnector:
        """As IReactorTCP.connectTCP, from the local address of the binding *bindAddress*."""


@checkable
class IReactorSSL(Interface, metaclass=contract):
    """A reactor that speaks TLS over TCP."""

    def connectSSL(
        self,
        host: str,
        port: int,
        factory: ClientFactory,
        contextFactory: IOpenSSLContextFactory | Any,
        timeout: float,
        bindAddress: tuple[str, int] | None,
    ) -> IConnector:
        """As IReactorTCP.connectTCP, and speak TLS as *contextFactory* says."""

    def listenSSL(
        self,
        port: int,
        factory: IProtocolFactory,
        contextFactory: IOpenSSLContextFactory | Any,
        backlog: int = 50,
        interface: str = "",
    ) -> IListeningPort:
        """As IReactorTCP.listenTCP, and speak TLS as *contextFactory* says."""


# ---- UNIX sockets -----------------------------------------------------------


@checkable
class IReactorUNIX(Interface, metaclass=contract):
    """A reactor that speaks over UNIX stream sockets."""

    def connectUNIX(
        self, address: str, factory: ClientFactory, timeout: float = 30, checkPID: bool = False
    ) -> IConnector:
        """Begin to connect; *factory* is told how it went.

        Args:
            address: The path of the socket; a leading NUL means Linux' abstract names.
            factory: Makes the protocol, or is told clientConnectionFailed.
            timeout: Seconds until the attempt fails with TimeoutError.
            checkPID: Fail with BadFileError when the server's lock says that it is gone.
        """

    def listenUNIX(
        self,
        address: str,
        factory: IProtocolFactory,
        backlog: int = 50,
        mode: int = 0o666,
        wantPID: bool = False,
    ) -> IListeningPort:
        """Accept connections at a path.

        Args:
            address: The path of the socket; a leading NUL means Linux' abstract names.
            factory: Makes a protocol for each connection.
            backlog: How many connections may wait to be accepted.
            mode: The permissions of the path.
            wantPID: Hold a lock beside the path, so that a dead server's path is replaced.
        Raises:
            CannotListenError: The path is taken or not allowed.
        """


@checkable
class IReactorUNIXDatagram(Interface, metaclass=contract):
    """A reactor that speaks over UNIX datagram sockets."""

    def connectUNIXDatagram(
        self,
        address: str,
        protocol: AbstractDatagramProtocol,
        maxPacketSize: int,
        mode: int,
        bindAddress: str | None,
    ) -> IConnector:
        """Exchange datagrams with the socket at *address*.

        Args:
            address: The path of the other socket.
            protocol: A ConnectedDatagramProtocol.
            maxPacketSize: Bytes of the longest datagram received whole.
            mode: The permissions of our path.
            bindAddress: Our path, if the other side is to answer.
        """

    def listenUNIXDatagram(
        self, address: str, protocol: AbstractDatagramProtocol, maxPacketSize: int, mode: int
    ) -> IListeningPort:
        """Receive datagrams at the path *address*.

        Args:
            address: Our path.
            protocol: A DatagramProtocol.
            maxPacketSize: Bytes of the longest datagram received whole.
            mode: The permissions of the path.
        Raises:
            CannotListenError: The path is taken or not allowed.
        """


# ---- UDP --------------------------------------------------------------------


@checkable
class IReactorUDP(Interface, metaclass=contract):
    """A reactor that speaks UDP."""

    def listenUDP(
        self, port: int, protocol: AbstractDatagramProtocol, interface: str, maxPacketSize: int
    ) -> IListeningPort:
        """Receive datagrams; startProtocol has run when this returns.

        Args:
            port: The port number; 0 lets the system choose.
            protocol: Gets the datagrams.
            interface: The local address; empty means all IPv4 ones.
            maxPacketSize: Bytes of the longest datagram received whole.
        Raises:
            CannotListenError: The port is taken or not allowed.
        """


@checkable
class IReactorMulticast(Interface, metaclass=contract):
    """A reactor that speaks UDP to groups."""

    def listenMulticast(
        self,
        port: int,
        protocol: AbstractDatagramProtocol,
        interface: str = "",
        maxPacketSize: int = 8192,
        listenMultiple: bool = False,
    ) -> IListeningPort:
        """As IReactorUDP.listenUDP, with a transport that is an IMulticastTransport.

        Args:
            port: The port number.
            protocol: Gets the datagrams.
            interface: The local address; empty means all IPv4 ones.
            maxPacketSize: Bytes of the longest datagram received whole.
            listenMultiple: Let others on this host use the same port.
        """


# ---- sockets that exist already, processes ----------------------------------


@checkable
class IReactorSocket(Interface, metaclass=contract):
    """A reactor that takes over sockets opened elsewhere.

    The descriptor is copied: the caller closes its own.
    """

    def adoptStreamPort(
        self, fileDescriptor: int, addressFamily: AddressFamily, factory: IProtocolFactory
    ) -> IListeningPort:
        """Accept connections on a stream socket that listens already.

        Raises:
            UnsupportedAddressFamily: *addressFamily* is not AF_INET, AF_INET6 or AF_UNIX.
            UnsupportedSocketType: It is no stream socket.
        """

    def adoptStreamConnection(
        self, fileDescriptor: int, addressFamily: AddressFamily, factory: IProtocolFactory
    ) -> None:
        """Serve a connection that is made already, with a protocol of *factory*.

        Raises:
            UnsupportedAddressFamily: *addressFamily* is not AF_INET, AF_INET6 or AF_UNIX.
            UnsupportedSocketType: It is no stream socket.
        """

    def adoptDatagramPort(
        self,
        fileDescriptor: int,
        addressFamily: AddressFamily,
        protocol: AbstractDatagramProtocol,
        maxPacketSize: int,
    ) -> IListeningPort:
        """Receive the datagrams of a socket that is bound already.

        Raises:
            UnsupportedAddressFamily: *addressFamily* is not AF_INET or AF_INET6.
            UnsupportedSocketType: It is no datagram socket.
        """


@checkable
class IReactorProcess(Interface, metaclass=contract):
    """A reactor that starts child processes."""

    def spawnProcess(
        self,
        processProtocol: IProcessProtocol,
        executable: bytes | str,
        args: Sequence[bytes | str],
        env: Mapping[Any, Any] | None = None,
        path: bytes | str | None = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: bool | tuple[int, int, str] = False,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> IProcessTransport:
        """Start a child; it runs when this returns.

        Args:
            processProtocol: Is told what the child does.
            executable: The file to run; it is not searched for.
            args: Its argument list, the first being its own name.
            env: Its environment, empty by default; None means ours.
            path: The directory it starts in; None means ours.
            uid: The user it runs as; None means ours.
            gid: The group it runs as; None means ours.
            usePTY: Give it a terminal for its first three descriptors.
            childFDs: Its descriptors: each ours to copy, ``"r"`` (we read) or ``"w"`` (we
                write).  None means ``{0: "w", 1: "r", 2: "r"}``.
        Raises:
            OSError: The system starts no more processes.
        """
