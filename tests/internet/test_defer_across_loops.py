"""Deferreds, Deferred coroutines and event loops that come and go."""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import inspect
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from support import python
from txloop.internet import defer, reactor
from txloop.internet.defer import Deferred, ensureDeferred, inlineCallbacks
from txloop.python.failure import Failure

Loops = Callable[[], asyncio.AbstractEventLoop]


def test_a_deferred_fired_in_another_loop_wakes_the_task_of_this_one(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    d: Deferred[int] = Deferred()
    waits = threading.Event()
    got: list[int] = []

    async def wait() -> None:
        asyncio.get_running_loop().call_soon(waits.set)
        got.append(await d)

    async def fire() -> None:
        d.callback(6)

    thread = threading.Thread(target=new_loop().run_until_complete, args=[wait()])
    thread.start()
    assert waits.wait(5)
    new_loop().run_until_complete(fire())
    thread.join(5)
    assert got == [6]


def test_a_loop_that_moved_to_another_thread_is_woken_from_its_old_one(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    d: Deferred[int] = Deferred()
    waits = threading.Event()
    got: list[int] = []
    loop = new_loop()

    async def first_await() -> None:
        here: Deferred[None] = Deferred()
        asyncio.get_running_loop().call_soon(here.callback, None)
        await here

    async def wait() -> None:
        asyncio.get_running_loop().call_soon(waits.set)
        got.append(await d)

    loop.run_until_complete(first_await())  # in this thread: from now on txloop knows the loop
    thread = threading.Thread(target=loop.run_until_complete, args=[wait()])
    thread.start()
    assert waits.wait(5)
    asyncio.run(first_await())  # another loop in this thread, while the known one runs elsewhere
    d.callback(6)
    thread.join(5)
    assert got == [6]


def test_a_deferred_that_fires_after_its_tasks_loop_was_closed_harms_nobody(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    d: Deferred[int] = Deferred()
    loop = new_loop()

    async def wait() -> int:
        return await d

    coro = wait()
    task = loop.create_task(coro)
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    d.callback(1)
    assert not task.done()
    task._log_destroy_pending = False
    coro.close()


def test_asyncio_run_and_uvloop_run_end_cleanly_with_ten_pending_deferred_coroutines(loop_name: str) -> None:
    finished: list[str] = []

    async def wait(what: Awaitable[Any]) -> None:
        try:
            await what
        finally:
            finished.append("finally")

    async def main() -> list[Deferred[None]]:
        loop = asyncio.get_running_loop()
        return [ensureDeferred(wait(Deferred() if i % 2 else loop.create_future())) for i in range(10)]

    # The two functions people call: uvloop.run ends its loop by code of its own.
    run = asyncio.run if loop_name == "asyncio" else importlib.import_module("uvloop").run
    waiting = run(main())
    assert finished == ["finally"] * 10
    for d in waiting:
        assert isinstance(d.result, Failure)
        assert d.result.check(defer.CancelledError)


def test_a_coroutine_cancelled_by_the_end_of_the_loop_may_still_await(new_loop: Loops) -> None:
    order: list[str] = []

    async def wait() -> None:
        try:
            await Deferred()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            order.append("cleaned up")
            raise

    async def main() -> None:
        ensureDeferred(wait())

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())
    assert order == ["cleaned up"]


def test_sleeping_for_a_turn_where_no_loop_runs_says_what_to_do() -> None:
    async def turn() -> None:
        await asyncio.sleep(0)

    d = ensureDeferred(turn())
    with pytest.raises(RuntimeError, match=r"no event loop runs in this thread.*deferLater"):
        d.result.raiseException()
    d.addErrback(lambda failure: None)


def test_awaiting_a_future_of_a_closed_loop_says_that_it_can_never_be_done(new_loop: Loops) -> None:
    loop = new_loop()
    future = loop.create_future()
    loop.close()

    async def wait() -> None:
        await future

    @inlineCallbacks
    def wait_too() -> Any:
        yield future

    for d in ensureDeferred(wait()), wait_too():
        with pytest.raises(RuntimeError, match="can never be done: its event loop is closed"):
            d.result.raiseException()
        d.addErrback(lambda failure: None)


def test_a_future_of_a_loop_that_runs_later_may_be_awaited_before(new_loop: Loops) -> None:
    loop = new_loop()
    future = loop.create_future()

    async def wait() -> int:
        return await future

    d = ensureDeferred(wait())
    loop.call_soon(future.set_result, 5)
    loop.run_until_complete(asyncio.sleep(0))
    loop.run_until_complete(asyncio.sleep(0))
    assert d.result == 5


def test_the_future_of_another_loop_is_refused_in_a_running_one(new_loop: Loops) -> None:
    foreign = new_loop().create_future()

    async def wait() -> None:
        await foreign

    async def main() -> None:
        with pytest.raises(RuntimeError, match="belongs to another event loop"):
            await ensureDeferred(wait())

    new_loop().run_until_complete(main())


def test_three_interleaved_requests_never_see_each_others_context(new_loop: Loops) -> None:
    request: contextvars.ContextVar[str] = contextvars.ContextVar("request")
    seen: list[tuple[str, str]] = []
    ticks: list[Deferred[None]] = []

    async def in_coroutine(name: str) -> None:
        request.set(name)
        for _ in range(3):
            await asyncio.sleep(0)
            await tick()
            seen.append((name, request.get()))

    @inlineCallbacks
    def in_generator(name: str) -> Any:
        request.set(name)
        for _ in range(3):
            yield tick()
            seen.append((name, request.get()))

    def tick() -> Deferred[None]:
        d: Deferred[None] = Deferred()
        ticks.append(d)
        return d

    async def main() -> None:
        requests = [ensureDeferred(in_coroutine(n)) for n in "abc"] + [in_generator(n) for n in "def"]
        while not all(d.called for d in requests):
            await asyncio.sleep(0)
            while ticks:
                ticks.pop().callback(None)
        assert "request" not in [var.name for var in contextvars.copy_context()]

    new_loop().run_until_complete(main())
    assert len(seen) == 18
    assert all(mine == found for mine, found in seen)


def test_a_future_of_a_closed_loop_is_refused_instead_of_waited_for(new_loop: Loops) -> None:
    loop = new_loop()
    future: asyncio.Future[int] = loop.create_future()
    done: asyncio.Future[int] = loop.create_future()
    done.set_result(1)
    loop.close()
    failure = Deferred.fromFuture(future).addErrback(lambda failure: [failure]).result[0]
    assert "can never be done: its event loop is closed" in str(failure.value)
    with pytest.raises(RuntimeError, match="the event loop is closed"):
        Deferred().asFuture(loop)


def test_a_coroutine_that_sleeps_where_no_loop_runs_is_told_so() -> None:
    failure = ensureDeferred(asyncio.sleep(0)).addErrback(lambda failure: [failure]).result[0]
    assert failure.check(RuntimeError)
    assert "no event loop runs" in str(failure.value)
    assert "task.deferLater(reactor, 0)" in str(failure.value)


def asks_for_the_reactor() -> None:
    reactor.seconds()


def starts_a_coroutine_that_waits() -> None:
    ensureDeferred(asyncio.sleep(0))


@pytest.mark.parametrize("meets", [asks_for_the_reactor, starts_a_coroutine_that_waits])
def test_what_meets_a_debugging_loop(meets: Callable[[], None]) -> None:
    """A debugging loop is followed from its first contact with txloop on; before that nobody looked."""
    program = (
        "import asyncio\n"
        "from txloop.internet import defer, reactor\n"
        "from txloop.internet.defer import ensureDeferred\n"
        f"{inspect.getsource(meets)}\n"
        "async def main():\n"
        "    before = defer.Deferred()\n"
        f"    {meets.__name__}()\n"
        "    after = defer.Deferred()\n"
        "    print(before._debugInfo is not None, after._debugInfo is not None)\n"
        "    await asyncio.sleep(0)\n"
        "asyncio.run(main(), debug=True)\n"
    )
    done = python("-c", program)
    assert done.stdout.split() == ["False", "True"], done.stderr


@pytest.mark.parametrize("debug", [True, False])
def test_deferreds_made_in_a_debugging_loop_know_where_once_it_was_met(new_loop: Loops, debug: bool) -> None:
    async def main() -> Deferred[None]:
        first: Deferred[None] = Deferred()
        asyncio.get_running_loop().call_soon(first.callback, None)
        await first
        return Deferred()

    loop = new_loop()
    loop.set_debug(debug)
    d = loop.run_until_complete(main())
    assert (d._debugInfo is not None) is debug
    if debug:
        assert d._debugInfo is not None
        assert "in main" in d._debugInfo._getDebugTracebacks()
    assert Deferred()._debugInfo is None
