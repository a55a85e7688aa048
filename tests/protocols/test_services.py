"""Port forwarding, the small services, stateful protocols, loopback, proxies and buckets.

Source of the behaviour: Twisted 26.10, twisted.protocols.*, by running it.
"""

from __future__ import annotations

import struct
import time
from typing import Any

import pytest

from protocols.streams import cuts
from txloop.internet.protocol import Protocol
from txloop.internet.task import deferLater
from txloop.internet.testing import AccumulatingProtocol, MemoryReactor, StringTransport
from txloop.protocols import htb, loopback, pcp, portforward, stateful, wire


class Forwarding:
    """A forwarded connection whose two transports are strings."""

    def __init__(self) -> None:
        self.reactor = MemoryReactor()
        factory = portforward.ProxyFactory("example.com", 80)
        self.server = factory.buildProtocol(None)
        self.server.reactor = self.reactor
        self.outside = StringTransport()
        self.server.makeConnection(self.outside)
        self.client_factory = self.reactor.tcpClients[0][2]

    def connect(self) -> StringTransport:
        self.client = self.client_factory.buildProtocol(None)
        inside = StringTransport()
        self.client.makeConnection(inside)
        return inside


def test_a_forwarded_connection_is_paused_until_the_other_half_is_connected() -> None:
    forwarding = Forwarding()
    assert forwarding.reactor.tcpClients[0][:2] == ("example.com", 80)
    assert forwarding.outside.producerState == "paused"
    forwarding.connect()
    assert forwarding.outside.producerState == "producing"


def test_forwarded_bytes_go_both_ways_and_each_side_pauses_the_other() -> None:
    forwarding = Forwarding()
    inside = forwarding.connect()
    forwarding.server.dataReceived(b"there")
    forwarding.client.dataReceived(b"back")
    assert inside.value() == b"there"
    assert forwarding.outside.value() == b"back"
    assert inside.producer is forwarding.outside
    assert forwarding.outside.producer is inside
    assert inside.streaming
    assert forwarding.outside.streaming


@pytest.mark.parametrize("first", ["server", "client"])
def test_when_one_half_is_lost_the_other_is_closed_without_a_producer_to_wait_for(first: str) -> None:
    forwarding = Forwarding()
    inside = forwarding.connect()
    lost, other = (
        (forwarding.server, inside) if first == "server" else (forwarding.client, forwarding.outside)
    )
    lost.connectionLost(None)
    assert other.disconnecting
    assert other.producer is None


def test_a_forwarded_connection_is_closed_when_the_other_half_cannot_be_had() -> None:
    forwarding = Forwarding()
    forwarding.client_factory.clientConnectionFailed(None, None)
    assert forwarding.outside.disconnecting


def test_the_other_half_is_closed_at_once_when_the_first_was_lost_meanwhile() -> None:
    """Twisted leaves it open for ever."""
    forwarding = Forwarding()
    forwarding.server.connectionLost(None)
    assert forwarding.connect().disconnecting


def served(service: type[Any], data: bytes = b"") -> StringTransport:
    protocol, transport = service(), StringTransport()
    protocol.makeConnection(transport)
    if data:
        protocol.dataReceived(data)
    return transport


def test_echo_answers_the_same_and_discard_nothing() -> None:
    assert served(wire.Echo, b"hello").value() == b"hello"
    assert served(wire.Discard, b"hello").value() == b""


def test_chargen_writes_when_it_is_asked() -> None:
    transport = served(wire.Chargen)
    assert transport.streaming is False
    transport.producer.resumeProducing()
    transport.producer.resumeProducing()
    assert transport.value() == wire.Chargen.noise * 2


@pytest.mark.parametrize("service", [wire.QOTD, wire.Who, wire.Daytime, wire.Time])
def test_services_that_tell_one_thing_close_behind_it(service: type[Any]) -> None:
    transport = served(service)
    assert transport.value()
    assert transport.disconnecting


def test_time_is_the_seconds_since_1970_and_daytime_is_text() -> None:
    (seconds,) = struct.unpack("!I", served(wire.Time).value())
    assert abs(seconds - time.time()) < 5
    told = served(wire.Daytime).value().decode("ascii").rstrip("\r\n")
    assert time.strptime(told)


class Counted(stateful.StatefulProtocol):
    """A byte that says how many follow, then those."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    def getInitialState(self) -> Any:
        return self.length, 1

    def length(self, data: bytes) -> Any:
        return self.content, data[0]

    def content(self, data: bytes) -> Any:
        self.got.append(data)
        if data == b"close":
            self.transport.loseConnection()
        return None if data == b"same" else (self.length, 1)


def test_each_state_gets_just_the_bytes_it_asked_for_in_any_cut() -> None:
    for chunks in cuts(b"\x03abc\x00\x04same4444"):
        protocol = Counted()
        protocol.makeConnection(StringTransport())
        for chunk in chunks:
            protocol.dataReceived(chunk)
        assert protocol.got == [b"abc", b"", b"same", b"4444"], chunks


def test_no_state_is_entered_once_the_connection_is_closing() -> None:
    protocol = Counted()
    protocol.makeConnection(StringTransport())
    protocol.dataReceived(b"\x05close\x01x")
    assert protocol.got == [b"close"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("policy", "chunks"),
    [
        (loopback.identityPumpPolicy, [b"1", b"23", b"4"]),
        (loopback.collapsingPumpPolicy, [b"1234"]),
    ],
)
async def test_what_one_side_writes_the_other_receives_in_a_later_turn(policy: Any, chunks: Any) -> None:
    got: list[bytes] = []
    server, client = AccumulatingProtocol(), AccumulatingProtocol()
    client.dataReceived = got.append  # type: ignore[method-assign]
    over = loopback.loopbackAsync(server, client, policy)
    server.transport.write(b"1")
    server.transport.writeSequence([b"2", b"3"])
    server.transport.write(b"4")
    assert got == []
    server.transport.loseConnection()
    await over
    assert got == chunks
    assert server.closed
    assert client.closed


@pytest.mark.asyncio
async def test_a_pull_producer_is_asked_again_when_all_it_wrote_has_arrived() -> None:
    from txloop.internet import reactor

    server, client = AccumulatingProtocol(), AccumulatingProtocol()
    over = loopback.loopbackAsync(server, client)

    class Three:
        count = 0

        def resumeProducing(self) -> None:
            self.count += 1
            server.transport.write(b"%d" % self.count)
            if self.count == 3:
                server.transport.unregisterProducer()
                server.transport.loseConnection()

        def stopProducing(self) -> None:
            """Nothing."""

    server.transport.registerProducer(Three(), False)
    await over
    assert client.data == b"123"
    await deferLater(reactor, 0)


@pytest.mark.asyncio
async def test_over_tcp_both_sides_talk_and_the_port_is_closed_behind_them() -> None:
    class Answering(Protocol):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data.upper())
            self.transport.loseConnection()

    class Asking(AccumulatingProtocol):
        def connectionMade(self) -> None:
            self.transport.write(b"hello")

    client = Asking()
    await loopback.loopbackTCP(Answering(), client, noisy=False)
    assert client.data == b"HELLO"


def test_a_relay_delivers_when_it_is_told_to() -> None:
    target = AccumulatingProtocol()
    relay = loopback.LoopbackRelay(target)
    relay.write(b"1")
    relay.writeSequence([b"2", b"3"])
    relay.loseConnection()
    assert target.data == b""
    relay.clearBuffer()
    assert (target.data, target.closed) == (b"123", 1)
    relay.clearBuffer()


class Consumer(StringTransport):
    pass


class Source:
    """A producer that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


def test_a_paused_proxy_keeps_what_comes_and_writes_it_when_resumed() -> None:
    consumer, source = Consumer(), Source()
    proxy = pcp.ProducerConsumerProxy(consumer)
    proxy.registerProducer(source, True)
    proxy.pauseProducing()
    proxy.write(b"one ")
    proxy.write(b"two")
    assert consumer.value() == b""
    assert source.told == []
    proxy.resumeProducing()
    assert consumer.value() == b"one two"


def test_a_full_proxy_pauses_its_producer_and_an_emptied_one_resumes_it() -> None:
    consumer, source = Consumer(), Source()
    proxy = pcp.ProducerConsumerProxy(consumer)
    proxy.registerProducer(source, True)
    proxy.pauseProducing()
    proxy.write(b"x" * proxy.bufferSize)
    assert source.told == ["pause"]
    proxy.resumeProducing()
    assert source.told == ["pause", "resume"]


def test_a_proxy_unregisters_when_what_waits_is_written() -> None:
    consumer = Consumer()
    proxy = pcp.ProducerConsumerProxy(consumer)
    proxy.registerProducer(Source(), True)
    proxy.pauseProducing()
    proxy.write(b"rest")
    proxy.unregisterProducer()
    assert consumer.producer is proxy
    proxy.resumeProducing()
    assert consumer.producer is None
    assert consumer.value() == b"rest"


def test_a_question_the_proxy_cannot_answer_is_handed_on() -> None:
    class Asked(pcp.BasicProducerConsumerProxy):
        iAmStreaming = False

    consumer, source = Consumer(), Source()
    proxy = Asked(consumer)
    proxy.registerProducer(source, True)
    proxy.resumeProducing()
    proxy.write(b"answer")
    proxy.write(b" unasked")
    assert source.told == ["resume"]
    assert consumer.value() == b"answer"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time as htb sees it; set its only entry."""
    time_now = [100.0]
    monkeypatch.setattr(htb, "time", lambda: time_now[0])
    return time_now


class Small(htb.Bucket):
    maxburst = 10
    rate = 2


def test_a_bucket_takes_what_fits_and_drips_at_its_rate(now: list[float]) -> None:
    bucket = Small()
    assert (bucket.add(4), bucket.add(20), bucket.add(1)) == (4, 6, 0)
    now[0] += 3
    assert bucket.drip() is False
    assert bucket.add(20) == 6
    now[0] += 100
    assert bucket.drip() is True


def test_often_looking_at_a_bucket_does_not_lose_fractions(now: list[float]) -> None:
    bucket = Small()
    bucket.add(10)
    for _ in range(8):
        now[0] += 0.125
        bucket.drip()
    assert bucket.content == 8


def test_a_bucket_takes_no_more_than_its_parent(now: list[float]) -> None:
    parent = Small()
    first, second = Small(parent), Small(parent)
    assert first.add(8) == 8
    assert second.add(8) == 2


def test_empty_buckets_nobody_uses_are_swept(now: list[float]) -> None:
    """Twisted's sweep fails with a RuntimeError."""

    class Filter(htb.HierarchicalBucketFilter):
        bucketFactory = Small

        def getBucketKey(self, name: str) -> str:
            return name

    buckets = Filter()
    used, full = buckets.getBucketFor("used"), buckets.getBucketFor("full")
    used._refcount = 1
    buckets.getBucketFor("empty")
    assert buckets.getBucketFor("full") is full
    full.add(5)
    buckets.sweep()
    assert set(buckets.buckets) == {"used", "full"}


def test_a_shaped_transport_writes_as_much_as_its_bucket_takes(now: list[float]) -> None:
    class Filter(htb.FilterByHost):
        bucketFactory = Small

    factory = htb.ShapedProtocolFactory(AccumulatingProtocol, Filter())
    protocol, transport = factory(), StringTransport()
    protocol.makeConnection(transport)
    protocol.transport.write(b"0123456789abcdef")
    transport.producer.resumeProducing()
    assert transport.value() == b"0123456789"
    now[0] += 2
    transport.producer.resumeProducing()
    assert transport.value() == b"0123456789abcd"
    assert protocol.transport.getHost() == transport.getHost()
