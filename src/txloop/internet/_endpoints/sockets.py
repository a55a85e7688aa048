"""Endpoints that are one call of the reactor: TCP, SSL, UNIX, and a descriptor that is open already.

Whatever the reactor raises (`CannotListenError`, …) is the Deferred's failure, never
raised by listen() or connect().
"""

from __future__ import annotations

import os
import socket
from typing import Any, ClassVar, cast

from zope.interface import implementer

from txloop.internet import defer, threads
from txloop.internet._endpoints.wrapping import connect_by
from txloop.internet._ip_text import isIPv6Address
from txloop.internet.defer import Deferred
from txloop.internet.error import AlreadyListened
from txloop.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint

# ---- TCP --------------------------------------------------------------------


@implementer(IStreamServerEndpoint)
class _TCPServerEndpoint:
    """Listens at a TCP port; of which family, the interface says."""

    def __init__(self, reactor: Any, port: int, backlog: int, interface: str) -> None:
        self._reactor = reactor
        self._port = port
        self._backlog = backlog
        self._interface = interface

    def listen(self, protocolFactory: Any) -> Deferred[Any]:
        """Listen; the Deferred has fired already, with the port or with CannotListenError."""
        return defer.maybeDeferred(
            self._reactor.listenTCP,
            self._port,
            protocolFactory,
            backlog=self._backlog,
            interface=self._interface,
        )


class TCP4ServerEndpoint(_TCPServerEndpoint):
    """Listens at a TCP port, IPv4.

    Args:
        port: The port number; 0 lets the system choose.
        backlog: How many connections may wait to be accepted.
        interface: The address to listen at; empty means all.
    Source: Twisted 26.10, twisted.internet.endpoints.
    """

    def __init__(self, reactor: Any, port: int, backlog: int = 50, interface: str = "") -> None:
        super().__init__(reactor, port, backlog, interface)


class TCP6ServerEndpoint(_TCPServerEndpoint):
    """Listens at a TCP port, IPv6.

    Args:
        port: The port number; 0 lets the system choose.
        backlog: How many connections may wait to be accepted.
        interface: The address to listen at; ``::`` means all, those of IPv4 too where the
            system is set up so.
    Source: Twisted 26.10, twisted.internet.endpoints.
    """

    def __init__(self, reactor: Any, port: int, backlog: int = 50, interface: str = "::") -> None:
        super().__init__(reactor, port, backlog, interface)


@implementer(IStreamClientEndpoint)
class TCP4ClientEndpoint:
    """Connects by TCP, IPv4; the reactor looks a name up.

    Args:
        host: A name or an address.
        port: The port number.
        timeout: Seconds until an attempt is given up.
        bindAddress: ``(host, port)`` of our own end; None lets the system choose.
    Source: Twisted 26.10, twisted.internet.endpoints.
    """

    def __init__(
        self, reactor: Any, host: str, port: int, timeout: float = 30, bindAddress: Any = None
    ) -> None:
        self._reactor = reactor
        self._host = host
        self._port = port
        self._timeout = timeout
        self._bindAddress = bindAddress

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Connect; a Deferred of the connected protocol."""
        return connect_by(
            self._reactor.connectTCP,
            protocolFactory,
            self._host,
            self._port,
            timeout=self._timeout,
            bindAddress=self._bindAddress,
        )


@implementer(IStreamClientEndpoint)
class TCP6ClientEndpoint:
    """Connects by TCP, IPv6; a name is looked up in a thread, and its first IPv6 address taken.

    Args:
        host: A name or an address, which may have a ``%scope``.
        port: The port number.
        timeout: Seconds until an attempt is given up.
        bindAddress: ``(host, port)`` of our own end; None lets the system choose.
    Source: Twisted 26.10, twisted.internet.endpoints.
    """

    # Programs and tests replace these two on an instance.
    _getaddrinfo = staticmethod(socket.getaddrinfo)
    _deferToThread: Any = staticmethod(cast(Any, threads.deferToThread))
    # In an answer of getaddrinfo: where the socket address is, and in that the host.
    _GAI_ADDRESS: ClassVar[int] = 4
    _GAI_ADDRESS_HOST: ClassVar[int] = 0

    def __init__(
        self, reactor: Any, host: str, port: int, timeout: float = 30, bindAddress: Any = None
    ) -> None:
        self._reactor = reactor
        self._host = host
        self._port = port
        self._timeout = timeout
        self._bindAddress = bindAddress

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Connect; a Deferred of the connected protocol."""
        if isIPv6Address(self._host):
            return self._resolvedHostConnect(self._host, protocolFactory)
        resolving = self._nameResolution(self._host)
        resolving.addCallback(lambda answers: answers[0][self._GAI_ADDRESS][self._GAI_ADDRESS_HOST])
        return resolving.addCallback(self._resolvedHostConnect, protocolFactory)

    def _nameResolution(self, host: str) -> Deferred[Any]:
        resolving: Deferred[Any] = self._deferToThread(self._getaddrinfo, host, 0, socket.AF_INET6)
        return resolving

    def _resolvedHostConnect(self, resolvedHost: str, protocolFactory: Any) -> Deferred[Any]:
        return connect_by(
            self._reactor.connectTCP,
            protocolFactory,
            resolvedHost,
            self._port,
            timeout=self._timeout,
            bindAddress=self._bindAddress,
        )


# ---- SSL --------------------------------------------------------------------


@implementer(IStreamServerEndpoint)
class SSL4ServerEndpoint:
    """Listens for TLS at a TCP port, IPv4.

    Args:
        sslContextFactory: Makes the TLS context (CertificateOptions, …).
        port, backlog, interface: As TCP4ServerEndpoint's.
    Source: Twisted 26.10, twisted.internet.endpoints.
    """

    def __init__(
        self, reactor: Any, port: int, sslContextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> None:
        self._reactor = reactor
        self._port = port
        self._sslContextFactory = sslContextFactory
        self._backlog = backlog
        self._interface = interface

    def listen(self, protocolFactory: Any) -> Deferred[Any]:
        """Listen; the Deferred has fired already."""
        return defer.maybeDeferred(
            self._reactor.listenSSL,
            self._port,
            protocolFactory,
            contextFactory=self._sslContextFactory,
            backlog=self._backlog,
            interface=self._interface,
        )


@implementer(IStreamClientEndpoint)
class SSL4ClientEndpoint:
    """Connects by TLS over TCP, IPv4.

    Args:
        sslContextFactory: Makes the TLS context (optionsForClientTLS(), …).
        host, port, timeout, bindAddress: As TCP4ClientEndpoint's.
    Source: Twisted 26.10, twisted.internet.endpoints.
    """

    def __init__(
        self,
        reactor: Any,
        host: str,
        port: int,
        sslContextFactory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> None:
        self._reactor = reactor
        self._host = host
        self._port = port
        self._sslContextFactory = sslContextFactory
        self._timeout = timeout
        self._bindAddress = bindAddress

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Connect; the Deferred fires before the handshake, as Twisted's does."""
        return connect_by(
            self._reactor.connectSSL,
            protocolFactory,
            self._host,
            self._port,
            contextFactory=self._sslContextFactory,
            timeout=self._timeout,
            bindAddress=self._bindAddress,
        )


# ---- UNIX -------------------------------------------------------------------


@implementer(IStreamServerEndpoint)
class UNIXServerEndpoint:
    """Listens at a path of the file system.

    Args:
        address: The path.
        backlog: How many connections may wait to be accepted.
        mode: The permissions of the socket's file.
        wantPID: Keep a lock file beside it, so that the file of a server that died is taken over.
    Source: Twisted 26.10, twisted.internet.endpoints.
    """

    def __init__(
        self, reactor: Any, address: str, backlog: int = 50, mode: int = 0o666, wantPID: Any = 0
    ) -> None:
        self._reactor = reactor
        self._address = address
        self._backlog = backlog
        self._mode = mode
        self._wantPID = wantPID

    def listen(self, protocolFactory: Any) -> Deferred[Any]:
        """Listen; the Deferred has fired already."""
        return defer.maybeDeferred(
            self._reactor.listenUNIX,
            self._address,
            protocolFactory,
            backlog=self._backlog,
            mode=self._mode,
            wantPID=self._wantPID,
        )


@implementer(IStreamClientEndpoint)
class UNIXClientEndpoint:
    """Connects to a path of the file system.

    Args:
        path: The path.
        timeout: Seconds until an attempt is given up.
        checkPID: Look at the lock file whether a server is there at all.
    Source: Twisted 26.10, twisted.internet.endpoints.
    """

    def __init__(self, reactor: Any, path: str, timeout: float = 30, checkPID: Any = 0) -> None:
        self._reactor = reactor
        self._path = path
        self._timeout = timeout
        self._checkPID = checkPID

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Connect; a Deferred of the connected protocol."""
        return connect_by(
            self._reactor.connectUNIX,
            protocolFactory,
            self._path,
            timeout=self._timeout,
            checkPID=self._checkPID,
        )


# ---- a descriptor that listens already -------------------------------------------


@implementer(IStreamServerEndpoint)
class AdoptedStreamServerEndpoint:
    """Listens at a descriptor that somebody (systemd, a parent process) has opened for us.  Once.

    Args:
        fileno: The descriptor, bound and listening; it is closed when the reactor has its own copy.
        addressFamily: AF_INET, AF_INET6 or AF_UNIX.
    Source: Twisted 26.10, twisted.internet.endpoints.
    """

    _close = staticmethod(os.close)

    def __init__(self, reactor: Any, fileno: int, addressFamily: int) -> None:
        self.reactor = reactor
        self.fileno = fileno
        self.addressFamily = addressFamily
        self._used = False

    @staticmethod
    def _setNonBlocking(fd: int) -> None:
        os.set_blocking(fd, False)

    def listen(self, factory: Any) -> Deferred[Any]:
        """Listen.

        Returns:
            A Deferred, which has fired already: the port, or AlreadyListened at the second call.
        """
        if self._used:
            return defer.fail(AlreadyListened())
        self._used = True
        try:
            self._setNonBlocking(self.fileno)
            port = self.reactor.adoptStreamPort(self.fileno, self.addressFamily, factory)
            self._close(self.fileno)
        except BaseException:
            return defer.fail()
        return defer.succeed(port)
