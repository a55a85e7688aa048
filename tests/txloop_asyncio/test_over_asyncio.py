"""Twisted protocols over asyncio transports: every stream's claims, and what only these have."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

import txloop
from tls_material import client_context, server_context
from transport_suite.parts import HalfCloseable, Recorder, turns
from transport_suite.streams import StreamSuite
from txloop.internet import error, interfaces, protocol, reactor
from txloop.internet.address import IPv4Address, UNIXAddress
from txloop.protocols.basic import LineReceiver


@contextlib.asynccontextmanager
async def worn_pair(left: Any, right: Any, **tls: Any) -> AsyncIterator[tuple[Any, Any]]:
    """*left* by loop.create_connection, *right* by loop.create_server."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: txloop.as_asyncio_protocol(right), "127.0.0.1", 0, ssl=tls.get("server")
    )
    await loop.create_connection(
        lambda: txloop.as_asyncio_protocol(left),
        *server.sockets[0].getsockname(),
        ssl=tls.get("client"),
        server_hostname="localhost" if tls else None,
    )
    await right.until(lambda: "made" in right.events)
    try:
        yield left, right
    finally:
        server.close()
        for end in (left, right):
            if end.reason is None:
                end.transport.abortConnection()
        for end in (left, right):
            await end.lost()


class TestOverTheLoopsTransports(StreamSuite):
    """The suite, with Twisted's protocols on both ends of an asyncio connection."""

    pair = staticmethod(worn_pair)


pytestmark = pytest.mark.asyncio


class TestConnection:
    async def test_it_is_shown_and_lost_by_the_reactor_as_any_other(self) -> None:
        async with worn_pair(Recorder(), Recorder()) as (left, right):
            assert {each["text"] for each in reactor.snapshot()["connections"]} == {
                repr(left.transport),
                repr(right.transport),
            }
            reactor.disconnectAll()
            assert type(left.reason) is type(right.reason) is error.ConnectionLost

    async def test_addresses_and_interfaces_are_tcps(self) -> None:
        async with worn_pair(Recorder(), Recorder()) as (left, right):
            assert left.transport.getHost() == right.transport.getPeer()
            assert left.transport.getPeer() == right.transport.getHost()
            assert type(left.transport.getPeer()) is IPv4Address
            assert interfaces.ITCPTransport.providedBy(left.transport)
            assert left.transport.logstr == "Recorder,127.0.0.1"
            left.transport.setTcpNoDelay(False)
            assert left.transport.getTcpNoDelay() is False

    async def test_a_factory_is_asked_with_the_peers_address_and_may_refuse(self) -> None:
        asked: list[Any] = []

        class Choosy(protocol.Factory):
            def buildProtocol(self, addr: Any) -> Any:
                asked.append(addr)
                return recorder if len(asked) == 1 else None

        recorder, factory = Recorder(), Choosy()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: txloop.as_asyncio_protocol(factory), "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        _, writer = await asyncio.open_connection(*address)
        writer.write(b"hello")
        await recorder.until(lambda: recorder.data == b"hello")
        assert asked[0] == IPv4Address("TCP", *writer.get_extra_info("sockname"))
        refused, its_writer = await asyncio.open_connection(*address)
        assert await refused.read() == b""
        for each in (writer, its_writer):
            each.close()
            await each.wait_closed()
        assert type(await recorder.lost()) is error.ConnectionDone
        server.close()

    async def test_unix_sockets_have_unix_addresses(self, tmp_path: Any) -> None:
        loop = asyncio.get_running_loop()
        left, right = Recorder(), Recorder()
        path = str(tmp_path / "s")
        server = await loop.create_unix_server(lambda: txloop.as_asyncio_protocol(right), path)
        await loop.create_unix_connection(lambda: txloop.as_asyncio_protocol(left), path)
        left.transport.write(b"hello")
        await right.until(lambda: right.data == b"hello")
        assert left.transport.getPeer() == UNIXAddress(path)
        left.transport.loseConnection()
        await right.lost()
        server.close()

    async def test_over_the_loops_tls_bytes_and_reasons_come_through(self) -> None:
        """A half close is a whole one there."""
        tls = {"server": server_context(), "client": client_context()}
        async with worn_pair(HalfCloseable(), Recorder(), **tls) as (left, right):
            left.transport.write(b"secret")
            await right.until(lambda: right.data == b"secret")
            right.transport.write(b"answer" * 100_000)
            await left.until(lambda: len(left.data) == 600_000)
            left.transport.loseWriteConnection()
            assert type(await right.lost()) is error.ConnectionDone
            assert type(await left.lost()) is error.ConnectionDone


class Upper(LineReceiver):
    """Answers each line in capitals; `bye` is its last."""

    reason: Any = None

    def lineReceived(self, line: bytes) -> None:
        self.sendLine(line.upper())
        if line == b"bye":
            self.transport.loseConnection()  # type: ignore[union-attr]  # connected

    def connectionLost(self, reason: Any = None) -> None:
        self.reason = reason.value


@contextlib.asynccontextmanager
async def streams() -> AsyncIterator[tuple[Any, Any, Any, Any]]:
    """asyncio's streams: a client's reader and writer, a server's reader and writer."""
    served: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda *both: served.set_result(both), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    its_reader, its_writer = await served
    try:
        yield reader, writer, its_reader, its_writer
    finally:
        server.close()
        for each in (writer, its_writer):
            each.transport.abort()
        await turns()


class TestTaking:
    async def test_a_protocol_goes_on_where_streams_have_been(self) -> None:
        """What the reader held comes first; dropping reader and writer closes nothing."""
        async with streams() as (reader, writer, its_reader, its_writer):
            writer.write(b"login ann\r\nhello\r\nwor")
            assert await its_reader.readline() == b"login ann\r\n"
            upper: Any = txloop.take_streams(its_reader, its_writer, Upper())
            del its_reader, its_writer
            writer.write(b"ld\r\n")
            assert await reader.readexactly(14) == b"HELLO\r\nWORLD\r\n"
            writer.write(b"bye\r\n")
            assert await reader.read() == b"BYE\r\n"
            assert type(upper.reason) is error.ConnectionDone

    async def test_with_nothing_held_it_waits_for_more(self) -> None:
        async with streams() as (reader, writer, its_reader, its_writer):
            txloop.take_streams(its_reader, its_writer, Upper())
            writer.write(b"late\r\n")
            assert await reader.readexactly(6) == b"LATE\r\n"

    async def test_a_reader_that_had_paused_its_transport_is_resumed(self) -> None:
        async with streams() as (_, writer, its_reader, its_writer):
            writer.write(b"x" * 1_000_000)
            while len(await asyncio.to_thread(lambda: its_reader._buffer)) <= 128 * 1024:
                await asyncio.sleep(0)
            recorder = Recorder()
            txloop.take_streams(its_reader, its_writer, recorder)
            await recorder.until(lambda: len(recorder.data) == 1_000_000)

    async def test_an_end_that_came_before_is_told(self) -> None:
        async with streams() as (_, writer, its_reader, its_writer):
            writer.write(b"last")
            writer.write_eof()
            while not its_reader._eof:
                await asyncio.sleep(0)
            recorder = HalfCloseable()
            txloop.take_streams(its_reader, its_writer, recorder)
            assert (recorder.events, recorder.data) == (["made", "data", "read lost"], b"last")
            recorder.transport.resumeProducing()  # type: ignore[attr-defined]  # nothing comes twice
            recorder.transport.loseConnection()  # type: ignore[attr-defined]
            await recorder.lost()
            assert recorder.events == ["made", "data", "read lost", "lost"]

    async def test_a_reader_that_somebody_waits_for_is_left_alone(self) -> None:
        async with streams() as (_, writer, its_reader, its_writer):
            waiting = asyncio.ensure_future(its_reader.readline())
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="already waiting"):
                txloop.take_streams(its_reader, its_writer, Recorder())
            writer.write(b"line\n")
            assert await waiting == b"line\n"

    async def test_a_protocols_transport_is_taken_with_its_bytes(self) -> None:
        """From any asyncio.Protocol, in the midst of its data_received."""

        class Negotiates(asyncio.Protocol):
            def connection_made(self, transport: Any) -> None:
                self.transport = transport

            def data_received(self, data: bytes) -> None:
                _, _, rest = data.partition(b"\n")
                txloop.take_transport(self.transport, upper, received=rest)

        upper = Upper()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Negotiates, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"upgrade\nfirst\r\n")
        assert await reader.readexactly(7) == b"FIRST\r\n"
        writer.close()
        await writer.wait_closed()
        while upper.reason is None:
            await asyncio.sleep(0)
        server.close()

    async def test_a_factory_that_refuses_closes_it_and_says_so(self) -> None:
        async with streams() as (reader, _, its_reader, its_writer):
            refusing: Any = protocol.Factory()
            refusing.buildProtocol = lambda addr: None
            with pytest.raises(ConnectionRefusedError):
                txloop.take_streams(its_reader, its_writer, refusing)
            assert await reader.read() == b""

    async def test_a_transport_that_closes_is_refused(self) -> None:
        async with streams() as (_, writer, _its_reader, _its_writer):
            writer.close()
            with pytest.raises(ConnectionResetError, match="closing"):
                txloop.take_transport(writer.transport, Recorder())

    async def test_a_socketpairs_end_works_without_addresses(self) -> None:
        here, there = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=here)
        there.sendall(b"hello\r\n")
        upper: Any = txloop.take_streams(reader, writer, Upper())
        there.setblocking(False)
        assert await asyncio.get_running_loop().sock_recv(there, 100) == b"HELLO\r\n"
        assert type(upper.transport.getPeer()) is UNIXAddress
        upper.transport.loseConnection()
        assert await asyncio.get_running_loop().sock_recv(there, 100) == b""
        there.close()
