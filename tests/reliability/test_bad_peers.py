"""Peers that reset, trickle, stall or never read: the end of that connection alone."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reliability.serving import Echo, comes_true, serving
from transport_suite.parts import Recorder
from txloop.internet import error, protocol, reactor
from txloop.protocols.basic import LineReceiver
from txloop.protocols.policies import TimeoutMixin

pytestmark = pytest.mark.asyncio

RESET = struct.pack("ii", 1, 0)


async def test_a_reset_at_any_time_is_the_end_of_that_connection_alone() -> None:
    async with serving(Recorder) as served:
        for said in (b"", b"half a req", b"x" * 200_000):
            client, server = await served.connect()
            with contextlib.suppress(BlockingIOError):
                client.send(said)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            assert type(await server.lost()) is error.ConnectionLost
            assert server.events.count("lost") == 1


async def test_a_request_that_trickles_in_byte_by_byte_is_the_same_request() -> None:
    class Lines(LineReceiver):
        def lineReceived(self, line: bytes) -> None:
            self.sendLine(b"<" + line + b">")

    async with serving(Lines) as served:
        client, _ = await served.connect()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        for number in b"hello\r\nworld\r\n":
            client.send(bytes([number]))
            await asyncio.sleep(0)
        got = b""
        async with asyncio.timeout(10):
            while got.count(b"\n") < 2:
                got += await asyncio.get_running_loop().sock_recv(client, 100)
        assert got == b"<hello>\r\n<world>\r\n"


async def test_a_peer_that_never_reads_pauses_its_producer_and_stops_nobody_else() -> None:
    class Greedy(Recorder):
        sent = 0
        paused = False

        def connectionMade(self) -> None:
            super().connectionMade()
            self.transport.registerProducer(self, True)
            self.resumeProducing()

        def resumeProducing(self) -> None:
            self.paused = False
            while not self.paused and self.sent < 64 << 20:
                self.transport.write(b"x" * 65_536)
                self.sent += 65_536

        def pauseProducing(self) -> None:
            self.paused = True

        def stopProducing(self) -> None:
            self.note("stopped")

    async with serving(Greedy) as greedy, serving(Echo) as polite:
        client, server = await greedy.connect()
        sent = -1
        while sent != server.sent:  # until the kernel takes no more
            sent = server.sent
            assert await polite.answers()
        assert server.paused
        assert sent < 32 << 20
        client.close()
        await server.lost()
        assert server.events[-2:] == ["stopped", "lost"]


async def test_a_peer_that_never_reads_does_not_delay_an_abort() -> None:
    async with serving(Recorder) as served:
        _, server = await served.connect()
        server.transport.write(b"x" * (16 << 20))
        server.transport.loseConnection()
        await asyncio.sleep(0)
        assert server.reason is None
        server.transport.abortConnection()
        assert type(await server.lost()) is error.ConnectionAborted


async def test_a_peer_that_stalls_is_cut_off_by_its_protocols_timeout() -> None:
    class Impatient(TimeoutMixin, Recorder):
        def connectionMade(self) -> None:
            super().connectionMade()
            self.setTimeout(0.05)

    async with serving(Impatient) as served:
        _, server = await served.connect()
        assert type(await server.lost()) is error.ConnectionDone


async def test_a_unix_datagram_port_goes_on_after_its_peer_has_thrown_its_datagrams_away(
    tmp_path: Path, flush_logged_errors: Callable[..., list[Any]]
) -> None:
    """A peer that connects elsewhere drops what it has not read, and the kernel tells us by an error.

    uvloop forgets a socket at its error.
    """
    got: list[bytes] = []
    told: list[BaseException] = []

    class Ours(protocol.ConnectedDatagramProtocol):
        def datagramReceived(self, data: bytes) -> None:
            got.append(data)

    def is_told(times: int) -> bool:
        told.extend(failure.value for failure in flush_logged_errors(ConnectionResetError))
        return len(told) == times

    here, there, elsewhere = (str(tmp_path / name) for name in ("here", "there", "elsewhere"))
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other,
    ):
        peer.bind(there)
        other.bind(elsewhere)
        port = reactor.connectUNIXDatagram(there, Ours(), bindAddress=here)
        await asyncio.sleep(0)
        for number in range(3):
            peer.connect(here)
            port.write(b"never read")
            if number:
                peer.send(b"before %d" % number)
            peer.connect(elsewhere)
            await comes_true(lambda number=number: is_told(number + 1))
            peer.connect(here)
            peer.send(b"after %d" % number)
            await comes_true(lambda number=number: b"after %d" % number in got)
        port.stopListening()
        await asyncio.sleep(0.01)
    assert got == [b"after 0", b"before 1", b"after 1", b"before 2", b"after 2"]


@pytest.mark.parametrize("ending", ["loseConnection", "loseWriteConnection", "raises"])
async def test_what_waits_for_a_slow_peer_is_ended_once_when_it_has_left(
    ending: str, flush_logged_errors: Callable[..., list[Any]]
) -> None:
    """asyncio's transport is asked to end from within its own call, and would do so twice."""

    class Ending(Recorder):
        def connectionMade(self) -> None:
            super().connectionMade()
            if ending == "raises":
                self.transport.registerProducer(self, True)
            self.transport.write(b"x" * (8 << 20))
            if ending != "raises":
                getattr(self.transport, ending)()

        def pauseProducing(self) -> None:
            self.note("paused")

        def resumeProducing(self) -> None:
            raise ZeroDivisionError("the user's")

        def stopProducing(self) -> None:
            self.note("stopped")

    loop = asyncio.get_running_loop()
    told: list[Any] = []
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda loop, context: told.append(context))
    try:
        async with serving(Ending) as served:
            client, server = await served.connect()
            assert server.reason is None
            got = 0
            async with asyncio.timeout(20):
                while data := await loop.sock_recv(client, 1 << 20):
                    got += len(data)
            assert got == 8 << 20
            if ending == "loseWriteConnection":
                client.close()
            assert isinstance(
                await server.lost(), ZeroDivisionError if ending == "raises" else error.ConnectionDone
            )
    finally:
        loop.set_exception_handler(before)
    assert len(flush_logged_errors(ZeroDivisionError)) == (ending == "raises")
    assert told == []
