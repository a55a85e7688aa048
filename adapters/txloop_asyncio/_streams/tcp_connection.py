"""TCP connections: a stream with addresses, socket options and a name for the log.

    tcp.Connection    both ends
    tcp.Server        one that a Port accepted
    tcp.Client        one that a Connector made       (tcp_client.py)

Addresses, the log's name and the like are made on demand: an idle connection keeps
none of them (a peer's tuple alone is 160 bytes, and 10,000 idle connections are a
common sight).  The loop's transport remembers both names after the end.

Not here: reading, writing and ending, which all streams share (stream.py).
"""

from __future__ import annotations

import functools
import os
import socket
from contextvars import copy_context
from typing import Any

from zope.interface import implementer

from txloop._life import Life
from txloop._public import lives_at
from txloop.internet import address, interfaces
from txloop.python import log
from txloop.python.failure import Failure
from txloop.python.reflect import qual
from txloop_asyncio._computed import Computed
from txloop_asyncio._reactor.stepping import HandStepped
from txloop_asyncio._reactor.whose import reactor_behind
from txloop_asyncio._streams.handle import Handle
from txloop_asyncio._streams.stream import StreamConnection


def scoped(name: tuple[Any, ...]) -> tuple[Any, ...]:
    """A socket name with the scope in its text, ``fe80::1%eth0``: without it, nobody could connect there."""
    if len(name) == 2 or not name[3]:
        return name
    return (socket.getnameinfo(name, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0], *name[1:])


def address_of(name: tuple[Any, ...]) -> address.IPv4Address | address.IPv6Address:
    """The address object of a socket name: two fields are IPv4, four IPv6."""
    if len(name) == 2:
        return address.IPv4Address("TCP", *name)
    return address.IPv6Address("TCP", *scoped(name))


def without_nagle(made: socket.socket) -> socket.socket:
    """*made*, with TCP_NODELAY where it is TCP's; what it accepts inherits that.

    Twisted leaves Nagle's algorithm on to join small writes.  Here those of a turn leave
    together anyway, and all it still does is to hold a last short segment back until the peer
    acknowledges, 40 ms later: an echo of 1 MiB took 1/8 of the throughput (*measured*).
    """
    if made.family in (socket.AF_INET, socket.AF_INET6):
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return made


def log_prefix_of(thing: object) -> str:
    """What a protocol or factory calls itself in the log: its logPrefix(), or its class's name."""
    if interfaces.ILoggingContext.providedBy(thing):
        return thing.logPrefix()
    return type(thing).__name__


@lives_at("txloop.internet.tcp")
@implementer(
    interfaces.ITLSTransport,
    interfaces.ISystemHandle,
    interfaces.IConsumer,
    interfaces.IPushProducer,
    interfaces.IHalfCloseableDescriptor,
    interfaces.ILoggingContext,
)
class Connection(StreamConnection):
    """One TCP connection, as the program sees it: ``protocol.transport``.

    Args:
        skt: The loop's transport.  A connected socket is taken too, and given to the loop.
        protocol: The user's; its makeConnection is the caller's to call.
        reactor: Whose loop it lives in; None for the ambient one.

    Attributes:
        logstr: Its name in the log, `Echo,0,127.0.0.1` or `Echo,client`.
    """

    logstr = "Uninitialized"
    TLS = False
    _tlsClientDefault = False  # which side startTLS takes by itself

    def __init__(self, skt: Any, protocol: Any, reactor: Any = None) -> None:
        super().__init__(protocol, reactor)
        if isinstance(skt, socket.socket):
            self._adopt(skt)

    # ---- Twisted's names: addresses ------------------------------------------------

    def getPeer(self) -> Any:
        """The other end: an IPv4Address or IPv6Address.  It stays known after the end."""
        return address_of(self._wire.get_extra_info("peername"))

    def getHost(self) -> Any:
        """This end: an IPv4Address or IPv6Address."""
        return address_of(self._wire.get_extra_info("sockname"))

    # ---- Twisted's names: the socket --------------------------------------------------

    def getHandle(self) -> Any:
        """The socket: options, names, fileno(), past the transport also send and recv.

        None before the connection was made.
        """
        return self.socket

    @Computed
    def socket(self) -> Any:
        """As getHandle(); the socket also when that gives the TLS library's connection."""
        return self._socket_now()

    def fileno(self) -> int:
        """The socket's number; -1 when there is none (any more)."""
        handle = self.socket if self._life is not Life.CLOSED else None
        return -1 if handle is None else int(handle.fileno())

    def getTcpNoDelay(self) -> bool:
        """True iff small segments leave at once (TCP_NODELAY), as they do unless a program asks otherwise."""
        return self._option(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Let small segments leave at once, or wait for the peer to acknowledge the last one."""
        self._set_option(socket.IPPROTO_TCP, socket.TCP_NODELAY, enabled)

    def getTcpKeepAlive(self) -> bool:
        """True iff the system probes an idle peer (SO_KEEPALIVE)."""
        return self._option(socket.SOL_SOCKET, socket.SO_KEEPALIVE)

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Have the system probe an idle peer, or not."""
        self._set_option(socket.SOL_SOCKET, socket.SO_KEEPALIVE, enabled)

    # ---- Twisted's names: TLS -----------------------------------------------------------

    def startTLS(self, contextFactory: Any, normal: bool = True) -> None:
        """Speak TLS from here on; what was written before leaves before, as it is.

        Args:
            contextFactory: An ``ssl.SSLContext``, or as listenSSL's and connectSSL's.
            normal: We are the TLS client iff we are the TCP client; False: the other way round.
        """
        from txloop_asyncio._streams.start_tls import start_tls  # most programs speak no TLS

        start_tls(self, contextFactory, self._tlsClientDefault == bool(normal))

    # ---- Twisted's names: the log -------------------------------------------------------

    def logPrefix(self) -> str:
        """Its name in the log."""
        return self.logstr

    # ---- ours ------------------------------------------------------------------------------

    def _socket_now(self) -> Any:
        return None if self._wire is None else Handle(self._wire)

    def _option(self, level: int, option: int) -> bool:
        handle = self.socket
        return bool(self.connected and handle is not None and handle.getsockopt(level, option))

    def _set_option(self, level: int, option: int, enabled: bool) -> None:
        handle = self.socket
        if self.connected and handle is not None:
            handle.setsockopt(level, option, bool(enabled))

    def _adopt(self, connected: Any) -> None:
        """Give a socket that the program has connected itself to the loop."""
        connected.setblocking(False)
        self.reactor = reactor_behind(self.reactor)
        self._life = Life.NEW
        self._context = copy_context()

        def open_wire(loop: Any) -> None:
            HandStepped(
                loop,
                loop.create_connection(lambda: self, sock=connected),
                lambda raised: log.err(Failure(raised), "while giving a connected socket to the loop"),
            )

        self.reactor.when_loop(open_wire)

    def connection_made(self, wire: Any) -> None:
        """The loop has taken an adopted socket."""
        self._begin(wire, self.reactor.loop, self._context)


@lives_at("txloop.internet.tcp")
class Server(Connection):
    """A connection that a `Port` accepted.

    Args:
        sock: As in `Connection`.
        protocol: As in `Connection`.
        client: The peer's name, as the system gives it.
        server: The port that accepted it.
        sessionno: Its number there, from 0.
        reactor: As in `Connection`.

    Attributes:
        server: The port.
        sessionno: The number.
        client: The peer's name as a tuple.
        hostname: The peer's address in text.
    """

    # When a port makes one its wire is there: what is true of each need not stand in each.
    _life = Life.OPEN
    _is_for_us_to_make = False  # adopted: nobody else will call makeConnection

    def __init__(
        self, sock: Any, protocol: Any, client: tuple[Any, ...], server: Any, sessionno: int, reactor: Any
    ) -> None:
        self.server = server
        self.sessionno = sessionno
        super().__init__(sock, protocol, reactor)

    @classmethod
    def adopt(cls, reactor: Any, descriptor: int, family: int, factory: Any) -> Any:
        """Serve a connection that is made already; what adoptStreamConnection does.

        The factory is asked now; makeConnection comes as soon as the loop has the socket.

        Args:
            descriptor: Of the socket; copied, the caller closes its own.
            family: Its address family.
        Returns:
            The Server; None if the factory does not want the connection.
        """
        made = socket.socket(family, socket.SOCK_STREAM, fileno=os.dup(descriptor))
        try:
            made.setblocking(False)
            peer = made.getpeername()
            protocol = factory.buildProtocol(cls._address(peer))
        except BaseException:
            made.close()
            raise
        if protocol is None:
            made.close()
            return None
        return cls._serve_adopted(made, protocol, peer, reactor)

    @staticmethod
    def _address(name: Any) -> Any:
        return address_of(name)

    @classmethod
    def _serve_adopted(cls, made: socket.socket, protocol: Any, peer: Any, reactor: Any) -> Server:
        # Twisted numbers these by the peer's port, having no port of its own to count.
        connection = cls(made, protocol, peer, None, peer[1], reactor)
        connection._is_for_us_to_make = True
        return connection

    def connection_made(self, wire: Any) -> None:
        """The loop has taken an adopted socket."""
        super().connection_made(wire)
        if self._is_for_us_to_make:
            self._call_user(self.protocol.makeConnection, self)

    @Computed
    def client(self) -> Any:
        """The peer's name as a tuple."""
        return scoped(self._wire.get_extra_info("peername"))

    @Computed
    def hostname(self) -> Any:
        """The peer's address in text."""
        return self.client[0]

    # The two names are made when first asked for, from the protocol of that moment.
    @functools.cached_property
    def logstr(self) -> str:  # type: ignore[override]
        """`Echo,0,127.0.0.1`: protocol, number, peer."""
        prefix = self._ended_as.__name__ if self._ended_as else log_prefix_of(self.protocol)
        return f"{prefix},{self.sessionno},{self.hostname}"

    @functools.cached_property
    def repstr(self) -> str:
        """How it is printed while it is open: `<Echo #0 on 8007>`."""
        name = (self._ended_as or type(self.protocol)).__name__
        where = self.server._realPortNumber if self.server is not None else self.getHost().port
        return f"<{name} #{self.sessionno} on {where}>"

    def __repr__(self) -> str:
        return f"{self.repstr[:-1]}{state_of(self)}>"


def state_of(connection: StreamConnection) -> str:
    """What a repr adds to Twisted's while a connection is ending."""
    if connection._life not in (Life.CLOSING, Life.ABORTING):
        return ""
    queued = getattr(connection._held, "queued_bytes", 0)
    return f" {connection._life.name}" + (f", {queued} bytes queued" if queued else "")


def class_text(thing: object) -> str:
    """`<class 'txloop.internet.tcp.Port'>`, as Twisted's reprs begin."""
    return f"<class '{qual(type(thing))}'>"
