"""TCP connections: what every stream does (transport_suite), and what only TCP has."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest

from transport_suite.parts import Recorder, turns
from transport_suite.streams import StreamSuite
from txloop.internet import error, interfaces, protocol, reactor
from txloop.internet.address import IPv4Address
from txloop.python import log


@contextlib.asynccontextmanager
async def tcp_pair(left: Any, right: Any) -> AsyncIterator[tuple[Any, Any]]:
    """*left* as the client and *right* as the server of one connection on the ambient reactor."""
    served, connected = protocol.Factory(), protocol.ClientFactory()
    served.noisy = connected.noisy = False
    served.buildProtocol = lambda addr: right  # type: ignore[method-assign]
    connected.buildProtocol = lambda addr: left  # type: ignore[method-assign]
    port = reactor.listenTCP(0, served, interface="127.0.0.1")
    reactor.connectTCP("127.0.0.1", port.getHost().port, connected)
    await left.until(lambda: "made" in left.events)
    await right.until(lambda: "made" in right.events)
    try:
        yield left, right
    finally:
        await port.stopListening()
        for end in (left, right):
            if end.reason is None:
                end.transport.abortConnection()
        for end in (left, right):
            await end.lost()


class TestTCP(StreamSuite):
    """The suite over TCP."""

    pair = staticmethod(tcp_pair)


pytestmark = pytest.mark.asyncio


class Served:
    """A port with one recorder a connection, and plain sockets that connect to it."""

    def __init__(self, recorder: type[Recorder] = Recorder, **listen: Any) -> None:
        self.made: list[Recorder] = []
        self.factory = protocol.Factory()
        self.factory.noisy = False
        self.factory.buildProtocol = self._build  # type: ignore[method-assign]
        self._recorder = recorder
        self.port = reactor.listenTCP(0, self.factory, interface="127.0.0.1", **listen)

    def _build(self, addr: Any) -> Recorder:
        self.made.append(self._recorder())
        return self.made[-1]

    async def connect(self) -> tuple[socket.socket, Any]:
        """A plain client socket and the recorder that serves it."""
        count = len(self.made)
        client = socket.create_connection(("127.0.0.1", self.port.getHost().port))
        client.setblocking(False)
        async with asyncio.timeout(10):
            while len(self.made) == count or not self.made[-1].events:
                await asyncio.sleep(0)
        return client, self.made[-1]

    async def end(self) -> None:
        """Everything away."""
        await self.port.stopListening()
        for recorder in self.made:
            if recorder.reason is None:
                recorder.transport.abortConnection()
                await recorder.lost()


async def test_a_reset_is_connection_lost_with_its_cause() -> None:
    served = Served()
    client, server = await served.connect()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    reason = await server.lost()
    assert type(reason) is error.ConnectionLost
    assert isinstance(reason.__cause__, ConnectionResetError)
    await served.end()


async def test_a_client_that_half_closes_and_reads_gets_the_whole_answer() -> None:
    """Better than Twisted, which drops what is queued at the FIN; the protocol is told as there, at once."""

    class Answers(Recorder):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            self.transport.write(b"a" * 8_000_000)

    served = Served(Answers)
    client, server = await served.connect()
    client.send(b"request")
    client.shutdown(socket.SHUT_WR)
    assert type(await server.lost()) is error.ConnectionDone
    client.setblocking(True)
    got = await asyncio.to_thread(lambda: sum(len(part) for part in iter(lambda: client.recv(1 << 20), b"")))
    assert got == 8_000_000
    client.close()
    await turns()
    await served.end()


async def test_a_clean_close_with_bytes_unread_is_no_reset_for_the_peer() -> None:
    """Source: Twisted 26.10 on epoll.  close() alone would send RST."""

    class Answers(Recorder):
        def connectionMade(self) -> None:
            super().connectionMade()
            self.transport.pauseProducing()

    served = Served(Answers)
    client, server = await served.connect()
    client.send(b"never read" * 100)
    server.transport.write(b"answer")
    await turns()
    server.transport.loseConnection()
    assert type(await server.lost()) is error.ConnectionDone
    await turns()
    client.setblocking(True)
    assert (client.recv(100), client.recv(100)) == (b"answer", b"")
    client.close()
    await served.end()


async def test_a_connection_reset_before_accept_is_never_offered_to_the_factory() -> None:
    served = Served()
    for _ in range(50):
        client = socket.create_connection(("127.0.0.1", served.port.getHost().port))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    client = socket.create_connection(("127.0.0.1", served.port.getHost().port))
    client.send(b"good")
    async with asyncio.timeout(10):
        while not any(recorder.data for recorder in served.made):
            await asyncio.sleep(0)
    assert len(served.made) == 1
    client.close()
    await served.made[0].lost()
    await served.end()


async def test_addresses_names_and_options_tell_the_truth() -> None:
    served = Served()
    client, server = await served.connect()
    transport = server.transport
    assert transport.getPeer() == IPv4Address("TCP", *client.getsockname())
    assert transport.getHost() == served.port.getHost()
    assert (transport.hostname, transport.client) == ("127.0.0.1", client.getsockname())
    assert transport.logPrefix() == transport.logstr == "Recorder,0,127.0.0.1"
    assert repr(transport) == f"<Recorder #0 on {served.port.getHost().port}>"
    # Twisted's default is the other way round.
    assert transport.getTcpNoDelay() is True
    transport.setTcpNoDelay(False)
    assert transport.getTcpNoDelay() is False
    assert transport.getTcpKeepAlive() is False
    transport.setTcpKeepAlive(True)
    assert transport.getTcpKeepAlive() is True
    assert transport.getHandle().fileno() == transport.fileno() > 0
    for interface in (interfaces.ITCPTransport, interfaces.IConsumer, interfaces.IPushProducer):
        assert interface.providedBy(transport)
    transport.write(b"x" * 20_000_000)
    transport.loseConnection()
    assert "CLOSING" in repr(transport)
    client.close()
    await server.lost()
    assert transport.fileno() == -1
    assert (transport.getTcpNoDelay(), transport.getTcpKeepAlive()) == (False, False)
    transport.setTcpNoDelay(True)
    await served.end()


async def test_each_connection_has_one_context_of_its_own() -> None:
    """connectionMade, dataReceived and connectionLost share it; two connections do not."""
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)
    seen: list[tuple[str, int]] = []

    class Counts(Recorder):
        def connectionMade(self) -> None:
            variable.set(variable.get() + 1)
            super().connectionMade()

        def dataReceived(self, data: bytes) -> None:
            variable.set(variable.get() + 10)
            super().dataReceived(data)

        def connectionLost(self, reason: Any = None) -> None:
            seen.append(("lost", variable.get()))
            super().connectionLost(reason)

    served = Served(Counts)
    for expected_events in (1, 2):
        client, server = await served.connect()
        client.send(b"1")
        await server.until(lambda server=server: server.data)
        client.close()
        await server.lost()
        assert seen == [("lost", 11)] * expected_events
    assert variable.get() == 0
    await served.end()


async def test_log_lines_carry_their_owner_only_while_it_is_called() -> None:
    lines: list[tuple[str, str]] = []

    def observe(event: dict[str, Any]) -> None:
        if event.get("message", ("",))[0] in ("made", "data", "later", "lost"):
            lines.append((event["message"][0], event["system"]))

    class Talks(Recorder):
        def connectionMade(self) -> None:
            log.msg("made")
            super().connectionMade()

        def dataReceived(self, data: bytes) -> None:
            log.msg("data")
            reactor.callLater(0, lambda: (log.msg("later"), self.note("later")))

        def connectionLost(self, reason: Any = None) -> None:
            log.msg("lost")
            super().connectionLost(reason)

    log.addObserver(observe)
    try:
        served = Served(Talks)
        client, server = await served.connect()
        client.send(b"?")
        await server.until(lambda: "later" in server.events)
        client.close()
        await server.lost()
        await served.end()
    finally:
        log.removeObserver(observe)
    name = "Talks,0,127.0.0.1"
    assert lines == [
        ("made", "txloop.internet.protocol.Factory"),
        ("data", name),
        ("later", "-"),
        ("lost", name),
    ]


async def test_what_connection_made_raises_loses_that_connection(flush_logged_errors: Any) -> None:
    """Twisted logs it and leaves the connection open: a known difference."""

    class Buggy(Recorder):
        def connectionMade(self) -> None:
            super().connectionMade()
            raise ZeroDivisionError("the user's")

    served = Served(Buggy)
    client, server = await served.connect()
    assert type(await server.lost()) is ZeroDivisionError
    assert len(flush_logged_errors(ZeroDivisionError)) == 1
    client.close()
    await served.end()


async def test_no_reference_cycle_is_left_by_a_lost_connection() -> None:
    import gc
    import weakref

    served = Served()
    client, server = await served.connect()
    reference = weakref.ref(server)
    served.made.clear()
    gc.collect()
    gc.disable()
    try:
        client.close()
        await server.lost()
        server.transport = None
        del server
        await turns(10)
        assert reference() is None
    finally:
        gc.enable()
    await served.end()
