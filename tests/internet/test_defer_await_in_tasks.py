"""Deferreds awaited in asyncio tasks: at the loop's speed, with asyncio's own tools, from any thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

import txloop
from txloop.internet import defer
from txloop.internet.defer import Deferred, ensureDeferred, fail, succeed
from txloop.python.failure import Failure

pytestmark = pytest.mark.asyncio


def fire_soon(d: Deferred[int], result: object = 5) -> Deferred[int]:
    asyncio.get_running_loop().call_soon(d.callback, result)
    return d


async def test_a_task_gets_the_result_of_a_deferred_that_fires_later() -> None:
    assert await fire_soon(Deferred()) == 5


async def test_a_task_gets_the_failure_as_the_exception_itself() -> None:
    error = KeyError("no")
    d: Deferred[int] = Deferred()
    asyncio.get_running_loop().call_soon(d.errback, error)
    with pytest.raises(KeyError) as caught:
        await d
    assert caught.value is error


async def test_awaiting_a_fired_deferred_does_not_let_the_loop_turn() -> None:
    turns: list[int] = []
    asyncio.get_running_loop().call_soon(turns.append, 1)
    assert await succeed(3) == 3
    with pytest.raises(KeyError):
        await fail(KeyError())
    assert turns == []


async def test_a_deferred_cancelled_before_it_is_awaited_is_asyncios_cancelled_error() -> None:
    d: Deferred[None] = Deferred()
    d.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await d
    assert isinstance(caught.value.__cause__, defer.CancelledError)


async def test_callbacks_see_the_result_before_the_waiting_task_does() -> None:
    d: Deferred[int] = Deferred()
    seen: list[object] = []

    async def wait() -> None:
        seen.append(await d)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    d.addCallback(lambda r: seen.append("callback") or r)
    d.callback(1)
    assert seen == ["callback"]
    await task
    assert seen == ["callback", 1]


async def test_all_tasks_that_await_one_deferred_get_its_result() -> None:
    d: Deferred[int] = Deferred()
    waiting = asyncio.gather(d, d, d)
    await asyncio.sleep(0)
    d.callback(7)
    assert await waiting == [7, 7, 7]
    assert await d == 7


async def test_all_tasks_that_await_one_failing_deferred_get_its_error_and_nothing_is_logged() -> None:
    d: Deferred[int] = Deferred()
    waiting = asyncio.gather(d, d, return_exceptions=True)
    await asyncio.sleep(0)
    error = ValueError()
    d.errback(error)
    assert await waiting == [error, error]


async def test_a_coroutine_takes_the_result_and_a_task_behind_it_gets_none() -> None:
    d: Deferred[int] = Deferred()

    async def wait() -> int:
        return await d

    first = ensureDeferred(wait())
    second = asyncio.ensure_future(d)
    await asyncio.sleep(0)
    d.callback(7)
    assert await first == 7
    assert await second is None


async def test_a_task_leaves_the_result_to_a_coroutine_behind_it() -> None:
    d: Deferred[int] = Deferred()

    async def wait() -> int:
        return await d

    first = asyncio.ensure_future(d)
    await asyncio.sleep(0)
    second = ensureDeferred(wait())
    d.callback(7)
    assert await first == 7
    assert await second == 7


@pytest.mark.parametrize("how", ["gather", "wait_for", "shield", "timeout", "ensure_future", "as_completed"])
async def test_asyncios_own_functions_take_a_deferred(how: str) -> None:
    d = fire_soon(Deferred())
    if how == "gather":
        assert await asyncio.gather(d, fire_soon(Deferred(), 6)) == [5, 6]
    elif how == "wait_for":
        assert await asyncio.wait_for(d, 5) == 5
    elif how == "shield":
        assert await asyncio.shield(d) == 5
    elif how == "timeout":
        async with asyncio.timeout(5):
            assert await d == 5
    elif how == "ensure_future":
        assert await asyncio.ensure_future(d) == 5
    else:
        assert [await each for each in asyncio.as_completed([d])] == [5]


async def test_wait_takes_what_ensure_future_gives() -> None:
    never: Deferred[int] = Deferred()
    waits = [asyncio.ensure_future(fire_soon(Deferred())), asyncio.ensure_future(never)]
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in done] == [5]
    (task,) = pending
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert never.called


async def test_create_task_and_task_groups_take_as_coroutine() -> None:
    assert await asyncio.create_task(txloop.as_coroutine(fire_soon(Deferred()))) == 5
    async with asyncio.TaskGroup() as group:
        task = group.create_task(txloop.as_coroutine(fire_soon(Deferred())))
    assert task.result() == 5


async def test_isfuture_is_false_for_a_deferred() -> None:
    assert not asyncio.isfuture(Deferred())


async def test_a_timeout_cancels_the_deferred() -> None:
    cancelled: list[object] = []
    d: Deferred[None] = Deferred(cancelled.append)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await d
    assert cancelled == [d]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(Deferred(cancelled.append), 0.001)
    assert len(cancelled) == 2


async def test_shield_protects_the_deferred_from_the_tasks_cancellation() -> None:
    d: Deferred[int] = Deferred()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(d), 0.001)
    assert not d.called
    d.callback(3)
    assert await d == 3


async def test_a_task_group_that_fails_cancels_the_deferreds_its_tasks_await() -> None:
    d: Deferred[None] = Deferred()

    async def wrong() -> None:
        raise ValueError

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(txloop.as_coroutine(d))
            group.create_task(wrong())

    with pytest.raises(ExceptionGroup) as caught:
        await both()
    assert [type(e) for e in caught.value.exceptions] == [ValueError]
    assert d.called


async def test_a_canceller_that_raises_is_logged_and_the_task_is_cancelled(
    flush_logged_errors: Callable[..., list[Failure]],
) -> None:
    def canceller(d: Deferred[None]) -> None:
        raise KeyError("in canceller")

    d: Deferred[None] = Deferred(canceller)
    task = asyncio.ensure_future(d)
    await asyncio.sleep(0)
    task.cancel()
    d._canceller = None
    d.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [failure.type for failure in flush_logged_errors()] == [KeyError]


async def test_a_deferred_fired_in_another_thread_wakes_the_task_at_once() -> None:
    d: Deferred[int] = Deferred()
    loop = asyncio.get_running_loop()
    asked = loop.time()
    threading.Timer(0.01, d.callback, [4]).start()
    # Nothing else would wake this loop.
    assert await d == 4
    assert loop.time() - asked < 2
