"""What transport tests are made of: protocols that write down what happens to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from txloop.internet import interfaces, protocol


class Recorder(protocol.Protocol):
    """Keeps everything; `changed` lets a test wait for it.

    Attributes:
        events: The names of what happened, in order.
        data: All bytes together.
        reason: Why it was lost, the exception; None before.
    """

    def __init__(self) -> None:
        self.events: list[str] = []
        self.data = b""
        self.reason: BaseException | None = None
        self.changed = asyncio.Event()

    def note(self, event: str) -> None:
        """It happened."""
        self.events.append(event)
        self.changed.set()

    def connectionMade(self) -> None:
        self.note("made")

    def dataReceived(self, data: bytes) -> None:
        self.data += data
        self.note("data")

    def connectionLost(self, reason: Any = None) -> None:
        self.reason = reason.value
        self.note("lost")

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until *condition* holds."""
        async with asyncio.timeout(10):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def lost(self) -> BaseException:
        """Wait for the end; why it came."""
        await self.until(lambda: self.reason is not None)
        assert self.reason is not None
        return self.reason


@implementer(interfaces.IHalfCloseableProtocol)
class HalfCloseable(Recorder):
    """Is told of each side's end."""

    def readConnectionLost(self) -> None:
        self.note("read lost")

    def writeConnectionLost(self) -> None:
        self.note("write lost")


class Producer:
    """Writes down what it is told; `on_resume` is what it does then."""

    def __init__(self, on_resume: Callable[[], object] = lambda: None) -> None:
        self.told: list[str] = []
        self.depth = 0
        self.on_resume = on_resume

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        assert self.depth == 0, "resumed from inside its own write"
        self.told.append("resume")
        self.depth += 1
        try:
            self.on_resume()
        finally:
            self.depth -= 1

    def stopProducing(self) -> None:
        self.told.append("stop")


async def turns(count: int = 5) -> None:
    """Let the loop turn."""
    for _ in range(count):
        await asyncio.sleep(0)
