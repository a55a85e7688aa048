"""Looking names up has threads of its own: it and deferToThread never wait for each other."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import pytest

from txloop.internet import protocol, reactor
from txloop.internet._resolver import GAIResolver
from txloop.internet.defer import gatherResults
from txloop.internet.error import DNSLookupError
from txloop.internet.threads import deferToThread
from txloop_asyncio.ambient import ambient_reactor
from txloop_asyncio.names import LOOKUP_THREADS


class SlowNames:
    """For the running reactor, ``slow.example`` is found when `found` is set; all else at once, as ever."""

    def __init__(self) -> None:
        self.found = threading.Event()
        self.asked = 0

    def getaddrinfo(self, host: Any, *args: Any) -> Any:
        if host != "slow.example":
            return socket.getaddrinfo(host, *args)
        self.asked += 1
        assert self.found.wait(30)
        return socket.getaddrinfo("127.0.0.1", *args)

    async def until_asked(self, times: int) -> None:
        async with asyncio.timeout(20):
            while self.asked < times:
                await asyncio.sleep(0)

    def __enter__(self) -> SlowNames:
        names = ambient_reactor().names
        names.installNameResolver(
            GAIResolver(reactor, names._started_pool, getaddrinfo=self.getaddrinfo),
        )
        return self

    def __exit__(self, *raised: object) -> None:
        self.found.set()


@pytest.mark.asyncio
async def test_slow_lookups_do_not_hold_up_threads() -> None:
    with SlowNames() as slow_names:
        pending = [reactor.resolve("slow.example") for _ in range(2 * LOOKUP_THREADS)]
        async with asyncio.timeout(20):
            assert await gatherResults([deferToThread(int, n) for n in range(50)]) == list(range(50))
        await slow_names.until_asked(LOOKUP_THREADS)
        assert slow_names.asked == LOOKUP_THREADS  # the rest wait for these, for nothing else
        slow_names.found.set()
        async with asyncio.timeout(20):
            assert await gatherResults(pending) == ["127.0.0.1"] * len(pending)


@pytest.mark.asyncio
async def test_busy_threads_do_not_hold_up_lookups() -> None:
    release = threading.Event()
    busy = [deferToThread(release.wait, 30) for _ in range(50)]
    try:
        async with asyncio.timeout(20):
            assert await reactor.resolve("localhost") == "127.0.0.1"
    finally:
        release.set()
    await gatherResults(busy)


@pytest.mark.asyncio
async def test_a_slow_lookup_does_not_hold_up_the_loop_and_a_connection_waits_for_it() -> None:
    class Noting(protocol.Protocol):
        def connectionMade(self) -> None:
            self.transport.loseConnection()
            made.set()

    made = asyncio.Event()
    served, connecting = protocol.Factory.forProtocol(protocol.Protocol), protocol.ClientFactory()
    connecting.protocol = Noting
    port = reactor.listenTCP(0, served, interface="127.0.0.1")
    with SlowNames() as slow_names:
        reactor.connectTCP("slow.example", port.getHost().port, connecting)
        await slow_names.until_asked(1)
        assert not made.is_set()
    async with asyncio.timeout(20):
        await made.wait()
        await port.stopListening()


@pytest.mark.asyncio
async def test_a_name_that_is_not_found_is_named() -> None:
    with pytest.raises(DNSLookupError, match=r"no-such-name\.invalid"):
        await reactor.resolve("no-such-name.invalid")
