"""A port with a recorder a connection, and plain sockets that connect to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from transport_suite.parts import Recorder
from txloop.internet import protocol, reactor


async def comes_true(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait until *condition* holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0)


class Served:
    """The port; `made` are its protocols, in order.

    Args:
        make: Makes a protocol for each connection.
    """

    def __init__(self, make: Callable[[], Any] = Recorder) -> None:
        self.made: list[Any] = []
        self.factory = protocol.Factory()
        self.factory.noisy = False
        self.factory.buildProtocol = self._build  # type: ignore[method-assign]
        self._make = make
        self._sockets: list[socket.socket] = []
        self.port: Any = None

    def _build(self, addr: Any) -> Any:
        self.made.append(self._make())
        return self.made[-1]

    @property
    def where(self) -> tuple[str, int]:
        """What a client connects to."""
        return "127.0.0.1", self.port.getHost().port

    async def connect(self) -> tuple[socket.socket, Any]:
        """A plain client socket, and the protocol that serves it."""
        count = len(self.made)
        client = socket.socket()
        client.connect(self.where)  # no name is looked up: a test may have broken that
        client.setblocking(False)
        self._sockets.append(client)
        await comes_true(lambda: len(self.made) > count and self.made[-1].transport is not None)
        return client, self.made[-1]

    async def answers(self, request: bytes = b"hello\r\n", expected: bytes | None = None) -> bool:
        """Whether a newcomer gets *expected*, its request if nothing else is said."""
        client, _ = await self.connect()
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(client, request)
        got = b""
        async with asyncio.timeout(10):
            while len(got) < len(expected or request):
                got += await loop.sock_recv(client, 65536)
        return got == (expected or request)

    async def end(self) -> None:
        """Everything away."""
        for client in self._sockets:
            client.close()
        await self.port.stopListening()
        for each in self.made:
            if each.transport is not None and each.transport.connected:
                each.transport.abortConnection()
        for _ in range(5):
            await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def serving(make: Callable[[], Any] = Recorder, listen: Any = None) -> AsyncIterator[Served]:
    """Serve for the block.

    Args:
        listen: Given the factory, a listening port; plain TCP if None.
    """
    served = Served(make)
    served.port = (
        reactor.listenTCP(0, served.factory, interface="127.0.0.1")
        if listen is None
        else listen(served.factory)
    )
    try:
        yield served
    finally:
        await served.end()


class Client(protocol.ClientFactory):
    """Notes how an attempt goes."""

    noisy = False
    protocol = Recorder

    def __init__(self) -> None:
        self.failed: list[Any] = []
        self.lost: list[Any] = []

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        self.failed.append(reason.value)

    def clientConnectionLost(self, connector: Any, reason: Any) -> None:
        self.lost.append(reason.value)


class Echo(protocol.Protocol):
    """What came goes back."""

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


@contextlib.contextmanager
def no_descriptors(but: int = 0) -> Iterator[None]:
    """In the block this process can open nothing more, or no more than *but*."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    highest = max(map(int, os.listdir("/proc/self/fd")))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 30, limits[1]))
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        for _ in range(but):
            os.close(taken.pop())
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def open_descriptors() -> int:
    """How many this process has."""
    return len(os.listdir("/proc/self/fd"))


def resident_kibibytes() -> int:
    """How much memory this process has."""
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
    return pages * resource.getpagesize() // 1024
