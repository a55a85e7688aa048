"""A reactor that is a guest in somebody else's running loop.

It runs from its first use, installs no signal handlers, and never stops the loop.
Its end comes by itself: with the reactor the loop keeps an asynchronous generator that
has been started once.  `shutdown_asyncgens()` (asyncio.run, Runner, uvloop.run) closes
it inside the live loop, and its `finally` is our shutdown:

    before-triggers, their Deferreds       at most so many seconds
    ports, connections: lost               at once, with ConnectionLost; or, at the end of
                                           `running()`, asked to close and then aborted
    during-triggers, after-triggers
    delayed calls                          cancelled
    attempts to connect again              told to have failed, once; then dropped (attempts.py)
    threads                                joined, beside the loop, at most so many seconds

What had to be cut is logged.  After stop(), crash() or `running()` the loop goes on, and
the program may open ports, call later and use threads again: the last three lines are
done once more when the loop ends, or when the first time was cut short.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from txloop.internet._deferred.debug_info import met_loop
from txloop.internet._reactor_life import ReactorEvent, ReactorLife
from txloop.internet._system_events import call_logged
from txloop.internet.defer import Deferred
from txloop.logger import Logger
from txloop.logger import _embedded as embedded_logging
from txloop.python.threadpool import ThreadPool
from txloop_asyncio._reactor import whereabouts
from txloop_asyncio.reactor import CLOSING_TURNS, Entry

if TYPE_CHECKING:
    from txloop_asyncio.reactor import LoopReactor

# Each of the two waits, for triggers and for threads.  Arbitrary, not tuned: as long as
# most supervisors wait before they kill.
SHUTDOWN_TIMEOUT_SECONDS = 10.0

_log = Logger(namespace="txloop.internet.base")


class Guest(Entry):
    """One stay of a reactor in a running loop."""

    is_guest = True

    def __init__(self, reactor: LoopReactor, loop: asyncio.AbstractEventLoop) -> None:
        self._reactor = reactor
        self._loop = loop
        self._stay: AsyncGenerator[None, None] | None = None
        self._ending_pools: list[tuple[ThreadPool, asyncio.Future[None], threading.Thread]] = []
        self.ended = False
        self.visitors = 0  # how many `async with running()` there are

    def begin(self) -> None:
        """Be in the loop that runs in this thread now."""
        reactor = self._reactor
        met_loop()
        reactor.entry = self
        reactor.take_loop(self._loop, as_its_own=True)
        reactor.calls.attach(self._loop)
        reactor.advance(ReactorEvent.RUN_ASKED)
        whereabouts.began(reactor)
        embedded_logging.attach()
        self._logging = weakref.finalize(self, embedded_logging.detach)
        self._logging.atexit = False
        self._stay = self._stay_in_loop()
        try:
            self._stay.__anext__().send(None)  # to its yield, which the loop's hooks notice
        except StopIteration:
            pass
        reactor.fireSystemEvent("startup")

    async def end(
        self, timeout_seconds: float = SHUTDOWN_TIMEOUT_SECONDS, *, close_gently: bool = False
    ) -> None:
        """The whole shutdown, once; see above."""
        if self.ended:
            return
        self.ended = True
        reactor = self._reactor
        deadline = self._loop.time() + timeout_seconds
        if reactor.life in (ReactorLife.STARTING, ReactorLife.RUNNING):
            reactor.advance(ReactorEvent.STOP_ASKED)
            await self._call_before_triggers(deadline)
            with self._holding_attempts():
                if close_gently:
                    await self._close_connections(deadline)
                reactor.fireSystemEvent("shutdown")  # nothing is left of "before", so it is done at once
                await self._end_the_rest(timeout_seconds)
            return
        if reactor.life is ReactorLife.STOPPING:  # by stop(), just now
            await self._wait(reactor.stopped(), deadline, "the shutdown that stop() has begun")
        with self._holding_attempts():
            await self._end_the_rest(timeout_seconds)

    def shutting_down(self) -> None:
        """Who connects again because a connection is lost is held, until all of them are."""
        holding = ExitStack()
        holding.enter_context(self._reactor.attempts.held_and_told())
        self._loop.call_soon(holding.close)

    def crashed(self) -> None:
        """The loop is the host's and goes on."""

    def end_pool(self, pool: ThreadPool) -> None:
        """Stop *pool* in a thread of its own: its workers may need this loop to end."""
        joined: asyncio.Future[None] = self._loop.create_future()

        def stop_and_tell() -> None:
            pool.stop()
            try:
                self._loop.call_soon_threadsafe(_settle, joined)
            except RuntimeError:
                pass  # the loop was closed: nobody waits

        joining = threading.Thread(target=stop_and_tell, name="txloop-joining-threads", daemon=True)
        joining.start()
        self._ending_pools.append((pool, joined, joining))

    # ---- ours ------------------------------------------------------------------------

    async def _stay_in_loop(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await self.end()
            if self._reactor.entry is self:  # no later `running()` has begun another stay
                with self._holding_attempts():
                    await self._end_the_rest(SHUTDOWN_TIMEOUT_SECONDS)

    async def _end_the_rest(self, timeout_seconds: float) -> None:
        """What is left after the triggers, crash(), or a shutdown that was cancelled in its midst."""
        reactor = self._reactor
        if reactor.life is not ReactorLife.IDLE:
            reactor.fireSystemEvent("shutdown")
        await self._lose_everything()
        reactor._stopThreadPool()
        await self._join_pools(timeout_seconds)
        await self._lose_everything()  # what came of that

    @contextmanager
    def _holding_attempts(self) -> Iterator[None]:
        try:
            with self._reactor.attempts.held_and_told():
                yield
        finally:
            self._logging()

    async def _lose_everything(self) -> None:
        reactor = self._reactor
        reactor.attempts.give_up()
        reactor.disconnectAll()
        # Sockets close a turn later; and much code tells a loss by callLater(0).
        await _closing_turns()
        for call in reactor.getDelayedCalls():
            call.cancel()
        reactor.calls.detach()  # the loop's timer goes too; more calls may come
        reactor.calls.attach(self._loop)

    async def _call_before_triggers(self, deadline: float) -> None:
        before = self._reactor.event("shutdown").before
        waiting_for = []
        while before:
            result = call_logged(before.pop(0))
            if isinstance(result, Deferred):
                waiting_for.append(result)
        if waiting_for:
            all_fired = self._loop.create_future()
            still = len(waiting_for)

            def one_fired(result: Any) -> Any:
                nonlocal still
                still -= 1
                if not still:
                    _settle(all_fired)
                return result

            for deferred in waiting_for:
                deferred.addBoth(one_fired)
            await self._wait(all_fired, deadline, f"before-shutdown triggers: {waiting_for}")

    async def _close_connections(self, deadline: float) -> None:
        reactor = self._reactor
        for thing in reactor.kept():
            call_logged((_way_to_end(thing), (), {}))
        all_gone = self._loop.create_future()
        reactor.when_nothing_is_kept(lambda: _settle(all_gone))
        await self._wait(all_gone, deadline, "connections that do not close")
        for thing in reactor.kept():
            _log.warn("cut at shutdown: {thing}", thing=thing)
            if hasattr(thing, "abortConnection"):
                call_logged((thing.abortConnection, (), {}))
        await _closing_turns()  # else disconnectAll() comes first, and the reason is another

    async def _join_pools(self, timeout_seconds: float) -> None:
        deadline = self._loop.time() + timeout_seconds
        while self._ending_pools:
            pool, joined, joining = self._ending_pools.pop(0)
            await self._wait(joined, deadline, f"{len(pool.working)} calls in threads of {pool.name}")
            if joined.done() and not joined.cancelled():
                joining.join()  # its last words were heard: microseconds

    async def _wait(self, awaitable: Any, deadline: float, what: str) -> None:
        try:
            async with asyncio.timeout_at(deadline):
                await awaitable
        except TimeoutError:
            _log.warn("not waited for any longer at shutdown: {what}", what=what)


def _way_to_end(thing: Any) -> Callable[[], object]:
    """How a port, a connection or an attempt is asked to end in order."""
    is_attempt = hasattr(thing, "stopConnecting") and not thing.connected
    names = ("stopConnecting",) if is_attempt else ("stopListening", "loseConnection", "disconnect")
    return next((getattr(thing, name) for name in names if hasattr(thing, name)), _nothing)


def _nothing() -> None: ...


async def _closing_turns() -> None:
    for _ in range(CLOSING_TURNS):
        await asyncio.sleep(0)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
