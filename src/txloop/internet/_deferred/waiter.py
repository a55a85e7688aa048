"""What an `await` of a Deferred gives to the one who runs the coroutine.

    an asyncio task                  our driver
    waiter.get_loop()                takes waiter.deferred and puts itself
    waiter.add_done_callback(f)      into the Deferred's chain; the waiter
    … f(finished future)             has done its work
    waiter.cancel()

A Deferred is no Future: `result` is an attribute there, a method here.  So a coroutine
that awaits one yields this small object, which an asyncio task takes for a Future.  Only
what `asyncio.Task` asks of what it waits for is here.

The task is woken in the loop's next turn, by one finished Future that all waiters of the
loop share: the answer itself is fetched from the waiter, inside the coroutine.

Cancelling.  `task.cancel()` cancels the Deferred and is told that nothing was cancelled,
so that the task throws its own CancelledError into the coroutine as soon as it is woken,
whatever the canceller answered: otherwise `asyncio.timeout` and TaskGroup, which count
these errors, would miss one.  The other way round a cancelled Deferred is
`asyncio.CancelledError` to an awaiting task.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextvars import Context
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final

from txloop import _host
from txloop.internet._deferred.debug_info import log, met_loop
from txloop.internet._deferred.errors import CancelledError
from txloop.internet._deferred.marks import PLAIN, WAKES
from txloop.python.failure import Failure

if TYPE_CHECKING:
    from txloop.internet._deferred.defer import Deferred

# A running loop has hooks for its thread's asynchronous generators, the second of them (for their
# end) a bound method of its own: so this tells which loop runs here, in half the time that asyncio
# needs for it (on 3.11 it asks for the process id, too).
asyncgen_hooks: Final[Callable[[], Any]] = sys.get_asyncgen_hooks


class Waiter:
    """One `await` of one Deferred, as it is seen by who runs the coroutine."""

    # Who makes one sets the first three: a constructor would double the cost of that.
    __slots__ = (
        "_asyncio_future_blocking",  # True: asyncio's mark of what is waited for; a task sets it to False
        "_context",
        "_here",  # the loop of the task
        "_wakeup",
        "deferred",
        "result",  # what the Deferred gave; there once the task was woken
        "woken_by_task",  # True once a task took this waiter: then the answer is fetched, not sent
    )

    _asyncio_future_blocking: bool
    _context: Context | None
    _here: Any
    _wakeup: Callable[[Any], object]
    deferred: Deferred[Any]
    result: Any
    woken_by_task: bool

    # ---- what a task asks of what it waits for -----------------------------

    def get_loop(self) -> Any:
        """The loop of the asking task: a Deferred belongs to none, so to any."""
        try:
            here = asyncgen_hooks()[1].__self__._txloop_here
        except AttributeError:
            here = _host.host().meet_loop()
            met_loop()
        # It may have run in another thread before.
        here.thread = get_ident()
        self._here = here
        return here.loop

    def add_done_callback(self, wakeup: Callable[[Any], object], *, context: Context | None = None) -> None:
        """Have *wakeup* called in the loop's next turn after the Deferred's."""
        self.woken_by_task = True
        self._wakeup = wakeup
        self._context = context
        waited_for = self.deferred
        if waited_for._callbacks or waited_for.called:
            waited_for._add((self, None, WAKES))
        else:
            waited_for._callbacks = [(self, None, WAKES)]

    def cancel(self, msg: object = None) -> bool:
        """Cancel the Deferred, now.

        Returns:
            False, whatever came of it; see above.
        """
        try:
            self.deferred.cancel()
        except Exception:
            # The task is being cancelled and must go on to be.
            log.failure("a canceller raised while a task that awaits its Deferred was cancelled")
        return False

    # ---- what the Deferred and the coroutine ask -----------------------------

    def wake(self, deferred: Deferred[Any], result: Any, failed: bool) -> None:
        """The Deferred fired: note *result*, which stays there for who awaits next; wake the task."""
        self.result = result
        if failed:
            deferred._answered = result
        here = self._here
        loop = here.loop
        try:
            # A loop in another thread sleeps until it is told.
            if here.thread == get_ident():
                loop.call_soon(self._wakeup, here.finished, context=self._context)
            else:
                loop.call_soon_threadsafe(self._wakeup, here.finished, context=self._context)
        except RuntimeError:
            # The loop was closed with this task still waiting; nobody wants to know.
            if not loop.is_closed():
                raise

    def answer(self) -> Any:
        """The result, or the error raised, as an asyncio task wants it."""
        result = self.result
        if type(result) in PLAIN or not isinstance(result, Failure):
            return result
        try:
            if isinstance(result.value, CancelledError):
                raise _host.host().CancelledError() from result.value
            result.raiseException()
        finally:
            del self, result  # they are in the error's traceback now
