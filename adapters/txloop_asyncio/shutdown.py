"""`txloop.running` and `txloop.run`: an orderly end for Twisted-style code in an asyncio program."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from txloop_asyncio import ambient
from txloop_asyncio._reactor.guest import Guest
from txloop_asyncio._reactor.loops import loop_factory
from txloop_asyncio.reactor import LoopReactor

_T = TypeVar("_T")


@asynccontextmanager
async def running(*, shutdown_timeout_seconds: float) -> AsyncIterator[LoopReactor]:
    """The running loop's reactor; at the end its whole shutdown, unless another `running` is still open."""
    reactor: LoopReactor = ambient.ambient_reactor()
    loop = asyncio.get_running_loop()
    guest = reactor.entry
    if isinstance(guest, Guest) and (guest.ended or not reactor._started):
        # It was stopped; `running` is how to begin again.
        if not guest.ended:
            await guest.end(shutdown_timeout_seconds)
        guest = Guest(reactor, loop)
        guest.begin()
    if not isinstance(guest, Guest):  # reactor.run() runs this loop, and ends it
        yield reactor
        return
    guest.visitors += 1
    try:
        yield reactor
    finally:
        guest.visitors -= 1
        if not guest.visitors:
            await guest.end(shutdown_timeout_seconds, close_gently=True)


def run(main: Coroutine[Any, Any, _T], *, loop: str, debug: bool | None) -> _T:
    """`asyncio.run` with our choice of loop, and `running` around *main*."""

    async def main_with_reactor() -> _T:
        async with running(shutdown_timeout_seconds=10):
            return await main

    with asyncio.Runner(debug=debug, loop_factory=loop_factory(None if loop == "auto" else loop)) as runner:
        return runner.run(main_with_reactor())
