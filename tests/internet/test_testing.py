"""The pretended transports and reactors.  Source: Twisted 26.10, twisted.internet.testing, by running it."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from txloop.internet import interfaces, testing
from txloop.internet.address import IPv4Address, IPv6Address, UNIXAddress
from txloop.internet.error import ConnectionDone, UnsupportedAddressFamily
from txloop.internet.protocol import ClientFactory, Factory
from txloop.internet.task import Clock
from txloop.internet.testing import (
    AccumulatingProtocol,
    EventLoggingObserver,
    MemoryReactor,
    MemoryReactorClock,
    NonStreamingProducer,
    RaisingMemoryReactor,
    StringTransport,
    StringTransportWithDisconnection,
)
from txloop.test import proto_helpers


def test_a_string_transport_keeps_what_is_written() -> None:
    transport = StringTransport()
    transport.write(b"one")
    transport.writeSequence([b"two", b"three"])
    assert transport.value() == b"onetwothree"
    transport.clear()
    assert transport.value() == b""


@pytest.mark.parametrize("data", ["text", bytearray(b"x"), None])
def test_a_string_transport_takes_only_bytes(data: Any) -> None:
    with pytest.raises(TypeError, match="Data must be bytes"):
        StringTransport().write(data)


def test_a_string_transport_refuses_to_pause_when_it_is_closing_unless_it_is_lenient() -> None:
    strict, lenient = StringTransport(), StringTransport(lenient=True)
    for transport in (strict, lenient):
        transport.pauseProducing()
        assert transport.producerState == "paused"
        transport.resumeProducing()
        transport.loseConnection()
        assert transport.disconnecting
    lenient.pauseProducing()
    with pytest.raises(RuntimeError, match="after loseConnection"):
        strict.pauseProducing()
    lenient.stopProducing()
    with pytest.raises(RuntimeError, match="stopped"):
        lenient.resumeProducing()


def test_a_string_transport_takes_one_producer_at_a_time() -> None:
    transport = StringTransport()
    transport.registerProducer("first", True)
    with pytest.raises(RuntimeError, match="two producers"):
        transport.registerProducer("second", True)
    transport.unregisterProducer()
    with pytest.raises(RuntimeError, match="unless one is registered"):
        transport.unregisterProducer()


def test_a_transport_with_disconnection_tells_its_protocol_once() -> None:
    transport, protocol = StringTransportWithDisconnection(), AccumulatingProtocol()
    transport.protocol = protocol
    protocol.makeConnection(transport)
    transport.loseConnection()
    assert protocol.closedReason is not None
    assert protocol.closedReason.check(ConnectionDone)
    protocol.closed = 0
    transport.abortConnection()
    assert not protocol.closed


def test_a_memory_reactor_keeps_what_it_is_asked() -> None:
    reactor, server, client = MemoryReactor(), Factory(), ClientFactory()
    assert reactor.listenTCP(80, server).getHost() == IPv4Address("TCP", "0.0.0.0", 80)
    assert reactor.listenTCP(80, server, 5, "::1").getHost() == IPv6Address("TCP", "::1", 80)
    assert reactor.connectTCP("example.com", 80, client).getDestination().host == "example.com"
    assert reactor.connectUNIX("path", client).getDestination() == UNIXAddress("path")
    assert reactor.tcpServers == [(80, server, 50, ""), (80, server, 5, "::1")]
    assert reactor.tcpClients == [("example.com", 80, client, 30, None)]
    assert len(reactor.connectors) == 2
    assert reactor.adoptStreamPort(3, socket.AF_INET, server).getHost().port == 1234
    with pytest.raises(UnsupportedAddressFamily):
        reactor.adoptStreamPort(3, 99, server)


def test_a_memory_reactor_runs_its_hooks_and_stops() -> None:
    reactor, seen = MemoryReactor(), []
    reactor.callWhenRunning(lambda: seen.append(reactor.running))
    reactor.run()
    assert seen == [True]
    assert reactor.hasRun
    assert reactor.hasStopped
    assert not reactor.running


def test_a_memory_reactor_with_a_clock_has_its_time() -> None:
    reactor, seen = MemoryReactorClock(), []
    reactor.callLater(1, seen.append, "called")
    reactor.advance(1)
    assert seen == ["called"]


def test_a_raising_reactor_raises_what_it_was_given() -> None:
    reactor = RaisingMemoryReactor(ValueError("listen"), KeyError("connect"))
    with pytest.raises(ValueError, match="listen"):
        reactor.listenTCP(1, Factory())
    with pytest.raises(KeyError, match="connect"):
        reactor.connectTCP("host", 1, ClientFactory())


@pytest.mark.parametrize("kind", [MemoryReactor, MemoryReactorClock])
def test_memory_reactors_provide_what_they_claim(kind: Any) -> None:
    from zope.interface.verify import verifyObject

    for interface in (interfaces.IReactorTCP, interfaces.IReactorUNIX, interfaces.IReactorFDSet):
        assert verifyObject(interface, kind())


def test_a_non_streaming_producer_writes_ten_digits_and_is_done() -> None:
    transport = StringTransport()
    producer = NonStreamingProducer(transport)
    transport.registerProducer(producer, False)
    done: list[Any] = []
    producer.result.addCallback(done.append)
    for _ in range(10):
        producer.resumeProducing()
    assert transport.value() == b"0123456789"
    assert done == [None]
    with pytest.raises(RuntimeError, match="resume after unregister/stop"):
        producer.resumeProducing()


def test_waiting_for_disconnection_ends_when_no_transport_is_connected() -> None:
    clock, protocols = Clock(), [AccumulatingProtocol(), AccumulatingProtocol()]
    for protocol in protocols:
        protocol.makeConnection(StringTransport())
    waiting = testing.waitUntilAllDisconnected(clock, protocols)
    protocols[0].transport.connected = False
    clock.advance(0.01)
    assert not waiting.called
    protocols[1].transport.connected = False
    clock.advance(0.01)
    assert waiting.called


def test_an_event_logging_observer_is_the_sequence_of_its_events() -> None:
    observer = EventLoggingObserver()
    observer({"a": 1})
    observer({"b": 2})
    assert len(observer) == 2
    assert list(observer) == [observer[0], {"b": 2}]


@pytest.mark.parametrize("name", testing.__all__)
def test_the_old_names_warn_and_are_the_new_ones(name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"proto_helpers.{name} was deprecated in Twisted 19.7.0"):
        assert getattr(proto_helpers, name) is getattr(testing, name)
