"""The reactor's doors that open something: ports, connections, children.

Each makes one of the transports of this package, hands it the reactor, and begins it.
What a transport asks of the reactor then (its loop, its register) is in reactor.py.
"""

from __future__ import annotations

import socket
from typing import Any

from txloop.internet import error, unix
from txloop_asyncio import tcp, udp
from txloop_asyncio._datagrams.multicast import MulticastPort


def _family_served(family: int, *served: str) -> int:
    if family not in {getattr(socket, name, None) for name in served}:
        raise error.UnsupportedAddressFamily(family)
    return family


class TransportDoors:
    """The part of a LoopReactor that makes transports."""

    # ---- IReactorTCP ---------------------------------------------------------

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """A listening port, bound already."""
        listening = tcp.Port(port, factory, backlog, interface, self)
        listening.startListening()
        return listening

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30.0, bindAddress: Any = None
    ) -> Any:
        """A connector, connecting already."""
        connector = tcp.Connector(host, port, factory, timeout, bindAddress, self)
        connector.connect()
        return connector

    # ---- IReactorUDP, IReactorMulticast ---------------------------------------

    def listenUDP(self, port: int, protocol: Any, interface: str = "", maxPacketSize: int = 8192) -> Any:
        """A UDP port, bound already, its protocol started."""
        listening = udp.Port(port, protocol, interface, maxPacketSize, self)
        listening.startListening()
        return listening

    def listenMulticast(
        self,
        port: int,
        protocol: Any,
        interface: str = "",
        maxPacketSize: int = 8192,
        listenMultiple: bool = False,
    ) -> Any:
        """A UDP port that may join groups, bound already, its protocol started."""
        listening = MulticastPort(port, protocol, interface, maxPacketSize, self, listenMultiple)
        listening.startListening()
        return listening

    # ---- IReactorUNIX, IReactorUNIXDatagram ------------------------------------

    def listenUNIX(
        self, address: Any, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: bool = False
    ) -> Any:
        """A listening UNIX port, bound already."""
        listening = unix.Port(address, factory, backlog, mode, self, wantPID)
        listening.startListening()
        return listening

    def connectUNIX(self, address: Any, factory: Any, timeout: float = 30, checkPID: bool = False) -> Any:
        """A connector, connecting already."""
        connector = unix.Connector(address, factory, timeout, self, checkPID)
        connector.connect()
        return connector

    def listenUNIXDatagram(
        self, address: Any, protocol: Any, maxPacketSize: int = 8192, mode: int = 0o666
    ) -> Any:
        """A UNIX datagram port, bound already, its protocol started."""
        listening = unix.DatagramPort(address, protocol, maxPacketSize, mode, self)
        listening.startListening()
        return listening

    def connectUNIXDatagram(
        self,
        address: Any,
        protocol: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        bindAddress: Any = None,
    ) -> Any:
        """A UNIX datagram port that is connected, its protocol started."""
        connected = unix.ConnectedDatagramPort(address, protocol, maxPacketSize, mode, bindAddress, self)
        connected.startListening()
        return connected

    # ---- IReactorSocket --------------------------------------------------------

    def adoptStreamPort(self, fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        """A port on a copy of a socket that listens already."""
        family = _family_served(addressFamily, "AF_INET", "AF_INET6", "AF_UNIX")
        kind = unix.Port if family == unix.Port.addressFamily else tcp.Port
        return kind.adopt(self, fileDescriptor, family, factory)

    def adoptStreamConnection(self, fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        """The transport of a connection that is made already, on a copy of its socket."""
        family = _family_served(addressFamily, "AF_INET", "AF_INET6", "AF_UNIX")
        kind = unix.Server if family == unix.Port.addressFamily else tcp.Server
        return kind.adopt(self, fileDescriptor, family, factory)

    def adoptDatagramPort(
        self, fileDescriptor: int, addressFamily: int, protocol: Any, maxPacketSize: int = 8192
    ) -> Any:
        """A UDP port on a copy of a socket that is bound already, its protocol started."""
        return udp.Port.adopt(self, fileDescriptor, addressFamily, protocol, maxPacketSize)

    # ---- IReactorSSL ---------------------------------------------------------

    def listenSSL(
        self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> Any:
        """As listenTCP; the protocols speak TLS."""
        from txloop_asyncio import ssl  # most programs speak no TLS

        listening = ssl.Port(port, factory, contextFactory, backlog, interface, self)
        listening.startListening()
        return listening

    def connectSSL(
        self,
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float = 30.0,
        bindAddress: Any = None,
    ) -> Any:
        """As connectTCP; the protocol speaks TLS."""
        from txloop_asyncio import ssl  # as above

        connector = ssl.Connector(host, port, factory, contextFactory, timeout, bindAddress, self)
        connector.connect()
        return connector

    # ---- IReactorProcess -----------------------------------------------------

    def spawnProcess(
        self,
        processProtocol: Any,
        executable: Any,
        args: Any = (),
        env: Any = {},  # noqa: B006  # Twisted's, never changed
        path: Any = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: Any = False,
        childFDs: Any = None,
    ) -> Any:
        """A child, running already."""
        from txloop_asyncio import process  # POSIX only, and most programs have no children

        if not usePTY:
            return process.Process(self, executable, args, env, path, processProtocol, uid, gid, childFDs)
        if childFDs is not None:
            raise ValueError("Using childFDs is not supported with usePTY=True.")
        return process.PTYProcess(self, executable, args, env, path, processProtocol, uid, gid, usePTY)
