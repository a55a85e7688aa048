"""A listening TCP port.

    listenTCP          socket, bind and listen are ours, in the call: errors and the number are known there
    the loop is there  create_server over that socket, stepped by hand: it never truly waits
    a connection       its peer's name, buildProtocol, a Server, makeConnection
    stopListening()    nothing is accepted from now on; a turn later the Deferred fires

The backlog is passed on, for create_server listens a second time, with 100 otherwise.

**Out of descriptors.**  Then accept() fails, and asyncio stops accepting for a second while
the peers wait.  Twisted and libuv accept and close such connections at once by means of a
descriptor they keep for that; so does the socket we hand to asyncio (listening_socket.py).

Not here: the connection (tcp_connection.py, stream.py).
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import os
import socket
from typing import Any

from zope.interface import implementer

from txloop._public import lives_at
from txloop.internet import error, interfaces
from txloop.internet._factories import start
from txloop.internet._tcp_binding import bind, binding_of, family_of
from txloop.internet.defer import Deferred
from txloop.python import log
from txloop.python._log_owner import turn_of_this_thread
from txloop.python.failure import Failure
from txloop.python.reflect import qual
from txloop_asyncio._reactor.stepping import finish_at_once
from txloop_asyncio._reactor.whose import reactor_behind
from txloop_asyncio._streams.listening_socket import ListeningSocket
from txloop_asyncio._streams.tcp_connection import (
    Server,
    address_of,
    class_text,
    log_prefix_of,
    without_nagle,
)


class Door(asyncio.Protocol):
    """The loop's protocol for a connection that has no Server yet: one object for all of a port's.

    Knocking costs no object: who is not let in (reset before accept, buildProtocol said
    None, the port was closed in this turn) never gets one.
    """

    def __init__(self, port: Port) -> None:
        self._port = port

    def connection_made(self, wire: Any) -> None:
        """Somebody is there."""
        peer = peer_name(wire)
        if peer is None or not self._port.connected or self._port.disconnecting:
            wire.abort()
            return
        context = contextvars.copy_context()
        context.run(self._port._welcome, wire, peer, context)


def peer_name(wire: Any) -> tuple[Any, ...] | None:
    """The name of who has connected; None if the connection was reset before it was accepted.

    uvloop asks the system itself; asyncio passes on what accept() said, which stays known.
    """
    name: tuple[Any, ...] | None = wire.get_extra_info("peername")
    if is_asyncios(wire.__class__):  # uvloop would make a socket object, and keep it: 72 bytes
        try:
            wire.get_extra_info("socket").getpeername()
        except OSError:
            return None
    return name


@functools.cache
def is_asyncios(transport_class: type) -> bool:
    """Is it one of the standard library's transports?"""
    return transport_class.__module__.partition(".")[0] == "asyncio"


@lives_at("txloop.internet.tcp")
@implementer(interfaces.IListeningPort, interfaces.ILoggingContext)
class Port:
    """A TCP port that is listened on.

    Args:
        port: The number, 0 for any free one; or a Binding.
        factory: Makes a protocol for each connection.
        backlog: So many connections may wait to be accepted.
        interface: The local address; empty for all of IPv4, ``"::"`` for all.
        reactor: Whose loop accepts.

    Attributes:
        sessionno: The number of the next connection.
        connected: True while it listens.
        disconnecting: stopListening() was called.
    """

    # What programs set on a subclass or an instance.
    transport: Any = Server
    socketType = socket.SOCK_STREAM
    addressFamily: int = socket.AF_INET
    _type = "TCP"
    numberAccepts = 100  # how many Twisted accepts in one go; the loops have numbers of their own

    sessionno = 0
    connected = False
    disconnected = False
    disconnecting = False
    socket: Any = None  # the listening one
    is_reading = is_watched = True  # the reactor asks: is it accepting?
    _realPortNumber: int | None = None
    _server: Any = None  # has close()

    def __init__(
        self, port: Any, factory: Any, backlog: int = 50, interface: str = "", reactor: Any = None
    ) -> None:
        self.reactor = reactor_behind(reactor)
        self.factory = factory
        self.backlog = backlog
        self._binding = binding_of(port, interface)
        self.port: Any = self._binding._port
        self.interface: Any = self._binding._address or ""
        self.addressFamily = family_of(self.interface)
        self._door = Door(self)
        self._stopped: list[Deferred[None]] = []

    # ---- Twisted's names: IListeningPort --------------------------------------------

    def startListening(self) -> None:
        """Bind and listen, now; accept as soon as the loop runs.  Also again, after it was stopped.

        Raises:
            CannotListenError: The address is taken, not ours, or not allowed.
        """
        try:
            made = self.createInternetSocket()
            try:
                bind(made, self.addressFamily, self._binding)
                made.listen(self.backlog)
            except BaseException:
                made.close()
                raise
        except OSError as refused:
            raise error.CannotListenError(self.interface, self.port, refused) from refused
        self._begin_listening(made)

    @classmethod
    def adopt(cls, reactor: Any, descriptor: int, family: int, factory: Any) -> Any:
        """A port on a socket that listens already; what adoptStreamPort returns.

        Args:
            descriptor: Of the socket; copied, the caller closes its own.
            family: Its address family.
        """
        made = ListeningSocket(family, cls.socketType, fileno=os.dup(descriptor))
        try:
            made.setblocking(False)
            port = cls._for_name(made.getsockname(), factory, reactor)
        except BaseException:
            made.close()
            raise
        made.reserve()
        port.addressFamily = family
        port._begin_listening(made)
        return port

    @classmethod
    def _for_name(cls, name: Any, factory: Any, reactor: Any) -> Any:
        return cls(name[1], factory, interface=name[0], reactor=reactor)

    def _begin_listening(self, made: socket.socket) -> None:
        self.socket = made
        self._realPortNumber = self._local_name(made)
        log.msg(
            f"{log_prefix_of(self.factory)} starting on {self._realPortNumber!r}",
            eventSource=self,
            eventType="start",
            protocol=self.factory,
        )
        try:
            start(self.factory)
        except BaseException:
            made.close()
            raise
        self.connected = self.is_reading = self.is_watched = True
        self.disconnected = self.disconnecting = False
        self.reactor.keep(self)
        self.reactor.when_loop(self._serve)

    def stopListening(self) -> Deferred[None] | None:
        """Accept nothing more.  Connections made before stay.

        Returns:
            A Deferred that fires when the socket is closed and the factory's doStop has run,
            or fails with what that raised; None if it does not listen.
        """
        if not self.connected:
            return None
        stopped: Deferred[None] = Deferred()
        self._stopped.append(stopped)
        if not self.disconnecting:
            self.disconnecting = True
            self.reactor.call_soon(self._finish)
        return stopped

    # Twisted's transports and ports are both ended so.
    loseConnection = stopListening

    # ---- Twisted's names: a port can be paused, as a producer of connections ------------

    def pauseProducing(self) -> None:
        """Accept nothing until resumeProducing(); who connects meanwhile waits in the system's queue."""
        if self.connected and self.is_reading:
            self.is_reading = self.is_watched = False
            if self._server is not None:
                self._take_socket_back()

    def resumeProducing(self) -> None:
        """Accept again."""
        if self.connected and not self.is_reading:
            self.is_reading = self.is_watched = True
            self.reactor.when_loop(self._serve)

    def stopProducing(self) -> None:
        """As a producer we are asked for no more."""
        self.stopListening()

    # Names that reactors and programs use on Twisted's descriptors.
    stopReading = pauseProducing
    startReading = resumeProducing

    def getHost(self) -> Any:
        """Where it listens: an IPv4Address or IPv6Address.

        Raises:
            AttributeError: It does not listen.
        """
        if self.socket is None:
            raise AttributeError(f"{self} has no address")
        return address_of(self.socket.getsockname())

    # ---- Twisted's names: a descriptor of the reactor's -----------------------------------

    def connectionLost(self, reason: Failure) -> None:
        """Close at once: the reactor's shutdown."""
        if not self.connected:
            return
        number = self._realPortNumber
        self.connected = self.disconnecting = False
        self.disconnected = True
        self.reactor.forget(self)
        if self._server is not None:
            self._server.close()
            self._server = None
        self.socket.close()
        self.socket = self._realPortNumber = None
        log.msg(f"({self._type} Port {number} Closed)", eventSource=self, eventType="stop")
        self.factory.doStop()

    def createInternetSocket(self) -> Any:
        """A non-blocking socket of our family."""
        made = ListeningSocket(self.addressFamily, self.socketType)
        made.setblocking(False)
        return without_nagle(made)

    def fileno(self) -> int:
        """The socket's number; -1 when it does not listen."""
        return -1 if self.socket is None else int(self.socket.fileno())

    def getHandle(self) -> Any:
        """The listening socket; None when it does not listen."""
        return self.socket

    def logPrefix(self) -> str:
        """Its name in the log: the factory's class, in full."""
        return qual(type(self.factory))

    # ---- ours: names, which UNIX ports have others of ---------------------------------------------

    def _local_name(self, made: socket.socket) -> Any:
        """What the port is called in the log and in its repr: its number."""
        return made.getsockname()[1]

    def _buildAddr(self, name: Any) -> Any:
        """The address object of a peer's socket name."""
        return address_of(name)

    # ---- ours: accepting ------------------------------------------------------------------------

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """The reactor has a loop.  (Perhaps not for us: stopped meanwhile, or started again.)"""
        if self.connected and self.is_reading and not self.disconnecting and self._server is None:
            self._server = finish_at_once(
                loop.create_server(lambda: self._door, sock=self.socket, backlog=self.backlog)
            )

    def _take_socket_back(self) -> None:
        """Serve no more, but listen: the loop's server closes the socket that it has, so keep another."""
        kept = self.socket.dup()
        kept.setblocking(False)
        kept.reserve()
        self._server.close()
        self.socket.close()
        self._server, self.socket = None, kept

    def _welcome(self, wire: Any, peer: tuple[Any, ...], context: contextvars.Context) -> None:
        """A connection, in a context of its own: ask the factory."""
        turn = turn_of_this_thread()
        turn.owner = self
        try:
            protocol = self.factory.buildProtocol(self._buildAddr(peer))
            if protocol is None:
                wire.close()
                return
            number, self.sessionno = self.sessionno, self.sessionno + 1
            connection = self.transport(wire, protocol, peer, self, number, self.reactor)
        except BaseException as raised:
            log.err(Failure(raised))
            wire.abort()
            if isinstance(raised, (SystemExit, KeyboardInterrupt)) and self.reactor.is_guest:
                raise
            return
        finally:
            turn.owner = None
        wire.set_protocol(connection)
        connection._begin(wire, self.reactor.loop, context)
        turn.owner = self
        try:
            protocol.makeConnection(connection)
        except BaseException as raised:
            connection._user_raised(raised)
        else:
            connection._was_made()
        finally:
            turn.owner = None

    # ---- ours: stopping ----------------------------------------------------------------------------

    def _finish(self) -> None:
        stopped, self._stopped = self._stopped, []
        try:
            self.connectionLost(Failure(error.ConnectionDone()))
        except BaseException as raised:
            for waiting in stopped:
                waiting.errback(Failure(raised))
        else:
            for waiting in stopped:
                waiting.callback(None)

    def __repr__(self) -> str:
        where = "(not listening)" if self._realPortNumber is None else f"on {self._realPortNumber}"
        return f"<{class_text(self)} of <class '{qual(type(self.factory))}'> {where}>"
