"""TLS when the peer misbehaves, on real sockets: garbage, silence, cuts, a slow reader."""

from __future__ import annotations

import functools
import socket
from typing import Any

import pytest

from tls_peer import Dial, Peer, giving
from transport_suite.parts import Producer, Recorder, turns
from txloop.internet import error, reactor
from txloop.internet.task import Clock
from txloop.protocols._tls import protocol as tls_protocol
from txloop.protocols.policies import TimeoutMixin
from txloop.protocols.tls import TLSMemoryBIOFactory

pytestmark = pytest.mark.asyncio


async def listen(*served: Any, context: Any) -> Any:
    """A TLS port for them."""
    factory = TLSMemoryBIOFactory(context, False, giving(*served), reactor)
    return reactor.listenTCP(0, factory, interface="127.0.0.1")


async def assert_serves(peer: Peer, served: Recorder) -> None:
    """A well-behaved client is served to the end."""
    await peer.do(peer.tls.do_handshake)
    await peer.write(b"still there?")
    await served.until(lambda: served.data == b"still there?")
    served.transport.loseConnection()
    assert await peer.do(functools.partial(peer.tls.read, 1)) == b""  # close_notify
    await peer.do(peer.tls.unwrap)
    peer.socket.close()
    assert type(await served.lost()) is error.ConnectionDone


# ---- garbage and silence --------------------------------------------------------------


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.0\r\n\r\n",
        b"\x00" * 100,
        b"\x16\x03\x01\xff\xff" + b"\x01" * 0x4000,
        b"\x15\x03\x03\x00\x02\x02\x28",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
    ],
    ids=["http", "zeros", "a record too long", "an alert", "a short ClientHello"],
)
async def test_a_garbage_handshake_ends_that_connection_only(
    garbage: bytes, server_side: Any, dial: Dial
) -> None:
    """The protocol was connected before; its end has the library's error; the port serves the next."""
    bad, good = Recorder(), Recorder()
    port = await listen(bad, good, context=server_side)
    peer = await dial(port.getHost().port)
    await peer.send(garbage)
    reason = await bad.lost()
    assert type(reason).__name__ in ("SSLError", "Error"), reason
    assert bad.events == ["made", "lost"]
    await assert_serves(await dial(port.getHost().port), good)
    await port.stopListening()


async def test_a_stalled_handshake_holds_up_nobody_and_may_be_timed_out(server_side: Any, dial: Dial) -> None:
    """connectionMade comes before the handshake: a protocol's own timeout bounds it."""
    clock = Clock()

    class Impatient(Recorder, TimeoutMixin):
        callLater = clock.callLater

        def connectionMade(self) -> None:
            super().connectionMade()
            self.setTimeout(5)

    stalled, good = Impatient(), Recorder()
    port = await listen(stalled, good, context=server_side)
    peer = await dial(port.getHost().port)
    await peer.say_hello(50)
    await stalled.until(lambda: stalled.events)
    await assert_serves(await dial(port.getHost().port), good)
    assert stalled.reason is None
    clock.advance(5)
    assert type(await stalled.lost()) is error.ConnectionLost
    await port.stopListening()


async def test_what_was_written_into_a_stalled_handshake_does_not_keep_a_closed_connection(
    server_side: Any, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls_protocol, "CLOSE_SECONDS", 0.05)  # tests/protocols counts them
    stalled = Recorder()
    port = await listen(stalled, context=server_side)
    await dial(port.getHost().port)
    await stalled.until(lambda: stalled.events)
    stalled.transport.write(b"never to be sent")
    await turns()
    stalled.transport.loseConnection()
    assert type(await stalled.lost()) is error.ConnectionLost
    await port.stopListening()


# ---- how it ends -----------------------------------------------------------------------


@pytest.mark.parametrize("cut", ["in a record", "between records"])
async def test_a_truncated_stream_is_connection_lost(cut: str, server_side: Any, dial: Dial) -> None:
    """FIN without close_notify: what has come is delivered, and it was not the end."""
    served = Recorder()
    port = await listen(served, context=server_side)
    peer = await dial(port.getHost().port)
    await peer.do(peer.tls.do_handshake)
    await peer.write(b"the first half, ")
    if cut == "in a record":
        peer.tls.write(b"and the second")
        await peer.send(peer._outgoing.read()[:-1])
    peer.socket.shutdown(socket.SHUT_WR)
    reason = await served.lost()
    assert type(reason) is error.ConnectionLost
    assert isinstance(reason.__cause__, error.ConnectionDone)
    assert served.data == b"the first half, "
    await port.stopListening()


async def test_a_peer_that_never_answers_close_notify_is_cut_off(
    server_side: Any, dial: Dial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls_protocol, "CLOSE_SECONDS", 0.05)  # tests/protocols counts them
    served = Recorder()
    port = await listen(served, context=server_side)
    peer = await dial(port.getHost().port)
    await peer.do(peer.tls.do_handshake)
    await peer.write(b"hello")
    await served.until(lambda: served.data)
    served.transport.write(b"goodbye")
    served.transport.loseConnection()
    assert await peer.read(7) == b"goodbye"
    assert type(await served.lost()) is error.ConnectionLost
    await port.stopListening()


async def test_a_cut_while_we_wait_for_the_peers_close_notify_is_connection_lost(
    server_side: Any, dial: Dial
) -> None:
    served = Recorder()
    port = await listen(served, context=server_side)
    peer = await dial(port.getHost().port)
    await peer.do(peer.tls.do_handshake)
    await peer.write(b"1")
    await served.until(lambda: served.data)
    served.transport.loseConnection()
    assert await peer.do(functools.partial(peer.tls.read, 1)) == b""  # close_notify
    peer.socket.shutdown(socket.SHUT_WR)
    assert type(await served.lost()) is error.ConnectionLost
    await port.stopListening()


# ---- a slow reader ----------------------------------------------------------------------


async def test_a_slow_reader_pauses_a_producer_through_tls(server_side: Any, dial: Dial) -> None:
    """What is accepted stays bounded, though the producer would write 50 MB."""
    written = 0

    class Served(Recorder):
        def connectionMade(self) -> None:
            super().connectionMade()
            self.producer = Producer(self.more)

        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            self.transport.registerProducer(self.producer, True)
            self.producer.told.append("resume")
            self.more()

        def more(self) -> None:
            nonlocal written
            while self.producer.told[-1] == "resume" and written < 50_000_000:
                self.transport.write(b"x" * 10_000)
                written += 10_000
            self.note("stopped")

    served = Served()
    port = await listen(served, context=server_side)
    peer = await dial(port.getHost().port)
    await peer.do(peer.tls.do_handshake)
    await peer.write(b"go")
    await served.until(lambda: served.producer.told[-1:] == ["pause"])
    await turns(50)
    assert written < 10_000_000  # the kernel's buffers take some
    before = written
    await peer.read(before // 2)
    await served.until(lambda: written > before)
    served.transport.abortConnection()
    await served.lost()
    assert served.producer.told[-1] == "stop"
    await port.stopListening()
