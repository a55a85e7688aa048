"""Protocols and factories: the calls they get, what they count, what they log."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from typing import Any

import pytest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from txloop.internet import defer, error, interfaces, protocol
from txloop.internet.task import Clock
from txloop.logger import LogEvent, formatEvent, globalLogPublisher
from txloop.python.failure import Failure


@pytest.fixture
def logged() -> Iterator[list[LogEvent]]:
    """The log events of this test."""
    events: list[LogEvent] = []
    globalLogPublisher.addObserver(events.append)
    yield events
    globalLogPublisher.removeObserver(events.append)


class Echo(protocol.Protocol):
    pass


# ---- protocols ------------------------------------------------------------------


def test_make_connection_keeps_the_transport_and_says_connection_made() -> None:
    class Noting(protocol.Protocol):
        def connectionMade(self) -> None:
            self.seen = self.transport, self.connected

    made = Noting()
    assert (made.connected, made.transport) == (0, None)
    transport: Any = object()
    made.makeConnection(transport)
    assert made.seen == (transport, 1)


def test_a_protocols_log_prefix_is_its_class() -> None:
    assert Echo().logPrefix() == "Echo"
    assert protocol.DatagramProtocol().logPrefix() == "DatagramProtocol"
    assert protocol.Factory().logPrefix() == "Factory"


@pytest.mark.parametrize(
    ("interface", "thing"),
    [
        (interfaces.IProtocol, protocol.Protocol()),
        (interfaces.ILoggingContext, protocol.Protocol()),
        (interfaces.IProcessProtocol, protocol.ProcessProtocol()),
        (interfaces.IProtocolFactory, protocol.ClientFactory()),
        (interfaces.ITransport, protocol.FileWrapper(None)),
        (interfaces.IProtocol, protocol.ConsumerToProtocolAdapter(None)),
        (interfaces.IConsumer, protocol.ProtocolToConsumerAdapter(None)),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_what_is_declared_is_provided(interface: Any, thing: Any) -> None:
    assert verifyObject(interface, thing)


def test_connection_lost_needs_no_reason() -> None:
    Echo().connectionLost()
    assert protocol.connectionDone.check(error.ConnectionDone)


def test_a_process_protocol_tells_the_three_standard_descriptors_apart() -> None:
    calls: list[Any] = []

    class Noting(protocol.ProcessProtocol):
        def outReceived(self, data: bytes) -> None:
            calls.append(("out", data))

        def errReceived(self, data: bytes) -> None:
            calls.append(("err", data))

        def inConnectionLost(self) -> None:
            calls.append("in lost")

        def outConnectionLost(self) -> None:
            calls.append("out lost")

        def errConnectionLost(self) -> None:
            calls.append("err lost")

    child = Noting()
    for descriptor in (0, 1, 2, 3):
        child.childDataReceived(descriptor, b"x")
        child.childConnectionLost(descriptor)
    assert calls == ["in lost", ("out", b"x"), "out lost", ("err", b"x"), "err lost"]


def test_a_datagram_protocol_counts_its_ports_and_starts_and_stops_once(logged: list[LogEvent]) -> None:
    calls: list[Any] = []

    class Noting(protocol.DatagramProtocol):
        def startProtocol(self) -> None:
            calls.append(("start", self.transport))

        def stopProtocol(self) -> None:
            calls.append(("stop", self.transport))

    udp = Noting()
    udp.makeConnection("a transport")
    with pytest.raises(AssertionError):
        udp.makeConnection("another")
    udp.doStart()
    udp.doStop()
    udp.doStop()
    assert calls == [("start", "a transport"), ("stop", None)]
    assert [formatEvent(event) for event in logged] == [
        f"Starting protocol {udp!r}",
        f"Stopping protocol {udp!r}",
    ]
    with pytest.raises(AssertionError, match="doStop"):
        udp.doStop()


def test_a_datagram_protocol_is_pickled_without_its_transport() -> None:
    udp = protocol.DatagramProtocol()
    udp.noisy = False
    udp.makeConnection(object())
    assert pickle.loads(pickle.dumps(udp)).transport is None


# ---- factories ------------------------------------------------------------------


def test_a_factory_starts_at_the_first_use_and_stops_after_the_last(logged: list[LogEvent]) -> None:
    calls: list[str] = []

    class Noting(protocol.Factory):
        def startFactory(self) -> None:
            calls.append(f"start {self.numPorts}")

        def stopFactory(self) -> None:
            calls.append(f"stop {self.numPorts}")

    factory = Noting()
    factory.doStart()
    factory.doStart()
    factory.doStop()
    assert factory.numPorts == 1
    factory.doStop()
    factory.doStop()  # once too often: nothing
    assert (factory.numPorts, calls) == (0, ["start 0", "stop 0"])
    assert [formatEvent(event) for event in logged] == [
        f"Starting factory {factory!r}",
        f"Stopping factory {factory!r}",
    ]
    assert logged[0]["log_namespace"] == f"{Noting.__module__}.Noting"
    assert logged[0]["log_source"] is logged[0]["factory"] is factory


def test_a_factory_that_is_not_noisy_logs_nothing(logged: list[LogEvent]) -> None:
    factory = protocol.Factory()
    factory.noisy = False
    factory.doStart()
    factory.doStop()
    assert logged == []


def test_for_protocol_makes_a_factory_of_the_class_it_is_called_on() -> None:
    class Named(protocol.ServerFactory):
        def __init__(self, name: str, *, size: int) -> None:
            self.name, self.size = name, size

    factory = Named.forProtocol(Echo, "chat", size=3)
    assert (type(factory), factory.name, factory.size) == (Named, "chat", 3)
    made = factory.buildProtocol(None)
    assert type(made) is Echo
    assert made.factory is factory


def test_a_factory_without_a_protocol_says_what_to_do() -> None:
    with pytest.raises(AssertionError, match=r"override buildProtocol"):
        protocol.Factory().buildProtocol(None)


# ---- reconnecting -----------------------------------------------------------------


class Connector:
    """Counts what is asked of it."""

    def __init__(self, connecting: bool = True) -> None:
        self.connects = self.stops = 0
        self.connecting = connecting

    def connect(self) -> None:
        self.connects += 1

    def stopConnecting(self) -> None:
        self.stops += 1
        if not self.connecting:
            raise error.NotConnectingError

    def __str__(self) -> str:
        return "the connector"


def _reconnecting(**settings: Any) -> tuple[Any, Clock]:
    factory: Any = protocol.ReconnectingClientFactory()
    clock = factory.clock = Clock()
    for name, value in {"jitter": None, **settings}.items():
        setattr(factory, name, value)
    return factory, clock


def test_waits_grow_to_the_longest_and_start_again_after_reset() -> None:
    factory, clock = _reconnecting(factor=3, maxDelay=5)
    connector = Connector()
    waits = []
    for _ in range(4):
        factory.clientConnectionLost(connector, None)
        (call,) = clock.getDelayedCalls()
        waits.append(call.getTime() - clock.seconds())
        clock.advance(waits[-1])
    assert (waits, connector.connects, factory.retries) == ([1.0, 3.0, 5, 5], 4, 4)
    factory.resetDelay()
    factory.clientConnectionFailed(connector, None)
    assert clock.getDelayedCalls()[0].getTime() - clock.seconds() == 1.0
    factory.stopTrying()


def test_a_wait_varies_by_the_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def twice(mean: float, deviation: float) -> float:
        seen.append((mean, deviation))
        return mean * 2

    monkeypatch.setattr(random, "normalvariate", twice)
    factory, clock = _reconnecting(jitter=0.25, factor=2)
    factory.retry(Connector())
    assert seen == [(1.0, 0.25)]
    assert clock.getDelayedCalls()[0].getTime() == 2.0
    assert factory.delay == 4.0
    factory.stopTrying()


def test_it_gives_up_after_max_retries_and_says_so(logged: list[LogEvent]) -> None:
    factory, clock = _reconnecting(maxRetries=1)
    connector = Connector()
    factory.clientConnectionFailed(connector, None)
    clock.advance(1)
    factory.clientConnectionFailed(connector, None)
    assert clock.getDelayedCalls() == []
    assert [formatEvent(event) for event in logged] == [
        "the connector will retry in 1 seconds",
        "Abandoning the connector after 2 retries.",
    ]


def test_stop_trying_ends_the_wait_and_the_attempt() -> None:
    factory, clock = _reconnecting()
    connector = Connector()
    factory.clientConnectionLost(connector, None)
    factory.stopTrying()
    assert (clock.getDelayedCalls(), connector.stops, connector.connects) == ([], 1, 0)
    factory.clientConnectionLost(connector, None)
    assert clock.getDelayedCalls() == []


def test_stop_trying_while_connected_is_no_error() -> None:
    factory, _ = _reconnecting()
    factory.connector = Connector(connecting=False)
    factory.stopTrying()
    assert not factory.continueTrying


def test_retry_without_a_connector_is_an_error() -> None:
    factory, _ = _reconnecting()
    with pytest.raises(ValueError, match="no connector to retry"):
        factory.retry()


def test_its_pickle_holds_settings_and_not_where_it_stands() -> None:
    factory, clock = _reconnecting(maxDelay=9)
    factory.retry(Connector())
    clock.advance(1)
    copy = pickle.loads(pickle.dumps(factory))
    assert vars(copy) == {"maxDelay": 9, "jitter": None}
    assert (copy.retries, copy.delay, copy.connector) == (0, 1.0, None)


# ---- ClientCreator ----------------------------------------------------------------


class ConnectingReactor(Clock):
    """Notes the factory and arguments of a connect call."""

    def connectTCP(self, host: str, port: int, factory: Any, **kwargs: Any) -> Any:
        self.factory, self.asked = factory, (host, port, kwargs)
        self.disconnected = False
        return self

    def connectUNIX(self, address: str, factory: Any, **kwargs: Any) -> Any:
        self.factory, self.asked = factory, (address, kwargs)
        return self

    def connectSSL(self, host: str, port: int, factory: Any, contextFactory: Any, **kwargs: Any) -> Any:
        self.factory, self.asked = factory, (host, port, contextFactory, kwargs)
        return self

    def disconnect(self) -> None:
        self.disconnected = True


class Talker(protocol.Protocol):
    def __init__(self, name: str) -> None:
        self.name = name


def test_client_creator_fires_with_the_protocol_in_a_later_turn() -> None:
    reactor = ConnectingReactor()
    done = protocol.ClientCreator(reactor, Talker, "ann").connectTCP("host", 80, timeout=3)
    assert reactor.asked == ("host", 80, {"timeout": 3, "bindAddress": None})
    made = reactor.factory.buildProtocol(None)
    assert not done.called
    reactor.advance(0)
    assert done.result is made
    assert made.name == "ann"


def test_client_creator_fails_with_the_reason_in_a_later_turn() -> None:
    reactor = ConnectingReactor()
    done = protocol.ClientCreator(reactor, Talker, "ann").connectUNIX("/path", checkPID=True)
    assert reactor.asked == ("/path", {"timeout": 30, "checkPID": True})
    reason = Failure(error.ConnectionRefusedError())
    reactor.factory.clientConnectionFailed(None, reason)
    reactor.advance(0)
    failed: list[Any] = []
    done.addErrback(failed.append)
    assert failed == [reason]


def test_client_creator_passes_the_context_factory_of_ssl() -> None:
    reactor = ConnectingReactor()
    protocol.ClientCreator(reactor, Talker, "ann").connectSSL("host", 443, "context")
    assert reactor.asked == ("host", 443, "context", {"timeout": 30, "bindAddress": None})


@pytest.mark.parametrize("outcome_known", [False, True])
def test_cancelling_a_client_creators_deferred_disconnects(outcome_known: bool) -> None:
    reactor = ConnectingReactor()
    done = protocol.ClientCreator(reactor, Talker, "ann").connectTCP("host", 80)
    if outcome_known:
        reactor.factory.buildProtocol(None)
    failures: list[Failure] = []
    done.addErrback(failures.append)
    done.cancel()
    assert reactor.disconnected
    assert failures[0].check(defer.CancelledError)
    assert reactor.getDelayedCalls() == []


def test_the_end_of_an_attempt_that_was_cancelled_fires_nothing_again() -> None:
    """A connector that still connects tells its factory, from inside disconnect()."""

    class StillConnecting(ConnectingReactor):
        def disconnect(self) -> None:
            self.factory.clientConnectionFailed(self, Failure(error.UserError()))

    reactor = StillConnecting()
    done = protocol.ClientCreator(reactor, Talker, "ann").connectTCP("host", 80)
    outcomes: list[Any] = []
    done.addBoth(outcomes.append)
    done.cancel()
    assert reactor.getDelayedCalls() == []
    assert [outcome.type for outcome in outcomes] == [defer.CancelledError]


# ---- FileWrapper, consumers as protocols ------------------------------------------


class File:
    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        if data == b"bad":
            raise OSError("disk full")
        self.written += data

    def close(self) -> None:
        self.closed = True


class Producer:
    resumed = 0

    def resumeProducing(self) -> None:
        self.resumed += 1


def test_a_file_wrapper_writes_through_and_swallows_the_files_errors() -> None:
    file = File()
    wrapper = protocol.FileWrapper(file)
    wrapper.write(b"a")
    wrapper.write(b"bad")
    wrapper.writeSequence([b"b", b"c"])
    wrapper.loseConnection()
    assert (file.written, file.closed, wrapper.closed) == (b"abc", True, 1)
    assert (wrapper.getPeer(), wrapper.getHost()) == (("file", "file"), "file")


def test_a_file_wrapper_asks_a_pull_producer_at_once_and_any_when_checked() -> None:
    wrapper, pull, push = protocol.FileWrapper(File()), Producer(), Producer()
    wrapper.registerProducer(pull, False)
    assert pull.resumed == 1
    wrapper.unregisterProducer()
    wrapper.registerProducer(push, True)
    assert push.resumed == 0
    wrapper._checkProducer()
    assert (push.resumed, pull.resumed) == (1, 1)
    wrapper.stopConsuming()
    assert wrapper.producer is None
    assert wrapper.closed


@implementer(interfaces.IConsumer)
class Sink:
    def __init__(self) -> None:
        self.got = b""

    def registerProducer(self, producer: Any, streaming: bool) -> None: ...

    def unregisterProducer(self) -> None: ...

    def write(self, data: bytes) -> None:
        self.got += data


def test_a_consumer_can_be_used_as_a_protocol() -> None:
    sink = Sink()
    adapted: Any = interfaces.IProtocol(sink)  # type: ignore[misc,call-arg]
    adapted.makeConnection(None)
    adapted.dataReceived(b"x")
    adapted.connectionLost(protocol.connectionDone)
    assert sink.got == b"x"


def test_a_protocol_can_be_used_as_a_consumer() -> None:
    class Noting(protocol.Protocol):
        got = b""

        def dataReceived(self, data: bytes) -> None:
            self.got += data

    noting = Noting()
    adapted: Any = interfaces.IConsumer(noting)  # type: ignore[misc,call-arg]
    adapted.registerProducer(None, True)
    adapted.write(b"x")
    adapted.unregisterProducer()
    assert noting.got == b"x"
