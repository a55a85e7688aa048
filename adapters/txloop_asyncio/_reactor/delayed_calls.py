"""The heap of delayed calls: one a reactor, with one timer of the loop for its head.

    callLater(5, f)      ->  an entry in the heap; the loop's timer is armed if it is the first due
    callLater(0, f)      ->  behind the others of this turn, no heap
    the loop's timer     ->  everything that is due by now, in order of time; then the timer again

Why not a timer of the loop for each: uvloop's timers are whole milliseconds, fire early
and in the wrong order, and a loop handle each costs three times as much
(tests/benchmarks/timers).

    never early   whoever wakes us, only what our own clock says is due is called
    in order      by (time, serial); calls due at once too: they carry the time they were asked
    one turn      what is added or moved while we call waits for the next turn
    lazy          cancelled and moved entries stay where they are until they come up, or until
                  the heap is more than half of them

Not here: DelayedCall (txloop/internet/_delayed_call.py).
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from heapq import heapify, heappop, heappush
from typing import Any, Protocol

from txloop.internet._delayed_call import DelayedCall
from txloop_asyncio._reactor.slow_calls import watched

# Sweeping costs a pass over the heap: not for a few.  Arbitrary, not tuned.
SWEEP_FROM = 50

_new = object.__new__

# Called with the exception that a delayed call raised; what it raises goes to the loop.
Report = Callable[[BaseException], None]


class Clock(Protocol):
    """Says what time it is; `seconds` may be replaced while the program runs."""

    @property
    def seconds(self) -> Callable[[], float]: ...


class DelayedCalls:
    """A reactor's delayed calls, in order.  Pure data until it is attached to a loop."""

    def __init__(self, clock: Clock, report: Report) -> None:
        self._clock = clock
        self._seconds = clock.seconds
        self._report = report
        self._loop: asyncio.AbstractEventLoop | None = None
        # (the time it was put here for, serial, call).  A pending call has one valid entry: call._at
        # says which; the others are stale.  It is None once the call was made or cancelled.
        self._heap: list[tuple[float, int, DelayedCall]] = []
        # Due at once: (the time it was asked, call), in the order they were asked.
        self._soon: deque[tuple[float, DelayedCall]] = deque()
        self._serial = 0
        self._dead = 0  # about how many entries are cancelled or stale
        self._turn: asyncio.Handle | None = None  # the next turn's wake-up, if it is asked for
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = math.inf  # what the timer was armed for, on our clock
        # Ours, so they may be bound once; each call carries both.
        self._canceller = self._forget_cancelled
        self._resetter = self._move_earlier
        self._turn_callback = self._turn_comes
        self._new_context: Callable[[], Context] = copy_context  # another one in debug mode

    # ---- asked by the reactor --------------------------------------------------

    def add(
        self,
        delay: float,
        function: Callable[..., object],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> DelayedCall:
        """A new call, *delay* seconds from now, in a copy of the current context.

        Raises:
            AssertionError: *delay* is negative.
        """
        if not delay >= 0:
            raise AssertionError(f"{delay} is not greater than or equal to 0 seconds")
        seconds = self._clock.seconds  # as the program sees it: it may have replaced the reactor's
        # Written out, here and in the two callbacks below: thousands come a second
        # (tests/benchmarks/timers; the constructor's call alone is an eighth).
        if DelayedCall.debug:
            call = DelayedCall(0, function, args, kwargs, self._canceller, self._resetter, seconds)
        else:
            call = _new(DelayedCall)
            call.func = function
            call.args = args
            call.kw = kwargs
            call.canceller = self._canceller
            call.resetter = self._resetter
            call.seconds = seconds
            call.cancelled = call.called = 0
        call.time = seconds() + delay
        call._context = self._new_context()
        call._at = None
        if delay:
            self._serial = serial = self._serial + 1
            call._at = due = call.time
            heappush(self._heap, (due, serial, call))
            if due < self._timer_due:
                self._arm()
        else:
            self._soon.append((call.time, call))
            if self._turn is None and self._loop is not None:
                self._turn = self._loop.call_soon(self._turn_callback)
        return call

    def pending(self) -> list[DelayedCall]:
        """Every call still to come, each once."""
        seen = dict.fromkeys(call for _, _, call in self._heap)
        seen.update(dict.fromkeys(call for _, call in self._soon))
        return [call for call in seen if call.active()]

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on *loop* wakes us."""
        self._loop = loop
        if loop.get_debug():
            self._new_context = lambda: watched(copy_context(), loop)
        self._arm()

    def detach(self) -> None:
        """The loop stops running: leave nothing in it.  The calls stay."""
        self._new_context = copy_context
        if self._turn is not None:
            self._turn.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self._turn = self._timer = self._loop = None
        self._timer_due = math.inf

    def give_up(self, call: DelayedCall) -> None:
        """Let another clock keep *call*, which is still to come."""
        if call._at is None:
            self._soon.remove((call.time, call))
        else:
            self._forget_cancelled(call)

    def take(self, call: DelayedCall, delay: float, seconds: Callable[[], float]) -> None:
        """Keep *call*, which another clock has given up: it is due *delay* seconds from now."""
        call.time = seconds() + delay
        call.canceller, call.resetter, call.seconds = self._canceller, self._resetter, seconds
        self._push(call)

    def next_due(self) -> float | None:
        """Seconds until the next call (0 if it is late), None without any."""
        if self._soon:
            return 0.0
        self._drop_dead_head()
        return max(0.0, self._heap[0][0] - self._seconds()) if self._heap else None

    @property
    def next_turn_has_some(self) -> bool:
        """Has callLater(0) been called and not come yet?"""
        return bool(self._soon)

    def run_due(self) -> None:
        """Call what is due by now, in order.  What is added meanwhile waits for the next time."""
        now = self._seconds()
        newest = self._serial
        of_this_turn = len(self._soon)
        soon, heap = self._soon, self._heap
        while True:
            timed = heap[0] if heap and heap[0][0] <= now and heap[0][1] <= newest else None
            if timed is not None and not (of_this_turn and soon[0][0] <= timed[0]):
                at, _, call = heappop(heap)
                if call._at != at:
                    self._dead -= 1
                    continue
            elif of_this_turn:
                _, call = soon.popleft()
                of_this_turn -= 1
            else:
                return
            if call.cancelled:
                self._dead -= 1
            elif call.time > now:  # it was moved to later, and nobody told us
                self._push_entry(call)
            else:
                self._make(call)

    def wake(self) -> None:
        """Call what is due, and have the loop wake us for the rest."""
        try:
            self.run_due()
        finally:
            self._arm()

    # ---- called by the loop ----------------------------------------------------

    # One may come while the other is still to come: then it finds nothing due, no harm done.

    def _turn_comes(self) -> None:
        self._turn = None
        soon = self._soon
        if self._heap or len(soon) != 1:
            self.wake()
            return
        # Nothing but one callLater(0), the commonest turn: the clock need not be read.
        asked, call = soon.popleft()
        if call.cancelled:
            self._dead -= 1
        elif call.time is not asked:  # it was moved
            soon.append((asked, call))
            self.wake()
        else:
            self._make(call)

    def _timer_fires(self) -> None:
        # It may have fired early (uvloop); then _arm() sets another for what is left.
        self._timer, self._timer_due = None, math.inf
        self.wake()

    # ---- called by DelayedCall ---------------------------------------------------

    def _forget_cancelled(self, call: DelayedCall) -> None:
        call._at = None
        heap = self._heap
        if heap and heap[-1][2] is call:
            # A timeout that was set last and is not needed: the last entry of a heap may just go.
            heap.pop()
            return
        self._dead = dead = self._dead + 1
        if dead > SWEEP_FROM and dead > len(heap) >> 1:
            self._sweep()

    def _move_earlier(self, call: DelayedCall) -> None:
        if call._at is not None and call.time < call._at:
            # The old entry stays, stale, until it comes up or is swept.
            self._push(call)
            self._dead += 1
            if self._dead > SWEEP_FROM and self._dead > len(self._heap) >> 1:
                self._sweep()
        # Else it comes up in time as it is: it had been moved to later, or is due at once.

    # ---- ours --------------------------------------------------------------------

    def _make(self, call: DelayedCall) -> None:
        call.called = 1
        call._at = None
        try:
            # Mostly without arguments; stars copy.
            if call.kw:
                call._context.run(call.func, *call.args, **call.kw)
            elif call.args:
                call._context.run(call.func, *call.args)
            else:
                call._context.run(call.func)
        except BaseException as error:
            self._report(error)

    def _push(self, call: DelayedCall) -> None:
        self._push_entry(call)
        if call.time < self._timer_due:
            self._arm()

    def _push_entry(self, call: DelayedCall) -> None:
        self._serial += 1
        call._at = call.time
        heappush(self._heap, (call.time, self._serial, call))

    def _sweep(self) -> None:
        # In place: run_due() may be looking at this list.
        self._heap[:] = [entry for entry in self._heap if entry[2]._at == entry[0]]
        heapify(self._heap)
        self._dead = 0

    def _arm(self) -> None:
        """Have the loop wake us for the first call, unless it will anyway."""
        loop = self._loop
        if loop is None:
            return
        if self._soon:
            if self._turn is None:
                self._turn = loop.call_soon(self._turn_callback)
            return
        self._drop_dead_head()
        if not self._heap or self._heap[0][0] >= self._timer_due:
            return  # a timer that is set too early is harmless: it finds nothing due
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = self._heap[0][0]
        # Whole milliseconds, rounded up: uvloop would round 0.4 ms down to "now" and spin.
        wait = math.ceil(max(0.0, self._timer_due - self._seconds()) * 1000) / 1000
        self._timer = loop.call_later(wait, self._timer_fires)

    def _drop_dead_head(self) -> None:
        heap = self._heap
        while heap and heap[0][2]._at != heap[0][0]:
            heappop(heap)
            self._dead -= 1
