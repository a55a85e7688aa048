"""Deferreds to asyncio and back.

    Deferred.fromFuture(future)     Twisted's three, explicit: for code that runs on
    deferred.asFuture(loop)         Twisted too
    Deferred.fromCoroutine(coro)
    as_deferred(awaitable)          ours: anything that can be awaited
    as_coroutine(deferred)          ours: for those who want a coroutine and nothing else
                                    (asyncio.create_task, TaskGroup.create_task)

Mostly none of them is needed: a Deferred is awaited as it is in a task, and a Future in
a Deferred coroutine.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypeVar

from txloop.internet._coroutines import drive_coroutine, is_coroutine
from txloop.internet._waiter import HANDED_ON
from txloop.internet.defer import Deferred
from txloop.python.failure import Failure

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

_T = TypeVar("_T")


def from_future(cls: type[Deferred[Any]], future: Future[_T]) -> Deferred[_T]:
    """`Deferred.fromFuture`."""

    def cancel(d: Deferred[_T]) -> object:
        future.cancel()
        return HANDED_ON  # the Future tells us in the loop's next turn

    def done(future: Future[_T]) -> None:
        if d.called:
            return
        try:
            result: _T | Failure = future.result()
        except BaseException:
            result = Failure()
        d._startRunCallbacks(result)

    d: Deferred[_T] = cls(cancel)
    future.add_done_callback(done)
    return d


def as_future(d: Deferred[_T], loop: AbstractEventLoop) -> Future[_T]:
    """`Deferred.asFuture`."""
    future: Future[_T] = loop.create_future()

    def succeeded(result: _T) -> None:
        if not future.cancelled():
            future.set_result(result)

    def failed(failure: Failure) -> None:
        if not future.cancelled():
            future.set_exception(failure.value)

    def cancel_too(future: Future[_T]) -> None:
        if future.cancelled():
            d.cancel()

    future.add_done_callback(cancel_too)
    d.addCallbacks(succeeded, failed)
    return future


def as_deferred(awaitable: Awaitable[_T]) -> Deferred[_T]:
    """A Deferred of what awaiting *awaitable* gives; a coroutine starts now.

    Args:
        awaitable: A coroutine, Task, Future, Deferred (returned as it is) or any other object
            with ``__await__``.
    Returns:
        A Deferred.  Cancelling it cancels what *awaitable* waits for.
    Raises:
        TypeError: it cannot be awaited.
    """
    if isinstance(awaitable, Deferred):
        return awaitable
    if is_coroutine(awaitable):
        return drive_coroutine(awaitable)
    if not hasattr(type(awaitable), "__await__"):
        raise TypeError(f"as_deferred() takes an awaitable, not {awaitable!r}")
    return drive_coroutine(_await(awaitable))


async def as_coroutine(d: Awaitable[_T]) -> _T:
    """A coroutine that awaits *d*: ``asyncio.create_task(as_coroutine(d))``."""
    return await d


_await = as_coroutine
