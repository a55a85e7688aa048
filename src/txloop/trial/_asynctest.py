"""TestCase: trial's test case whose steps may return Deferreds.

A step that returns a Deferred which has not fired is waited for: the reactor runs until
it fires, at most as long as the attribute `timeout` says.  It is the process's default
reactor, of a loop of the kind that ``TXLOOP_LOOP`` names, run again for each wait.

Afterwards the reactor must be as it was: a test that leaves delayed calls, ports or
connections has an error, and they are taken away.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from txloop.internet.defer import Deferred, TimeoutError, maybeDeferred
from txloop.internet.main import CONNECTION_LOST
from txloop.python.failure import Failure
from txloop.trial import util
from txloop.trial._results import Telling
from txloop.trial._synctest import SynchronousTestCase

__all__ = ["TestCase"]

# unittest and pytest leave frames of such modules out of tracebacks.
__unittest = True

# Connections that were asked to close do so in a few turns of the loop.
CLEANING_TURNS = 5


class TestCase(SynchronousTestCase):
    """A test case whose setUp, tests, cleanups and tearDown may return Deferreds, or be coroutines.

    Attributes (each looked for on the test method, then the class, then the module):
        timeout: Seconds that each step may take; 120 unless it says otherwise.
        skip, todo, suppress: As SynchronousTestCase.
    """

    _reactor: Any = None

    # ---- for the tests ----------------------------------------------------------------

    def assertFailure(self, deferred: Deferred[Any], *expectedFailures: type[BaseException]) -> Deferred[Any]:
        """A Deferred that fires with the exception when *deferred* fails with one of these; return it."""

        def succeeded(result: Any) -> None:
            self.fail(f"did not catch an error, instead got {result!r}")

        def failed(failure: Failure) -> BaseException:
            if not failure.check(*expectedFailures):
                self.fail(f"\nExpected: {expectedFailures!r}\nGot:\n{failure}")
            value: BaseException = failure.value
            return value

        return deferred.addCallbacks(succeeded, failed)

    failUnlessFailure = assertFailure

    def getTimeout(self) -> float:
        """Seconds that each step may take."""
        said = util.acquireAttribute(self._parents, "timeout", util.DEFAULT_TIMEOUT_DURATION)
        return util.DEFAULT_TIMEOUT_DURATION if said is None or said is util.DEFAULT_TIMEOUT else float(said)

    # ---- running ------------------------------------------------------------------------

    def run(self, result: Any = None) -> Any:
        """Run the test and tell *result*, an IReporter or any unittest result."""
        # Now: a test may replace it, and what waits for that test must not meet the fake.
        from txloop.internet import reactor

        self._reactor = reactor
        return super().run(result)

    def _call(self, function: Callable[..., Any], name: str) -> Failure | None:
        if inspect.iscoroutinefunction(function):
            deferred = self._called_in_loop(function)
        else:
            deferred = maybeDeferred(function)
        outcome: list[Any] = []
        deferred.addBoth(outcome.append)
        if not outcome:
            self._wait(deferred, outcome, name)
        failure = outcome[0] if isinstance(outcome[0], Failure) else None
        if failure is not None and failure.check(KeyboardInterrupt):
            failure.raiseException()
        return failure

    def _called_in_loop(self, function: Callable[..., Any]) -> Deferred[Any]:
        """A coroutine may use asyncio, so the loop runs before it begins."""
        deferred: Deferred[Any] = Deferred()
        self._reactor.callWhenRunning(lambda: maybeDeferred(function).chainDeferred(deferred))
        return deferred

    def _wait(self, deferred: Deferred[Any], outcome: list[Any], name: str) -> None:
        """Run the reactor until *outcome* has something in it."""
        reactor = self._reactor
        seconds = self.getTimeout()

        def too_late() -> None:
            text = f"{self!r} ({name}) still running at {seconds} secs"
            outcome.append(Failure(TimeoutError(text)))
            reactor.crash()

        timer = reactor.callLater(seconds, too_late)
        deferred.addBoth(lambda _: timer.active() and reactor.crash())
        try:
            # No signal handlers: Ctrl-C is for whoever runs the tests.
            reactor.run(installSignalHandlers=False)
        finally:
            if timer.active():
                timer.cancel()
        if not outcome:
            outcome.append(Failure(RuntimeError(f"the reactor was stopped while {self!r} ({name}) ran")))

    # ---- cleaning -----------------------------------------------------------------------

    def _clean(self, telling: Telling) -> None:
        """Take away what is left in the reactor, and say what it was."""
        reactor = self._reactor
        for _ in range(CLEANING_TURNS):
            if not (reactor.getDelayedCalls() or reactor.getReaders() or reactor.getWriters()):
                break
            reactor.iterate(0)
        calls = list(reactor.getDelayedCalls())
        left = list(reactor.removeAll())
        if calls or left:
            telling.error(Failure(util.DirtyReactorAggregateError(calls, left)))
        for call in calls:
            if call.active():
                call.cancel()
        for each in left:
            each.connectionLost(Failure(CONNECTION_LOST))
        if reactor.threadpool is not None and not reactor.threadpool.working:
            reactor._stopThreadPool()
