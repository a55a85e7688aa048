"""asyncio inside Deferred coroutines and inlineCallbacks: real tasks to asyncio, anyio, aiohttp, httpx."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Any

import aiohttp
import aiohttp.web
import anyio
import anyio.from_thread
import anyio.to_thread
import httpx
import pytest
import sniffio

from txloop.internet import defer
from txloop.internet.defer import Deferred, ensureDeferred, inlineCallbacks, succeed

pytestmark = pytest.mark.asyncio


async def test_the_current_task_is_the_coroutines_own_and_the_outer_one_comes_back() -> None:
    outer = asyncio.current_task()
    inside: list[Any] = []

    async def inner() -> None:
        inside.append(asyncio.current_task())
        await succeed(1)
        inside.append(asyncio.current_task())
        await asyncio.sleep(0)
        inside.append(asyncio.current_task())
        await ensureDeferred(innermost())
        inside.append(asyncio.current_task())

    async def innermost() -> None:
        assert asyncio.current_task() is not inside[0]

    d = ensureDeferred(inner())
    assert asyncio.current_task() is outer
    await d
    assert len(set(inside)) == 1
    assert inside[0] is not outer
    assert inside[0].done()


async def test_a_coroutine_runs_at_once_up_to_its_first_wait() -> None:
    order: list[str] = []

    async def run() -> str:
        order.append("started")
        await asyncio.sleep(0)
        order.append("went on")
        return "done"

    d = ensureDeferred(run())
    order.append("caller")
    assert await d == "done"
    assert order == ["started", "caller", "went on"]


async def test_a_coroutine_goes_on_inside_the_callback_of_what_it_awaits() -> None:
    d: Deferred[int] = Deferred()
    got: list[int] = []

    async def wait() -> None:
        got.append(await d)

    ensureDeferred(wait())
    d.callback(4)
    assert got == [4]


async def test_futures_tasks_and_timers_are_awaited() -> None:
    async def sub() -> int:
        await asyncio.sleep(0.001)
        return 2

    async def run() -> int:
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, 1)
        return (
            await future + await asyncio.create_task(sub()) + await sub() + await asyncio.wait_for(sub(), 5)
        )

    assert await ensureDeferred(run()) == 7


async def test_the_exception_of_a_future_is_raised_at_its_await_and_its_yield() -> None:
    async def wrong() -> None:
        await asyncio.sleep(0)
        raise ValueError("wrong")

    async def run() -> str:
        try:
            await asyncio.create_task(wrong())
        except ValueError as error:
            return str(error)
        return ""

    @inlineCallbacks
    def generator() -> Any:
        try:
            yield asyncio.create_task(wrong())
        except ValueError as error:
            return str(error)

    assert await ensureDeferred(run()) == "wrong"
    assert await generator() == "wrong"


async def test_a_generator_may_yield_coroutines_tasks_futures_and_other_awaitables() -> None:
    class Awaitable:
        def __await__(self) -> Any:
            yield from asyncio.sleep(0).__await__()
            return "object"

    async def coroutine() -> str:
        await asyncio.sleep(0)
        return "coroutine"

    @inlineCallbacks
    def generator() -> Any:
        done = asyncio.get_running_loop().create_future()
        done.set_result("done")
        return [
            (yield coroutine()),
            (yield asyncio.create_task(coroutine())),
            (yield done),
            (yield Awaitable()),
            (yield succeed("deferred")),
            (yield "value"),
            (yield None),
        ]

    assert await generator() == ["coroutine", "coroutine", "done", "object", "deferred", "value", None]


async def test_timeout_over_a_pending_deferred_raises_timeout_error_and_calls_the_canceller() -> None:
    cancelled: list[object] = []
    d: Deferred[None] = Deferred(cancelled.append)

    async def run() -> str:
        try:
            async with asyncio.timeout(0.001):
                await d
        except TimeoutError:
            return "timed out"
        return ""

    assert await ensureDeferred(run()) == "timed out"
    assert cancelled == [d]


async def test_timeout_over_a_sleep_and_a_future_raises_timeout_error() -> None:
    async def run(what: Callable[[], Any]) -> str:
        try:
            async with asyncio.timeout(0.001):
                await what()
        except TimeoutError:
            return "timed out"
        return ""

    assert await ensureDeferred(run(lambda: asyncio.sleep(5))) == "timed out"
    assert await ensureDeferred(run(lambda: asyncio.get_running_loop().create_future())) == "timed out"


async def test_task_group_inside_a_coroutine_collects_and_cancels() -> None:
    cancelled: list[str] = []

    async def value(n: int) -> int:
        await asyncio.sleep(0)
        return n

    async def wrong() -> None:
        await asyncio.sleep(0)
        raise KeyError("wrong")

    async def waits() -> None:
        try:
            await Deferred()
        except asyncio.CancelledError:
            cancelled.append("child")
            raise

    async def good() -> list[int]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(value(n)) for n in range(3)]
        return [task.result() for task in tasks]

    async def bad() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(wrong())
            group.create_task(waits())
            try:
                await Deferred()
            except asyncio.CancelledError:
                cancelled.append("body")
                raise

    assert await ensureDeferred(good()) == [0, 1, 2]
    with pytest.raises(ExceptionGroup) as caught:
        await ensureDeferred(bad())
    assert [type(error) for error in caught.value.exceptions] == [KeyError]
    assert sorted(cancelled) == ["body", "child"]


async def test_gather_over_deferred_coroutines_and_tasks() -> None:
    async def value(n: int) -> int:
        await asyncio.sleep(0)
        return n

    async def run() -> list[int]:
        return await asyncio.gather(ensureDeferred(value(1)), value(2), succeed(3))

    assert await ensureDeferred(run()) == [1, 2, 3]


async def test_to_thread_runs_elsewhere_and_comes_back() -> None:
    here = threading.get_ident()

    async def run() -> tuple[int, int]:
        there = await asyncio.to_thread(threading.get_ident)
        return there, threading.get_ident()

    there, back = await ensureDeferred(run())
    assert there != here
    assert back == here


async def test_anyios_scopes_groups_and_threads_work_in_a_coroutine() -> None:
    async def run() -> list[object]:
        found: list[object] = [sniffio.current_async_library()]
        with anyio.move_on_after(0.001) as scope:
            await Deferred()
        found.append(scope.cancelled_caught)
        try:
            with anyio.fail_after(0.001):
                await anyio.sleep(5)
        except TimeoutError:
            found.append("failed after")
        async with anyio.create_task_group() as group:
            group.start_soon(append_later, found)
            group.start_soon(anyio.sleep, 0)
        found.append(await anyio.to_thread.run_sync(call_back_from_the_thread))
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 5)
            group.cancel_scope.cancel()
        return found

    async def append_later(found: list[object]) -> None:
        await anyio.sleep(0)
        found.append("child")

    def call_back_from_the_thread() -> object:
        return anyio.from_thread.run(double, 21)

    async def double(n: int) -> int:
        await anyio.sleep(0)
        return 2 * n

    assert await ensureDeferred(run()) == ["asyncio", True, "failed after", "child", 42]


async def test_aiohttp_and_httpx_work_unwrapped() -> None:
    async def hello(request: aiohttp.web.Request) -> aiohttp.web.Response:
        await asyncio.sleep(0)
        return aiohttp.web.Response(text=f"hello {request.query['from']}")

    application = aiohttp.web.Application()
    application.router.add_get("/", hello)
    runner = aiohttp.web.AppRunner(application)
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"

    async def by_aiohttp() -> str:
        async with aiohttp.ClientSession() as session, session.get(url, params={"from": "aiohttp"}) as answer:
            return await answer.text()

    async def by_httpx() -> str:
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(url, params={"from": "httpx"})).text

    @inlineCallbacks
    def by_generator() -> Any:
        session = aiohttp.ClientSession()
        answer = yield session.get(url, params={"from": "a generator"})
        text = yield answer.text()
        yield session.close()
        return text

    try:
        assert await ensureDeferred(by_aiohttp()) == "hello aiohttp"
        assert await ensureDeferred(by_httpx()) == "hello httpx"
        assert await by_generator() == "hello a generator"
    finally:
        await runner.cleanup()


async def test_cancelling_the_deferred_of_a_coroutine_on_a_future_fires_it_after_its_finally() -> None:
    order: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            order.append("finally")

    d = ensureDeferred(wait())
    d.addErrback(lambda failure: order.append(failure.type is defer.CancelledError and "fired"))
    d.cancel()
    assert order == []
    await d
    assert order == ["finally", "fired"]


async def test_a_coroutine_that_ends_in_asyncios_cancelled_error_fails_with_twisteds_and_its_cause() -> None:
    async def wait() -> None:
        raise asyncio.CancelledError("by hand")

    failure = ensureDeferred(wait()).addErrback(lambda failure: [failure]).result[0]
    assert failure.type is defer.CancelledError
    assert isinstance(failure.value.__cause__, asyncio.CancelledError)


async def test_the_task_face_answers_as_a_task() -> None:
    faces: list[Any] = []

    async def run() -> int:
        face = asyncio.current_task()
        assert face is not None
        faces.append(face)
        assert face not in asyncio.all_tasks()  # not before it has to wait
        await asyncio.sleep(0)
        assert face in asyncio.all_tasks()
        return 3

    coro = run()
    d = ensureDeferred(coro)
    face = faces[0]
    assert asyncio.isfuture(face)
    assert face.get_coro() is coro
    assert face.get_loop() is asyncio.get_running_loop()
    assert not face.done()
    assert face.cancelling() == 0
    assert len(face.get_stack()) == 1
    face.set_name("mine")
    assert face.get_name() == "mine"
    assert "run pending" in repr(face)
    with pytest.raises(asyncio.InvalidStateError):
        face.result()
    told: list[object] = []
    face.add_done_callback(told.append)
    assert await asyncio.wait_for(face, 5) == 3
    assert await d == 3
    assert told == [face]
    assert (face.result(), face.exception(), face.cancelled(), face.cancel()) == (3, None, False, False)


async def test_another_task_may_cancel_the_face_and_await_it() -> None:
    faces: list[Any] = []

    async def run() -> None:
        faces.append(asyncio.current_task())
        await Deferred()

    d = ensureDeferred(run())
    assert faces[0].cancel("enough")
    assert not d.called
    with pytest.raises(asyncio.CancelledError):
        await faces[0]
    assert faces[0].cancelled()
    with pytest.raises(asyncio.CancelledError):
        await d


@pytest.mark.skipif(not hasattr(asyncio, "eager_task_factory"), reason="Python 3.12 has eager tasks")
async def test_eager_tasks_inside_and_around_a_coroutine() -> None:
    loop = asyncio.get_running_loop()
    if "uvloop" in type(loop).__module__:
        pytest.skip("uvloop passes its own arguments to the standard eager factory")
    loop.set_task_factory(asyncio.eager_task_factory)

    async def child(d: Deferred[int]) -> int:
        mine = asyncio.current_task()
        got = await d
        assert asyncio.current_task() is mine
        return got

    async def run() -> int:
        mine = asyncio.current_task()
        d: Deferred[int] = Deferred()
        task = asyncio.create_task(child(d))
        assert asyncio.current_task() is mine
        d.callback(5)
        ready = asyncio.create_task(child(succeed(6)))
        assert ready.done()
        return await task + await ready

    assert await ensureDeferred(run()) == 11
    assert await asyncio.create_task(run()) == 11


async def test_context_of_a_coroutine_is_a_copy_of_its_callers() -> None:
    var: contextvars.ContextVar[int] = contextvars.ContextVar("var", default=0)
    var.set(1)

    async def run() -> list[int]:
        seen = [var.get()]
        var.set(2)
        await asyncio.sleep(0)
        seen.append(var.get())
        await succeed(None)
        seen.append(var.get())
        return seen

    assert await ensureDeferred(run()) == [1, 2, 2]
    assert var.get() == 1


async def test_ten_thousand_nested_coroutines_end_without_recursion() -> None:
    d: Deferred[int] = Deferred()

    async def plus_one(inner: Deferred[int]) -> int:
        return await inner + 1

    outermost = d
    for _ in range(10_000):
        outermost = ensureDeferred(plus_one(outermost))
    d.callback(0)
    assert await outermost == 10_000
