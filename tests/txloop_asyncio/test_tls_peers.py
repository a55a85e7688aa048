"""TLS with real peers: openssl's client and server, and curl."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest
from zope.interface import implementer

from tls_material import AUTHORITY, ENGINES, client_context, contexts, pem, server_context
from transport_suite.parts import Recorder
from txloop.internet import error, interfaces, protocol, reactor
from txloop.internet.ssl import Certificate, optionsForClientTLS

pytestmark = pytest.mark.asyncio

VERSIONS = ["-tls1_2", "-tls1_3"]


class Shouter(Recorder):
    """Answers in capitals."""

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.transport.write(data.upper())


class Greeter(Recorder):
    """Says hello first."""

    def connectionMade(self) -> None:
        super().connectionMade()
        self.transport.write(b"hello\n")


@implementer(interfaces.IProtocolNegotiationFactory)
class Negotiating(protocol.ClientFactory):
    """Gives one protocol; speaks "two" rather than "one"."""

    noisy = False

    def __init__(self, made: Any) -> None:
        self._made = made

    def buildProtocol(self, addr: Any) -> Any:
        return self._made

    def acceptableProtocols(self) -> list[bytes]:
        return [b"two", b"one"]


@contextlib.asynccontextmanager
async def serving(context: Any, served: Recorder) -> AsyncIterator[str]:
    """*served* on a port; its number in text."""
    port = reactor.listenSSL(0, Negotiating(served), context, interface="127.0.0.1")
    try:
        yield str(port.getHost().port)
    finally:
        await port.stopListening()


@contextlib.asynccontextmanager
async def child(*words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program, its three streams piped; killed at the end."""
    made = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield made
    finally:
        if made.returncode is None:
            made.kill()
        assert made.stdin is not None
        made.stdin.close()
        await made.communicate()


async def line_with(process: asyncio.subprocess.Process, wanted: bytes) -> bytes:
    """The next line of its output that has *wanted*."""
    assert process.stdout is not None
    seen = []
    async with asyncio.timeout(10):
        while line := await process.stdout.readline():
            seen.append(line)
            if wanted in line:
                return line
    raise AssertionError(b"".join(seen).decode())


def s_client(port: str, *more: str) -> tuple[str, ...]:
    """openssl's client, which verifies us."""
    return (
        *("openssl", "s_client", "-verify_return_error", "-CAfile", str(AUTHORITY)),
        *("-verify_hostname", "localhost", "-connect", f"127.0.0.1:{port}", *more),
    )


@pytest.mark.needs_tool("openssl")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("engine", ENGINES)
async def test_openssls_client_is_answered(engine: str, version: str) -> None:
    served = Shouter()
    async with (
        serving(contexts(engine)[0], served) as port,
        child(*s_client(port, "-quiet", version)) as client,
    ):
        assert client.stdin is not None
        client.stdin.write(b"hello\n")
        await line_with(client, b"HELLO")
        client.kill()
        assert type(await served.lost()) is error.ConnectionLost


@pytest.mark.needs_tool("openssl")
@pytest.mark.parametrize("version", VERSIONS)
async def test_openssls_client_shows_its_certificate(version: str) -> None:
    served = Shouter()
    own = ("-cert", pem("client"), "-key", pem("client"))
    async with (
        serving(server_context(asks_client=True), served) as port,
        child(*s_client(port, "-quiet", version, *own)) as client,
    ):
        assert client.stdin is not None
        client.stdin.write(b"hello\n")
        await line_with(client, b"HELLO")
        with open(pem("client"), "rb") as file:
            assert Certificate.peerFromTransport(served.transport) == Certificate.loadPEM(file.read())
        client.kill()
        await served.lost()


@pytest.mark.needs_tool("openssl")
@pytest.mark.parametrize("version", VERSIONS)
async def test_openssls_client_without_a_certificate_is_refused(version: str) -> None:
    served = Recorder()
    async with (
        serving(server_context(asks_client=True), served) as port,
        child(*s_client(port, version)) as client,
    ):
        assert isinstance(await served.lost(), ssl.SSLError)
        await line_with(client, b"alert")


@pytest.mark.needs_tool("openssl")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("engine", ENGINES)
async def test_alpn_with_openssls_client_takes_our_best_of_its_names(engine: str, version: str) -> None:
    """The server's best."""
    served = Shouter()
    async with (
        serving(contexts(engine)[0], served) as port,
        child(*s_client(port, version, "-alpn", "zero,one,two")) as client,
    ):
        line = await line_with(client, b"ALPN protocol")
        assert line.strip() == b"ALPN protocol: two"
        assert served.transport.negotiatedProtocol == b"two"
        client.kill()
        assert type(await served.lost()) is error.ConnectionLost


@contextlib.asynccontextmanager
async def s_server(*more: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """openssl's server, which prints what comes and sends what it is told; and its port."""
    words = (
        "openssl",
        "s_server",
        "-accept",
        "127.0.0.1:0",
        "-cert",
        pem("localhost"),
        "-key",
        pem("localhost"),
    )
    async with child(*words, *more) as server:
        line = await line_with(server, b"ACCEPT")
        yield server, int(line.rsplit(b":", 1)[1])


@pytest.mark.needs_tool("openssl")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("engine", ENGINES)
async def test_openssls_server_is_spoken_to(engine: str, version: str) -> None:
    trusted = client_context() if engine == "ssl" else Certificate.loadPEM(AUTHORITY.read_bytes())
    client = Greeter()
    async with s_server(version) as (server, port):
        reactor.connectSSL("127.0.0.1", port, Negotiating(client), optionsForClientTLS("localhost", trusted))
        await line_with(server, b"hello")
        assert server.stdin is not None
        server.stdin.write(b"good day\n")
        await client.until(lambda: client.data)
        assert client.data == b"good day\n"
        client.transport.loseConnection()
        assert type(await client.lost()) is error.ConnectionDone


@pytest.mark.needs_tool("openssl")
@pytest.mark.parametrize("version", VERSIONS)
async def test_openssls_server_is_shown_our_certificate_and_names_a_protocol(version: str) -> None:
    client = Greeter()
    demands = ("-Verify", "1", "-verify_return_error", "-CAfile", str(AUTHORITY), "-alpn", "one,two")
    async with s_server(version, *demands) as (server, port):
        reactor.connectSSL("localhost", port, Negotiating(client), client_context(name="client"))
        await line_with(server, b"client.example")
        await line_with(server, b"hello")
        assert client.transport.negotiatedProtocol == b"one"
        client.transport.loseConnection()
        assert type(await client.lost()) is error.ConnectionDone


class Page(Recorder):
    """Answers any request with one page and closes."""

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        if self.data.endswith(b"\r\n\r\n"):
            self.transport.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + b"p" * 300_000)
            self.transport.loseConnection()


@pytest.mark.needs_tool("curl")
@pytest.mark.parametrize("engine", ENGINES)
async def test_curl_gets_a_page_to_its_end(engine: str) -> None:
    """The body has no length: only close_notify tells curl that it is whole."""
    served = Page()
    port = reactor.listenSSL(0, plain(served), contexts(engine)[0], interface="127.0.0.1")
    number = port.getHost().port
    where = ("--resolve", f"localhost:{number}:127.0.0.1", f"https://localhost:{number}/")
    async with child("curl", "-sS", "--cacert", str(AUTHORITY), *where) as curl:
        assert curl.stdout is not None
        async with asyncio.timeout(10):
            assert await curl.stdout.read() == b"p" * 300_000
    assert type(await served.lost()) is error.ConnectionDone
    await port.stopListening()


def plain(made: Any) -> Any:
    """A factory that gives *made* and negotiates nothing."""
    factory: Any = protocol.Factory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: made
    return factory
