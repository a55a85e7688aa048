"""What a test left behind: looked for before it, when it ends, and when its loop has ended.

A reactor inside pytest-asyncio's loop shuts down with that loop and then closes
everything itself.  So what is open is noted at the beginning of that shutdown, by a
"before" trigger: after the test's own fixtures, before our help.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

# Long enough for a worker that was told to end, short enough for a suite of leaking tests.
THREAD_GRACE_SECONDS = 1.0


class LoggedErrors:
    """The Failures that txloop's log was given, until somebody takes them."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._publisher = _attribute("txloop.logger", "globalLogPublisher")
        if self._publisher is not None:
            self._publisher.addObserver(self._saw)

    def _saw(self, event: dict[str, Any]) -> None:
        level = event.get("log_level")
        if event.get("isError") and event.get("failure") is not None:
            event = {**event, "log_failure": event["failure"]}  # log.err() says it so
        if event.get("log_failure") is not None and getattr(level, "name", "") in ("critical", "error"):
            self._events.append(event)

    def flush(self, *types: type[BaseException]) -> list[Any]:
        """Take the Failures of *types*, or all: they count no longer."""
        taken = [event for event in self._events if not types or event["log_failure"].check(*types)]
        self._events = [event for event in self._events if not any(event is each for each in taken)]
        return [event["log_failure"] for event in taken]

    def end(self) -> list[str]:
        """Hear no more; a line for each error that nobody took."""
        if self._publisher is not None:
            self._publisher.removeObserver(self._saw)
        return [f"logged error: {event['log_failure']!r}" for event in self._events]


class LeakWatch:
    """One test's watch.

    Attributes:
        errors: What has been logged since it began.
    """

    def __init__(self) -> None:
        self._threads_before = set(threading.enumerate())
        self._noted: list[str] = []
        self._triggers: list[tuple[Any, Any]] = []
        self.errors = LoggedErrors()

    def test_ends(self) -> None:
        """The test's function is done, its fixtures are not yet: find the reactors that run."""
        for reactor in _running_reactors():
            trigger = reactor.addSystemEventTrigger("before", "shutdown", self._note, reactor)
            self._triggers.append((reactor, trigger))

    def all_ended(self) -> list[str]:
        """Fixtures and loop are done: a line for each thing left."""
        still_running = _running_reactors()
        for reactor, trigger in self._triggers:
            if any(reactor is each for each in still_running):  # a loop that outlives the test
                reactor.removeSystemEventTrigger(trigger)
                self._note(reactor)
        return [*self._noted, *self._threads(), *self.errors.end()]

    def _note(self, reactor: Any) -> None:
        now = reactor.snapshot()
        self._noted += [f"port: {each['text']}" for each in now["ports"]]
        self._noted += [f"connection: {each['text']}" for each in now["connections"]]
        self._noted += [f"descriptor: {each}" for each in now["descriptors"]]
        self._noted += [f"delayed call: {each['text']}" for each in now["delayed_calls"]]

    def _threads(self) -> list[str]:
        if "txloop.python.threadpool" not in sys.modules:
            return []
        new = [each for each in threading.enumerate() if each not in self._threads_before]
        for thread in new:
            thread.join(THREAD_GRACE_SECONDS)
        return [f"thread: {thread.name}" for thread in new if thread.is_alive()]


def _running_reactors() -> list[Any]:
    running = _attribute("txloop_asyncio._whereabouts", "running")
    return running() if running is not None else []


def _attribute(module: str, name: str) -> Any:
    """It, if the module has been imported: a run without txloop stays without."""
    return getattr(sys.modules.get(module), name, None)
