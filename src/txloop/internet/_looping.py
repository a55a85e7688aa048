"""A function called again and again: `task.LoopingCall`.

    start(2)         calls now, then at 2, 4, 6 … seconds after the start
      f is slow      the calls that were missed are left out; the next one is on the grid again
      f returns a    the next call is made at the first grid point after it has fired
      Deferred
      f fails        the loop ends; start()'s Deferred fails with it
    stop()           the loop ends; start()'s Deferred fires with the LoopingCall

All times are counted from the start and never from the last call, so the calls do not
drift: a thousand calls each 3 ms late still come at the same grid.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from txloop.internet.defer import Deferred, maybeDeferred
from txloop.internet.interfaces import IDelayedCall
from txloop.python.failure import Failure
from txloop.python.reflect import qual


class LoopingCall:
    """Calls a function every *interval* seconds.

    Args:
        f: The function; it may return a Deferred or a coroutine, which is waited for.
        a, kw: What it is called with.
    Attributes:
        clock: An IReactorTime; the reactor unless you set another before `start`.
        running: Whether it is started.
        interval: Seconds between calls; None before the first `start`.
        call: The pending call, or None.
        starttime: When it was started or last reset, on the clock.
    Source: Twisted 26.10, internet.task.LoopingCall.
    """

    call: IDelayedCall | None = None
    running: bool = False
    interval: float | None = None
    starttime: float | None = None
    _runAtStart = False
    _deferred: Deferred[LoopingCall] | None = None
    _counts = False  # made by withCount
    # When the function of withCount was last called; kept over stop and start.
    _last_counted: float | None = None

    def __init__(self, f: Callable[..., object], *a: object, **kw: object) -> None:
        from txloop.internet import reactor  # asked for when a loop is made, never at import

        self.f = f
        self.a = a
        self.kw = kw
        self.clock: Any = reactor

    @classmethod
    def withCount(cls, countCallable: Callable[[int], object]) -> LoopingCall:
        """A LoopingCall that says how many intervals have passed since its last call.

        Args:
            countCallable: Called with 1 if it is called in time, with more after calls were
                missed, and not at all if no interval has passed.  With interval 0 always 1.
        """
        looping = cls(countCallable)
        looping._counts = True
        return looping

    @property
    def deferred(self) -> Deferred[LoopingCall] | None:
        """What `start` returned, while the loop runs.  Deprecated: keep it yourself."""
        warnings.warn(
            f"{qual(LoopingCall)}.deferred was deprecated in Twisted 16.0.0;"
            " please use the deferred returned by start() instead",
            DeprecationWarning,
            stacklevel=2,
        )
        return self._deferred

    # ---- start, stop, reset ------------------------------------------------

    def start(self, interval: float, now: bool = True) -> Deferred[LoopingCall]:
        """Call the function every *interval* seconds from now on.

        Args:
            interval: Seconds, 0 or more; 0 is once every turn of the clock.
            now: Make the first call before this returns, not one interval later.
        Returns:
            Fires with this LoopingCall when it is stopped, fails when the function fails.
        Raises:
            ValueError: *interval* is negative.
            AssertionError: it runs already.
        """
        if self.running:
            raise AssertionError("Tried to start an already running LoopingCall.")
        if interval < 0:
            raise ValueError("interval must be >= 0")
        self.running = True
        # Kept by a local name: the first call below may already end the loop.
        ended = self._deferred = Deferred()
        self.starttime = self.clock.seconds()
        self.interval = interval
        self._runAtStart = now
        if now:
            self()
        else:
            self._schedule_from(self.starttime)
        return ended

    def stop(self) -> None:
        """Make no more calls.

        The Deferred of `start` fires now, or, if the function's own Deferred is waited
        for, when that has fired.

        Raises:
            AssertionError: it does not run.
        """
        if not self.running:
            raise AssertionError("Tried to stop a LoopingCall that was not running.")
        self.running = False
        if self.call is not None:
            self._cancel_next_call()
            self._end_with(self)

    def reset(self) -> None:
        """Make the next call one interval from now, and count from now.

        Raises:
            AssertionError: it does not run.
        """
        if not self.running:
            raise AssertionError("Tried to reset a LoopingCall that was not running.")
        if self.call is not None:
            self._cancel_next_call()
            self.starttime = self.clock.seconds()
            self._schedule_from(self.starttime)

    def _cancel_next_call(self) -> None:
        call, self.call = self.call, None
        if call is not None and call.active():  # the end of a reactor has cancelled it already
            call.cancel()

    # ---- one call ----------------------------------------------------------

    def __call__(self) -> None:
        self.call = None
        done = maybeDeferred(self._call_with_count if self._counts else self.f, *self.a, **self.kw)
        done.addCallback(self._called)
        done.addErrback(self._failed)

    def _call_with_count(self) -> object:
        now = self.clock.seconds()
        if self.interval == 0:
            passed = 1
        elif self._last_counted is None and self._runAtStart:
            passed = self._interval_of(now) + 1  # the start counts too
        else:
            last = self.starttime if self._last_counted is None else self._last_counted
            passed = self._interval_of(now) - self._interval_of(last)
        if passed <= 0:
            return None
        self._last_counted = now
        return self.f(passed)

    def _called(self, result: object) -> None:
        if self.running:
            self._schedule_from(self.clock.seconds())
        else:  # stopped while the function's Deferred was waited for
            self._end_with(self)

    def _failed(self, failure: Failure) -> None:
        self.running = False
        self._end_with(failure)

    def _end_with(self, result: LoopingCall | Failure) -> None:
        ended, self._deferred = self._deferred, None
        assert ended is not None
        if isinstance(result, Failure):
            ended.errback(result)
        else:
            ended.callback(result)

    # ---- the grid ----------------------------------------------------------

    def _schedule_from(self, now: float) -> None:
        """Make the next call at the first grid point after *now*."""
        assert self.interval is not None
        assert self.starttime is not None
        wait = 0.0
        if self.interval > 0:
            wait = self.interval - (now - self.starttime) % self.interval
            # The rest of a division can round up to the whole: then now *is* the grid
            # point, and waiting for it would make a second call at the same time.
            if now == now + wait:
                wait = self.interval
        self.call = self.clock.callLater(wait, self)

    def _interval_of(self, moment: float | None) -> int:
        """How many whole intervals lie between the start and *moment*."""
        assert self.interval is not None
        assert self.starttime is not None
        assert moment is not None
        return int((moment - self.starttime) / self.interval)

    def __repr__(self) -> str:
        name = getattr(self.f, "__qualname__", None)
        called = name if isinstance(name, str) else repr(self.f)
        return f"LoopingCall<{self.interval!r}>({called}, *{self.a!r}, **{self.kw!r})"
