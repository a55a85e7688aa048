"""What runs a generator or a coroutine on Deferreds: inlineCallbacks and ensureDeferred.

    it yields                          the driver
    a Deferred, or awaits one          goes on when that fires, inside that callback()
    a Future or a Task, or awaits one  goes on from its done-callback
    a coroutine (generators)           starts it, and waits for its Deferred
    None (coroutines: sleep(0))        goes on in the loop's next turn
    anything else                      hands it back at once

A driver is itself an entry in the chain of the Deferred it waits for: no callback is
made for a wait.  What it waits for gives its result away and is left with None.

Each runs in a copy of the context of its caller.  The context is entered for a run of
steps only, never while callbacks of the finished Deferred run: they belong to whoever
fired what was awaited.

Cancelling the Deferred of a driver cancels what the driver waits for; the generator sees
that and may go on, so the Deferred itself is left to it (HANDED_ON).

Not here: what makes a coroutine's driver asyncio's current task (driver_task.py), what
programs call (coroutines.py).
"""

from __future__ import annotations

import warnings
from contextvars import Context
from types import TracebackType
from typing import Any, Final

from txloop import _host
from txloop.internet._deferred.debug_info import log, stack_of_caller
from txloop.internet._deferred.defer import Deferred
from txloop.internet._deferred.errors import AlreadyCalledError, CancelledError, _DefGen_Return
from txloop.internet._deferred.marks import AT_HAND, HANDED_ON, PLAIN, WAKES
from txloop.internet._deferred.succeed import succeed
from txloop.internet._deferred.waiter import Waiter
from txloop.python.failure import Failure, failure_of_caught

# The outcome while there is none.
PENDING: Final = object()


class Driver:
    """Runs one generator."""

    # What may be handed back without a look at it.
    hands_back = PLAIN

    # Asked rarely.  What is asked or set in every step has no default here: on CPython 3.11
    # such a default slows the instance's own attribute down, too, by 20 ns an access.
    # True if cancel() came when nothing could be cancelled any more: see `resume`.
    cancel_is_due = False
    cancel_message: object = None
    # How often the loop's side has asked to cancel, and not taken it back.
    cancels_requested = 0
    # The Deferred that whoever started the generator holds.
    deferred: Deferred[Any]

    # What `start` sets: a constructor besides would cost 2 % of a short generator on CPython 3.11.
    coro: Any
    send: Any
    context: Context
    # What the generator waits for: a Deferred, a Future, or None.
    waiting_on: Any
    # True if the loop's side has asked to cancel and nothing has been thrown yet.
    must_cancel: bool
    # What the generator returned, or the Failure it ended in.
    outcome: Any

    def start(self, coro: Any, context: Context) -> Deferred[Any]:
        """Run *coro* in *context* until it has to wait, or to its end.

        Returns:
            The Deferred of its result.
        """
        self.coro = coro
        self.send = coro.send
        self.context = context
        self.waiting_on = None
        self.must_cancel = False
        self.outcome = PENDING
        try:
            if not self.step(None, False):
                d: Deferred[Any] = Deferred(self)
                self.deferred = d
                return d
            return succeed(self.outcome)
        finally:
            self = d = coro = None  # type: ignore[assignment]  # a failure's traceback has this frame

    # ---- step ----------------------------------------------------------------

    def step(self, result: Any, failed: bool) -> bool:
        """Go on with *result*, in the generator's own context; *failed* says that it is a Failure.

        Returns:
            True if the generator ended; `outcome` is set then.
        """
        try:
            if failed:
                yielded = self.context.run(result.throwExceptionIntoGenerator, self.coro)
            else:
                yielded = self.context.run(self.send, result)
            return self.take(yielded)
        except StopIteration as stop:
            self.outcome = stop.value
        except BaseException as error:
            self.outcome = outcome_of_raised(error, self.coro)
            del self, result  # the failure's traceback has this frame
            yielded = None
        return True

    def take(self, yielded: Any) -> bool:
        """Wait for what was *yielded*, or go on.

        Returns:
            False; the generator's end leaves here as an exception.
        """
        # Most often it has to wait for a Deferred now; the context is left already.
        awaited = yielded.deferred if type(yielded) is Waiter else yielded
        if type(awaited) is not Deferred or awaited.called or self.must_cancel:
            return self.context.run(go_on, self, yielded)
        self.waiting_on = awaited
        if awaited._callbacks:
            awaited._callbacks.append((self, None, WAKES))
        else:
            awaited._callbacks = [(self, None, WAKES)]
        return False

    def wait_for_other(self, yielded: Any) -> Any:
        """Arrange to go on after something that is no Deferred.

        Returns:
            A Deferred to wait for; HANDED_ON if `resume` will be called; None for something
            that cannot be waited for.
        """
        blocking = getattr(yielded, "_asyncio_future_blocking", None)
        if blocking is None:
            return None
        complaint = _never_done_here(yielded)
        if complaint is not None:
            return failed(complaint)
        self.waiting_on = yielded
        if blocking:
            # ``await future``: it fetches the result itself when it is resumed.
            yielded._asyncio_future_blocking = False
            yielded.add_done_callback(self.awaited_future_done)
        else:
            yielded.add_done_callback(self.yielded_future_done)
        if self.must_cancel and yielded.cancel(msg=self.cancel_message):
            self.must_cancel = False
        return HANDED_ON

    # ---- woken ---------------------------------------------------------------

    def wake(self, deferred: Deferred[Any], result: Any, failed: bool) -> Deferred[Any] | None:
        """The Deferred waited for has fired; its result is taken.

        Returns:
            The Deferred of this generator, if it fired now and something is to be run there;
            *deferred* shall have no result any more when that is done.
        """
        self.waiting_on = None
        ready = self.finish() if self.step(result, failed) else None
        if ready is None:
            # Not before: who awaits it again in this step gets the same, as in Twisted.
            deferred.result = None
        del self, deferred, result  # a failure's traceback has this frame
        return ready

    def hold(self, result: Any) -> None:
        """Go on in the loop's next turn: see driver_task.py, where alone this can happen."""
        raise NotImplementedError

    def awaited_future_done(self, future: Any) -> None:
        self.resume(None)

    def yielded_future_done(self, future: Any) -> None:
        self.resume(_outcome_of(future))

    def resume(self, result: Any) -> None:
        """Go on, called from the event loop."""
        self.waiting_on = None
        if self.cancel_is_due:
            self.cancel_is_due = False
            result = Failure(CancelledError())
        if self.step(result, isinstance(result, Failure)):
            ready = self.finish()
            if ready is not None:
                ready._runCallbacks()

    def finish(self) -> Deferred[Any] | None:
        """Fire the Deferred, all but running its callbacks."""
        d = self.deferred
        outcome = self.outcome
        if d.called:
            _report_lost_result(outcome)
            return None
        d.called = True
        d.result = outcome
        d._canceller = None
        if d._debugInfo is not None:
            d._debugInfo.invoker = stack_of_caller(3)
        if type(outcome) in PLAIN:
            return d if d._callbacks else None
        if self.cancels_requested and isinstance(outcome, Failure) and outcome.check(CancelledError):
            d._answered = outcome  # the loop's side asked for it: no error to report
        return d

    # ---- cancelled -----------------------------------------------------------

    def __call__(self, deferred: Deferred[Any]) -> object:
        """Be the canceller of the generator's Deferred: cancel what it waits for, if it waits."""
        awaited = self.waiting_on
        try:
            if awaited is not None:
                # A Future says False when it is done, but has not told us yet.
                self.cancel_is_due = awaited.cancel() is False
            return HANDED_ON
        finally:
            del self, deferred, awaited


def go_on(driver: Driver, yielded: Any) -> bool:
    """Answer what was *yielded*, send that in, and so on, until something is not there yet.

    A function, since a method would be bound anew for each `Context.run`.

    Returns:
        False; the generator's end leaves here as an exception.
    """
    try:
        send = driver.send
        while True:
            if type(yielded) is Deferred:
                if yielded._callbacks is AT_HAND:
                    result = yielded.result
                    yielded.result = None
                    yielded = send(result)
                    continue
                awaited = yielded
            elif type(yielded) is Waiter:
                awaited = yielded.deferred
            elif type(yielded) in driver.hands_back:
                yielded = send(yielded)
                continue
            elif isinstance(yielded, Deferred):
                awaited = yielded
            else:
                awaited = driver.wait_for_other(yielded)
                if awaited is None:
                    yielded = send(yielded)
                    continue
                if awaited is HANDED_ON:
                    return False
            if not awaited.called or awaited.paused or awaited._runningCallbacks:
                driver.waiting_on = awaited
                if awaited._callbacks:
                    awaited._callbacks.append((driver, None, WAKES))
                else:
                    awaited._callbacks = [(driver, None, WAKES)]
                if driver.must_cancel:
                    awaited.cancel()
                return False
            result = awaited.result
            if type(yielded) is Waiter:  # cancelled before: whoever awaits it next shall learn of it, too
                awaited._answered = result
            else:
                awaited.result = None
            if type(result) in PLAIN:
                yielded = send(result)
                continue
            if awaited._debugInfo is not None:
                awaited._debugInfo.failResult = None
            if isinstance(result, Failure):
                yielded = result.throwExceptionIntoGenerator(driver.coro)
            else:
                yielded = send(result)
    finally:
        del driver
        result = send = yielded = None
        awaited = None  # type: ignore[assignment]


def outcome_of_raised(error: BaseException, coro: Any) -> Any:
    """What a Deferred gets from a generator that ended in *error*, which is being handled."""
    if isinstance(error, Exception):
        return failure_of_caught(error)
    if isinstance(error, _DefGen_Return):
        _warn_of_borrowed_return(coro, error.__traceback__)
        return error.value
    return _failure_of(error)


def _outcome_of(future: Any) -> Any:
    """*future*'s result, or its error as a Failure of the class Deferreds use."""
    try:
        return future.result()
    except Exception:
        return Failure()
    except BaseException as error:
        return _failure_of(error)


def _failure_of(error: BaseException) -> Failure:
    """*error* as the Failure of a Deferred: a loop's CancelledError becomes ours, with its cause."""
    if isinstance(error, _host.loop_cancelled_error()):
        cancelled = CancelledError(*error.args)
        cancelled.__cause__ = error
        return Failure(cancelled, exc_tb=error.__traceback__)
    return Failure(error)


def _report_lost_result(outcome: object) -> None:
    failure = Failure(AlreadyCalledError())
    log.failure(
        "the Deferred of a generator or coroutine was fired by somebody else; what it returned is lost: "
        "{outcome!r}",
        failure,
        outcome=outcome,
    )


def failed(complaint: str) -> Deferred[Any]:
    """A Deferred to wait for that raises RuntimeError in the generator."""
    d: Deferred[Any] = Deferred()
    d.errback(RuntimeError(complaint))
    return d


def _never_done_here(future: Any) -> str | None:
    """Why *future* can never wake a driver here, or None if it can."""
    loop = future.get_loop()
    if loop.is_closed():
        return f"{future!r} can never be done: its event loop is closed"
    here = _host.running_loop()
    if here is not None and here is not loop:
        return f"{future!r} belongs to another event loop than the one that runs here"
    return None


def _warn_of_borrowed_return(generator: Any, tb: TracebackType | None) -> None:
    """Warn if returnValue() was called not by *generator* but by a function it called.

    *tb* has the driver's frames, the generator's, those between, and returnValue's.
    """
    code = getattr(generator, "gi_code", None)
    while tb is not None and tb.tb_frame.f_code is not code:
        tb = tb.tb_next
    between = None if tb is None else tb.tb_next
    if between is None or between.tb_next is None:
        return
    while between.tb_next is not None and between.tb_next.tb_next is not None:
        between = between.tb_next
    code = between.tb_frame.f_code
    warnings.warn_explicit(
        f"returnValue() in {code.co_name!r} causing {generator.__name__!r} to exit: "
        "returnValue should only be invoked by functions decorated with inlineCallbacks",
        DeprecationWarning,
        code.co_filename,
        between.tb_lineno,
    )
