"""asyncio's protocols and streams over Twisted transports.

The claims about what asyncio's protocols see run twice: over the loop's own transports,
which are the platform that says what is right, and over Twisted's.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

import txloop
from tls_material import client_context, server_context
from transport_suite.parts import Recorder
from txloop.internet import defer, endpoints, error, protocol, reactor
from txloop.protocols.basic import LineReceiver

pytestmark = pytest.mark.asyncio


class Heard(asyncio.Protocol):
    """Keeps what an asyncio protocol is told.

    Attributes:
        keeps_open: What eof_received answers.
    """

    keeps_open = False

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.data = bytearray()
        self.transport: Any = None
        self.lost: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.events.append("made")

    def data_received(self, data: bytes) -> None:
        self.data += data

    def eof_received(self) -> bool:
        self.events.append("eof")
        return self.keeps_open

    def pause_writing(self) -> None:
        self.events.append("pause")

    def resume_writing(self) -> None:
        self.events.append("resume")

    def connection_lost(self, exc: BaseException | None) -> None:
        self.events.append("lost")
        self.lost.set_result(exc)


class KeepsOpen(Heard):
    keeps_open = True


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def native_pair(left: Any, right: Any) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: right, "127.0.0.1", 0)
    await loop.create_connection(lambda: left, *server.sockets[0].getsockname())
    await until(lambda: right.transport)
    try:
        yield
    finally:
        server.close()


@contextlib.asynccontextmanager
async def twisted_pair(left: Any, right: Any) -> AsyncIterator[None]:
    endpoint = endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    async with txloop.listening(endpoint, txloop.as_twisted_factory(lambda: right)) as port:
        there = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port)
        connected: Any = await there.connect(txloop.as_twisted_factory(lambda: left))
        assert connected.inner is left
        await until(lambda: right.transport)
        yield


@pytest.fixture(params=[native_pair, twisted_pair], ids=["native", "over-twisted"])
def pair(request: pytest.FixtureRequest) -> Any:
    """Connects two asyncio protocols, aborts what is left at the end."""
    made = request.param

    @contextlib.asynccontextmanager
    async def connected(
        left: type[Heard] = Heard, right: type[Heard] = Heard
    ) -> AsyncIterator[tuple[Heard, Heard]]:
        both = left(), right()
        async with made(*both):
            yield both
            for each in both:
                if not each.lost.done():
                    each.transport.abort()
            for each in both:
                await each.lost

    return connected


class TestAsOverTheLoopsTransports:
    async def test_what_is_written_arrives(self, pair: Any) -> None:
        async with pair() as (left, right):
            left.transport.write(b"a")
            left.transport.write(bytearray(b"b"))
            left.transport.writelines([b"c", memoryview(b"d")])
            await until(lambda: right.data == b"abcd")

    async def test_close_sends_what_is_queued_and_both_ends_are_clean(self, pair: Any) -> None:
        async with pair() as (left, right):
            left.transport.write(b"x" * 5_000_000)
            left.transport.close()
            assert left.transport.is_closing()
            assert await left.lost is None
            assert await right.lost is None
            assert len(right.data) == 5_000_000
            assert right.events == ["made", "eof", "lost"]
            assert "eof" not in left.events

    async def test_abort_is_none_here_and_a_reset_there(self, pair: Any) -> None:
        async with pair() as (left, right):
            right.transport.pause_reading()
            left.transport.write(b"x" * 50_000_000)
            await until(lambda: left.transport.get_write_buffer_size() > 0)
            left.transport.abort()
            assert await left.lost is None
            right.transport.resume_reading()
            lost = await right.lost
            assert lost is None or isinstance(lost, ConnectionError)
            assert right.events[-1] == "lost"

    async def test_a_half_close_keeps_the_other_direction_for_who_wants_it(self, pair: Any) -> None:
        async with pair(Heard, KeepsOpen) as (left, right):
            assert left.transport.can_write_eof()
            left.transport.write(b"question")
            left.transport.write_eof()
            await until(lambda: right.events == ["made", "eof"])
            assert right.data == b"question"
            right.transport.write(b"answer")
            right.transport.close()
            assert await left.lost is None
            assert left.data == b"answer"
            assert left.events == ["made", "eof", "lost"]

    async def test_who_does_not_want_it_is_closed(self, pair: Any) -> None:
        async with pair() as (left, right):
            left.transport.write_eof()
            assert await right.lost is None
            assert await left.lost is None
            assert right.events == ["made", "eof", "lost"]

    async def test_paused_reading_is_silence_and_back_pressure(self, pair: Any) -> None:
        async with pair() as (left, right):
            right.transport.pause_reading()
            assert not right.transport.is_reading()
            left.transport.write(b"x" * 50_000_000)
            await until(lambda: "pause" in left.events)
            await asyncio.sleep(0.02)
            assert right.data == b""
            assert left.transport.get_write_buffer_size() > 1_000_000
            right.transport.resume_reading()
            assert right.transport.is_reading()
            await until(lambda: len(right.data) == 50_000_000)
            await until(lambda: left.events == ["made", "pause", "resume"])
            assert left.transport.get_write_buffer_size() == 0

    async def test_write_limits_can_be_set(self, pair: Any) -> None:
        async with pair() as (left, right):
            right.transport.pause_reading()
            left.transport.set_write_buffer_limits(high=100_000_000)
            assert left.transport.get_write_buffer_limits()[1] == 100_000_000
            left.transport.write(b"x" * 50_000_000)
            await asyncio.sleep(0.01)
            assert "pause" not in left.events
            with pytest.raises(ValueError, match="high"):
                left.transport.set_write_buffer_limits(high=1, low=2)

    async def test_extra_info_names_both_ends_and_the_socket(self, pair: Any) -> None:
        async with pair() as (left, right):
            info = left.transport.get_extra_info
            assert info("peername") == right.transport.get_extra_info("sockname")
            assert info("sockname") == right.transport.get_extra_info("peername")
            assert info("socket").getsockname() == info("sockname")
            assert info("nothing", "default") == "default"
            assert info("ssl_object") is info("sslcontext") is None

    async def test_another_protocol_takes_over_in_mid_stream(self, pair: Any) -> None:
        async with pair() as (left, right):
            left.transport.write(b"one")
            await until(lambda: right.data == b"one")
            second = Heard()
            assert right.transport.get_protocol() is right
            right.transport.set_protocol(second)
            left.transport.write(b"two")
            await until(lambda: second.data == b"two")
            right.transport.set_protocol(right)

    async def test_a_buffered_protocol_gets_its_bytes_by_its_buffer(self, pair: Any) -> None:
        class Buffered(Heard, asyncio.BufferedProtocol):
            data_received = None  # type: ignore[assignment]

            def get_buffer(self, sizehint: int) -> bytearray:
                self.buffer = bytearray(7)
                return self.buffer

            def buffer_updated(self, nbytes: int) -> None:
                self.data += self.buffer[:nbytes]

        class OnlyBuffered(asyncio.BufferedProtocol):
            """Not an asyncio.Protocol too: loops ask that first."""

            def __new__(cls) -> Any:
                return object.__new__(cls)

        for name in ("__init__", "connection_made", "eof_received", "connection_lost"):
            setattr(OnlyBuffered, name, getattr(Heard, name))
        for name in ("get_buffer", "buffer_updated"):
            setattr(OnlyBuffered, name, getattr(Buffered, name))
        OnlyBuffered.keeps_open = False  # type: ignore[attr-defined]
        async with pair(Heard, OnlyBuffered) as (left, right):
            left.transport.write(bytes(range(100)))
            await until(lambda: right.data == bytes(range(100)))

    async def test_a_lost_peer_is_an_oserror(self, pair: Any) -> None:
        async with pair() as (left, right):
            left.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            left.transport.abort()
            assert isinstance(await right.lost, ConnectionResetError)
            assert "eof" not in right.events


async def echo_lines(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    async for line in reader:
        writer.write(line)
        await writer.drain()
    writer.close()


class TestStreams:
    async def test_a_server_and_a_client_on_streams_over_endpoints(self) -> None:
        async with txloop.start_server(echo_lines, "tcp:0:interface=127.0.0.1") as port:
            reader, writer = await txloop.open_connection(f"tcp:127.0.0.1:{port.getHost().port}")
            writer.write(b"hello\n")
            assert await reader.readline() == b"hello\n"
            writer.write(b"last")
            writer.write_eof()
            assert await reader.read() == b"last"
            writer.close()
            await writer.wait_closed()

    async def test_over_tls_endpoints_too(self) -> None:
        server = endpoints.SSL4ServerEndpoint(reactor, 0, server_context(), interface="127.0.0.1")
        async with txloop.start_server(echo_lines, server, limit=4_000_000) as port:
            client = endpoints.SSL4ClientEndpoint(
                reactor, "127.0.0.1", port.getHost().port, client_context(checks=False)
            )
            reader, writer = await txloop.open_connection(client)
            writer.write(b"x" * 1_000_000 + b"\n")
            assert len(await reader.readexactly(1_000_001)) == 1_000_001
            assert not writer.can_write_eof()
            assert writer.get_extra_info("ssl_object").version().startswith("TLS")
            assert isinstance(writer.get_extra_info("sslcontext"), ssl.SSLContext)
            writer.close()
            await writer.wait_closed()

    async def test_a_handshake_that_fails_is_raised_where_one_reads(self) -> None:
        """As with Twisted's endpoints: connected comes before the handshake."""
        server = endpoints.SSL4ServerEndpoint(reactor, 0, server_context(), interface="127.0.0.1")
        async with txloop.start_server(echo_lines, server) as port:
            address = "127.0.0.1", port.getHost().port
            client = endpoints.SSL4ClientEndpoint(reactor, *address, ssl.create_default_context())
            reader, writer = await txloop.open_connection(client)
            with pytest.raises(ssl.SSLCertVerificationError):
                await reader.read()
            writer.close()
            with contextlib.suppress(ssl.SSLError):
                await writer.wait_closed()
            await until(lambda: not reactor.snapshot()["connections"])

    @pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])
    async def test_drain_waits_for_a_slow_reader(self, tls: bool) -> None:
        held = asyncio.Event()
        total = 0

        async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal total
            await held.wait()
            while chunk := await reader.read(1 << 20):
                total += len(chunk)
            writer.close()

        server: Any = endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        if tls:
            server = endpoints.SSL4ServerEndpoint(reactor, 0, server_context(), interface="127.0.0.1")
        async with txloop.start_server(slow, server) as port:
            address = "127.0.0.1", port.getHost().port
            client: Any = endpoints.TCP4ClientEndpoint(reactor, *address)
            if tls:
                client = endpoints.SSL4ClientEndpoint(reactor, *address, client_context(checks=False))
            _, writer = await txloop.open_connection(client)
            writer.write(b"x" * 20_000_000)
            draining = asyncio.ensure_future(writer.drain())
            await asyncio.sleep(0.05)
            assert not draining.done()
            held.set()
            await draining
            writer.close()
            await writer.wait_closed()
            await until(lambda: total == 20_000_000)

    async def test_a_reader_that_nobody_reads_pauses_the_peer(self) -> None:
        """Twisted's producer is paused by asyncio's full reader, two transports away."""
        served: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        async with txloop.start_server(
            lambda *both: served.set_result(both), "tcp:0:interface=127.0.0.1", limit=1000
        ) as port:
            left = Recorder()
            endpoint = endpoints.clientFromString(reactor, f"tcp:127.0.0.1:{port.getHost().port}")
            await endpoints.connectProtocol(endpoint, left)
            left.transport.write(b"x" * 50_000_000)  # type: ignore[attr-defined]
            reader, writer = await served
            await until(lambda: not writer.transport.is_reading())
            assert len(await reader.readexactly(50_000_000)) == 50_000_000
            left.transport.loseConnection()  # type: ignore[attr-defined]
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
            await left.lost()

    async def test_a_loss_is_raised_where_one_reads(self) -> None:
        served: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        async with txloop.start_server(
            lambda *both: served.set_result(both), "tcp:0:interface=127.0.0.1"
        ) as port:
            left = Recorder()
            endpoint = endpoints.clientFromString(reactor, f"tcp:127.0.0.1:{port.getHost().port}")
            await endpoints.connectProtocol(endpoint, left)
            reader, writer = await served
            left.transport.abortConnection()  # type: ignore[attr-defined]
            with pytest.raises(ConnectionResetError):
                await reader.read()
            writer.close()
            with pytest.raises(ConnectionResetError):
                await writer.wait_closed()

    async def test_a_connection_that_is_refused_raises_twisteds_error(self) -> None:
        with pytest.raises(error.ConnectionRefusedError):
            await txloop.open_connection("tcp:127.0.0.1:1")

    async def test_cancelling_open_connection_ends_the_attempt(self) -> None:
        waiting: defer.Deferred[Any] = defer.Deferred()
        endpoint: Any = type("Endpoint", (), {"connect": lambda self, factory: waiting})()
        task = asyncio.ensure_future(txloop.open_connection(endpoint))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert waiting.called

    async def test_a_protocol_that_has_done_its_part_hands_its_transport_to_a_coroutine(self) -> None:
        talked: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        class Greeter(LineReceiver):
            def lineReceived(self, line: bytes) -> None:
                self.setRawMode()
                reader, writer = txloop.open_streams(self.transport)
                talked.set_result((line, reader, writer))

        factory = protocol.Factory.forProtocol(Greeter)
        factory.noisy = False
        async with txloop.listening("tcp:0:interface=127.0.0.1", factory) as port:
            its_reader, its_writer = await asyncio.open_connection("127.0.0.1", port.getHost().port)
            its_writer.write(b"hello\r\n")
            line, reader, writer = await talked
            assert line == b"hello"
            its_writer.write(b"and on\n")
            assert await reader.readline() == b"and on\n"
            writer.write(b"good\n")
            assert await its_reader.readline() == b"good\n"
            writer.close()
            await writer.wait_closed()
            its_writer.close()
            await its_writer.wait_closed()

    async def test_the_twisted_transport_is_behind_it(self) -> None:
        async with txloop.start_server(echo_lines, "tcp:0:interface=127.0.0.1") as port:
            _, writer = await txloop.open_connection(f"tcp:127.0.0.1:{port.getHost().port}")
            behind = writer.get_extra_info("twisted_transport")
            (one, _) = reactor.snapshot()["connections"]
            assert repr(behind) == one["text"]
            assert one["protocol"].endswith("StreamProtocol")
            assert not one["tls"]
            writer.close()
            await writer.wait_closed()


async def test_a_timeout_around_connect_gives_the_attempt_up() -> None:
    """Nobody answers; asyncio's timeout cancels the Deferred, and nothing is left of the attempt."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as fillers:
        for _ in range(4):
            each = fillers.enter_context(socket.socket())
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        endpoint = endpoints.TCP4ClientEndpoint(reactor, *full.getsockname())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await endpoint.connect(protocol.Factory.forProtocol(Recorder))
        now = reactor.snapshot()
        assert now["connections"] == now["delayed_calls"] == []


class TestListening:
    async def test_the_port_is_open_in_the_block_only(self) -> None:
        factory = protocol.Factory.forProtocol(Recorder)
        factory.noisy = False
        async with txloop.listening("tcp:0:interface=127.0.0.1", factory) as port:
            address = "127.0.0.1", port.getHost().port
            _, writer = await asyncio.open_connection(*address)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*address)
        assert len(reactor.snapshot()["connections"]) == 1  # an accepted one stays
        writer.close()
        await until(lambda: not reactor.snapshot()["connections"])

    async def test_awaited_it_is_the_port(self) -> None:
        port = await txloop.listening("tcp:0:interface=127.0.0.1", protocol.Factory())
        await port.stopListening()

    async def test_a_port_stopped_in_the_block_is_no_error(self) -> None:
        async with txloop.listening("tcp:0:interface=127.0.0.1", protocol.Factory()) as port:
            await port.stopListening()

    async def test_an_address_in_use_is_told_on_entering(self) -> None:
        async with txloop.listening("tcp:0:interface=127.0.0.1", protocol.Factory()) as port:
            taken = f"tcp:{port.getHost().port}:interface=127.0.0.1"
            with pytest.raises(error.CannotListenError):
                async with txloop.listening(taken, protocol.Factory()):
                    pass

    async def test_await_endpoint_connect_is_all_that_a_client_needs(self) -> None:
        class Client(Recorder):
            pass

        async with txloop.start_server(echo_lines, "tcp:0:interface=127.0.0.1") as port:
            endpoint = endpoints.clientFromString(reactor, f"tcp:127.0.0.1:{port.getHost().port}")
            async with asyncio.timeout(5):
                client: Any = await endpoint.connect(protocol.Factory.forProtocol(Client))
            client.transport.write(b"hello\n")
            await client.until(lambda: client.data == b"hello\n")
            client.transport.loseConnection()
            await client.lost()
