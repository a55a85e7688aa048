"""What raises behind TLS loses that connection alone, like everything in raising_player.py."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Any

import pytest
from zope.interface import implementer

from reliability.serving import serving
from tls_material import client_context, server_context
from transport_suite.parts import Recorder
from txloop.internet import interfaces, reactor

pytestmark = pytest.mark.asyncio
Flush = Callable[..., list[Any]]


class Users(ZeroDivisionError):
    """What the user's code raises."""


class Echo(Recorder):
    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.transport.write(data)


@implementer(interfaces.IHandshakeListener)
class Victim(Echo):
    """Raises in one of its methods, once it is armed."""

    place = ""

    def raises(self, place: str) -> None:
        if self.place == place:
            raise Users(place)

    def connectionMade(self) -> None:
        super().connectionMade()
        self.raises("connectionMade")

    def handshakeCompleted(self) -> None:
        self.raises("handshakeCompleted")

    def dataReceived(self, data: bytes) -> None:
        self.raises("dataReceived")
        super().dataReceived(data)
        if "Producing" in self.place:
            self.transport.registerProducer(self, True)
            self.transport.write(b"x" * 200_000)

    def pauseProducing(self) -> None:
        self.raises("pauseProducing")

    def resumeProducing(self) -> None:
        self.raises("resumeProducing")

    def stopProducing(self) -> None:
        self.raises("stopProducing")

    def connectionLost(self, reason: Any = None) -> None:
        super().connectionLost(reason)
        self.raises("connectionLost")


async def talk(where: tuple[str, int]) -> bytes:
    """What a TLS client hears, in whatever way that ends."""
    heard = b""
    with contextlib.suppress(ssl.SSLError, OSError, asyncio.IncompleteReadError):
        reader, writer = await asyncio.open_connection(
            *where, ssl=client_context(), server_hostname="localhost"
        )
        writer.write(b"hello")
        heard = await reader.read(5)
        if heard:
            await asyncio.sleep(0)
        writer.close()
        await writer.wait_closed()
    return heard


PLACES = (
    "connectionMade", "handshakeCompleted", "dataReceived", "connectionLost",
    "pauseProducing", "stopProducing",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
async def test_a_protocol_that_raises_behind_tls(place: str, flush_logged_errors: Flush) -> None:
    made: list[Any] = []

    def make() -> Any:
        made.append(Victim() if len(made) == 1 else Echo())
        if isinstance(made[-1], Victim):
            made[-1].place = place
        return made[-1]

    def listen(factory: Any) -> Any:
        return reactor.listenSSL(0, factory, server_context(), interface="127.0.0.1")

    async with asyncio.timeout(30), serving(make, listen) as served:
        witness_reader, witness = await asyncio.open_connection(
            *served.where, ssl=client_context(), server_hostname="localhost"
        )
        await talk(served.where)
        victim = made[1]
        await victim.lost()
        assert victim.events.count("lost") == 1
        assert len(flush_logged_errors(Users)) == 1
        witness.write(b"still")
        assert await witness_reader.readexactly(5) == b"still"
        assert await talk(served.where) == b"hello"
        witness.close()
        with contextlib.suppress(ssl.SSLError, OSError):
            await witness.wait_closed()


async def test_a_context_factory_that_raises_refuses_that_connection_alone(
    flush_logged_errors: Flush,
) -> None:
    asked: list[int] = []

    @implementer(interfaces.IOpenSSLServerConnectionCreator)
    class Creator:
        def serverConnectionForTLS(self, protocol: Any) -> Any:
            asked.append(1)
            if len(asked) == 2:
                raise Users("no context")
            return good.serverConnectionForTLS(protocol)

    pytest.importorskip("OpenSSL", reason="pyOpenSSL is missing")
    from tls_material import pem
    from txloop.internet.ssl import PrivateCertificate

    with open(pem("localhost"), "rb") as file:
        good = PrivateCertificate.loadPEM(file.read()).options()

    def listen(factory: Any) -> Any:
        return reactor.listenSSL(0, factory, Creator(), interface="127.0.0.1")

    async with asyncio.timeout(30), serving(Echo, listen) as served:
        assert await talk(served.where) == b"hello"
        assert await talk(served.where) == b""
        assert await talk(served.where) == b"hello"
        assert len(flush_logged_errors(Users)) == 1
