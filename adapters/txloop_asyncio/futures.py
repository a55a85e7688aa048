"""Futures and tasks: what a Deferred needs to be awaited in a loop, and to await its futures.

src asks                                asyncio's answer
running_loop()                          _get_running_loop(), None instead of an error
swap_current_task(loop, task)           asyncio's documented hooks for third-party tasks
finished_future(loop)                   one Future with result None, shared by the loop's waiters
report_unhandled(context)               the loop's exception handler, if its host set one
"""

from __future__ import annotations

import asyncio
import sys
from asyncio import CancelledError, InvalidStateError
from asyncio import _get_running_loop as running_loop
from asyncio.tasks import _enter_task as enter_task
from asyncio.tasks import _leave_task as leave_task
from asyncio.tasks import _register_task as register_task
from typing import Any

__all__ = [
    "CancelledError",
    "InvalidStateError",
    "current_task",
    "ensure_future",
    "enter_task",
    "finished_future",
    "leave_task",
    "new_future",
    "register_task",
    "report_unhandled",
    "running_loop",
    "swap_current_task",
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


def finished_future(loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
    """A Future of *loop* that is done with None: the same at each call.

    Tasks are woken with a Future, and ask it only whether it failed.
    """
    try:
        found: asyncio.Future[None] = loop._txloop_finished_future  # type: ignore[attr-defined]  # ours
    except AttributeError:
        found = loop.create_future()
        found.set_result(None)
        # In the loop, so that both die together.
        loop._txloop_finished_future = found  # type: ignore[attr-defined]
    return found


if sys.version_info >= (3, 12):
    from asyncio.tasks import _swap_current_task as swap_current_task
else:
    # asyncio's own record in 3.11, before it had a function to swap: leave_task and enter_task
    # ask it three times what one look tells, in every step of every Deferred coroutine.
    from asyncio.tasks import _current_tasks  # type: ignore[attr-defined]  # not in the stubs

    def swap_current_task(loop: asyncio.AbstractEventLoop, task: Any) -> Any:
        """Make *task* (or None) the current task of *loop*; give the one it was before."""
        before = _current_tasks.get(loop)
        if task is None:
            _current_tasks.pop(loop, None)
        else:
            _current_tasks[loop] = task
        return before


def report_unhandled(context: dict[str, Any]) -> None:
    """Tell the exception handler of the loop that runs here of an error nobody handled.

    Only one that the host has set: asyncio's own would log what txloop has logged.
    """
    loop = running_loop()
    if loop is not None and loop.get_exception_handler() is not None:
        loop.call_exception_handler(context)
