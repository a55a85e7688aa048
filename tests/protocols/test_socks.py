"""A SOCKS proxy, in memory and over real connections.

Source of the claims: Twisted 26.10's twisted.protocols.socks, by running it.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from protocols.streams import cuts
from txloop.internet import defer, reactor
from txloop.internet.address import IPv4Address
from txloop.internet.protocol import Factory
from txloop.internet.testing import StringTransportWithDisconnection
from txloop.protocols import socks, wire

REFUSED = b"\0\x5b" + bytes(6)


def request(code: int, host: bytes, port: int = 80, name: bytes = b"", version: int = 4) -> bytes:
    return struct.pack("!BBH", version, code, port) + host + b"ann\0" + (name + b"\0" if name else b"")


LOCAL = bytes([127, 0, 0, 1])
BY_NAME = bytes([0, 0, 0, 1])


class Resolver:
    """Knows one name, when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, defer.Deferred[Any]]] = []

    def resolve(self, name: Any) -> defer.Deferred[Any]:
        self.asked.append((name, defer.Deferred()))
        return self.asked[-1][1]


class Proxy(socks.SOCKSv4):
    """Notes what it should do for the client."""

    def __init__(self) -> None:
        super().__init__(None, Resolver())
        self.wanted: list[tuple[Any, ...]] = []
        self.answer: defer.Deferred[Any] = defer.Deferred()

    def connectClass(self, host: str, port: int, klass: Any, *args: Any) -> defer.Deferred[Any]:
        self.wanted.append((host, port, klass))
        return self.answer

    def listenClass(self, port: int, klass: Any, *args: Any) -> defer.Deferred[Any]:
        self.wanted.append((port, klass, *args[1:]))
        return self.answer

    def authorize(self, code: int, server: str, port: int, user: bytes) -> bool:
        return user == b"ann"


def connected(proxy: Any) -> StringTransportWithDisconnection:
    transport = StringTransportWithDisconnection()
    transport.protocol = proxy
    proxy.makeConnection(transport)
    return transport


def asked(*chunks: bytes) -> tuple[Proxy, Any]:
    proxy = Proxy()
    transport = connected(proxy)
    for chunk in chunks:
        proxy.dataReceived(chunk)
    return proxy, transport


def test_a_request_may_come_in_any_cut() -> None:
    for chunks in cuts(request(1, bytes([1, 2, 3, 4]))):
        proxy, transport = asked(*chunks)
        assert proxy.wanted == [("1.2.3.4", 80, socks.SOCKSv4Outgoing)], chunks
        assert transport.value() == b""


def test_a_name_is_resolved_first() -> None:
    proxy, transport = asked(request(1, BY_NAME, name=b"example.com"))
    assert proxy.wanted == []
    ((name, resolving),) = proxy.reactor.asked
    assert name == b"example.com"
    resolving.callback("5.6.7.8")
    assert proxy.wanted == [("5.6.7.8", 80, socks.SOCKSv4Outgoing)]
    _, unknown = asked(request(1, BY_NAME, name=b"nowhere"))
    unknown.protocol.reactor.asked[0][1].errback(ValueError("unknown"))
    assert (unknown.value(), unknown.connected) == (REFUSED, False)
    assert transport.connected


@pytest.mark.parametrize(
    "wrong",
    [
        request(1, LOCAL, version=5),
        b"GET / HTTP/1.0\r\n",
        request(3, LOCAL),
        request(1, LOCAL).replace(b"ann", b"bob"),
        request(1, LOCAL)[:-1] + b"n" * 10_000,
        request(1, BY_NAME) + b"n" * 10_000,
    ],
)
def test_what_is_wrong_or_not_authorized_is_refused(wrong: bytes) -> None:
    """Twisted raises AssertionError or RuntimeError for the first ones, and keeps the last ones for ever."""
    proxy, transport = asked(wrong)
    assert (transport.value(), transport.connected) == (REFUSED, False)
    assert proxy.wanted == []


def test_a_host_that_cannot_be_reached_is_refused() -> None:
    proxy, transport = asked(request(1, LOCAL))
    proxy.answer.errback(ValueError("no"))
    assert (transport.value(), transport.connected) == (REFUSED, False)


def test_bytes_go_both_ways_and_those_that_came_early_go_first() -> None:
    """Twisted's AssertionError for them loses the connection."""
    proxy, near = asked(request(1, LOCAL) + b"early ")
    assert near.producerState == "paused"
    outgoing = socks.SOCKSv4Outgoing(proxy)
    far: Any = StringTransportWithDisconnection(peerAddress=IPv4Address("TCP", "10.0.0.9", 4000))
    far.protocol = outgoing
    outgoing.makeConnection(far)
    assert near.value() == b"\0\x5a" + struct.pack("!H", 4000) + bytes([10, 0, 0, 9])
    near.clear()
    assert near.producerState == "producing"
    assert (near.producer, far.producer) == (far, near)
    proxy.dataReceived(b"later")
    outgoing.dataReceived(b"back")
    assert (far.value(), near.value()) == (b"early later", b"back")
    far.loseConnection()
    assert not near.connected


def test_a_client_that_has_gone_is_not_connected_any_more() -> None:
    cancelled: list[Any] = []
    proxy = Proxy()
    proxy.answer = defer.Deferred(cancelled.append)
    transport = connected(proxy)
    proxy.dataReceived(request(1, LOCAL))
    transport.loseConnection()
    assert cancelled == [proxy.answer]


def test_only_the_host_that_is_waited_for_may_connect() -> None:
    proxy, transport = asked(request(2, bytes([1, 2, 3, 4])))
    assert proxy.wanted == [(0, socks.SOCKSv4IncomingFactory, "1.2.3.4")]
    proxy.answer.callback(("10.0.0.1", 4242))
    assert transport.value() == b"\0\x5a" + struct.pack("!H", 4242) + bytes([10, 0, 0, 1])
    transport.clear()
    factory = socks.SOCKSv4IncomingFactory(proxy, "1.2.3.4")
    incoming = factory.buildProtocol(IPv4Address("TCP", "1.2.3.4", 9))
    assert isinstance(incoming, socks.SOCKSv4Incoming)
    assert transport.value() == b"\0\x5a" + bytes(6)
    transport.clear()
    assert factory.buildProtocol(("9.9.9.9", 9)) is None
    assert (transport.value(), transport.connected) == (REFUSED, False)


@given(st.lists(st.binary(max_size=30) | st.just(b"\4\1\0\x50")))
def test_any_bytes_leave_the_proxy_whole(chunks: list[bytes]) -> None:
    proxy, transport = asked(*chunks)
    assert len(proxy.buf) <= 8 + 2 * 512 + 30
    assert transport.value() in (b"", REFUSED)


# ---- over real connections ------------------------------------------------------------------------


class Proxies(Factory[Any]):
    logging: str | None = None

    def buildProtocol(self, addr: Any) -> Any:
        return socks.SOCKSv4(self.logging)


@pytest_asyncio.fixture
async def listening(tmp_path: Path) -> AsyncIterator[Callable[[Any], int]]:
    """Listens with a factory, for the length of the test; its port."""
    ports: list[Any] = []

    def listen(factory: Any) -> int:
        ports.append(reactor.listenTCP(0, factory, interface="127.0.0.1"))
        return int(ports[-1].getHost().port)

    yield listen
    for port in ports:
        await port.stopListening()


@contextlib.asynccontextmanager
async def streams(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield reader, writer
    writer.close()
    await writer.wait_closed()


@pytest.mark.asyncio
@pytest.mark.parametrize("by_name", [True, False])
async def test_a_client_talks_to_the_host_that_it_named(
    listening: Callable[[Any], int], tmp_path: Path, by_name: bool
) -> None:
    echo = listening(Factory.forProtocol(wire.Echo))
    proxies = Proxies()
    proxies.logging = str(tmp_path / "log")
    async with streams(listening(proxies)) as (reader, writer):
        writer.write(request(1, BY_NAME, echo, b"localhost") if by_name else request(1, LOCAL, echo))
        assert await reader.readexactly(8) == b"\0\x5a" + struct.pack("!H", echo) + LOCAL
        for size in (1, 1_000_000):
            writer.write(b"x" * size)
            assert await reader.readexactly(size) == b"x" * size
    assert " > 127.0.0.1:" in (tmp_path / "log").read_text()
    assert "\n78 78 78" in (tmp_path / "log").read_text()


@pytest.mark.asyncio
async def test_a_client_waits_for_a_connection_that_is_then_its_own(listening: Callable[[Any], int]) -> None:
    proxies = listening(Proxies())
    async with streams(proxies) as (reader, writer):
        writer.write(request(2, LOCAL))
        _, granted, port, _ = struct.unpack("!BBH4s", await reader.readexactly(8))
        assert granted == 90
        async with streams(port) as (far_reader, far_writer):
            assert (await reader.readexactly(8))[:2] == b"\0\x5a"
            writer.write(b"hello")
            assert await far_reader.readexactly(5) == b"hello"
            far_writer.write(b"there")
            assert await reader.readexactly(5) == b"there"
            with pytest.raises(ConnectionRefusedError):  # one connection is taken
                await asyncio.open_connection("127.0.0.1", port)


@pytest.mark.asyncio
@pytest.mark.needs_tool("curl")
@pytest.mark.parametrize("kind", ["--socks4", "--socks4a"])
async def test_curl_goes_through_it(listening: Callable[[Any], int], kind: str) -> None:
    class Page(wire.Echo):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(b"HTTP/1.0 200 OK\r\n\r\nhello")
            self.transport.loseConnection()

    page = listening(Factory.forProtocol(Page))
    proxy = listening(Proxies())
    curl = await asyncio.create_subprocess_exec(
        *("curl", "-s", kind, f"127.0.0.1:{proxy}", f"http://127.0.0.1:{page}/"),
        stdout=asyncio.subprocess.PIPE,
    )
    answer, _ = await asyncio.wait_for(curl.communicate(), 20)
    assert answer == b"hello"


@pytest.mark.asyncio
async def test_the_factory_logs_where_it_is_told_to(listening: Callable[[Any], int]) -> None:
    protocol = socks.SOCKSv4Factory("/var/log/socks").buildProtocol(None)
    assert protocol.logging == "/var/log/socks"
