"""What a test left behind: looked for before it, when it ends, and when its loop has ended.

A reactor inside pytest-asyncio's loop shuts down with that loop and then closes
everything itself.  So what is open is noted at the beginning of that shutdown, by a
"before" trigger: after the test's own fixtures, before our help.

    made by whom      each thing carries the line that made it, and the test (_reactor/origins.py)
    told              only what this test made: not what a module's fixture holds
    a loop that goes  its things are looked at after the last fixture; they stay
    no loop at all    what waits in a reactor that does not run is told, and then undone, so
                      that no later test's loop begins with it
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

# Long enough for a worker that was told to end, short enough for a suite of leaking tests.
THREAD_GRACE_SECONDS = 1.0

# Workers that wait for the next job, of a loop that goes on: asyncio's executor names them so.
_EXECUTOR_THREADS = ("asyncio_", "ThreadPoolExecutor-")


class LoggedErrors:
    """The Failures that txloop's log was given, until somebody takes them."""

    def __init__(self) -> None:
        # Each with the line that was running when it was logged.  Threads log, too: a deque is
        # never without what one of them is just adding.
        self._events: deque[tuple[Any, str]] = deque()
        self._publisher: Any = None

    def listen(self) -> None:
        """Begin, if there is a log by now.  A second call does nothing."""
        if self._publisher is None:
            self._publisher = _attribute("txloop.logger", "globalLogPublisher")
            if self._publisher is not None:
                self._publisher.addObserver(self._saw)

    def _saw(self, event: dict[str, Any]) -> None:
        level = event.get("log_level")
        failure = event.get("log_failure")
        if event.get("isError") and event.get("failure") is not None:
            failure = event["failure"]  # log.err() says it so
        if failure is not None and getattr(level, "name", "") in ("critical", "error"):
            self._events.append((failure, _place_of_failure(failure)))

    def flush(self, *types: type[BaseException]) -> list[Any]:
        """Take the Failures of *types*, or all: they count no longer."""
        taken: list[Any] = []
        for _ in range(len(self._events)):
            event = self._events.popleft()
            if not types or event[0].check(*types):
                taken.append(event[0])
            else:
                self._events.append(event)
        return taken

    def end(self) -> list[str]:
        """Hear no more; a line for each error that nobody took."""
        if self._publisher is not None:
            self._publisher.removeObserver(self._saw)
        return [f"logged error: {failure!r}{place}" for failure, place in self._events]


class LeakWatch:
    """One test's watch.

    Attributes:
        errors: What has been logged since it began.
    """

    def __init__(self) -> None:
        self._threads_before = set(threading.enumerate())
        self._descriptors_before = [each for reactor in _running_reactors() for each in _descriptors(reactor)]
        self._noted: list[str] = []
        self._triggers: list[tuple[Any, Any]] = []
        self._touched: Iterable[Any] | None = None  # None: nobody remembers for us yet
        self.errors = LoggedErrors()
        if "txloop" in sys.modules:
            self.begin()

    def begin(self) -> None:
        """txloop is there: remember who makes what.  A second call does nothing."""
        if self._touched is None:
            self._touched = importlib.import_module("txloop_asyncio._reactor.origins").remember(self)
            self.errors.listen()

    def test_ends(self) -> None:
        """The test's function is done, its fixtures are not yet: find the reactors that run."""
        for reactor in _running_reactors():
            trigger = reactor.addSystemEventTrigger("before", "shutdown", self._note, reactor)
            self._triggers.append((reactor, trigger))

    def all_ended(self) -> list[str]:
        """Fixtures and loop are done: a line for each thing left."""
        default = _call("txloop_asyncio.ambient", "known_default")
        still_running = _running_reactors()
        for reactor, trigger in self._triggers:
            if any(reactor is each for each in still_running):  # a loop that outlives the test
                reactor.removeSystemEventTrigger(trigger)
                self._note(reactor)
        touched = list(self._touched or ())
        # Another reactor that does not run is the test's own, and gone with it.
        if default is not None and not default.running and any(default is each for each in touched):
            self._undo(default, *self._note(default))
        going_on = still_running if default is None else [*still_running, default]
        threads = self._threads(going_on) if touched or self._triggers else []
        origins = _origins()
        if origins is not None:
            origins.owned_by(None)
        return [*self._noted, *threads, *self.errors.end()]

    # ---- ours ------------------------------------------------------------------------

    def _note(self, reactor: Any) -> tuple[list[Any], list[Any]]:
        """Write down what this test has made in *reactor*; returns what is open, what is to be called."""
        kept = [thing for thing in reactor.kept() if self._is_ours(thing)]
        calls = sorted(reactor.getDelayedCalls(), key=lambda call: call.time)
        calls = [call for call in calls if self._is_ours(call)]
        for thing in kept:
            kind = "port" if hasattr(thing, "stopListening") else "connection"
            self._noted.append(f"{kind}: {thing!r}{_made_at(thing)}")
        self._noted += [
            f"descriptor: {each!r}"
            for each in _descriptors(reactor)
            if not any(each is before for before in self._descriptors_before)
        ]
        self._noted += [f"delayed call: {call!r}{_made_at(call)}" for call in calls]
        return kept, calls

    def _is_ours(self, thing: Any) -> bool:
        origin_of = _attribute("txloop._made_at", "origin_of")
        origin = None if origin_of is None else origin_of(thing)
        if origin is None:  # made before anybody remembered: ours if txloop came during this test
            return self._touched is None
        return origin.owner is self

    def _undo(self, reactor: Any, kept: list[Any], calls: list[Any]) -> None:
        for call in calls:
            call.cancel()
        for thing in kept:  # as every shutdown does it
            reactor.forget(thing)
            thing.connectionLost(importlib.import_module("txloop.python.failure").Failure(_connection_lost()))

    def _threads(self, running: list[Any]) -> list[str]:
        resting = {thread for reactor in running for thread in _resting_threads(reactor)}
        new = [
            each
            for each in threading.enumerate()
            if each not in self._threads_before
            and each not in resting
            and not (running and each.name.startswith(_EXECUTOR_THREADS))
        ]
        for thread in new:
            thread.join(THREAD_GRACE_SECONDS)
        return [f"thread: {each.name}{_made_at(each)}{_now_in(each)}" for each in new if each.is_alive()]


@contextmanager
def looking_away() -> Iterator[None]:
    """What is made meanwhile is no test's."""
    origins = _origins()
    if origins is None:
        yield
        return
    owner = origins.owned_by(None)
    try:
        yield
    finally:
        origins.owned_by(owner)


# Where the tests' items keep their watch.
WATCH = pytest.StashKey[LeakWatch]()


def tells_of_errors_itself(test_class: object) -> bool:
    """Is it one of trial's test cases, txloop's or Twisted's own?  They fail a test that logged an error."""
    cases = [_attribute(f"{home}.trial.unittest", "SynchronousTestCase") for home in ("txloop", "twisted")]
    return any(isinstance(test_class, type) and issubclass(test_class, case) for case in cases if case)


def forget_origins() -> None:
    """The run is over."""
    origins = _origins()
    if origins is not None:
        origins.forget()


def _connection_lost() -> BaseException:
    lost: BaseException = importlib.import_module("txloop.internet.main").CONNECTION_LOST
    return lost


def _descriptors(reactor: Any) -> list[Any]:
    """What it watches for the program."""
    return list(dict.fromkeys([*reactor.fds.readers.descriptors, *reactor.fds.writers.descriptors]))


def _resting_threads(reactor: Any) -> Iterator[Any]:
    """Workers of a reactor that goes on, which wait for something to do."""
    for pool in (reactor.threads.pool, reactor.names.pool):
        if pool is not None:
            working = list(pool.working)
            yield from (thread for thread in list(pool.threads) if thread not in working)


def _made_at(thing: Any) -> str:
    made_at_text = _attribute("txloop._made_at", "made_at_text")
    return "" if made_at_text is None else str(made_at_text(thing))


def _place_of_failure(failure: Any) -> str:
    """Where it was raised; if it never was, what was running when it was logged."""
    origins = _origins()
    if origins is None:
        return ""
    raised = None
    traceback = failure.getTracebackObject()
    while traceback is not None:
        code = getattr(traceback.tb_frame, "f_code", None)
        if code is not None and not origins.is_ours(code.co_filename):
            raised = traceback
        traceback = traceback.tb_next
    if raised is not None:
        return f", raised at {_line(origins.place_of_frame(raised.tb_frame, raised.tb_lineno))}"
    logged = origins.place_of_caller()
    return f", logged at {_line(logged)}" if logged.path else ""


def _now_in(thread: threading.Thread) -> str:
    origins = _origins()
    frame = sys._current_frames().get(thread.ident or 0)
    while origins is not None and frame is not None and origins.is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    if origins is None or frame is None:
        return ""
    return f", now at {_line(origins.place_of_frame(frame, frame.f_lineno))}"


def _line(origin: Any) -> str:
    return str(sys.modules["txloop._made_at"].line_text(origin))


def _origins() -> Any:
    return sys.modules.get("txloop_asyncio._reactor.origins")


def _running_reactors() -> list[Any]:
    return _call("txloop_asyncio._reactor.whereabouts", "running") or []


def _call(module: str, name: str) -> Any:
    function = _attribute(module, name)
    return None if function is None else function()


def _attribute(module: str, name: str) -> Any:
    """It, if the module has been imported: a run without txloop stays without."""
    return getattr(sys.modules.get(module), name, None)
