"""An outgoing TCP connection: found, connected, then a stream like any other.

    the reactor's resolver has an address     the socket is bound and connected
    sock_connect fails                    ->  connector.connectionFailed(reason)
    connection_made(wire)                 ->  connector.buildProtocol, makeConnection
    the end                               ->  connectionLost, connector.connectionLost

The socket is ours: bound here, so that a bind error is known for one; then the loop
connects it and makes its transport of it.  Nothing happens before the next turn, so
connectTCP returns its connector first.  Giving up (timeout, stopConnecting) is
synchronous: what was under way is dropped, and what still arrives finds nobody.

Not here: the states of the attempt (txloop/internet/_connector.py).
"""

from __future__ import annotations

import asyncio
import functools
import socket
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

from txloop._life import Life, LifeEvent
from txloop._public import lives_at
from txloop.internet import address, error
from txloop.internet._connector import BaseConnector
from txloop.internet._interfaces.address import _Binding
from txloop.internet._ip_text import isIPAddress, isIPv6Address
from txloop.internet._tcp_binding import _NUMERIC_ONLY, bind, family_of
from txloop.python import log
from txloop.python._log_owner import turn_of_this_thread
from txloop.python.failure import Failure
from txloop_asyncio._reactor.stepping import HandStepped
from txloop_asyncio._reactor.whose import reactor_behind
from txloop_asyncio._streams.reasons import bind_reason, connect_reason
from txloop_asyncio._streams.tcp_connection import (
    Connection,
    address_of,
    class_text,
    log_prefix_of,
    scoped,
    state_of,
    without_nagle,
)


class _StillUnnamed:
    """Owns what is logged while a client's protocol is made: Twisted has no better name yet."""

    def logPrefix(self) -> str:
        return Connection.logstr


_STILL_UNNAMED = _StillUnnamed()


@lives_at("txloop.internet.tcp")
class BaseClient(Connection):
    """An outgoing connection of any kind, from the attempt on.

    A subclass says where to (`resolveAddress`, which calls `_connect_to`).

    Attributes:
        connector: Who is told; None once the attempt has failed or the connection ended.
        addr: Where it connects to, as asked for.
    """

    socketType = socket.SOCK_STREAM
    _tlsClientDefault = True

    addr: Any = None
    connector: Any = None
    _binding: _Binding | None = None
    _socket: socket.socket | None = None  # until it is connected; then the loop has it
    _attempt: HandStepped | None = None

    def __init__(self, connector: Any, reactor: Any, family: int, binding: _Binding | None) -> None:
        super().__init__(None, None, reactor)
        self.connector = connector
        self._context = copy_context()
        self._binding = binding
        if not reactor.attempts.begin(self):
            return
        try:
            self._open_socket(family)
        except OSError as refused:
            reactor.call_soon(self._attempt_guarded, self.failIfNotConnected, bind_reason(refused))
        else:
            reactor.call_soon(self._attempt_guarded, self.resolveAddress)

    # ---- Twisted's names ---------------------------------------------------------

    def failIfNotConnected(self, err: BaseException | Failure) -> None:
        """Give up unless it is connected; the connector is told at once.

        Args:
            err: Why.
        """
        if self._life is not Life.NEW:
            return
        self._pass(LifeEvent.ENDED)
        made, self._socket = self._socket, None
        if made is not None and self._attempt is not None:
            self._attempt.drop()  # which closes the socket
        elif made is not None:
            made.close()
        self.reactor.attempts.settled(self)
        self.reactor.forget(self)
        connector, self.connector = self.connector, None
        connector.connectionFailed(err if isinstance(err, Failure) else Failure(err))

    def stopConnecting(self) -> None:
        """Give up, as the connector's stopConnecting()."""
        self.failIfNotConnected(error.UserError())

    def connectionLost(self, reason: Failure) -> None:
        """The reactor ends it, or the attempt."""
        if self._life is Life.NEW:
            self.failIfNotConnected(error.ConnectError(string=reason))
        else:
            super().connectionLost(reason)

    def resolveAddress(self) -> None:
        """Find where to connect to, then `_connect_to` it."""
        raise NotImplementedError

    # ---- the loop's name ------------------------------------------------------------

    def connection_made(self, wire: Any) -> None:
        """Connected: the factory makes the protocol."""
        self._wire = wire
        if self._life is not Life.NEW:
            self._close_wire(drop=True)  # given up meanwhile
            return
        turn = self.reactor.turn = turn_of_this_thread()
        turn.owner = _STILL_UNNAMED
        try:
            self._context.run(self._make_protocol, self._context)
        finally:
            turn.owner = None

    # ---- ours: the attempt --------------------------------------------------------------

    def _socket_now(self) -> Any:
        """Before it is connected, the socket itself."""
        return self._socket if self._wire is None else super()._socket_now()

    def _open_socket(self, family: int) -> None:
        """A bound socket of *family*: made in the call, so that programs may look at it."""
        made = socket.socket(family, self.socketType)
        try:
            without_nagle(made).setblocking(False)
            if self._binding is not None:
                bind(made, family, self._binding)
        except BaseException:
            made.close()
            raise
        self._socket = made

    def _connect_to(self, where: Any, family: int) -> None:
        """Connect to the system's address *where*."""
        if self._life is not Life.NEW:
            return  # given up meanwhile
        assert self._socket is not None
        if self._socket.family != family:  # a resolver that has found an IPv6 address
            self._socket.close()
            self._open_socket(family)
        self.reactor.attempts.settled(self)
        self.reactor.keep(self)
        loop = self.reactor.loop
        self._attempt = HandStepped(loop, self._open(loop, self._socket, where), self._attempt_failed)

    async def _open(self, loop: asyncio.AbstractEventLoop, made: socket.socket, where: Any) -> None:
        try:
            # uvloop forgets the scope of a link-local address, so that one is begun by hand;
            # sock_connect only waits then.
            scoped_address = made.family == socket.AF_INET6 and where[3]
            if not scoped_address or made.connect_ex(where) != 0:
                await loop.sock_connect(made, where)
        except BaseException:
            made.close()
            raise
        self._socket = None  # the loop's from here on: only its transport may close it
        await loop.create_connection(lambda: self, sock=made)

    def _close_wire(self, *, reset: bool = False, drop: bool = False) -> None:
        # A transport of uvloop's that is closed inside connection_made leaves its descriptor's number
        # with our socket object, which would close it a second time: it must be opened wholly first.
        assert self._attempt is not None
        self._attempt.when_finished(functools.partial(super()._close_wire, reset=reset, drop=drop))

    def _attempt_failed(self, failed: BaseException) -> None:
        if isinstance(failed, asyncio.CancelledError):
            return
        self._socket = None
        self._attempt_guarded(self.failIfNotConnected, connect_reason(failed))

    def _attempt_guarded(self, step: Callable[..., object], *args: object) -> None:
        """A step of the attempt.  What it raises fails the attempt; what the factory raises is logged."""
        if self._life is not Life.NEW:
            return  # given up meanwhile
        try:
            step(*args)
        except BaseException as raised:
            if self._life is Life.NEW:
                self._attempt_guarded(self.failIfNotConnected, Failure(raised))
            else:
                log.err(Failure(raised))
                self._raise_for_host(raised)

    # ---- ours: connected ---------------------------------------------------------------------

    def _make_protocol(self, context: Context) -> None:
        try:
            protocol = self.connector.buildProtocol(self.getPeer())
        except BaseException as raised:
            reason = Failure(raised)
            self._log_failure(reason)
            self.failIfNotConnected(error.ConnectError(string=reason))
            self._close_wire(drop=True)
            self._raise_for_host(raised)
            return
        if self._life is not Life.NEW:  # buildProtocol ended it
            self._close_wire(drop=True)
            return
        self._begin(self._wire, self.reactor.loop, context)
        if protocol is None:
            self._end_cleanly()
            return
        self.protocol = protocol
        self.logstr = f"{log_prefix_of(protocol)},client"
        try:
            protocol.makeConnection(self)
        except BaseException as raised:
            self._user_raised(raised)
        else:
            self._was_made()

    def _was_lost(self, reason: Failure) -> None:
        connector, self.connector = self.connector, None
        self._run_guarded(connector.connectionLost, reason)


@lives_at("txloop.internet.tcp")
class Client(BaseClient):
    """A TCP connection that a `Connector` makes.

    Args:
        host: A name, or an address in text.
        port: The port number.
        bindAddress: As connectTCP's.
        connector: Who is told how it goes.
        reactor: Whose resolver and loop it uses.
    """

    def __init__(self, host: str, port: int, bindAddress: Any, connector: Any, reactor: Any = None) -> None:
        self.addr = (host, port)
        if bindAddress is not None and not isinstance(bindAddress, _Binding):
            bindAddress = _Binding(*bindAddress)
        super().__init__(connector, reactor_behind(reactor), family_of(host), bindAddress)

    @property
    def realAddress(self) -> tuple[Any, ...] | None:
        """The system's address of the peer; None before it is connected."""
        return None if self._wire is None else scoped(self._wire.get_extra_info("peername"))

    def getPeer(self) -> Any:
        """The address it is connected to; before that, the one asked for."""
        return address_of(self.realAddress or self.addr)

    def getHost(self) -> Any:
        """This end; what the socket is bound to before it is connected."""
        if self._wire is None and self._socket is not None:
            return address_of(self._socket.getsockname())
        return super().getHost()

    def resolveAddress(self) -> None:
        """Ask the reactor's resolver, unless it is an address already."""
        host, _ = self.addr
        if isIPAddress(host) or isIPv6Address(host):
            self._resolved(host)
        else:
            self.reactor.resolve(host).addCallbacks(
                lambda found: self._attempt_guarded(self._resolved, found),
                lambda failed: self._attempt_guarded(self.failIfNotConnected, failed),
            )

    def _resolved(self, found: str) -> None:
        _, port = self.addr
        family = family_of(found)
        where: Any = (found, port)
        if family == socket.AF_INET6:  # the number too is getaddrinfo's to refuse, as in Twisted
            where = socket.getaddrinfo(found, port, flags=_NUMERIC_ONLY)[0][4]
        if not 0 <= port <= 65535:
            # The loops would make a ConnectError of that, or look it up modulo 65536.
            raise OverflowError("connect_ex(): port must be 0-65535.")
        self._connect_to(where, family)

    def __repr__(self) -> str:
        return f"<{class_text(self)} to {self.addr} at {id(self):x}{state_of(self)}>"


@lives_at("txloop.internet.tcp")
class Connector(BaseConnector):
    """Connects to one host and port, again and again if the factory asks for it.

    Args:
        host: A name, or an address in text.
        port: The port number, or a service's name.
        factory: The ClientFactory.
        timeout: Seconds until an attempt is given up; None for never.
        bindAddress: The local ``(address, port)`` or a Binding; None for any.
        reactor: Whose loop it uses.
    Raises:
        ServiceNameUnknownError: No service is called *port*.
    """

    def __init__(
        self,
        host: str,
        port: int | str,
        factory: Any,
        timeout: float | None,
        bindAddress: Any,
        reactor: Any = None,
    ) -> None:
        if isinstance(port, str):
            try:
                port = socket.getservbyname(port, "tcp")
            except OSError as unknown:
                raise error.ServiceNameUnknownError(string=f"{unknown} ({port!r})") from unknown
        self.host, self.port = host, port
        if isinstance(bindAddress, str):
            raise AssertionError(f"bindAddress must be a pair (address, port), not {bindAddress!r}")
        self.bindAddress = bindAddress
        super().__init__(factory, timeout, reactor_behind(reactor))

    def getDestination(self) -> Any:
        """Where it connects to; the host may be a name."""
        kind = address.IPv6Address if isIPv6Address(self.host) else address.IPv4Address
        return kind("TCP", self.host, self.port)

    def _makeTransport(self) -> Client:
        return Client(self.host, self.port, self.bindAddress, self, self.reactor)
