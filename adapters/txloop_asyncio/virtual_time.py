"""Time that stands still until somebody moves it on, for a whole event loop and its reactor.

    time = VirtualTime()
    with time.installed():            in a running loop, or without any
        await time.advance(30)        all that is due in the next 30 s has happened

What waits by this clock meanwhile: `reactor.callLater`, `task.deferLater`, LoopingCall;
`asyncio.sleep`, `asyncio.timeout`, `asyncio.wait_for`, `loop.call_later`, `loop.call_at`.

    in order     timers are called one after the other, by their time and then by who asked first;
                 the next one only when all that the one before has set going is at rest
    true         while a timer is called, every clock shows its time
    at rest      nothing was scheduled for several turns of the loop.  Bytes on a loopback
                 connection make it in that time; threads and other processes may not.

How: loop methods are shadowed by attributes of that one loop object (uvloop's are as good
for that as asyncio's; tasks and futures look them up on the object too), and the reactor's
heap of delayed calls changes places with ours.  Calls that wait when it begins or ends
change over with the time they have left.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context, copy_context
from heapq import heappop, heappush
from typing import Any

from zope.interface import implementer

from txloop.internet._delayed_call import DelayedCall
from txloop.internet.interfaces import IReactorTime
from txloop_asyncio import ambient
from txloop_asyncio._reactor import origins
from txloop_asyncio._reactor.delayed_calls import DelayedCalls
from txloop_asyncio.reactor import LoopReactor

# So many turns without anything new are rest.  Two would do for a chain of callbacks; bytes on
# the loopback device take one turn more on uvloop.
QUIET_TURNS = 4

# A program that is not at rest after so many turns never will be.  Arbitrary, not tuned.
MOST_TURNS = 100_000

# Sums of decimal fractions miss each other by less: a time is a whole number of these.
_DIGITS = 9


class VirtualTimer(asyncio.TimerHandle):
    """What `loop.call_later` returns meanwhile."""

    def cancel(self) -> None:
        """Never call it."""
        asyncio.Handle.cancel(self)  # TimerHandle's own tells the loop, which knows nothing of it


@implementer(IReactorTime)
class VirtualTime:
    """A clock that stands at 0 and moves by `advance` only; IReactorTime."""

    def __init__(self) -> None:
        self._now = 0.0
        self._serial = 0
        # (time, serial, what to call then)
        self._heap: list[tuple[float, int, Callable[[], object]]] = []
        self._calls: dict[DelayedCall, float] = {}  # those to come, and the time they are in the heap for
        self._report: Callable[[BaseException], None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loops_call_soon: Callable[..., asyncio.Handle] | None = None
        self._stirred = False
        self._advancing = False

    # ---- IReactorTime -------------------------------------------------------------

    def seconds(self) -> float:
        """Seconds since this clock was made, 0 at first."""
        return self._now

    def callLater(
        self, delay: float, callable: Callable[..., object], *args: object, **kwargs: object
    ) -> DelayedCall:
        """As the reactor's: a call in the `advance` that reaches it; with 0 in the loop's next turn."""
        return self.add(delay, callable, args, kwargs)

    def getDelayedCalls(self) -> Sequence[DelayedCall]:
        """The calls to come, the next one first."""
        return sorted(self._calls, key=lambda call: call.time)

    # ---- moving on ----------------------------------------------------------------

    def advance(self, amount: float) -> Awaitable[None]:
        """Let *amount* seconds pass: ``await clock.advance(30)``.

        In a test without an event loop it is done when this returns, and need not be awaited.

        Raises:
            RuntimeError: the program never comes to rest (it is busy, whatever the time); or
                another `advance` goes on.
            AssertionError: *amount* is negative.
        """
        if not amount >= 0:
            raise AssertionError(f"time does not go back: {amount}")
        if self._loop is not None:
            return self._advance_with_loop(amount)
        end = _rounded(self._now + amount)
        while (call := self._next_until(end)) is not None:
            call()
        self._now = end
        return _Done()

    def pump(self, timings: Iterable[float]) -> Awaitable[None]:
        """`advance` by each of *timings* in turn."""
        if self._loop is not None:
            return self._pump_with_loop(timings)
        for amount in timings:
            self.advance(amount)
        return _Done()

    # ---- from when to when --------------------------------------------------------

    @contextmanager
    def installed(self) -> Iterator[VirtualTime]:
        """Be the time of the running loop and its reactor; of the default reactor where no loop runs."""
        reactor = ambient.ambient_reactor()
        self._report = reactor._report_delayed_call
        self._loop = asyncio._get_running_loop()
        shadows = {} if self._loop is None else self._shadow_loop(self._loop)
        real_calls = self._take_calls(reactor)
        try:
            yield self
        finally:
            self._give_calls_back(reactor, real_calls)
            if self._loop is not None:
                loop, self._loop = self._loop, None
                for name in shadows:
                    del vars(loop)[name]
                self._hand_timers_back(loop)

    # ---- in the place of the reactor's DelayedCalls ----------------------------------

    def add(
        self,
        delay: float,
        function: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> DelayedCall:
        """As `DelayedCalls.add`."""
        if not delay >= 0:
            raise AssertionError(f"{delay} is not greater than or equal to 0 seconds")
        due = _rounded(self._now + delay)
        call = DelayedCall(due, function, args, kwargs, self._forget, self._moved_earlier, self.seconds)
        call._context = copy_context()
        self._put(call)
        origins.note(call)
        return call

    def pending(self) -> list[DelayedCall]:
        """As `DelayedCalls.pending`."""
        return list(self._calls)

    def next_due(self) -> float | None:
        """As `DelayedCalls.next_due`."""
        return min((max(0.0, call.time - self._now) for call in self._calls), default=None)

    @property
    def next_turn_has_some(self) -> bool:
        """As `DelayedCalls.next_turn_has_some`."""
        return any(due <= self._now for due in self._calls.values())

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """We wake ourselves."""

    def detach(self) -> None:
        """Likewise."""

    def run_due(self) -> None:
        """Likewise."""

    def wake(self) -> None:
        """Likewise."""

    # ---- ours: delayed calls ----------------------------------------------------------

    def _put(self, call: DelayedCall) -> None:
        self._calls[call] = call.time
        self._at(call.time, lambda: self._make(call))

    def _forget(self, call: DelayedCall) -> None:
        self._calls.pop(call, None)

    def _moved_earlier(self, call: DelayedCall) -> None:
        call.time = _rounded(call.time)
        self._put(call)

    def _make(self, call: DelayedCall) -> None:
        if not call.active() or call not in self._calls:
            return
        if call.time > self._now:  # it was moved to later, and nobody told us
            if self._calls[call] <= self._now:
                self._put(call)
            return
        del self._calls[call]
        call.called = 1
        try:
            call._context.run(call.func, *call.args, **call.kw)
        except BaseException as error:
            if self._report is None:
                raise
            self._report(error)

    def _take_calls(self, reactor: LoopReactor) -> DelayedCalls:
        real = reactor.calls
        for call in sorted(real.pending(), key=lambda call: call.time):
            left = max(0.0, call.time - call.seconds())
            real.give_up(call)
            call.time = _rounded(self._now + left)
            call.canceller, call.resetter, call.seconds = self._forget, self._moved_earlier, self.seconds
            self._put(call)
        self._real_seconds = reactor.seconds
        vars(reactor)["seconds"] = self.seconds
        vars(reactor).update(calls=self, add_delayed_call=self.add)
        return real

    def _give_calls_back(self, reactor: LoopReactor, real: DelayedCalls) -> None:
        vars(reactor)["seconds"] = self._real_seconds
        reactor.calls = real
        reactor.add_delayed_call = real.add
        for call in self.getDelayedCalls():
            real.take(call, call.time - self._now, self._real_seconds)
        self._calls.clear()

    # ---- ours: the loop's timers --------------------------------------------------------

    def _shadow_loop(self, loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
        # A whole number, so that times which are exact on this clock stay so on the loop's.
        base = math.ceil(loop.time())
        loops_call_soon = self._loops_call_soon = loop.call_soon

        def call_soon(
            callback: Callable[..., object], *args: Any, context: Context | None = None
        ) -> asyncio.Handle:
            self._stirred = True
            return loops_call_soon(callback, *args, context=context)

        def call_at(
            when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
        ) -> VirtualTimer:
            timer = VirtualTimer(when, callback, args, loop, context)
            context = context or copy_context()
            self._at(_rounded(when - base), lambda: timer.cancelled() or context.run(callback, *args))
            return timer

        def call_later(
            delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
        ) -> VirtualTimer:
            return call_at(base + _rounded(self._now + delay), callback, *args, context=context)

        shadows = {
            "time": lambda: base + self._now,
            "call_soon": call_soon,
            "call_at": call_at,
            "call_later": call_later,
        }
        vars(loop).update(shadows)
        return shadows

    def _hand_timers_back(self, loop: asyncio.AbstractEventLoop) -> None:
        # A delayed call among them finds that it is not ours any more, and does nothing.
        while self._heap:
            due, _, call = heappop(self._heap)
            loop.call_later(due - self._now, call)

    def _at(self, due: float, call: Callable[[], object]) -> None:
        if due <= self._now and self._loop is not None:  # in the next turn: no time passes for that
            self._loop.call_soon(call)
            return
        self._serial += 1
        heappush(self._heap, (due, self._serial, call))

    def _next_until(self, end: float) -> Callable[[], object] | None:
        """The next timer due by *end*, off the heap; it is that time now."""
        if not self._heap or self._heap[0][0] > end:
            return None
        due, _, call = heappop(self._heap)
        self._now = max(self._now, due)
        return call

    # ---- ours: moving on with a loop ------------------------------------------------------

    async def _advance_with_loop(self, amount: float) -> None:
        if self._advancing:
            raise RuntimeError("this clock is being advanced already, by another task")
        self._advancing = True
        try:
            end = _rounded(self._now + amount)
            await self._come_to_rest()
            while (call := self._next_until(end)) is not None:
                assert self._loop is not None
                self._loop.call_soon(call)
                await self._come_to_rest()
            self._now = end
        finally:
            self._advancing = False

    async def _pump_with_loop(self, timings: Iterable[float]) -> None:
        for amount in timings:
            await self._advance_with_loop(amount)

    async def _come_to_rest(self) -> None:
        loop, call_soon = self._loop, self._loops_call_soon
        assert loop is not None
        assert call_soon is not None
        at_rest = loop.create_future()
        turns = quiet = 0

        def turn() -> None:
            # All that was scheduled before this has been called when it is our turn.
            nonlocal turns, quiet
            turns += 1
            quiet = 0 if self._stirred else quiet + 1
            self._stirred = False
            if at_rest.done():
                return  # whoever waited was cancelled
            if quiet >= QUIET_TURNS:
                at_rest.set_result(None)
            elif turns >= MOST_TURNS:
                at_rest.set_exception(RuntimeError(f"the program is not at rest after {turns} turns"))
            else:
                call_soon(turn)

        self._stirred = True
        call_soon(turn)
        await at_rest


class _Done:
    """Awaited, it is done."""

    def __await__(self) -> Generator[Any, Any, None]:
        return
        yield


def _rounded(seconds: float) -> float:
    return round(seconds, _DIGITS)
