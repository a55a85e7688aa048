"""Load and soak: many connections, many short ones, and millions of messages of every kind at once.

Every function serves in this process and returns what was counted, a row of the table; it raises
AssertionError if anything was lost, doubled or out of order, or if descriptors, threads, objects
or memory are not back where they were.

    connections(count)    so many at the same time: echo, idle, half of them die, the rest echo again
    churn(count)          connect, echo, close
    messages(count)       lines over TCP, TLS and UNIX, datagrams, timers, calls from threads, Deferred chains
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reliability.serving import open_descriptors, resident_kibibytes
from support import child_environment
from tls_material import client_context, server_context
from txloop.internet import defer, protocol, reactor, task, threads
from txloop.protocols.basic import LineReceiver

CROWD = Path(__file__).with_name("crowd.py")

# What may differ between two quiet moments of the same process: caches, a pool's thread that has not ended.
OBJECTS_MORE = 2_000
KIBIBYTES_MORE = 24 * 1024


@dataclass
class Row:
    """What a load was, and what was seen."""

    load: str
    seconds: float
    seen: str


class Inventory:
    """What a process holds at a quiet moment."""

    def __init__(self) -> None:
        gc.collect()
        self.descriptors = open_descriptors()
        # asyncio's own pool, which the client uses, grows when it likes.
        self.threads = sum(not thread.name.startswith("asyncio_") for thread in threading.enumerate())
        self.kibibytes = resident_kibibytes()
        self.objects = len(gc.get_objects())

    def still_holds(self) -> str:
        """What has come since, in words.  AssertionError if it is too much."""
        now = Inventory()
        assert now.descriptors <= self.descriptors, f"{now.descriptors - self.descriptors} descriptors more"
        assert now.threads <= self.threads, f"{now.threads - self.threads} threads more"
        objects, kibibytes = now.objects - self.objects, now.kibibytes - self.kibibytes
        assert objects <= OBJECTS_MORE, f"{objects} objects more"
        assert kibibytes <= KIBIBYTES_MORE, f"{kibibytes} KiB more"
        return f"descriptors +0, threads +0, objects {objects:+}, memory {kibibytes / 1024:+.1f} MiB"


async def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


# ---- connections ---------------------------------------------------------------------------------


class Counting(protocol.Factory):
    """Makes echoes, and counts them."""

    noisy = False

    def __init__(self) -> None:
        self.made = self.lost = self.most = self.bytes = 0

    def buildProtocol(self, addr: Any) -> Any:
        return CountedEcho(self)


class CountedEcho(protocol.Protocol):
    """Sends back what comes."""

    def __init__(self, counts: Counting) -> None:
        self.counts = counts

    def connectionMade(self) -> None:
        counts = self.counts
        counts.made += 1
        counts.most = max(counts.most, counts.made - counts.lost)

    def dataReceived(self, data: bytes) -> None:
        self.counts.bytes += len(data)
        self.transport.write(data)

    def connectionLost(self, reason: Any = None) -> None:
        self.counts.lost += 1


@contextlib.contextmanager
def crowd(what: str, port: int, count: int) -> Iterator[subprocess.Popen[str]]:
    """The other process."""
    child = subprocess.Popen(
        [sys.executable, str(CROWD), what, str(port), str(count)],
        env=child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
        assert child.wait(60) == 0
    finally:
        child.kill()
        child.communicate()


async def connections(count: int) -> Row:
    """*count* connections at the same time."""
    _allow_descriptors(count + 200)
    counts = Counting()
    port = reactor.listenTCP(0, counts, backlog=1024)
    await asyncio.to_thread(int)
    before = Inventory()
    began = time.perf_counter()
    with crowd("stay", port.getHost().port, count) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert await asyncio.to_thread(child.stdout.readline) == f"echoed {count}\n"
        each_kibibytes = (resident_kibibytes() - before.kibibytes) / count
        assert (counts.made - counts.lost, counts.bytes) == (count, 9 * count)
        print("half", file=child.stdin, flush=True)
        reset = int((await asyncio.to_thread(child.stdout.readline)).split()[1])
        await until(lambda: counts.lost == reset)
        print("rest", file=child.stdin, flush=True)
        assert await asyncio.to_thread(child.stdout.readline) == "closed\n"
        await until(lambda: counts.lost == count)
        await asyncio.to_thread(child.wait)
    seconds = time.perf_counter() - began
    assert (counts.made, counts.lost, counts.bytes) == (count, count, 9 * (2 * count - reset))
    await asyncio.sleep(0.1)
    kept = before.still_holds()
    await port.stopListening()
    return Row(
        f"{count:,} connections at once, {reset:,} of them reset",
        seconds,
        f"{each_kibibytes:.1f} KiB each; {kept}",
    )


def _allow_descriptors(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


async def churn(count: int) -> Row:
    """*count* connections, one after the other, four at a time."""
    counts = Counting()
    port = reactor.listenTCP(0, counts, backlog=1024)
    with crowd("churn", port.getHost().port, 200) as child:
        await asyncio.to_thread(child.wait)
    await until(lambda: counts.lost == 200)
    before = Inventory()
    began = time.perf_counter()
    with crowd("churn", port.getHost().port, count) as child:
        await asyncio.to_thread(child.wait)
    await until(lambda: counts.lost == count + 200)
    seconds = time.perf_counter() - began
    assert (counts.made, counts.bytes) == (count + 200, 9 * (count + 200))
    await asyncio.sleep(0.1)
    kept = before.still_holds()
    await port.stopListening()
    return Row(f"{count:,} times connect, echo, close", seconds, f"{count / seconds:,.0f} a second; {kept}")


# ---- messages -----------------------------------------------------------------------------------------

WINDOW = 200  # so many lines are on their way in each stream


class Hashing(LineReceiver):
    """Keeps a hash of the lines."""

    def connectionMade(self) -> None:
        self.heard = hashlib.blake2b()
        self.count = 0

    def note(self, line: bytes) -> None:
        self.heard.update(line)
        self.count += 1


class LineServer(Hashing):
    """Each line goes back."""

    def lineReceived(self, line: bytes) -> None:
        self.note(line)
        self.sendLine(line)


class LineClient(Hashing):
    """Sends *total* numbered lines, a window at a time; `done` fires when all have come back.

    Args:
        total: How many.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.sent = 0
        self.said = hashlib.blake2b()
        self.done: defer.Deferred[None] = defer.Deferred()

    def connectionMade(self) -> None:
        super().connectionMade()
        self._send(WINDOW)

    def lineReceived(self, line: bytes) -> None:
        self.note(line)
        if self.count == self.total:
            self.transport.loseConnection()
        elif self.count % (WINDOW // 2) == 0:
            self._send(WINDOW // 2)

    def _send(self, count: int) -> None:
        for _ in range(min(count, self.total - self.sent)):
            line = b"line %d of a stream" % self.sent
            self.sent += 1
            self.said.update(line)
            self.sendLine(line)

    def connectionLost(self, reason: Any = None) -> None:
        self.done.callback(None)


Listen = Callable[[Any], Any]
Connect = Callable[[Any, Any], Any]


async def lines(count: int, listen: Listen, connect: Connect, streams: int = 4) -> int:
    """Over so many connections; how many lines came back."""
    servers: list[LineServer] = []

    def serve(addr: Any) -> LineServer:
        servers.append(LineServer())
        return servers[-1]

    factory = protocol.Factory()
    factory.noisy = False
    factory.buildProtocol = serve  # type: ignore[method-assign]
    port = listen(factory)
    clients = [LineClient(count // streams) for _ in range(streams)]
    for client in clients:
        connecting = protocol.ClientFactory()
        connecting.noisy = False
        connecting.buildProtocol = lambda addr, client=client: client  # type: ignore[misc]
        connect(port, connecting)
    await defer.gatherResults([client.done for client in clients])
    await port.stopListening()
    for client in clients:
        assert (client.sent, client.count) == (client.total, client.total)
        assert client.heard.digest() == client.said.digest()
    heard = sorted(server.heard.digest() for server in servers)
    assert heard == sorted(client.said.digest() for client in clients)
    return sum(client.count for client in clients)


def tcp(count: int) -> Awaitable[int]:
    return lines(
        count,
        lambda factory: reactor.listenTCP(0, factory, interface="127.0.0.1"),
        lambda port, factory: reactor.connectTCP("127.0.0.1", port.getHost().port, factory),
    )


def tls(count: int) -> Awaitable[int]:
    serving, connecting = server_context(), client_context(checks=False)
    return lines(
        count,
        lambda factory: reactor.listenSSL(0, factory, serving, interface="127.0.0.1"),
        lambda port, factory: reactor.connectSSL("127.0.0.1", port.getHost().port, factory, connecting),
    )


async def unix(count: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        return await lines(
            count,
            lambda factory: reactor.listenUNIX(f"{folder}/s", factory),
            lambda port, factory: reactor.connectUNIX(f"{folder}/s", factory),
        )


async def datagrams(count: int) -> int:
    """One after the other, echoed: UDP may lose some of many, so one is on its way at a time."""

    class Answers(protocol.DatagramProtocol):
        def datagramReceived(self, data: bytes, addr: Any) -> None:
            self.transport.write(data, addr)

    class Asks(protocol.DatagramProtocol):
        came = 0
        done: defer.Deferred[None] = defer.Deferred()

        def startProtocol(self) -> None:
            self.transport.connect(*where)
            self.transport.write(b"0")

        def datagramReceived(self, data: bytes, addr: Any) -> None:
            assert data == b"%d" % self.came
            self.came += 1
            if self.came == count:
                self.done.callback(None)
            else:
                self.transport.write(b"%d" % self.came)

    answering = reactor.listenUDP(0, Answers(), interface="127.0.0.1")
    where = ("127.0.0.1", answering.getHost().port)
    asks = Asks()
    asking = reactor.listenUDP(0, asks, interface="127.0.0.1")
    await asks.done
    await asking.stopListening()
    await answering.stopListening()
    return asks.came


async def timers(count: int) -> int:
    """A hundred chains of delayed calls, and as many calls that are cancelled."""
    done: defer.Deferred[None] = defer.Deferred()
    chains = 100
    made = [0] * chains

    def next_of(chain: int) -> None:
        made[chain] += 1
        reactor.callLater(3600, next_of, chain).cancel()
        if made[chain] < count // chains:
            reactor.callLater(0, next_of, chain)
        elif sum(made) == count // chains * chains:
            done.callback(None)

    for chain in range(chains):
        next_of(chain)
    await done
    return sum(made)


async def thread_calls(count: int) -> int:
    """Eight threads call into the loop, in order."""
    workers = 8
    came: list[list[int]] = [[] for _ in range(workers)]

    def work(number: int) -> None:
        for index in range(count // workers):
            reactor.callFromThread(came[number].append, index)
            if index % 1000 == 999:  # the loop has other things to do
                threads.blockingCallFromThread(reactor, int)

    await defer.gatherResults([threads.deferToThread(work, number) for number in range(workers)])
    await task.deferLater(reactor, 0, int)
    assert came == [list(range(count // workers))] * workers
    return sum(map(len, came))


async def chains(count: int) -> int:
    """Deferreds fired through ten callbacks each, a hundred a turn."""
    total = 0
    for first in range(0, count, 100):
        for number in range(first, min(first + 100, count)):
            deferred: defer.Deferred[int] = defer.Deferred()
            for _ in range(10):
                deferred.addCallback(lambda value: value + 1)
            deferred.callback(number)
            total += deferred.result == number + 10
        await task.deferLater(reactor, 0, int)
    return total


# Of a hundred messages.
SHARES: dict[Callable[[int], Awaitable[int]], int] = {
    tcp: 40,
    tls: 20,
    unix: 20,
    timers: 10,
    chains: 6,
    datagrams: 2,
    thread_calls: 2,
}


async def messages(count: int) -> Row:
    """All kinds at the same time; *count* in all."""
    reactor.getThreadPool().adjustPoolsize(8, 8)  # all of them at once, not when they happen to be needed
    await _mixed(20_000)
    before = Inventory()
    began = time.perf_counter()
    came = await _mixed(count)
    seconds = time.perf_counter() - began
    assert came == {kind.__name__: count * share // 100 for kind, share in SHARES.items()}
    await asyncio.sleep(0.1)
    return Row(
        f"{count:,} messages of seven kinds at once",
        seconds,
        f"{count / seconds:,.0f} a second; {before.still_holds()}",
    )


async def _mixed(count: int) -> dict[str, int]:
    async with asyncio.TaskGroup() as group:
        running = {
            kind.__name__: group.create_task(_awaited(kind(count * share // 100)))
            for kind, share in SHARES.items()
        }
    return {name: each.result() for name, each in running.items()}


async def _awaited(awaitable: Awaitable[int]) -> int:
    return await awaitable


def most_connections(wanted: int) -> int:
    """*wanted*, or as many as this system lets a process have."""
    return min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 200)
