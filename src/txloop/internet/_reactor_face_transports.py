"""The reactor's doors that open something, as users hold them: ports, connections, children.

Documented here; each passes its call on to the reactor that is meant (see _reactor_face.py).
"""

from __future__ import annotations

from typing import Any


class TransportFace:
    """The part of an AsyncioReactor that makes transports."""

    def _now(self) -> Any:
        raise NotImplementedError("the whole face knows which reactor is meant")

    # ---- IReactorTCP ---------------------------------------------------------

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """A port that listens when this returns.

        Args:
            port: Its number; 0 takes a free one, which ``getHost().port`` tells.
            factory: Its `buildProtocol` is asked for each connection.
            backlog: How many connections may wait to be accepted.
            interface: The local address, ``""`` for every IPv4 one, ``"::"`` for IPv6 too.
        Returns:
            An IListeningPort.
        Raises:
            CannotListenError: the port is in use, or may not be had.
        """
        return self._now().listenTCP(port, factory, backlog, interface)

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30.0, bindAddress: Any = None
    ) -> Any:
        """A connector that is connecting when this returns.

        Args:
            timeout: Seconds until `clientConnectionFailed` with TimeoutError.
            bindAddress: The local ``(host, port)``, None for any.
        Returns:
            An IConnector.
        """
        return self._now().connectTCP(host, port, factory, timeout, bindAddress)

    # ---- IReactorUDP, IReactorMulticast ---------------------------------------

    def listenUDP(self, port: int, protocol: Any, interface: str = "", maxPacketSize: int = 8192) -> Any:
        """A port that receives datagrams; the protocol's startProtocol has run when this returns.

        Args:
            port: Its number; 0 takes a free one, which ``getHost().port`` tells.
            protocol: Gets the datagrams; an AbstractDatagramProtocol.
            interface: The local IP address, ``""`` for every IPv4 one, ``"::"`` for IPv6.
            maxPacketSize: Of a longer datagram, only so many bytes are delivered.
        Returns:
            An IListeningPort, which is the protocol's transport too.
        Raises:
            CannotListenError: the port is in use, or may not be had.
            InvalidAddressError: *interface* is no IP address.
        """
        return self._now().listenUDP(port, protocol, interface, maxPacketSize)

    def listenMulticast(
        self,
        port: int,
        protocol: Any,
        interface: str = "",
        maxPacketSize: int = 8192,
        listenMultiple: bool = False,
    ) -> Any:
        """As listenUDP; the protocol's transport is an IMulticastTransport.

        Args:
            listenMultiple: Others on this host may use the same port.
        """
        return self._now().listenMulticast(port, protocol, interface, maxPacketSize, listenMultiple)

    # ---- IReactorUNIX, IReactorUNIXDatagram ------------------------------------

    def listenUNIX(
        self, address: Any, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: bool = False
    ) -> Any:
        """A port at a path that listens when this returns; stopListening() removes the path.

        Args:
            address: The path; a leading NUL means one of Linux' abstract names.
            factory: Its `buildProtocol` is asked for each connection.
            backlog: How many connections may wait to be accepted.
            mode: The path's permissions.
            wantPID: Keep a lock, ``path.lock``, beside it; a dead owner's path is taken over then.
        Returns:
            An IListeningPort.
        Raises:
            CannotListenError: the path is taken, not allowed, or its owner holds the lock.
        """
        return self._now().listenUNIX(address, factory, backlog, mode, wantPID)

    def connectUNIX(self, address: Any, factory: Any, timeout: float = 30, checkPID: bool = False) -> Any:
        """A connector that is connecting when this returns.

        Args:
            timeout: Seconds until `clientConnectionFailed` with TimeoutError.
            checkPID: Fail with BadFileError unless the server's lock is held.
        Returns:
            An IConnector.
        """
        return self._now().connectUNIX(address, factory, timeout, checkPID)

    def listenUNIXDatagram(
        self, address: Any, protocol: Any, maxPacketSize: int = 8192, mode: int = 0o666
    ) -> Any:
        """A port at a path that receives datagrams; startProtocol has run when this returns.

        Raises:
            CannotListenError: the path is taken or not allowed.
        """
        return self._now().listenUNIXDatagram(address, protocol, maxPacketSize, mode)

    def connectUNIXDatagram(
        self,
        address: Any,
        protocol: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        bindAddress: Any = None,
    ) -> Any:
        """A port that exchanges datagrams with the one at *address*.

        What goes wrong is told to the protocol, by connectionFailed(error).

        Args:
            protocol: A ConnectedDatagramProtocol.
            bindAddress: Its own path; without one it cannot be answered.
        """
        return self._now().connectUNIXDatagram(address, protocol, maxPacketSize, mode, bindAddress)

    # ---- IReactorSocket --------------------------------------------------------

    def adoptStreamPort(self, fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        """A port on a socket that listens already, from systemd for example.

        Args:
            fileDescriptor: Copied; close yours.  A UNIX socket's path is left to its owner.
            addressFamily: AF_INET, AF_INET6 or AF_UNIX.
        Returns:
            An IListeningPort.
        Raises:
            UnsupportedAddressFamily: It is another.
            OSError: There is no such descriptor.
        """
        return self._now().adoptStreamPort(fileDescriptor, addressFamily, factory)

    def adoptStreamConnection(self, fileDescriptor: int, addressFamily: int, factory: Any) -> Any:
        """Serve a connection that is made already; the factory is asked in this call.

        (Over TCP the protocol's makeConnection comes a turn later; over UNIX, in this call.)

        Args:
            fileDescriptor: Copied; close yours.
            addressFamily: AF_INET, AF_INET6 or AF_UNIX.
        Returns:
            The transport; None if the factory does not want the connection.
        Raises:
            UnsupportedAddressFamily: It is another.
            OSError: There is no such descriptor, or it is not connected.
        """
        return self._now().adoptStreamConnection(fileDescriptor, addressFamily, factory)

    def adoptDatagramPort(
        self, fileDescriptor: int, addressFamily: int, protocol: Any, maxPacketSize: int = 8192
    ) -> Any:
        """A port on a UDP socket that is bound already; startProtocol has run when this returns.

        Args:
            fileDescriptor: Copied; close yours.
            addressFamily: AF_INET or AF_INET6.
        Raises:
            UnsupportedAddressFamily: It is another.
        """
        return self._now().adoptDatagramPort(fileDescriptor, addressFamily, protocol, maxPacketSize)

    # ---- IReactorSSL ---------------------------------------------------------

    def listenSSL(
        self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> Any:
        """As `listenTCP`; its protocols speak TLS.

        Args:
            contextFactory: An ``ssl.SSLContext``, or one of `internet.ssl`'s, or any object
                with ``getContext()``.
        """
        return self._now().listenSSL(port, factory, contextFactory, backlog, interface)

    def connectSSL(
        self,
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float = 30.0,
        bindAddress: Any = None,
    ) -> Any:
        """As `connectTCP`; the protocol speaks TLS.

        A failing handshake is the connection's end, connectionLost and clientConnectionLost,
        never clientConnectionFailed.

        Args:
            contextFactory: `internet.ssl.optionsForClientTLS` makes one that verifies the peer;
                so does an ``ssl.SSLContext`` with check_hostname, which is told *host*.
        """
        return self._now().connectSSL(host, port, factory, contextFactory, timeout, bindAddress)

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
        """Start a child; it runs when this returns.

        Args:
            processProtocol: Is told what it does; an IProcessProtocol.
            executable: The file to run.
            args: Its arguments, the first being its own name.
            env: Its environment, empty by default; None means ours.
            path: The directory it starts in; None means ours.
            uid: The user it runs as; None means ours.
            gid: The group it runs as; None means ours.
            usePTY: Give it a terminal: True for a new one, or the master's and the slave's
                descriptor and the slave's file name.
            childFDs: Its descriptors: each ours to copy, ``"r"`` (we read) or ``"w"`` (we
                write).  None means ``{0: "w", 1: "r", 2: "r"}``.
        Returns:
            An IProcessTransport.
        Raises:
            OSError: There is no such executable or directory, it may not run, …
            ValueError: *childFDs* together with *usePTY*.
        """
        return self._now().spawnProcess(
            processProtocol, executable, args, env, path, uid, gid, usePTY, childFDs
        )
