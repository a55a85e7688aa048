"""A reactor that runs a loop itself: `run`, `iterate`.

    run()      the loop runs, and in it: startup triggers, signal handlers
    stop()     shutdown triggers; then, before run() returns, the end of asynchronous
               generators, and the turns that closing takes
    crash()    nothing of this: the loop just stops

Coroutines that are suspended then, Deferred's or tasks, stay so, like delayed calls and
as in Twisted: to cancel them would make errors of Deferreds that nobody asked about, and
the next run may go on with them.

The loop is kept for the next run and closed with its reactor.  Between runs nothing of
ours hangs in it, so that a forgotten reactor can be freed.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from txloop.internet._deferred.debug_info import met_loop
from txloop.internet._reactor_life import ReactorEvent
from txloop.logger import Logger
from txloop.python import threadable
from txloop.python._log_owner import turn_of_this_thread
from txloop_asyncio._reactor import whereabouts
from txloop_asyncio._reactor.loops import close_loop, new_loop
from txloop_asyncio.reactor import CLOSING_TURNS, Entry
from txloop_asyncio.signals import SignalHandlers

if TYPE_CHECKING:
    from txloop_asyncio.reactor import LoopReactor

# In Twisted's turn a descriptor is read or closed at once; asyncio's loop does it a pass later.  Trial
# makes two turns after a test, and what ends in them elsewhere must have ended here.
PASSES_A_TURN = 2

_log = Logger(namespace="txloop.internet.base")


class Standalone(Entry):
    """One run of a reactor."""

    def __init__(self, reactor: LoopReactor) -> None:
        self._reactor = reactor
        self._loop = self._loop_of(reactor)
        self._generators = AsyncGenerators()
        self._signals = SignalHandlers(self._loop)
        self._install_signal_handlers = False
        self._holding = ExitStack()

    # ---- asked by the reactor ------------------------------------------------------

    def run(self, install_signal_handlers: bool) -> None:
        """Return after stop() or crash(), or raise what the loop raised."""
        reactor = self._reactor
        reactor.advance(ReactorEvent.RUN_ASKED)
        reactor._exitSignal = None
        reactor.stopped_properly = False
        self._install_signal_handlers = install_signal_handlers
        # Asked for before the delayed calls ask for their turn: those that are due already
        # come after the startup, and find the reactor running.
        first = self._loop.call_soon(self._start_up)
        owner = self._begin()
        threadable.registerAsIOThread()
        whereabouts.began(reactor)
        try:
            self._loop.run_forever()
            if reactor.stopped_properly:
                self._settle()
            _log.info("Main loop terminated.")
        finally:
            first.cancel()
            if reactor.life is not reactor.life.IDLE:
                reactor.crash()  # somebody stopped the loop, or broke out of it
            self._signals.restore()
            self._holding.close()
            self._end(owner)

    def iterate(self, delay: float) -> None:
        """One turn of Twisted's if *delay* is 0, else passes of the loop until it is over."""
        owner = self._begin()
        try:
            if delay > 0:
                self._pass_for(delay)
            else:
                self._reactor.calls.detach()  # made once, and what they add is the next turn's
                self._reactor.make_calls_soon()
                self._pass(PASSES_A_TURN)
        finally:
            self._end(owner)

    def started(self) -> None:
        """Put the signal handlers in, if they are wanted."""
        if self._install_signal_handlers:
            reactor = self._reactor
            # Not in the main thread it raises; as in Twisted that is logged, like any trigger's error.
            self._signals.install(reactor.sigInt, reactor.sigTerm, reactor.sigBreak)

    def shutting_down(self) -> None:
        """Who connects again because a connection is lost is held, until the run is over."""
        self._holding.enter_context(self._reactor.attempts.held())

    def crashed(self) -> None:
        """Leave the loop at the end of this turn."""
        if self._loop.is_running():
            self._loop.stop()

    # ---- ours ----------------------------------------------------------------------

    def _begin(self) -> LoopReactor | None:
        self._reactor.entry = self
        self._reactor.turn = turn_of_this_thread()  # of connections that are left from a run in another
        self._reactor.take_loop(self._loop)
        self._reactor.calls.attach(self._loop)
        whereabouts.of_thread.runs = self._reactor
        return whereabouts.own_this_thread(self._reactor)

    def _end(self, owner: LoopReactor | None) -> None:
        whereabouts.of_thread.runs = None
        whereabouts.own_this_thread(owner)
        self._reactor.calls.detach()
        self._reactor.entry = None

    def _start_up(self) -> None:
        met_loop()
        self._generators.watch()
        self._reactor.fireSystemEvent("startup")

    def _settle(self) -> None:
        self._loop.run_until_complete(self._generators.close())
        self._pass(CLOSING_TURNS)

    def _pass(self, times: int) -> None:
        for _ in range(times):
            self._run_until(self._loop.call_soon(self._loop.stop))

    def _pass_for(self, seconds: float) -> None:
        self._run_until(self._loop.call_later(seconds, self._loop.stop))

    def _run_until(self, stop: asyncio.Handle) -> None:
        try:
            self._loop.run_forever()
        finally:
            stop.cancel()

    @staticmethod
    def _loop_of(reactor: LoopReactor) -> asyncio.AbstractEventLoop:
        if reactor.loop is not None and not reactor.loop.is_closed():
            return reactor.loop
        if reactor.proposed_loop is not None and not reactor.proposed_loop.is_closed():
            return reactor.proposed_loop
        return new_loop_for(reactor)


def new_loop_for(reactor: LoopReactor) -> asyncio.AbstractEventLoop:
    """A loop that is closed when *reactor* is freed."""
    loop = new_loop()
    # At exit as well: no ResourceWarning for a program that just ends.
    weakref.finalize(reactor, close_loop, loop)
    return loop


class AsyncGenerators:
    """The asynchronous generators begun while a run goes on.

    `loop.shutdown_asyncgens()` would close them too, but a loop takes that for its own
    end and warns of each generator begun in it afterwards; ours runs again.
    """

    def __init__(self) -> None:
        self._alive: weakref.WeakSet[AsyncGenerator[Any, Any]] = weakref.WeakSet()

    def watch(self) -> None:
        """Called inside the loop, which has put its hooks in and takes them away at the end of its run."""
        loops_own, finalizer = sys.get_asyncgen_hooks()

        def begun(generator: AsyncGenerator[Any, Any]) -> None:
            self._alive.add(generator)
            if loops_own is not None:
                loops_own(generator)

        sys.set_asyncgen_hooks(firstiter=begun, finalizer=finalizer)

    async def close(self) -> None:
        """Run their `finally` blocks; what those raise is logged.

        Not of one that is in the midst of a step: it belongs to a suspended coroutine.
        """
        generators = [each for each in self._alive if not getattr(each, "ag_running", False)]
        closed = await asyncio.gather(*(each.aclose() for each in generators), return_exceptions=True)
        for generator, outcome in zip(generators, closed, strict=True):
            if isinstance(outcome, Exception):
                _log.error("while closing {generator}: {error!r}", generator=generator, error=outcome)
