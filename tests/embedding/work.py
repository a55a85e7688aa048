"""What an asyncio application does with old code, a bit of everything; and that nothing is left of it."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import threading
from typing import Any

import txloop
from txloop.internet import protocol, reactor
from txloop.internet.task import deferLater
from txloop.internet.threads import deferToThread
from txloop.protocols.basic import LineReceiver


class Shouter(LineReceiver):
    """The old server: answers in capitals, and writes down its end."""

    def connectionMade(self) -> None:
        self.factory.connections.append(self)  # type: ignore[union-attr]  # ShouterFactory's

    def lineReceived(self, line: bytes) -> None:
        self.sendLine(line.upper())

    def connectionLost(self, reason: Any = None) -> None:
        self.factory.events.append(reason.type.__name__)  # type: ignore[union-attr]


class ShouterFactory(protocol.ServerFactory):
    protocol = Shouter
    noisy = False

    def __init__(self, events: list[str]) -> None:
        self.events = events
        self.connections: list[Shouter] = []


class Asker(LineReceiver):
    """The old client: ask() gives a Deferred."""

    def __init__(self) -> None:
        self.answer: txloop.Deferred[bytes] = txloop.Deferred()

    def ask(self, question: bytes) -> txloop.Deferred[bytes]:
        self.sendLine(question)
        return self.answer

    def lineReceived(self, line: bytes) -> None:
        answer, self.answer = self.answer, txloop.Deferred()
        answer.callback(line)


class Work:
    """One use of everything.

    Attributes:
        events: What happened, in order.
        port: Where it listened.
    """

    # Of the two ends of the one connection only the server's is written down.
    AT_THE_LOOPS_END = ("worked", "before", "ConnectionLost", "during", "after")
    AT_THE_END_OF_RUNNING = ("worked", "before", "ConnectionDone", "during", "after")

    def __init__(self) -> None:
        self.events: list[str] = []
        self.port = 0

    async def do(self) -> None:
        """Serve, connect, ask, wait, think in a thread; and leave all of it open."""
        for phase in ("before", "during", "after"):
            reactor.addSystemEventTrigger(phase, "shutdown", self.events.append, phase)
        port = reactor.listenTCP(0, ShouterFactory(self.events), interface="127.0.0.1")
        self.port = port.getHost().port
        client = await protocol.ClientCreator(reactor, Asker).connectTCP("localhost", self.port)
        assert await client.ask(b"hello") == b"HELLO"
        await deferLater(reactor, 0.001)
        assert await deferToThread(threading.current_thread) is not threading.current_thread()
        assert await reactor.resolve("localhost") == "127.0.0.1"
        reactor.callLater(1000, self.events.append, "never")
        self.events.append("worked")

    def assert_ended(self, expected: tuple[str, ...]) -> None:
        """Everything was told once, and the port is closed."""
        assert tuple(self.events) == expected
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except ConnectionRefusedError:
            return
        raise AssertionError(f"port {self.port} is still open")


def open_descriptors() -> set[str]:
    """What this process has open, by number and target; pipes of the test run itself too."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            found.add(f"{number} {os.readlink(f'/proc/self/fd/{number}')}")
        except OSError:
            pass  # the listing's own
    return found


def objects_by_type() -> dict[str, int]:
    """How many objects the collector knows, of each type, once all garbage is gone."""
    for _ in range(3):
        gc.collect()
    counts: dict[str, int] = {}
    for each in gc.get_objects():
        name = f"{type(each).__module__}.{type(each).__qualname__}"
        counts[name] = counts.get(name, 0) + 1
    return counts


async def turns(count: int = 5) -> None:
    """Let the loop turn."""
    for _ in range(count):
        await asyncio.sleep(0)
