"""A TLS peer that is played by hand, so that it may misbehave: for tests that ask for `dial`."""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tls_material import ENGINES, client_context, contexts
from txloop.internet import protocol


class Peer:
    """The other end, by hand: a socket, and the standard library's TLS when it is told to begin.

    Args:
        connected: A socket of its own, not blocking.
        context: Of the side it plays.
    """

    def __init__(self, connected: socket.socket, context: ssl.SSLContext) -> None:
        self.socket = connected
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        is_server = context.protocol is ssl.PROTOCOL_TLS_SERVER
        self.tls = context.wrap_bio(self._incoming, self._outgoing, server_side=is_server)

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def receive(self) -> bytes:
        async with asyncio.timeout(10):
            return await asyncio.get_running_loop().sock_recv(self.socket, 65536)

    async def flush(self, *, before: bytes = b"") -> None:
        """What TLS has to send, in one segment with *before*."""
        if data := before + self._outgoing.read():
            await self.send(data)

    async def say_hello(self, most: int | None = None) -> None:
        """A client's first flight, or only so many bytes of it."""
        with pytest.raises(ssl.SSLWantReadError):
            self.tls.do_handshake()
        await self.send(self._outgoing.read()[:most])

    async def do(self, step: Callable[[], Any], *, before: bytes = b"") -> Any:
        """*step* of TLS, fed as long as it wants bytes."""
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                await self.flush(before=before)
                before = b""
                data = await self.receive()
                if not data:
                    raise EOFError from None
                self._incoming.write(data)
            else:
                await self.flush()
                return done

    async def read(self, size: int) -> bytes:
        """So many bytes of plaintext."""
        data = b""
        while missing := size - len(data):
            data += await self.do(functools.partial(self.tls.read, missing))
        return data

    async def write(self, data: bytes) -> None:
        self.tls.write(data)
        await self.flush()


Dial = Callable[[int], Any]


@pytest.fixture
def dial() -> Iterator[Dial]:
    """Connects a Peer, as a TLS client, to a port of ours."""
    made: list[socket.socket] = []

    async def connect(port: int) -> Peer:
        made.append(socket.socket())
        made[-1].setblocking(False)
        await asyncio.get_running_loop().sock_connect(made[-1], ("127.0.0.1", port))
        return Peer(made[-1], client_context(checks=False))

    yield connect
    for each in made:
        each.close()


@pytest.fixture(params=ENGINES)
def server_side(request: pytest.FixtureRequest) -> Any:
    return contexts(request.param)[0]


def giving(*made: Any) -> Any:
    """A factory that gives each of them, one after the other."""
    left = list(made)
    factory: Any = protocol.Factory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: left.pop(0)
    return factory
