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
from typing import Any, TypeVar, cast

from txloop.internet._deferred.coroutines import ensureDeferred, is_coroutine
from txloop.internet._deferred.defer import Deferred

_T = TypeVar("_T")


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
        return ensureDeferred(cast(Any, awaitable))
    if not hasattr(type(awaitable), "__await__"):
        raise TypeError(f"as_deferred() takes an awaitable, not {awaitable!r}")
    return ensureDeferred(_await(awaitable))


async def as_coroutine(d: Awaitable[_T]) -> _T:
    """A coroutine that awaits *d*: ``asyncio.create_task(as_coroutine(d))``."""
    return await d


_await = as_coroutine
