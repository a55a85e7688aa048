"""Services of the network and of time.

    TCPServer(8080, factory)                  reactor.listenTCP(8080, factory) while it runs
    TCPClient("host", 80, factory)            reactor.connectTCP(…)
    StreamServerEndpointService(endpoint, f)  listens by an endpoint
    ClientService(endpoint, f)                stays connected by an endpoint (_client_service.py)
    TimerService(60, clean_up)                calls every 60 seconds
    CooperatorService()                       a Cooperator that ends with the program

Source: names, arguments and order as of Twisted 26.10's twisted.application.internet, by running it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from txloop._public import publish
from txloop.application._client_service import ClientService, _maybeGlobalReactor, backoffPolicy
from txloop.application.service import Service
from txloop.internet import task
from txloop.internet.defer import CancelledError, succeed
from txloop.python import log
from txloop.python.failure import Failure

if TYPE_CHECKING:
    from txloop.internet.defer import Deferred

__all__ = [
    "ClientService",
    "CooperatorService",
    "MulticastServer",
    "SSLClient",
    "SSLServer",
    "StreamServerEndpointService",
    "TCPClient",
    "TCPServer",
    "TimerService",
    "UDPServer",
    "UNIXClient",
    "UNIXDatagramClient",
    "UNIXDatagramServer",
    "UNIXServer",
    "backoffPolicy",
]


class _VolatileDataService(Service):
    """A service some of whose attributes are not kept in pickles."""

    volatile: ClassVar[list[str]] = []

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        for name in self.volatile:
            state.pop(name, None)
        return state


# ---- listening and connecting ------------------------------------------------------------


class _AbstractServer(_VolatileDataService):
    """Listens while it runs: by ``reactor.listen<method>`` with the arguments it was made with.

    Args:
        reactor: By keyword; the current one, if it is not said.
    """

    volatile: ClassVar[list[str]] = ["_port"]
    method: ClassVar[str] = ""
    reactor: Any = None
    _port: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        if "reactor" in kwargs:
            self.reactor = kwargs.pop("reactor")
        self.kwargs = kwargs

    def privilegedStartService(self) -> None:
        """Listen."""
        super().privilegedStartService()
        self._port = self._getPort()

    def startService(self) -> None:
        """Listen, unless the privileged start did."""
        super().startService()
        if self._port is None:
            self._port = self._getPort()

    def stopService(self) -> Deferred[Any] | None:
        """Stop listening."""
        super().stopService()
        if self._port is None:
            return None
        stopping: Deferred[Any] | None = self._port.stopListening()
        del self._port
        return stopping

    def _getPort(self) -> Any:
        reactor = _maybeGlobalReactor(self.reactor)
        return getattr(reactor, "listen" + self.method)(*self.args, **self.kwargs)


class _AbstractClient(_VolatileDataService):
    """Connects when it is started: by ``reactor.connect<method>`` with the arguments it was made with.

    Args:
        reactor: By keyword; the current one, if it is not said.
    """

    volatile: ClassVar[list[str]] = ["_connection"]
    method: ClassVar[str] = ""
    reactor: Any = None
    _connection: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args = args
        if "reactor" in kwargs:
            self.reactor = kwargs.pop("reactor")
        self.kwargs = kwargs

    def startService(self) -> None:
        """Connect."""
        super().startService()
        self._connection = self._getConnection()

    def stopService(self) -> None:
        """Disconnect; what is connected later by the same connector is not its affair."""
        super().stopService()
        if self._connection is not None:
            self._connection.disconnect()
            del self._connection

    def _getConnection(self) -> Any:
        reactor = _maybeGlobalReactor(self.reactor)
        return getattr(reactor, "connect" + self.method)(*self.args, **self.kwargs)


class TCPServer(_AbstractServer):
    """Serve TCP clients: ``reactor.listenTCP(*args, **kwargs)`` while the service runs."""

    method = "TCP"


class UNIXServer(_AbstractServer):
    """Serve UNIX clients: ``reactor.listenUNIX(*args, **kwargs)`` while the service runs."""

    method = "UNIX"


class SSLServer(_AbstractServer):
    """Serve SSL clients: ``reactor.listenSSL(*args, **kwargs)`` while the service runs."""

    method = "SSL"


class UDPServer(_AbstractServer):
    """Serve UDP clients: ``reactor.listenUDP(*args, **kwargs)`` while the service runs."""

    method = "UDP"


class UNIXDatagramServer(_AbstractServer):
    """Serve UNIX datagram clients: ``reactor.listenUNIXDatagram(*args, **kwargs)`` while it runs."""

    method = "UNIXDatagram"


class MulticastServer(_AbstractServer):
    """Serve multicast clients: ``reactor.listenMulticast(*args, **kwargs)`` while the service runs."""

    method = "Multicast"


class TCPClient(_AbstractClient):
    """Connect to TCP: ``reactor.connectTCP(*args, **kwargs)`` when the service starts."""

    method = "TCP"


class UNIXClient(_AbstractClient):
    """Connect to UNIX: ``reactor.connectUNIX(*args, **kwargs)`` when the service starts."""

    method = "UNIX"


class SSLClient(_AbstractClient):
    """Connect to SSL: ``reactor.connectSSL(*args, **kwargs)`` when the service starts."""

    method = "SSL"


class UNIXDatagramClient(_AbstractClient):
    """Connect to UNIX datagrams: ``reactor.connectUNIXDatagram(*args, **kwargs)`` when it starts."""

    method = "UNIXDatagram"


class StreamServerEndpointService(Service):
    """Listens by an endpoint while it runs.

    Attributes:
        endpoint, factory: What listens, and for whom.
        _raiseSynchronously: Raise from the start what is known then; else it is logged.
    """

    _raiseSynchronously: bool | None = False

    def __init__(self, endpoint: Any, factory: Any) -> None:
        self.endpoint = endpoint
        self.factory = factory
        self._waitingForPort: Deferred[Any] | None = None

    def privilegedStartService(self) -> None:
        """Listen."""
        listening: Deferred[Any] = self.endpoint.listen(self.factory)
        at_once: list[Failure] = []

        def failed(failure: Failure) -> None:
            if self._raiseSynchronously and starting:
                at_once.append(failure)
            elif not failure.check(CancelledError):
                log.err(failure)

        starting = True
        self._waitingForPort = listening
        listening.addErrback(failed)
        starting = False
        if at_once:
            at_once[0].raiseException()

    def startService(self) -> None:
        """Listen, unless the privileged start did."""
        super().startService()
        if self._waitingForPort is None:
            self.privilegedStartService()

    def stopService(self) -> Deferred[Any]:
        """Stop listening, or trying to.

        Returns:
            A Deferred that fires when nothing listens any more.
        """
        waiting = self._waitingForPort
        if waiting is None:
            return succeed(None)
        waiting.cancel()
        waiting.addCallback(lambda port: None if port is None else port.stopListening())
        waiting.addBoth(self._stopped)
        return waiting

    def _stopped(self, result: Any) -> Any:
        self.running = False
        return result


# ---- time ------------------------------------------------------------------------------


class TimerService(_VolatileDataService):
    """Calls something every *step* seconds while it runs, for the first time at the start.

    A call that fails is logged and is the last.

    Attributes:
        clock: Whose seconds; None is the current reactor's.
    """

    volatile: ClassVar[list[str]] = ["_loop", "_loopFinished"]

    def __init__(self, step: float, callable: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.step = step
        self.call: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]] = (callable, args, kwargs)
        self.clock: Any = None

    def startService(self) -> None:
        """Call now, and from now on."""
        super().startService()
        function, args, kwargs = self.call
        self._loop = task.LoopingCall(function, *args, **kwargs)
        self._loop.clock = _maybeGlobalReactor(self.clock)
        self._loopFinished = self._loop.start(self.step, now=True)
        self._loopFinished.addErrback(self._failed)

    def _failed(self, why: Failure) -> None:
        # The LoopingCall has ended, and is not to be stopped again.
        self._loop.running = False
        log.err(why)

    def stopService(self) -> Deferred[Any]:
        """Call no more.

        Returns:
            A Deferred that fires when a call that goes on has ended.
        """
        if self._loop.running:
            self._loop.stop()
        self._loopFinished.addCallback(lambda _: Service.stopService(self))
        return self._loopFinished


class CooperatorService(Service):
    """A Cooperator whose tasks go on while the service runs.

    Attributes:
        coop: The Cooperator.
    """

    def __init__(self) -> None:
        self.coop: task.Cooperator = task.Cooperator(started=False)

    def coiterate(self, iterator: Iterator[Any]) -> Deferred[Any]:
        """Step *iterator* along with the others; a Deferred that fires when it is exhausted."""
        return self.coop.coiterate(iterator)

    def startService(self) -> None:
        """Step."""
        self.coop.start()

    def stopService(self) -> None:
        """Step no more; the tasks that go on fail."""
        self.coop.stop()


publish(__name__, __all__)
