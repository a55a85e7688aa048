"""ClientService: stays connected, by an endpoint, until it is stopped.

    startService      INIT, STOPPED -> CONNECTING            DISCONNECTING -> RESTARTING
    connected         CONNECTING -> CONNECTED
    failed, lost      CONNECTING, CONNECTED -> WAITING -> (after the policy's delay) CONNECTING
                      DISCONNECTING -> STOPPED               RESTARTING -> CONNECTING
    stopService       CONNECTED, RESTARTING -> DISCONNECTING   CONNECTING, WAITING -> STOPPED

A connection that prepareConnection() still works on counts as CONNECTING.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from random import random
from typing import TYPE_CHECKING, Any

from zope.interface import directlyProvides, providedBy

from txloop.application.service import Service
from txloop.internet import defer
from txloop.internet.defer import CancelledError, Deferred
from txloop.logger import Logger
from txloop.python.failure import Failure

if TYPE_CHECKING:
    from txloop.internet.interfaces import IStreamClientEndpoint


def _maybeGlobalReactor(maybeReactor: Any) -> Any:
    """*maybeReactor*, or the current reactor if it is None."""
    if maybeReactor is None:
        from txloop.internet import reactor  # asked for when it is needed, never at import

        return reactor
    return maybeReactor


# ---- how long to wait --------------------------------------------------------------------


def backoffPolicy(
    initialDelay: float = 1.0,
    maxDelay: float = 60.0,
    factor: float = 1.5,
    jitter: Callable[[], float] = random,
) -> Callable[[int], float]:
    """A retry policy: each wait *factor* times as long as the one before, up to *maxDelay*, plus jitter.

    Args:
        initialDelay: Seconds, of an attempt numbered 0.
        maxDelay: Seconds; the jitter is added to it.
        factor: Above 1, or the waits would not grow.
        jitter: Seconds to add, so that the clients of a server that died do not come all at once.
    Returns:
        A function of the number of attempts failed so far, at least 1, that gives seconds.
    Source: Twisted 26.10, backoffPolicy, by running it.
    """

    def policy(attempt: int) -> float:
        try:
            delay = min(initialDelay * factor ** min(100, attempt), maxDelay)
        except OverflowError:
            delay = maxDelay
        return delay + jitter()

    return policy


_defaultPolicy = backoffPolicy()

# ---- around the program's factory and protocol --------------------------------------------


class _ReconnectingProtocolProxy:
    """A protocol that tells the service when its connection is lost; else it is the one inside."""

    def __init__(self, protocol: Any, lostNotification: Callable[[Failure], None]) -> None:
        directlyProvides(self, providedBy(protocol))
        self._protocol = protocol
        self._lostNotification = lostNotification

    def makeConnection(self, transport: Any) -> None:
        """Connect the one inside; the transport is kept, for the service to close."""
        self._transport = transport
        self._protocol.makeConnection(transport)

    def connectionLost(self, reason: Failure) -> None:
        """Tell the one inside, then the service."""
        try:
            self._protocol.connectionLost(reason)
        finally:
            self._lostNotification(reason)

    def __getattr__(self, item: str) -> Any:
        return getattr(self._protocol, item)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} wrapping {self._protocol!r}>"


class _DisconnectFactory:
    """A factory whose protocols tell the service when they are disconnected."""

    def __init__(self, protocolFactory: Any, protocolDisconnected: Callable[[Failure], None]) -> None:
        directlyProvides(self, providedBy(protocolFactory))
        self._protocolFactory = protocolFactory
        self._protocolDisconnected = protocolDisconnected

    def buildProtocol(self, addr: Any) -> Any:
        """What the factory inside builds, in a proxy; None if it refuses."""
        protocol = self._protocolFactory.buildProtocol(addr)
        return None if protocol is None else _ReconnectingProtocolProxy(protocol, self._protocolDisconnected)

    def __getattr__(self, item: str) -> Any:
        return getattr(self._protocolFactory, item)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} wrapping {self._protocolFactory!r}>"


# ---- the service -----------------------------------------------------------------------


class _State(enum.Enum):
    INIT = "init"  # never started
    CONNECTING = "connecting"  # an attempt, or a preparation, goes on
    CONNECTED = "connected"
    WAITING = "waiting"  # for the next attempt
    DISCONNECTING = "disconnecting"  # stopped; the connection is not lost yet
    RESTARTING = "restarting"  # as DISCONNECTING, and started again meanwhile
    STOPPED = "stopped"


class ClientService(Service):
    """Stays connected while it runs: connects again when a connection is lost or an attempt fails.

    Args:
        endpoint: How to connect.
        factory: Builds a new protocol for each connection.
        retryPolicy: Called with the number of attempts failed since the last connection (1 when
            that was lost), gives seconds to wait; backoffPolicy() by default.
        clock: Whose seconds; the current reactor's by default.
        prepareConnection: Called with the protocol once it is connected; what it returns, a
            Deferred perhaps, is waited for.  If that fails the connection is closed (Twisted
            leaves it open) and counts as a failed attempt.
    Source: Twisted 26.10, ClientService, by running it.
    """

    _log = Logger()

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        factory: Any,
        retryPolicy: Callable[[int], float] | None = None,
        clock: Any = None,
        prepareConnection: Callable[[Any], Any] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._factory = factory
        self._policy = _defaultPolicy if retryPolicy is None else retryPolicy
        self._clock = _maybeGlobalReactor(clock)
        self._prepare = prepareConnection
        self._state = _State.INIT
        self._failed_attempts = 0
        self._connecting: Deferred[Any] | None = None
        self._connection: _ReconnectingProtocolProxy | None = None
        self._retry: Any = None
        # Who waits for a connection, and how many failures more each accepts; None: any number.
        self._awaiting: list[tuple[Deferred[Any], int | None]] = []
        self._stopping: list[Deferred[None]] = []

    # ---- Twisted's names: user code calls these ---------------------------------

    def whenConnected(self, failAfterFailures: int | None = None) -> Deferred[Any]:
        """Wait for the connection, or have it at once.

        Args:
            failAfterFailures: After how many failed attempts to give up; None is never.
        Returns:
            A Deferred of the protocol.  It fails with the last attempt's error, or with
            CancelledError if the service is stopped.
        """
        if self._state is _State.CONNECTED and self._connection is not None:
            return defer.succeed(self._connection._protocol)
        if self._state is _State.STOPPED:
            return defer.fail(CancelledError())
        waiter: Deferred[Any] = Deferred()
        self._awaiting.append((waiter, failAfterFailures))
        return waiter

    def startService(self) -> None:
        """Connect, and stay connected; when it runs already, only a warning is logged."""
        if self.running:
            self._log.warn("Duplicate ClientService.startService {log_source}")
            return
        super().startService()
        if self._state is _State.DISCONNECTING:
            self._state = _State.RESTARTING
        else:
            self._connect()

    def stopService(self) -> Deferred[None]:
        """Disconnect, or stop trying.

        Returns:
            A Deferred that fires when the connection is lost.
        """
        super().stopService()
        stopped: Deferred[None] = Deferred()
        self._stopping.append(stopped)
        if self._state is _State.CONNECTED and self._connection is not None:
            self._state = _State.DISCONNECTING
            self._connection._transport.loseConnection()
        elif self._state is _State.RESTARTING:
            self._state = _State.DISCONNECTING
        elif self._state is not _State.DISCONNECTING:
            self._stop_trying()
        return stopped

    # ---- ours: connecting -------------------------------------------------------

    def _connect(self) -> None:
        self._state = _State.CONNECTING
        factory = _DisconnectFactory(self._factory, self._lost)
        connecting: Deferred[Any] = defer.maybeDeferred(self._endpoint.connect, factory)
        self._connecting = connecting
        connecting.addCallback(self._prepared)
        connecting.addCallbacks(self._connected, self._attempt_failed)

    def _prepared(self, proxy: _ReconnectingProtocolProxy) -> Any:
        self._connection = proxy
        if self._prepare is None:
            return proxy
        return defer.maybeDeferred(self._prepare, proxy).addCallback(lambda _: proxy)

    def _connected(self, proxy: _ReconnectingProtocolProxy) -> None:
        self._connecting = None
        self._failed_attempts = 0
        self._state = _State.CONNECTED
        self._tell_waiters(proxy._protocol)

    def _attempt_failed(self, failure: Failure) -> None:
        self._connecting = None
        self._drop_connection()
        if self._state is _State.CONNECTING:
            self._wait(failure)

    def _drop_connection(self) -> None:
        """Close a connection that could not be prepared; that it is lost then is no news."""
        proxy, self._connection = self._connection, None
        if proxy is not None:
            proxy._lostNotification = _ignored
            proxy._transport.loseConnection()

    def _lost(self, reason: Failure) -> None:
        if self._state is _State.CONNECTING:
            # Lost while it was prepared; the preparation ends, as a failed attempt.
            if self._connecting is not None:
                self._connecting.cancel()
            return
        self._connection = None
        if self._state is _State.CONNECTED:
            self._wait(None)
        elif self._state is _State.RESTARTING:
            self._connect()
            self._tell_stopped()
        else:
            self._end()

    def _wait(self, failure: Failure | None) -> None:
        """Try again when the policy says; *failure* counts for those who wait."""
        self._state = _State.WAITING
        self._failed_attempts += 1
        delay_seconds = self._policy(self._failed_attempts)
        self._log.info(
            "Scheduling retry {attempt} to connect {endpoint} in {delay} seconds.",
            attempt=self._failed_attempts,
            endpoint=self._endpoint,
            delay=delay_seconds,
        )
        self._retry = self._clock.callLater(delay_seconds, self._connect)
        if failure is not None:
            self._count_failure(failure)

    def _count_failure(self, failure: Failure) -> None:
        awaiting, self._awaiting = self._awaiting, []
        given_up = []
        for waiter, remaining in awaiting:
            if remaining is not None and remaining <= 1:
                given_up.append(waiter)
            else:
                self._awaiting.append((waiter, None if remaining is None else remaining - 1))
        for waiter in given_up:
            _settle(waiter, failure)

    # ---- ours: stopping ---------------------------------------------------------

    def _stop_trying(self) -> None:
        if self._state is _State.INIT:
            self._tell_stopped()
            return
        if self._state is _State.WAITING:
            self._retry.cancel()
        connecting, self._state = self._connecting, _State.STOPPED
        if connecting is not None:
            connecting.cancel()
        self._end()

    def _end(self) -> None:
        self._state = _State.STOPPED
        self._tell_waiters(Failure(CancelledError()))
        self._tell_stopped()

    def _tell_waiters(self, result: Any) -> None:
        awaiting, self._awaiting = self._awaiting, []
        for waiter, _ in awaiting:
            _settle(waiter, result)

    def _tell_stopped(self) -> None:
        stopping, self._stopping = self._stopping, []
        for stopped in stopping:
            _settle(stopped, None)


def _settle(waiter: Deferred[Any], result: Any) -> None:
    if not waiter.called:  # whoever waited may have cancelled
        waiter.callback(result)


def _ignored(reason: Failure) -> None:
    pass
