"""TLS over transports in memory: who is told what, and when; both engines."""

from __future__ import annotations

import gc
import ssl
import weakref
from typing import Any

import pytest
from zope.interface import implementer

from tls_material import ENGINES, client_context, contexts, server_context
from transport_suite.parts import Producer
from txloop.internet import error, interfaces
from txloop.internet.protocol import Factory, Protocol
from txloop.internet.task import Clock
from txloop.internet.testing import StringTransport
from txloop.protocols.tls import TLSMemoryBIOFactory
from txloop.python.failure import Failure

CLOSED = Failure(error.ConnectionDone())


class Recorder(Protocol):
    def __init__(self) -> None:
        self.data = b""
        self.events: list[str] = []
        self.reason: Any = None

    def connectionMade(self) -> None:
        self.events.append("made")

    def dataReceived(self, data: bytes) -> None:
        self.data += data
        self.events.append("data")

    def connectionLost(self, reason: Any = None) -> None:
        self.reason = reason.value
        self.events.append("lost")


class Pair:
    """A client and a server, and what carries the bytes between them, when told."""

    def __init__(self, for_server: Any, for_client: Any) -> None:
        self.clock = Clock()
        self.client, self.client_wire = self._side(for_client, True)
        self.server, self.server_wire = self._side(for_server, False)

    def _side(self, context: Any, is_client: bool) -> tuple[Any, Any]:
        inside: Any = Factory()
        inside.buildProtocol = lambda addr: Recorder()
        wire = StringTransport()
        tls = TLSMemoryBIOFactory(context, is_client, inside, self.clock).buildProtocol(None)
        tls.makeConnection(wire)
        return tls, wire

    def carry(self, most: int = 1 << 30) -> None:
        """All bytes, back and forth, until there are none; *most* in one chunk."""
        while True:
            self.clock.advance(0)
            chunks = [(wire.value(), to) for wire, to in self._ways()]
            if not any(data for data, _ in chunks):
                return
            for wire, _ in self._ways():
                wire.clear()
            for data, to in chunks:
                for start in range(0, len(data), most):
                    to.dataReceived(data[start : start + most])

    def _ways(self) -> list[tuple[Any, Any]]:
        return [(self.client_wire, self.server), (self.server_wire, self.client)]


@pytest.fixture(params=ENGINES)
def pair(request: pytest.FixtureRequest) -> Pair:
    return Pair(*contexts(request.param))


def test_connection_made_comes_before_the_handshake(pair: Pair) -> None:
    assert pair.client.wrappedProtocol.events == ["made"]
    assert pair.server.wrappedProtocol.events == ["made"]


def test_what_is_written_before_the_handshake_is_sent_after_it_encrypted(pair: Pair) -> None:
    pair.client.write(b"secret")
    assert b"secret" not in pair.client_wire.value()
    pair.carry()
    assert pair.server.wrappedProtocol.data == b"secret"


@pytest.mark.parametrize("most", [1, 1 << 30])
def test_who_listens_is_told_of_the_handshake_once_and_before_the_first_bytes(pair: Pair, most: int) -> None:
    @implementer(interfaces.IHandshakeListener)
    class Listens(Recorder):
        def __init__(self, transport: Any) -> None:
            super().__init__()
            self._transport = transport

        def handshakeCompleted(self) -> None:
            assert self._transport.getHandle()
            self.events.append("secure")
            self._transport.write(b"welcome")

    sides = pair.client, pair.server
    for side in sides:
        side.wrappedProtocol = Listens(side)
        side.write(b"early, ")
    pair.carry(most)
    for side in sides:
        assert side.wrappedProtocol.events[:2] == ["secure", "data"]
        assert side.wrappedProtocol.events.count("secure") == 1
        assert side.wrappedProtocol.data == b"early, welcome"


@pytest.mark.parametrize("most", [1, 5, 1000])
def test_the_stream_may_be_cut_anywhere(pair: Pair, most: int) -> None:
    pair.client.write(b"x" * 40_000)
    pair.carry(most)
    assert pair.server.wrappedProtocol.data == b"x" * 40_000


def test_the_writes_of_one_turn_are_one_record(pair: Pair) -> None:
    pair.carry()
    for _ in range(16):
        pair.client.write(b"x" * 64)
    pair.carry()
    assert pair.server.wrappedProtocol.events == ["made", "data"]


def test_lose_connection_tells_the_peer_and_both_are_done(pair: Pair) -> None:
    pair.carry()
    inside = pair.client.wrappedProtocol, pair.server.wrappedProtocol
    pair.client.write(b"last")
    pair.client.loseConnection()
    pair.client.write(b"dropped")
    assert not pair.client_wire.disconnecting  # the peer's answer comes first
    pair.carry()
    assert (pair.client_wire.disconnecting, pair.server_wire.disconnecting) == (True, True)
    pair.client.connectionLost(CLOSED)
    pair.server.connectionLost(CLOSED)
    assert [type(side.reason) for side in inside] == [error.ConnectionDone] * 2
    assert inside[1].data == b"last"


def test_a_truncated_stream_is_connection_lost_not_done(pair: Pair) -> None:
    pair.carry()
    inside = pair.server.wrappedProtocol
    pair.server.connectionLost(CLOSED)
    assert type(inside.reason) is error.ConnectionLost
    assert isinstance(inside.reason.__cause__, error.ConnectionDone)


def test_a_peer_that_never_answers_close_notify_is_cut_off(pair: Pair) -> None:
    pair.carry()
    pair.client.loseConnection()
    pair.clock.advance(29)
    assert not pair.client_wire.disconnected
    pair.clock.advance(2)
    assert pair.client_wire.disconnected
    pair.client.connectionLost(CLOSED)
    assert pair.clock.getDelayedCalls() == []


def test_plaintext_is_never_taken_for_encrypted_data(pair: Pair) -> None:
    """What a man in the middle puts before the handshake makes it fail."""
    inside = pair.server.wrappedProtocol
    pair.server.dataReceived(b"MAIL FROM:<mallory>\r\n")
    pair.carry()
    assert pair.server_wire.disconnecting
    pair.server.connectionLost(CLOSED)
    assert inside.events == ["made", "lost"]
    assert type(inside.reason).__name__ in ("SSLError", "Error")


def test_a_producer_is_paused_while_the_handshake_lasts(pair: Pair) -> None:
    producer = Producer()
    told = producer.told
    pair.client.registerProducer(producer, True)
    pair.client.write(b"1")
    pair.clock.advance(0)
    assert told == ["pause"]
    pair.carry()
    assert told == ["pause", "resume"]
    pair.client.loseConnection()
    pair.client.write(b"2")  # the producer may finish
    pair.carry()
    assert pair.server.wrappedProtocol.data == b"12"
    pair.client.connectionLost(CLOSED)
    assert told == ["pause", "resume", "stop"]


def test_a_connection_lost_before_the_handshake_is_aborted_when_its_producer_is_done(pair: Pair) -> None:
    """There is no close_notify yet: to wait for its answer would be to wait until the peer is cut off.

    Source: Twisted 26.10, by running it (it does not wait for the producer).
    """
    producer = Producer()
    pair.client.registerProducer(producer, True)
    pair.client.loseConnection()
    assert not pair.client_wire.disconnecting
    pair.client.unregisterProducer()
    assert pair.client_wire.disconnecting
    assert pair.client_wire.producer is None
    inside = pair.client.wrappedProtocol
    pair.client.connectionLost(CLOSED)
    assert type(inside.reason) is error.ConnectionLost
    assert producer.told == []
    assert pair.clock.getDelayedCalls() == []


def test_what_a_producer_writes_before_the_handshake_is_sent_though_the_connection_is_lost(
    pair: Pair,
) -> None:
    pair.client.registerProducer(Producer(), True)
    pair.client.loseConnection()
    pair.client.write(b"its last")
    pair.client.unregisterProducer()
    pair.carry()
    assert pair.server.wrappedProtocol.data == b"its last"
    assert pair.client_wire.disconnecting
    pair.client.connectionLost(CLOSED)
    assert pair.clock.getDelayedCalls() == []


def test_a_client_context_that_verifies_refuses_an_unknown_authority() -> None:
    stranger = ssl.create_default_context()
    stranger.check_hostname = False
    pair = Pair(server_context(), stranger)
    inside = pair.client.wrappedProtocol
    pair.carry()
    pair.client.connectionLost(CLOSED)
    assert isinstance(inside.reason, ssl.SSLCertVerificationError)


def test_after_the_end_a_transport_that_is_kept_keeps_no_engine(pair: Pair) -> None:
    """An engine holds a megabyte of buffers after a large transfer; programs hold transports for long."""
    pair.carry()
    engines = [weakref.ref(side._engine) for side in (pair.client, pair.server)]
    assert pair.client.getHandle()
    for side in (pair.client, pair.server):
        side.connectionLost(CLOSED)
        assert side.getHandle() is None
        assert side.getPeerCertificate() is None
        assert side.negotiatedProtocol is None
    gc.collect()
    assert [engine() for engine in engines] == [None, None]


def test_a_transport_may_end_in_the_midst_of_what_the_protocol_is_told(pair: Pair) -> None:
    """Abort one that needs no turn for it (a tunnel, say), and connectionLost comes from inside that."""

    def end_now() -> None:
        pair.client.connectionLost(Failure(error.ConnectionAborted()))

    class Aborts(Recorder):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            pair.client.abortConnection()

    pair.carry()
    pair.client.wrappedProtocol = inside = Aborts()
    pair.client_wire.abortConnection = end_now
    pair.server.write(b"enough")
    pair.carry()
    assert inside.events == ["data", "lost"]


def test_a_protocol_that_raises_in_connection_lost_keeps_no_engine(pair: Pair) -> None:
    class Raises(Recorder):
        def connectionLost(self, reason: Any = None) -> None:
            raise ZeroDivisionError

    pair.carry()
    pair.client.wrappedProtocol = Raises()
    with pytest.raises(ZeroDivisionError):
        pair.client.connectionLost(CLOSED)
    assert pair.client.getHandle() is None


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_show_the_peers_certificate(version: ssl.TLSVersion) -> None:
    trusting = client_context()
    trusting.check_hostname = False
    pair = Pair(server_context(version=version), trusting)
    assert pair.client.getPeerCertificate() is None
    pair.carry()
    assert pair.client.getPeerCertificate()
    assert pair.client.getHandle().version() == version.name.replace("_", ".")
