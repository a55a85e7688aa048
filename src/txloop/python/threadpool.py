"""A pool of threads, for the calls that block.

    the program calls                     a thread of the pool runs
    callInThread(f, x)                ->  f(x), in the caller's context
    callInThreadWithCallback(r, f, x) ->  f(x), then r(True, result) or r(False, failure)

Threads are made when there is work, up to `max`, and stay until the pool stops or
is asked to shrink.  They are daemons: a program that forgets `stop` can still exit
(in Twisted they are not, and such a program hangs at its end).

Not here: how workers share the work (_threads/), Deferreds (internet/threads.py).
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypedDict, TypeVar

from txloop._threads import AlreadyQuit, Team
from txloop._threads import pool as _make_team
from txloop.python import context, log
from txloop.python.deprecate import deprecated
from txloop.python.failure import Failure
from txloop.python.versions import Version

__all__ = ["ThreadPool"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


class _Limits(TypedDict):
    """What a pickled pool remembers."""

    min: int
    max: int


class _Backlog:
    """The waiting calls, as far as the old attribute `q` shows them: their number."""

    def __init__(self, team: Team) -> None:
        self._team = team

    def qsize(self) -> int:
        """How many calls wait for a thread."""
        return self._team.statistics().backloggedWorkCount


class ThreadPool:
    """At least `min`, at most `max` threads, made as they are needed.

    Calls made before `start` wait for it; calls made after `stop` are dropped.

    Attributes:
        min, max: The limits; change them with `adjustPoolsize`.
        threads: Every thread made so far, ended ones too.
        started: True from `start` to `stop`.
        joined: True once `stop` has been called.
        name: Part of the threads' names, ``PoolThread-<name>-<serial>``.
        threadFactory: Makes a thread from ``target`` and ``name``; a class attribute
            that subclasses set.
        currentThread: threading.current_thread(); deprecated.
    Raises:
        AssertionError: *minthreads* is negative or greater than *maxthreads*.
    Source: Twisted 26.10, twisted.python.threadpool.ThreadPool, by running it.
    """

    min: int = 5
    max: int = 20
    joined: bool = False
    started: bool = False
    name: str | None = None

    threadFactory: Callable[..., threading.Thread] = threading.Thread
    currentThread: Callable[[], threading.Thread] = staticmethod(
        deprecated(Version("Twisted", 22, 1, 0), "threading.current_thread")(threading.current_thread)
    )
    _pool = staticmethod(_make_team)

    def __init__(self, minthreads: int = 5, maxthreads: int = 20, name: str | None = None) -> None:
        _check_limits(minthreads, maxthreads)
        self.min = minthreads
        self.max = maxthreads
        self.name = name
        self.threads: list[threading.Thread] = []
        self._serial = 0

        def limit_now() -> int:
            return self.max if self.started else 0

        self._team: Team = self._pool(limit_now, self._make_thread)

    # ---- calls in threads --------------------------------------------------

    def callInThread(self, func: Callable[_P, object], *args: _P.args, **kw: _P.kwargs) -> None:
        """Call ``func(*args, **kw)`` in a thread; an error is logged.

        It runs in a copy of the caller's `contextvars` context and in the caller's
        `txloop.python.context`.
        """
        self._start_call(None, func, args, kw)

    def callInThreadWithCallback(
        self,
        onResult: Callable[[bool, Any], object] | None,
        func: Callable[_P, _R],
        *args: _P.args,
        **kw: _P.kwargs,
    ) -> None:
        """Call ``func(*args, **kw)`` in a thread, then, in that thread, *onResult*.

        Args:
            onResult: Called as ``onResult(True, result)`` or ``onResult(False, failure)``,
                in *func*'s `contextvars` context; None logs an error.  What it raises is logged.
        """
        self._start_call(onResult, func, args, kw)

    # ---- the pool itself ---------------------------------------------------

    def start(self) -> None:
        """Begin: make `min` threads, and as many more as calls are waiting, up to `max`."""
        self.joined = False
        self.started = True
        self.adjustPoolsize()
        waiting = self._team.statistics().backloggedWorkCount
        if waiting:
            self._team.grow(waiting)

    def stop(self) -> None:
        """Take no more calls, perform those that wait, and return when every thread has ended.

        Called from one of the pool's own threads it does not wait for that one.
        Raises `AlreadyQuit` the second time.
        """
        self.joined = True
        self.started = False
        self._team.quit()
        me = threading.current_thread()
        for thread in self.threads:
            if thread is not me and thread.ident is not None:  # None: the system refused to start it
                thread.join()

    def startAWorker(self) -> None:
        """Make one more thread, unless there are `max`.  Raises `AlreadyQuit` after `stop`."""
        self._team.grow(1)

    def stopAWorker(self) -> None:
        """Let one thread end, an idle one if there is one.  Raises `AlreadyQuit` after `stop`."""
        self._team.shrink(1)

    def adjustPoolsize(self, minthreads: int | None = None, maxthreads: int | None = None) -> None:
        """Set new limits (None: leave it) and, if the pool is started, keep to them.

        Raises:
            AssertionError: The new minimum is negative or greater than the maximum; both
                stay as they were.
        """
        minimum = self.min if minthreads is None else minthreads
        maximum = self.max if maxthreads is None else maxthreads
        _check_limits(minimum, maximum)
        self.min = minimum
        self.max = maximum
        if not self.started:
            return
        if self.workers > maximum:
            self._team.shrink(self.workers - maximum)
        if self.workers < minimum:
            self._team.grow(minimum - self.workers)

    def dumpStats(self) -> None:
        """Log who waits, who works and which threads there are, a line each."""
        log.msg(f"waiters: {self.waiters}")
        log.msg(f"workers: {self.working}")
        log.msg(f"total: {self.threads}")

    @property
    def workers(self) -> int:
        """How many threads there are, idle or busy."""
        now = self._team.statistics()
        return now.idleWorkerCount + now.busyWorkerCount

    @property
    def working(self) -> list[None]:
        """One None for each thread that is busy: only its length means something."""
        return [None] * self._team.statistics().busyWorkerCount

    @property
    def waiters(self) -> list[None]:
        """One None for each thread that waits for work: only its length means something."""
        return [None] * self._team.statistics().idleWorkerCount

    @property
    def _queue(self) -> _Backlog:
        return _Backlog(self._team)

    @property
    def q(self) -> _Backlog:
        """The waiting calls; only ``q.qsize()`` is there, as in Twisted."""
        return _Backlog(self._team)

    def __getstate__(self) -> _Limits:
        return {"min": self.min, "max": self.max}

    def __setstate__(self, state: _Limits) -> None:
        # A pickled pool comes back as a new one: threads do not travel.
        ThreadPool.__init__(self, state["min"], state["max"])

    # ---- ours ----------------------------------------------------------------

    def _make_thread(self, target: Callable[..., object]) -> threading.Thread:
        thread = self.threadFactory(target=target, name=self._generateName())
        thread.daemon = True
        self.threads.append(thread)
        return thread

    def _generateName(self) -> str:
        serial, self._serial = self._serial, self._serial + 1
        return f"PoolThread-{self.name or id(self)}-{serial}"

    def _start_call(
        self,
        on_result: Callable[[bool, Any], object] | None,
        func: Callable[..., object],
        args: tuple[Any, ...],
        kw: dict[str, Any],
    ) -> None:
        if self.joined:
            return
        # A copy: the lowest entry of a loop thread changes with each event (_log_owner.py).
        callers_context = dict(context.stack_of_this_thread()[-1])

        def call_and_tell() -> None:
            nonlocal func, args, kw
            stack = context.stack_of_this_thread()
            stack.append(callers_context)
            try:
                result: Any = func(*args, **kw)
                ok = True
            except BaseException:
                result = Failure()
                ok = False
            finally:
                stack.pop()
            # The call is done: what it was given must not live on while its result is
            # carried about.  A failure's traceback holds this frame, so the frame lets
            # go of all it holds, of the failure itself too, which would be a cycle.
            del func, args, kw
            try:
                if on_result is not None:
                    on_result(ok, result)
                elif not ok:
                    log.err(result)
            finally:
                del result

        copy = contextvars.copy_context()
        try:
            self._team.do(lambda: copy.run(call_and_tell))
        except AlreadyQuit:
            pass  # stop() came meanwhile: dropped, as any call after it


def _check_limits(minimum: int, maximum: int) -> None:
    # Raised, not asserted: must survive ``-O``.
    if minimum < 0:
        raise AssertionError("minimum is negative")
    if minimum > maximum:
        raise AssertionError("minimum is greater than maximum")
