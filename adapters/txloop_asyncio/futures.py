"""Futures and tasks: what a Deferred needs to be awaited in a loop, and to await its futures.

src asks                                asyncio's answer
running_loop()                          _get_running_loop(), None instead of an error
run_as_current(loop, task, step, …)     asyncio's hooks for third-party tasks
meet_loop()                             the running loop, and one Future with result None for all its waiters
report_unhandled(context)               the loop's exception handler, if its host set one
"""

from __future__ import annotations

import asyncio
import sys
from asyncio import CancelledError, InvalidStateError
from asyncio import _get_running_loop as running_loop
from asyncio.tasks import _register_task as register_task
from collections.abc import Callable
from threading import get_ident
from typing import Any

__all__ = [
    "CancelledError",
    "InvalidStateError",
    "current_task",
    "ensure_future",
    "meet_loop",
    "new_future",
    "register_task",
    "report_unhandled",
    "run_as_current",
    "running_loop",
]


def new_future(loop: asyncio.AbstractEventLoop) -> asyncio.Future[Any]:
    """A pending Future of *loop*."""
    return loop.create_future()


def ensure_future(awaitable: Any, loop: asyncio.AbstractEventLoop | None = None) -> asyncio.Future[Any]:
    """*awaitable* as a Future or Task of *loop*, None being the running one."""
    future: asyncio.Future[Any] = asyncio.ensure_future(awaitable, loop=loop)
    return future


def current_task(loop: asyncio.AbstractEventLoop) -> asyncio.Task[Any] | None:
    """What *loop* is running a step of now."""
    return asyncio.current_task(loop)


class Here:
    """What waiters need of the loop they wait in; it hangs on the loop, so that both die together."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        # The thread the loop runs in, as each new waiter finds it.
        self.thread = get_ident()
        # A Future that is done with None.  Tasks are woken with a Future, and ask it only
        # whether it failed: so one is enough.
        self.finished = loop.create_future()
        self.finished.set_result(None)


def meet_loop() -> Here:
    """What there is to know of the loop that runs here."""
    loop: Any = asyncio.get_running_loop()
    try:
        here: Here = loop._txloop_here
    except AttributeError:
        loop._txloop_here = here = Here(loop)
    return here


# run_as_current(loop, task, step, result): ``step(task, result, failed)`` as a step of *task* in *loop*.
if sys.version_info >= (3, 12):
    from asyncio.tasks import _swap_current_task

    def run_as_current(
        loop: asyncio.AbstractEventLoop,
        task: Any,
        step: Callable[[Any, Any, bool], bool],
        result: Any,
        failed: bool,
    ) -> bool:
        before = _swap_current_task(loop, task)
        try:
            return step(task, result, failed)
        finally:
            _swap_current_task(loop, before)
            del task, result  # an error's traceback may have this frame
else:
    # asyncio's own record in 3.11, before it had a function to swap: _leave_task and _enter_task
    # ask it three times what one look tells, in every step of every Deferred coroutine.
    from asyncio.tasks import _current_tasks  # type: ignore[attr-defined]  # not in the stubs

    def run_as_current(
        loop: asyncio.AbstractEventLoop,
        task: Any,
        step: Callable[[Any, Any, bool], bool],
        result: Any,
        failed: bool,
    ) -> bool:
        before = _current_tasks.get(loop)
        _current_tasks[loop] = task
        try:
            return step(task, result, failed)
        finally:
            if before is None:
                _current_tasks.pop(loop, None)
            else:
                _current_tasks[loop] = before
            del task, result, before


def report_unhandled(context: dict[str, Any]) -> None:
    """Tell the exception handler of the loop that runs here of an error nobody handled.

    Only one that the host has set: asyncio's own would log what txloop has logged.
    """
    loop = running_loop()
    if loop is not None and loop.get_exception_handler() is not None:
        loop.call_exception_handler(context)
