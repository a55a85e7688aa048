"""Policies over pretended transports and time.

Source of the behaviour: Twisted 26.10, twisted.protocols.policies, by running it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest

from txloop.internet import interfaces
from txloop.internet.address import IPv4Address
from txloop.internet.protocol import ClientFactory, Protocol, ServerFactory
from txloop.internet.task import Clock
from txloop.internet.testing import AccumulatingProtocol, StringTransport
from txloop.protocols import policies
from txloop.python import log

HERE = IPv4Address("TCP", "127.0.0.1", 1)


class Server(ServerFactory[Any]):
    """Builds accumulating protocols, at most `allowed` of them."""

    protocol = AccumulatingProtocol
    protocolConnectionMade = None  # noqa: N815  # what AccumulatingProtocol asks of its factory
    noisy = False
    allowed = 1000

    def buildProtocol(self, addr: Any) -> Any:
        self.allowed -= 1
        return super().buildProtocol(addr) if self.allowed >= 0 else None


class Recorder:
    """A producer that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


def on(clock: Clock, factory: Any) -> Any:
    """*factory* with that clock's time."""
    factory.callLater = clock.callLater
    return factory


def connected(factory: Any, transport: Any = None) -> Any:
    wrapper = factory.buildProtocol(HERE)
    wrapper.makeConnection(StringTransport() if transport is None else transport)
    return wrapper


def test_a_wrapper_hands_everything_on_in_both_directions() -> None:
    wrapper = connected(policies.WrappingFactory(Server()))
    inner = wrapper.wrappedProtocol
    wrapper.dataReceived(b"in")
    inner.transport.write(b"out")
    inner.transport.writeSequence([b"-", b"side"])
    inner.transport.registerProducer(Recorder(), True)
    assert (inner.made, inner.data) == (1, b"in")
    assert wrapper.transport.value() == b"out-side"
    assert wrapper.transport.streaming is True
    inner.transport.unregisterProducer()
    assert inner.transport.getPeer() == wrapper.transport.getPeer()
    assert inner.transport.producerState == "producing"  # an attribute only the real transport has
    inner.transport.loseConnection()
    assert wrapper.disconnecting
    assert wrapper.transport.disconnecting


def test_a_wrapper_provides_what_its_transport_provides() -> None:
    wrapper = connected(policies.WrappingFactory(Server()))
    assert interfaces.IPushProducer.providedBy(wrapper)
    assert not interfaces.IPushProducer.providedBy(policies.ProtocolWrapper(None, None))


def test_a_lost_connection_is_unregistered_and_the_cycle_to_the_inner_protocol_is_cut() -> None:
    factory = policies.WrappingFactory(Server())
    wrapper = connected(factory)
    inner = wrapper.wrappedProtocol
    assert list(factory.protocols) == [wrapper]
    wrapper.connectionLost("why")
    assert inner.closedReason == "why"
    assert factory.protocols == {}
    assert wrapper.wrappedProtocol is None


def test_a_refusal_of_the_inner_factory_is_a_refusal() -> None:
    """Twisted wraps the None and fails when it is connected."""
    inner = Server()
    inner.allowed = 0
    for factory in (
        policies.WrappingFactory(inner),
        policies.ThrottlingFactory(inner),
        on(Clock(), policies.TimeoutFactory(inner)),
    ):
        assert factory.buildProtocol(HERE) is None


def test_client_events_reach_the_inner_factory() -> None:
    told: list[Any] = []

    class Client(ClientFactory[Any]):
        def startedConnecting(self, connector: Any) -> None:
            told.append(("started", connector))

        def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
            told.append(("failed", connector, reason))

        def clientConnectionLost(self, connector: Any, reason: Any) -> None:
            told.append(("lost", connector, reason))

    factory = policies.WrappingFactory(Client())
    factory.startedConnecting(1)
    factory.clientConnectionFailed(1, 2)
    factory.clientConnectionLost(1, 3)
    assert told == [("started", 1), ("failed", 1, 2), ("lost", 1, 3)]


def test_log_prefixes_name_both() -> None:
    factory = policies.WrappingFactory(Server())
    assert factory.logPrefix() == "Server (WrappingFactory)"
    assert factory.buildProtocol(HERE).logPrefix() == "AccumulatingProtocol (ProtocolWrapper)"


def test_reading_too_fast_pauses_everybody_for_as_long_as_evens_it_out() -> None:
    clock = Clock()
    factory = on(clock, policies.ThrottlingFactory(Server(), readLimit=10))
    first, second = connected(factory), connected(factory)
    first.dataReceived(b"x" * 25)
    clock.advance(1)
    assert [p.transport.producerState for p in (first, second)] == ["paused", "paused"]
    clock.advance(1.4)
    assert first.transport.producerState == "paused"
    clock.advance(0.1)
    assert [p.transport.producerState for p in (first, second)] == ["producing", "producing"]
    first.connectionLost(None)
    second.connectionLost(None)
    assert clock.calls == []


def test_writing_too_fast_pauses_producers_and_protocols_without_one_are_let_be() -> None:
    clock = Clock()
    factory = on(clock, policies.ThrottlingFactory(Server(), writeLimit=5))
    first, second = connected(factory), connected(factory)
    producer = Recorder()
    first.registerProducer(producer, True)
    first.write(b"abc")
    first.writeSequence([b"abc", b"def"])
    clock.advance(1)
    assert producer.told == ["pause"]
    clock.advance(0.8)
    assert producer.told == ["pause", "resume"]
    assert first.transport.value() == b"abcabcdef"
    for p in (first, second):
        p.connectionLost(None)


def test_connections_beyond_the_count_are_refused_until_one_is_lost() -> None:
    factory = policies.ThrottlingFactory(Server(), maxConnectionCount=1)
    first = connected(factory)
    assert factory.buildProtocol(HERE) is None
    first.connectionLost(None)
    assert factory.buildProtocol(HERE) is not None


def test_connections_of_one_host_are_limited() -> None:
    factory = policies.LimitConnectionsByPeer(Server())
    factory.maxConnectionsPerPeer = 1
    factory.startFactory()
    there = IPv4Address("TCP", "10.0.0.7", 1)
    first = factory.buildProtocol(there)
    first.makeConnection(StringTransport(peerAddress=IPv4Address("TCP", "10.0.0.7", 9)))
    assert factory.buildProtocol(IPv4Address("TCP", "10.0.0.7", 2)) is None
    assert factory.buildProtocol(HERE) is not None
    first.connectionLost(None)
    assert factory.buildProtocol(there) is not None


def test_connections_beyond_the_total_get_the_overflow_protocol_or_nothing() -> None:
    class Sorry(Protocol):
        pass

    factory = policies.LimitTotalConnectionsFactory()
    factory.protocol = Protocol
    factory.connectionLimit = 1
    first = connected(factory)
    assert factory.buildProtocol(HERE) is None
    factory.overflowProtocol = Sorry
    second = connected(factory)
    assert type(second.wrappedProtocol) is Sorry
    assert factory.connectionCount == 2
    second.connectionLost(None)
    first.connectionLost(None)
    assert factory.connectionCount == 0


@pytest.mark.parametrize(
    "sign_of_life",
    [lambda p: p.dataReceived(b"x"), lambda p: p.write(b"x"), lambda p: p.writeSequence([b"x"])],
)
def test_a_connection_without_a_sign_of_life_is_closed(sign_of_life: Callable[[Any], object]) -> None:
    clock = Clock()
    p = connected(on(clock, policies.TimeoutFactory(Server(), 10)))
    clock.advance(9)
    sign_of_life(p)
    clock.advance(9)
    assert not p.transport.disconnecting
    clock.advance(1)
    assert p.transport.disconnecting


def test_a_timeout_can_be_changed_and_cancelled_and_ends_with_the_connection() -> None:
    clock = Clock()
    factory = on(clock, policies.TimeoutFactory(Server(), 10))
    p = connected(factory)
    p.setTimeout(3)
    assert p.timeoutPeriod == 3
    assert [call.getTime() for call in clock.calls] == [3]
    p.cancelTimeout()
    p.resetTimeout()
    assert clock.calls == []
    p.setTimeout(5)
    p.connectionLost(None)
    assert clock.calls == []


class Timed(policies.TimeoutMixin):
    def __init__(self) -> None:
        self.clock = Clock()
        self.callLater = self.clock.callLater  # type: ignore[method-assign]
        self.transport = StringTransport()


def test_the_mixin_counts_from_the_last_reset() -> None:
    timed = Timed()
    assert timed.setTimeout(5) is None
    timed.clock.advance(4)
    timed.resetTimeout()
    timed.clock.advance(4)
    assert not timed.transport.disconnecting
    timed.clock.advance(1)
    assert timed.transport.disconnecting


def test_the_mixin_tells_what_was_set_before_and_forgets_it_on_none() -> None:
    timed = Timed()
    timed.setTimeout(5)
    assert timed.setTimeout(7) == 5
    assert [call.getTime() for call in timed.clock.calls] == [7]
    assert timed.setTimeout(None) == 7
    assert timed.timeOut is None
    assert timed.clock.calls == []


def test_a_timeout_can_be_set_again_after_it_ran_out() -> None:
    timed = Timed()
    timed.setTimeout(1)
    timed.clock.advance(1)
    timed.setTimeout(1)
    assert len(timed.clock.calls) == 1


def test_traffic_is_written_to_a_file_for_each_connection(tmp_path: Any) -> None:
    factory = policies.TrafficLoggingFactory(Server(), str(tmp_path / "traffic"))
    p = connected(factory)
    p.dataReceived(b"in")
    p.write(b"out")
    p.writeSequence([b"a", b"b"])
    p.loseConnection()
    p.connectionLost("bye")
    lines = (tmp_path / "traffic-1").read_text().splitlines()
    assert lines == ["*", "C 1: b'in'", "S 1: b'out'", "SV 1: [b'a', b'b']", "S 1: *", "C 1: 'bye'"]
    assert p.logfile.closed


def test_long_traffic_is_shortened_where_that_was_asked_for() -> None:
    """Twisted's raises a TypeError for it."""
    factory = policies.TrafficLoggingFactory(Server(), "unused", lengthLimit=20)
    factory.open = lambda name: io.StringIO()  # type: ignore[method-assign]
    p = connected(factory)
    p.dataReceived(b"x" * 100)
    assert "b'xxxxxxxx<... elided>'" in p.logfile.getvalue()


def test_spewing_logs_what_goes_by() -> None:
    events: list[Any] = []
    p = connected(policies.SpewingFactory(Server()))
    log.addObserver(events.append)
    try:
        p.write(b"out")
        p.dataReceived(b"in")
    finally:
        log.removeObserver(events.append)
    assert [event["message"] for event in events] == [("Sending: b'out'",), ("Received: b'in'",)]
