"""The driver of a coroutine, which asyncio takes for a task.

    asyncio asks                            the answer
    which task runs now?                    this one, while its coroutine steps
    task.cancel(), uncancel(), cancelling() as asyncio.Task counts them
    is it done, what came of it, tell me    as a Future's
    which tasks must end with the loop?     this one, once it has suspended

So `asyncio.timeout`, TaskGroup, `to_thread`, anyio, aiohttp and httpx work inside a
Deferred coroutine as in a task.  Where no loop runs nothing of this happens.

Cancelling: who asks decides the class.  asyncio's side (`cancel` here) throws its own
CancelledError into the coroutine, even while it awaits a Deferred: that Deferred's
canceller is called now, but the coroutine goes on in the loop's next turn, since
`asyncio.timeout` notes that it was the one only after `cancel` returned.  Cancelling the
coroutine's Deferred throws ours at an awaited Deferred, at once, and cancels an awaited
Future, which tells us in the next turn.

Not here: the steps themselves (driver.py).
"""

from __future__ import annotations

import itertools
import sys
import traceback
from collections.abc import Callable, Generator
from contextvars import Context, copy_context
from types import FrameType
from typing import IO, Any, Final

from txloop import _host
from txloop.internet._deferred import debug_info
from txloop.internet._deferred.debug_info import log
from txloop.internet._deferred.defer import Deferred
from txloop.internet._deferred.driver import PENDING, Driver, failed
from txloop.internet._deferred.errors import CancelledError
from txloop.internet._deferred.marks import HANDED_ON, PLAIN, WAKES
from txloop.internet._deferred.succeed import succeed
from txloop.internet._deferred.waiter import Waiter, asyncgen_hooks
from txloop.python.failure import Failure

# What a coroutine waits for after a bare ``yield``: the loop's next turn.
NEXT_TURN: Final = object()

_serials = itertools.count(1)

NO_LOOP = (
    "asyncio.sleep(0), or something like it, waits for the event loop's next turn, but no event loop runs "
    "in this thread; start the coroutine when the reactor runs, or wait with task.deferLater(reactor, 0)"
)

# Driver's, found without a super().
step: Final = Driver.step


class CoroutineDriver(Driver):
    """Runs one coroutine."""

    # None is a wait here, not a value.
    hands_back = PLAIN - {type(None)}

    # The mark of something that tasks can wait for.
    _asyncio_future_blocking = False
    # asyncio's shutdown and its gather() set it.
    _log_destroy_pending = False

    _name: str | None = None
    # What an awaited Deferred gave, while the next turn is waited for.
    _held: Any = None

    # The loop it steps in, as far as it has met one.
    _loop: Any
    # asyncio's own name and form: anyio looks into those of all tasks.
    _callbacks: list[tuple[Callable[[Any], object], Context]] | None

    # ---- steps ---------------------------------------------------------------

    def start_in(self, loop: Any, coro: Any, context: Context) -> Deferred[Any]:
        """As Driver's `start`, in the running *loop*."""
        self.coro = coro
        self.send = coro.send
        self.context = context
        self.waiting_on = None
        self.must_cancel = False
        self.outcome = PENDING
        self._loop = loop
        self._callbacks = None
        try:
            if not _host.run_as_current(loop, self, step, None, False):
                self._show()
                d: Deferred[Any] = Deferred(self)
                self.deferred = d
                return d
            if self._callbacks is not None:
                self._tell()
            return succeed(self.outcome)
        finally:
            self = d = coro = None  # type: ignore[assignment]  # a failure's traceback has this frame

    def start_suspended(self, coro: Any, send: Any, context: Context, yielded: Any) -> Deferred[Any]:
        """Go on with a coroutine that was started where no loop runs, and has *yielded*."""
        self.coro = coro
        self.send = send
        self.context = context
        self.must_cancel = False
        self.outcome = PENDING
        self._loop = self._callbacks = None
        # Mostly it awaits a Deferred: what `take` does then.
        if type(yielded) is Waiter and not yielded.deferred.called:
            self.waiting_on = awaited = yielded.deferred
            if awaited._callbacks:
                awaited._callbacks.append((self, None, WAKES))
            else:
                awaited._callbacks = [(self, None, WAKES)]
        else:
            self.waiting_on = None
            try:
                self.take(yielded)
            except BaseException:
                del self, coro, send, yielded  # a failure's traceback has this frame
                raise
        d: Deferred[Any] = Deferred(self)
        self.deferred = d
        return d

    def step(self, result: Any, failed: bool) -> bool:
        """As Driver's, and be the loop's current task meanwhile."""
        met_before = loop = self._loop
        try:
            try:  # a quick look whether it runs here, mostly it does
                if asyncgen_hooks()[1].__self__ is not loop:
                    loop = _host.running_loop()
            except AttributeError:
                loop = _host.running_loop()
            if loop is None:
                return step(self, result, failed)
            self._loop = loop
            ended = _host.run_as_current(loop, self, step, result, failed)
            if ended:
                if self._callbacks is not None:
                    self._tell()
            elif met_before is None:
                self._show()
            return ended
        finally:
            del self, result

    def _show(self) -> None:
        """It has to wait: from now on the loop counts it among its tasks."""
        if debug_info.recording is None:
            debug_info.met_loop()
        _host.register_task(self)

    def wake(self, deferred: Deferred[Any], result: Any, failed: bool) -> Deferred[Any] | None:
        """As Driver's, but not while a cancellation is on its way."""
        if self.must_cancel:
            deferred.result = None
            self.hold(result)
            return None
        self.waiting_on = None
        if self._loop is None and _host.running_loop() is None:
            ended = step(self, result, failed)
        else:
            ended = self.step(result, failed)
        ready = self.finish() if ended else None
        if ready is None:
            deferred.result = None
        del self, deferred, result
        return ready

    def wait_for_other(self, yielded: Any) -> Any:
        """As Driver's; None is a wait for the loop's next turn."""
        if yielded is not None:
            return super().wait_for_other(yielded)
        if _host.running_loop() is None:
            return failed(NO_LOOP)
        self.hold(None)
        return HANDED_ON

    def hold(self, result: Any) -> None:
        """Go on with *result* in the loop's next turn."""
        self._held = result
        self.waiting_on = NEXT_TURN
        loop = self._loop
        is_here = _host.running_loop() is loop
        (loop.call_soon if is_here else loop.call_soon_threadsafe)(self.next_turn)

    def next_turn(self) -> None:
        """Called by the loop."""
        held, self._held = self._held, None
        self.resume(held)

    def resume(self, result: Any) -> None:
        """As Driver's; a cancellation that is due is the loop's, for so was the wait."""
        if self.must_cancel or self.cancel_is_due:
            self.must_cancel = self.cancel_is_due = False
            result = Failure(self._make_cancelled_error())
        super().resume(result)

    def __call__(self, deferred: Deferred[Any]) -> object:
        """As Driver's; a turn of the loop cannot be cancelled, but what comes after it."""
        if self.waiting_on is NEXT_TURN:
            self.cancel_is_due = True
            return HANDED_ON
        try:
            return super().__call__(deferred)
        finally:
            del self, deferred

    # ---- asyncio's names: a task ------------------------------------------------

    def cancel(self, msg: object = None) -> bool:
        """Throw the loop's CancelledError into the coroutine, in a turn to come.

        Returns:
            False if it has ended already.
        """
        if self.done():
            return False
        self.cancels_requested += 1
        self.cancel_message = msg
        awaited = self.waiting_on
        if awaited is None or awaited is NEXT_TURN:
            self.must_cancel = True
        elif isinstance(awaited, Deferred):
            self.must_cancel = True
            try:
                awaited.cancel()
            except Exception:
                log.failure("a canceller raised while a coroutine that awaits its Deferred was cancelled")
        elif not awaited.cancel(msg=msg):
            self.must_cancel = True
        return True

    def cancelling(self) -> int:
        """How many calls of `cancel` were not taken back."""
        return self.cancels_requested

    def uncancel(self) -> int:
        """Take back one `cancel`: whoever asked for it has dealt with it."""
        if self.cancels_requested > 0:
            self.cancels_requested -= 1
            if self.cancels_requested == 0:
                self.must_cancel = False
        return self.cancels_requested

    def get_coro(self) -> Any:
        """The coroutine."""
        return self.coro

    def get_context(self) -> Context:
        """The context it runs in."""
        return self.context

    def get_name(self) -> str:
        """The name given by `set_name`, or ``Deferred-coroutine-<number>``."""
        if self._name is None:
            self._name = f"Deferred-coroutine-{next(_serials)}"
        return self._name

    def set_name(self, value: object) -> None:
        """Name it, for people."""
        self._name = str(value)

    def get_stack(self, *, limit: int | None = None) -> list[FrameType]:
        """The coroutine's frame where it waits; empty once it ended."""
        frame = getattr(self.coro, "cr_frame", None) or getattr(self.coro, "gi_frame", None)
        return [] if frame is None else [frame]

    def print_stack(self, *, limit: int | None = None, file: IO[str] | None = None) -> None:
        """Print where the coroutine waits."""
        out = sys.stderr if file is None else file
        print(f"Stack for {self!r}:", file=out)
        for frame in self.get_stack(limit=limit):
            traceback.print_stack(frame, limit=1, file=out)

    @property
    def _must_cancel(self) -> bool:
        return self.must_cancel

    @property
    def _fut_waiter(self) -> Any:
        """The Future waited for, if it is one; anyio looks."""
        awaited = self.waiting_on
        return None if awaited is NEXT_TURN or isinstance(awaited, Deferred) else awaited

    # ---- asyncio's names: a future ----------------------------------------------

    @property
    def _cancel_message(self) -> object:
        return self.cancel_message

    def get_loop(self) -> Any:
        """The loop it runs in."""
        if self._loop is None:
            raise RuntimeError("this Deferred coroutine has not met an event loop yet")
        return self._loop

    def done(self) -> bool:
        """True once the coroutine has ended."""
        return self.outcome is not PENDING

    def cancelled(self) -> bool:
        """True if it ended in a CancelledError."""
        outcome = self.outcome
        return isinstance(outcome, Failure) and isinstance(outcome.value, CancelledError)

    def result(self) -> Any:
        """What the coroutine returned; what it raised is raised."""
        error = self.exception()
        if error is None:
            return self.outcome
        try:
            raise error.with_traceback(self.outcome.tb)
        finally:
            del self, error

    def exception(self) -> BaseException | None:
        """What the coroutine raised, or None.  Raises CancelledError if it was cancelled."""
        outcome = self.outcome
        if outcome is PENDING:
            raise _host.host().InvalidStateError("the coroutine has not ended yet")
        if not isinstance(outcome, Failure):
            return None
        if self.cancelled():
            raise self._make_cancelled_error()
        return outcome.value

    def add_done_callback(self, fn: Callable[[Any], object], *, context: Context | None = None) -> None:
        """Have ``fn(self)`` called in the loop's next turn after the end."""
        if self.done():
            self.get_loop().call_soon(fn, self, context=context)
            return
        if self._callbacks is None:
            self._callbacks = []
        self._callbacks.append((fn, copy_context() if context is None else context))

    def remove_done_callback(self, fn: Callable[[Any], object]) -> int:
        """Forget *fn*.  Returns how many times it was there."""
        before = self._callbacks or []
        after = [entry for entry in before if entry[0] != fn]
        self._callbacks = after or None
        return len(before) - len(after)

    def _tell(self) -> None:
        callbacks, self._callbacks = self._callbacks or (), None
        for fn, context in callbacks:
            self._loop.call_soon(fn, self, context=context)

    def _make_cancelled_error(self) -> BaseException:
        error = _host.host().CancelledError
        return error() if self.cancel_message is None else error(self.cancel_message)

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait for its end in another task."""
        if not self.done():
            self._asyncio_future_blocking = True
            yield self
        return self.result()

    __iter__ = __await__

    def __repr__(self) -> str:
        state = "cancelled" if self.cancelled() else "finished" if self.done() else "pending"
        name = getattr(self.coro, "__qualname__", repr(self.coro))
        return f"<Deferred coroutine {name} {state}>"
