"""A UDP port: Twisted's transport and listening port in one, on a socket of its own.

    listenUDP        socket and bind are ours, in the call; then startProtocol, which may write
    write()          straight to the socket: what is wrong with a datagram is raised there
    a datagram       read by the loop, or from our own descriptor  ->  datagramReceived
    stopListening()  reading ends now; a turn later the socket is closed, stopProtocol runs
                     and the Deferred fires

Nothing is queued: a datagram that the system does not take is lost, as UDP may.

Not here, but in _datagrams/: the two ways to read (udp_reader.py, descriptor_reader.py), multicast
(multicast.py), UNIX datagrams (unix_datagrams.py).
"""

from __future__ import annotations

import asyncio
import errno
import socket
import warnings
from contextvars import copy_context
from typing import Any

from zope.interface import implementer

from txloop._public import lives_at
from txloop.internet import address, error, interfaces
from txloop.internet._ip_text import isIPAddress, isIPv6Address
from txloop.internet._tcp_binding import _resolveIPv6
from txloop.internet.defer import Deferred
from txloop.python import log
from txloop.python._log_owner import turn_of_this_thread
from txloop.python.failure import Failure
from txloop_asyncio._datagrams.descriptor_reader import DescriptorReader, is_better
from txloop_asyncio._datagrams.udp_reader import DatagramReader
from txloop_asyncio._reactor.slow_calls import watched
from txloop_asyncio._reactor.whose import reactor_behind
from txloop_asyncio._streams.tcp_connection import log_prefix_of

# What a connected socket says about the peer of an earlier datagram.
REFUSED = frozenset({errno.ECONNREFUSED, errno.ENOPROTOOPT})


@lives_at("txloop.internet.udp")
@implementer(
    interfaces.IListeningPort,
    interfaces.IUDPTransport,
    interfaces.ISystemHandle,
    interfaces.IPushProducer,
    interfaces.ILoggingContext,
)
class Port:
    """A UDP port.

    Args:
        port: The number, 0 for any free one.
        proto: Gets the datagrams.
        interface: The local IP address; empty for all of IPv4, ``"::"`` for all of IPv6.
        maxPacketSize: Of a longer datagram, only so many bytes are delivered.
        reactor: Whose loop reads.

    Attributes:
        protocol: The user's.  Looked up for each datagram.
        connected: True while the socket is open.
    """

    addressFamily: int = socket.AF_INET
    socketType = socket.SOCK_DGRAM
    connected = False
    disconnected = False
    disconnecting = False
    is_watched = True  # the reactor's removeAll() asks: is it read?
    socket: Any = None
    _realPortNumber: int | None = None
    _peer: tuple[str, int] | None = None
    _reader: DescriptorReader | DatagramReader | None = None
    _host_checked: str | None = None  # the last host that write() found good

    def __init__(
        self, port: int, proto: Any, interface: str = "", maxPacketSize: int = 8192, reactor: Any = None
    ) -> None:
        self.reactor = reactor_behind(reactor)
        self.port = port
        self.protocol = proto
        self.maxPacketSize = maxPacketSize
        self.interface = interface
        self.addressFamily = self._family()
        self.logstr = f"{log_prefix_of(proto)} (UDP)"
        self._stopped: list[Deferred[None]] = []

    # ---- Twisted's names: IListeningPort ---------------------------------------

    def startListening(self) -> None:
        """Bind, now, and start the protocol; read as soon as the loop runs.  Also again, after a stop.

        Raises:
            CannotListenError: The address is taken, not ours, or not allowed.
        """
        try:
            made = self.createInternetSocket()
            try:
                self._bind(made)
            except BaseException:
                made.close()
                raise
        except OSError as refused:
            raise error.CannotListenError(self.interface, self.port, refused) from refused
        self._begin(made)

    def stopListening(self) -> Deferred[None] | None:
        """Receive nothing more; close in a later turn.

        Returns:
            A Deferred that fires when the port is free and stopProtocol has run, or fails
            with what that raised; None if it does not listen.
        """
        if not self.connected:
            return None
        stopped: Deferred[None] = Deferred()
        self._stopped.append(stopped)
        if not self.disconnecting:
            self.disconnecting = True
            self.is_watched = False  # it only has to end: asyncio takes two turns, trial allows for two
            if self._reader is not None:
                self._reader.end(self._finish)
                self._reader = None
            else:
                self.reactor.call_soon(self._finish)
        return stopped

    def loseConnection(self) -> None:
        """Deprecated: stopListening()."""
        warnings.warn("Please use stopListening() to disconnect port", DeprecationWarning, stacklevel=2)
        self.stopListening()

    def getHost(self) -> Any:
        """Where it listens: an IPv4Address or IPv6Address.

        Raises:
            AttributeError: It does not listen.
        """
        if self.socket is None:
            raise AttributeError(f"{self} has no address")
        name = self.socket.getsockname()
        if self.addressFamily == socket.AF_INET6:
            return address.IPv6Address("UDP", *name)
        return address.IPv4Address("UDP", *name)

    # ---- Twisted's names: IUDPTransport ------------------------------------------

    def write(  # type: ignore[override]  # the parameter's name and the result are Twisted's Port's
        self, datagram: bytes, addr: tuple[str, int] | None = None
    ) -> int | None:
        """Send one datagram, now.

        Args:
            datagram: bytes, or anything that is a buffer.
            addr: ``(IP address, port)``; may be left out after connect().
        Returns:
            How many bytes were sent; None if the peer has refused an earlier datagram, which
            a connected protocol is told by connectionRefused().
        Raises:
            MessageLengthError: It is too long for the system.
            InvalidAddressError: The host is no IP address, or one of the other family.
            AssertionError: No *addr* and not connected, or connected to another.
            OSError: The system does not send it: no route, broadcast not allowed, buffer full …
        """
        try:
            if self._peer is not None:
                if addr is not None and addr != self._peer:
                    raise AssertionError(f"connected to {self._peer}, not to {addr}")
                sent: int = self.socket.send(datagram)
                return sent
            if addr is None:
                raise AssertionError("write() needs an address: the port is not connected")
            if addr[0] != self._host_checked:
                self._check_host(addr)
            sent = self.socket.sendto(datagram, addr)
            return sent
        except OSError as refused:
            if refused.errno == errno.EMSGSIZE:
                raise error.MessageLengthError("message too long") from refused
            if refused.errno != errno.ECONNREFUSED:
                raise
            if self._peer is not None:
                self.protocol.connectionRefused()
            return None

    def writeSequence(self, seq: Any, addr: tuple[str, int] | None = None) -> None:
        """Send the pieces of *seq* as one datagram."""
        self.write(b"".join(seq), addr)

    def connect(self, host: str, port: int) -> None:
        """Talk to this peer only, from now on: write() needs no address, others are not heard.

        Raises:
            InvalidAddressError: *host* is no IP address.
            RuntimeError: It is connected.
        """
        if self._peer is not None:
            raise RuntimeError("already connected, reconnecting is not currently supported")
        if not (isIPAddress(host) or isIPv6Address(host)):
            raise error.InvalidAddressError(host, "not an IPv4 or IPv6 address.")
        self.socket.connect((host, port))
        self._peer = (host, port)

    def setBroadcastAllowed(self, enabled: bool) -> None:
        """Let write() send to broadcast addresses, or not (the default)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, bool(enabled))

    def getBroadcastAllowed(self) -> bool:
        """True iff write() may send to broadcast addresses."""
        return bool(self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST))

    # ---- Twisted's names: reading --------------------------------------------------

    def stopReading(self) -> None:
        """Deliver nothing; the system keeps what arrives, as far as its buffer goes."""
        if self._reader is not None:
            self._reader.end()
            self._reader = None
        self.is_watched = False

    def startReading(self) -> None:
        """Deliver again."""
        self.is_watched = True
        if self.connected and not self.disconnecting and self._reader is None:
            self.reactor.keep(self)
            self.reactor.when_loop(self._read)

    pauseProducing = stopReading
    resumeProducing = startReading

    def stopProducing(self) -> None:
        """As stopListening()."""
        self.stopListening()

    @property
    def is_reading(self) -> bool:
        """Ours: getReaders() asks."""
        return self.is_watched

    # ---- Twisted's names: a descriptor of the reactor's -------------------------------

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Close at once: the reactor's shutdown."""
        if not self.connected:
            return
        number, self._realPortNumber = self._realPortNumber, None
        self.connected = self.disconnecting = False
        self.disconnected = True
        self._peer = None
        self.reactor.forget(self)
        self.stopReading()
        self.socket.close()
        self.socket = None
        log.msg(f"(UDP Port {number} Closed)")
        self.protocol.doStop()

    def createInternetSocket(self) -> Any:
        """A non-blocking socket of our family."""
        made = socket.socket(self.addressFamily, self.socketType)
        made.setblocking(False)
        return made

    def fileno(self) -> int:
        """The socket's number; -1 when it does not listen."""
        return -1 if self.socket is None else int(self.socket.fileno())

    def getHandle(self) -> Any:
        """The socket; None when it does not listen."""
        return self.socket

    def logPrefix(self) -> str:
        """Its name in the log: `Echo (UDP)`."""
        return self.logstr

    # ---- ours: opening ------------------------------------------------------------------

    def _family(self) -> socket.AddressFamily:
        if isIPv6Address(self.interface):
            return socket.AF_INET6
        if self.interface and not isIPAddress(self.interface):
            raise error.InvalidAddressError(self.interface, "not an IPv4 or IPv6 address.")
        return socket.AF_INET

    def _bind(self, made: socket.socket) -> None:
        if self.addressFamily == socket.AF_INET6 and "%" in self.interface:
            made.bind(_resolveIPv6(self.interface, self.port))
        else:
            made.bind((self.interface, self.port))

    @classmethod
    def adopt(
        cls, reactor: Any, descriptor: int, family: int, protocol: Any, max_packet_size: int = 8192
    ) -> Port:
        """A port on a socket that is bound already, its protocol started; what adoptDatagramPort returns.

        Args:
            descriptor: Of the socket; copied, the caller closes its own.
            family: AF_INET or AF_INET6.
        Raises:
            UnsupportedAddressFamily: It is another.
            UnsupportedSocketType: It is no datagram socket.
        """
        if family not in (socket.AF_INET, socket.AF_INET6):
            raise error.UnsupportedAddressFamily(family)
        made = socket.fromfd(descriptor, family, cls.socketType)
        try:
            made.setblocking(False)
            actual = made.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)
            if actual != cls.socketType:
                raise error.UnsupportedSocketType(actual)
            interface, number = made.getsockname()[:2]
            port = cls(number, protocol, interface, max_packet_size, reactor)
        except BaseException:
            made.close()
            raise
        port._begin(made)
        return port

    def _begin(self, made: socket.socket) -> None:
        """*made* is bound: start the protocol, then read."""
        self.socket = made
        self._realPortNumber = self._local_name(made)
        log.msg(f"{log_prefix_of(self.protocol)} starting on {self._realPortNumber}")
        self.connected = self.is_watched = True
        self.disconnected = self.disconnecting = False
        self._context = watched(copy_context(), self.reactor.loop)
        self.reactor.keep(self)
        try:
            self.protocol.makeConnection(self)
        except BaseException:
            self.connected = False
            self.reactor.forget(self)
            self.socket.close()
            self.socket = self._realPortNumber = None
            raise
        try:
            self.startReading()
        except OSError as refused:  # no descriptor for the reader's copy
            self.connectionLost(Failure(refused))
            raise error.CannotListenError(self.interface, self.port, refused) from refused

    def _local_name(self, made: socket.socket) -> Any:
        """What the port is called in the log and in its repr: its number; UNIX' have paths."""
        return made.getsockname()[1]

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        """The reactor has a loop.  (Perhaps not for us: stopped or paused meanwhile.)"""
        if self.connected and not self.disconnecting and self.is_watched and self._reader is None:
            self._reader = self._reader_of(loop)

    def _reader_of(self, loop: asyncio.AbstractEventLoop) -> DescriptorReader | DatagramReader:
        return DescriptorReader(self, loop) if is_better(loop) else DatagramReader(self, loop)

    def _check_host(self, addr: tuple[str, int]) -> None:
        """Remember a host that may be written to; names would block in the system's resolver."""
        host = addr[0]
        if host != "<broadcast>":
            is_v4, is_v6 = isIPAddress(host), isIPv6Address(host)
            if not (is_v4 or is_v6):
                raise error.InvalidAddressError(host, "write() only accepts IP addresses, not hostnames")
            if is_v6 and self.addressFamily == socket.AF_INET:
                raise error.InvalidAddressError(host, "IPv4 port write() called with IPv6 address")
        if self.addressFamily == socket.AF_INET6 and (host == "<broadcast>" or is_v4):
            raise error.InvalidAddressError(host, "IPv6 port write() called with IPv4 or broadcast address")
        self._host_checked = host

    # ---- ours: the reader calls these ----------------------------------------------------

    def _received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """A datagram.  What the protocol raises is logged; the port goes on."""
        if len(data) > self.maxPacketSize:
            data = data[: self.maxPacketSize]
        if len(addr) == 4:
            host, number, _, scope = addr
            # With the scope of a link-local peer in it, the address can be answered.
            addr = (f"{host}%{scope}" if scope and "%" not in host else host, number)
        self._call(self.protocol.datagramReceived, data, addr)

    def _refused(self, exc: BaseException) -> None:
        """The system says that an earlier datagram did not arrive."""
        if not (isinstance(exc, OSError) and exc.errno in REFUSED):
            log.err(Failure(exc), f"while receiving on {self}")
        elif self._peer is not None:
            self._call(self.protocol.connectionRefused)

    def _call(self, function: Any, *args: object) -> None:
        turn = turn_of_this_thread()
        turn.owner = self
        try:
            self._context.run(function, *args)
        except BaseException as raised:
            log.err(Failure(raised))
            if isinstance(raised, (SystemExit, KeyboardInterrupt)) and self.reactor.is_guest:
                raise
        finally:
            turn.owner = None

    # ---- ours: stopping -------------------------------------------------------------------

    def _finish(self) -> None:
        stopped, self._stopped = self._stopped, []
        try:
            self.connectionLost()
        except BaseException as raised:
            for waiting in stopped:
                waiting.errback(Failure(raised))
        else:
            for waiting in stopped:
                waiting.callback(None)

    def __repr__(self) -> str:
        where = "not connected" if self._realPortNumber is None else f"on {self._realPortNumber}"
        return f"<{self.protocol.__class__} {where}>"
