"""Services of the network and of time.

Source of the claims: Twisted 26.10, twisted.application.internet, by running it.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest

from txloop.application import internet, strports
from txloop.internet import reactor
from txloop.internet.defer import Deferred, fail, succeed
from txloop.internet.error import CannotListenError, ConnectionDone
from txloop.internet.protocol import ClientFactory, Factory, Protocol
from txloop.internet.task import Clock
from txloop.internet.testing import MemoryReactor, MemoryReactorClock, RaisingMemoryReactor, StringTransport
from txloop.python.failure import Failure

Flush = Callable[..., list[Any]]


class Quiet(Factory[Any]):
    noisy = False
    protocol = Protocol


def results_of(deferred: Deferred[Any]) -> list[Any]:
    """What it fires with, a failure as its exception's class, in a list that is filled when it does."""
    results: list[Any] = []
    deferred.addCallbacks(results.append, lambda failure: results.append(failure.type))
    return results


class Port:
    """A port that notes when it is closed."""

    closed = False

    def stopListening(self) -> Deferred[None]:
        self.closed = True
        return succeed(None)


class Endpoint:
    """Each connect() or listen() waits in `waiting` for the test."""

    def __init__(self) -> None:
        self.waiting: list[Deferred[Any]] = []
        self.factories: list[Any] = []
        self.cancelled = 0

    def _cancel(self, deferred: Deferred[Any]) -> None:
        self.cancelled += 1

    def connect(self, factory: Any) -> Deferred[Any]:
        self.factories.append(factory)
        self.waiting.append(Deferred(self._cancel))
        return self.waiting[-1]

    listen = connect

    def succeed(self) -> tuple[Any, StringTransport]:
        """Let the last attempt be connected."""
        protocol, transport = self.factories[-1].buildProtocol(None), StringTransport()
        protocol.makeConnection(transport)
        self.waiting[-1].callback(protocol)
        return protocol, transport


class TestPortsAndConnectors:
    def test_a_server_listens_from_its_privileged_start_to_its_stop(self) -> None:
        class Closing(MemoryReactor):
            port = Port()

            def listenTCP(self, *args: Any, **kwargs: Any) -> Any:
                super().listenTCP(*args, **kwargs)
                return self.port

        memory, factory = Closing(), Quiet()
        server = internet.TCPServer(80, factory, backlog=3, reactor=memory)
        server.privilegedStartService()
        server.startService()
        assert memory.tcpServers == [(80, factory, 3, "")]
        server.stopService()
        assert memory.port.closed
        server.startService()
        assert len(memory.tcpServers) == 2

    def test_a_client_connects_at_its_start_and_disconnects_at_its_stop(self) -> None:
        memory, factory = MemoryReactor(), ClientFactory[Any]()
        client = internet.TCPClient("h", 80, factory, timeout=9, reactor=memory)
        client.privilegedStartService()
        assert memory.tcpClients == []
        client.startService()
        assert memory.tcpClients == [("h", 80, factory, 9, None)]
        disconnected: list[bool] = []
        memory.connectors[0].disconnect = lambda: disconnected.append(True)  # type: ignore[method-assign]
        client.stopService()
        assert disconnected == [True]

    def test_ports_are_not_kept_in_pickles(self) -> None:
        server = internet.TCPServer(80, None, reactor=None)
        server.__dict__["_port"] = Port()
        assert not hasattr(pickle.loads(pickle.dumps(server)), "closed")
        assert pickle.loads(pickle.dumps(server))._port is None

    @pytest.mark.parametrize(
        ("kind", "method"),
        [
            ("TCPServer", "listenTCP"),
            ("UNIXServer", "listenUNIX"),
            ("SSLServer", "listenSSL"),
            ("UDPServer", "listenUDP"),
            ("MulticastServer", "listenMulticast"),
            ("UNIXDatagramServer", "listenUNIXDatagram"),
            ("TCPClient", "connectTCP"),
            ("UNIXClient", "connectUNIX"),
            ("SSLClient", "connectSSL"),
            ("UNIXDatagramClient", "connectUNIXDatagram"),
        ],
    )
    def test_each_calls_its_method_of_the_reactor(self, kind: str, method: str) -> None:
        class Recorder:
            called: list[Any] = []  # noqa: RUF012

            def __getattr__(self, name: str) -> Any:
                return lambda *args, **kwargs: self.called.append((name, args, kwargs))

        recorder = Recorder()
        recorder.called = []
        getattr(internet, kind)(1, 2, a=3, reactor=recorder).startService()
        assert recorder.called == [(method, (1, 2), {"a": 3})]


class TestEndpointServices:
    def test_it_listens_once_and_closes_the_port(self) -> None:
        endpoint, factory = Endpoint(), Quiet()
        service = internet.StreamServerEndpointService(endpoint, factory)
        service.privilegedStartService()
        service.startService()
        assert endpoint.factories == [factory]
        port = Port()
        endpoint.waiting[0].callback(port)
        assert service.running
        assert results_of(service.stopService()) == [None]
        assert port.closed
        assert not service.running

    def test_stopping_cancels_what_does_not_listen_yet(self) -> None:
        endpoint = Endpoint()
        service = internet.StreamServerEndpointService(endpoint, Quiet())
        service.startService()
        assert results_of(service.stopService()) == [None]
        assert endpoint.cancelled == 1

    def test_a_service_never_started_stops_at_once(self) -> None:
        """Twisted: AttributeError."""
        assert results_of(internet.StreamServerEndpointService(Endpoint(), Quiet()).stopService()) == [None]

    def test_a_failure_to_listen_is_logged(self, flush_logged_errors: Flush) -> None:
        class Failing(Endpoint):
            def listen(self, factory: Any) -> Deferred[Any]:
                return fail(LookupError("no"))

        internet.StreamServerEndpointService(Failing(), Quiet()).startService()
        assert [failure.type for failure in flush_logged_errors()] == [LookupError]

    def test_a_strports_service_raises_it(self) -> None:
        refusing = RaisingMemoryReactor(listenException=CannotListenError("", 80, OSError("taken")))
        service = strports.service("tcp:80", Quiet(), reactor=refusing)
        with pytest.raises(CannotListenError):
            service.privilegedStartService()

    @pytest.mark.asyncio
    async def test_strports_listen_listens_with_the_current_reactor(self) -> None:
        port = strports.listen("tcp:0:interface=127.0.0.1", Quiet())
        assert port in reactor.removeAll() or port.getHost().port > 0
        await port.stopListening()


class TestTimers:
    def test_it_calls_at_the_start_and_every_step(self) -> None:
        clock, called = Clock(), list[int]()
        service = internet.TimerService(2, called.append, 5)
        service.clock = clock
        service.startService()
        clock.advance(2)
        assert called == [5, 5]
        assert results_of(service.stopService()) == [None]
        clock.advance(2)
        assert (called, service.running) == ([5, 5], 0)

    def test_a_call_that_fails_is_logged_and_the_last(self, flush_logged_errors: Flush) -> None:
        clock = Clock()
        service = internet.TimerService(2, lambda: 1 / 0)
        service.clock = clock
        service.startService()
        clock.advance(2)
        assert [failure.type for failure in flush_logged_errors()] == [ZeroDivisionError]
        assert results_of(service.stopService()) == [None]

    def test_stopping_waits_for_a_call_that_goes_on(self) -> None:
        going_on: Deferred[None] = Deferred()
        service = internet.TimerService(2, lambda: going_on)
        service.clock = Clock()
        service.startService()
        stopped = results_of(service.stopService())
        assert stopped == []
        going_on.callback(None)
        assert stopped == [None]

    @pytest.mark.asyncio
    async def test_a_cooperator_service_steps_while_it_runs(self) -> None:
        service = internet.CooperatorService()
        stepped = list[int]()
        done = service.coiterate(stepped.append(number) for number in range(3))
        assert stepped == []
        service.startService()
        await done
        assert stepped == [0, 1, 2]
        service.stopService()


Client = tuple[MemoryReactorClock, Endpoint, internet.ClientService]


def client(**options: Any) -> Client:
    clock, endpoint = MemoryReactorClock(), Endpoint()
    return (
        clock,
        endpoint,
        internet.ClientService(endpoint, Quiet(), retryPolicy=float, clock=clock, **options),  # type: ignore[arg-type]
    )


LOST = Failure(ConnectionDone())


class TestClientService:
    def test_everybody_who_waits_gets_the_protocol(self) -> None:
        _clock, endpoint, service = client()
        before = results_of(service.whenConnected())
        service.startService()
        outer, _transport = endpoint.succeed()
        after = results_of(service.whenConnected())
        assert before == after == [outer._protocol]

    def test_a_lost_connection_is_made_again_after_the_policys_delay(self) -> None:
        clock, endpoint, service = client()
        service.startService()
        outer, _transport = endpoint.succeed()
        outer.connectionLost(LOST)
        waiting = results_of(service.whenConnected())
        clock.advance(0.9)
        assert len(endpoint.factories) == 1
        clock.advance(0.1)
        assert len(endpoint.factories) == 2
        outer, _transport = endpoint.succeed()
        assert waiting == [outer._protocol]

    def test_the_delays_grow_with_the_failures_until_a_connection(self) -> None:
        clock, endpoint, service = client()
        service.startService()
        for failures in (1, 2, 3):
            endpoint.waiting[-1].errback(LookupError("no"))
            assert [call.getTime() - clock.seconds() for call in clock.getDelayedCalls()] == [failures]
            clock.advance(failures)
        endpoint.succeed()[0].connectionLost(LOST)
        assert [call.getTime() - clock.seconds() for call in clock.getDelayedCalls()] == [1]

    def test_who_waits_may_give_up_after_some_failures(self) -> None:
        clock, endpoint, service = client()
        service.startService()
        waiters = [results_of(service.whenConnected(failures)) for failures in (1, 2, None)]
        endpoint.waiting[-1].errback(LookupError("no"))
        assert waiters == [[LookupError], [], []]
        clock.advance(1)
        endpoint.waiting[-1].errback(KeyError("no"))
        assert waiters == [[LookupError], [KeyError], []]

    def test_stopping_closes_the_connection_and_waits_until_it_is_lost(self) -> None:
        clock, endpoint, service = client()
        service.startService()
        outer, transport = endpoint.succeed()
        stopped = results_of(service.stopService())
        assert transport.disconnecting
        assert stopped == []
        outer.connectionLost(LOST)
        assert stopped == [None]
        assert clock.getDelayedCalls() == []

    def test_stopping_ends_an_attempt_and_fails_who_waits(self) -> None:
        _clock, endpoint, service = client()
        service.startService()
        waiting = results_of(service.whenConnected())
        assert results_of(service.stopService()) == [None]
        assert [failure.__name__ for failure in waiting] == ["CancelledError"]
        assert endpoint.cancelled == 1
        assert [failure.__name__ for failure in results_of(service.whenConnected())] == ["CancelledError"]

    def test_stopping_while_it_waits_ends_the_wait(self) -> None:
        clock, endpoint, service = client()
        service.startService()
        endpoint.waiting[-1].errback(LookupError("no"))
        assert results_of(service.stopService()) == [None]
        assert clock.getDelayedCalls() == []

    def test_started_while_it_stops_it_connects_when_the_old_connection_is_lost(self) -> None:
        _clock, endpoint, service = client()
        service.startService()
        outer, _transport = endpoint.succeed()
        stopped = results_of(service.stopService())
        service.startService()
        waiting = results_of(service.whenConnected())
        assert len(endpoint.factories) == 1
        outer.connectionLost(LOST)
        assert (stopped, waiting, len(endpoint.factories)) == ([None], [], 2)

    def test_who_waits_waits_for_the_preparation_too(self) -> None:
        prepared: Deferred[None] = Deferred()
        _clock, endpoint, service = client(prepareConnection=lambda protocol: prepared)
        service.startService()
        waiting = results_of(service.whenConnected())
        outer, _transport = endpoint.succeed()
        assert waiting == []
        prepared.callback(None)
        assert waiting == [outer._protocol]

    def test_a_connection_that_cannot_be_prepared_is_closed_and_counts_as_failed(self) -> None:
        """Twisted leaves it open, and raises when it is lost."""
        clock, endpoint, service = client(prepareConnection=lambda protocol: fail(LookupError("no")))
        service.startService()
        waiting = results_of(service.whenConnected(1))
        outer, transport = endpoint.succeed()
        assert (waiting, transport.disconnecting) == ([LookupError], True)
        outer.connectionLost(LOST)
        assert len(clock.getDelayedCalls()) == 1

    def test_a_connection_lost_while_it_is_prepared_counts_as_failed(self) -> None:
        clock, endpoint, service = client(prepareConnection=lambda protocol: Deferred())
        service.startService()
        waiting = results_of(service.whenConnected(1))
        endpoint.succeed()[0].connectionLost(LOST)
        assert [failure.__name__ for failure in waiting] == ["CancelledError"]
        assert len(clock.getDelayedCalls()) == 1

    def test_who_waited_and_gave_up_harms_nobody(self) -> None:
        _clock, endpoint, service = client()
        service.startService()
        first, second = service.whenConnected(), service.whenConnected()
        results_of(first)
        first.cancel()
        waiting = results_of(second)
        outer, _transport = endpoint.succeed()
        assert waiting == [outer._protocol]


def test_backoff_grows_to_its_limit_and_never_overflows() -> None:
    policy = internet.backoffPolicy(2, 10, 3, lambda: 0)
    assert [policy(attempt) for attempt in range(4)] == [2, 6, 10, 10]
    assert policy(10**6) == 10
    assert internet.backoffPolicy(1, 60, 1e10, lambda: 0.5)(10**3) == 60.5
