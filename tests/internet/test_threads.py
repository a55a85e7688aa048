"""Calls into threads and out of them.  Source: Twisted 26.10, twisted.internet.threads, by running it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import pytest

from txloop.internet import reactor, threads
from txloop.internet.defer import CancelledError, Deferred, fail, succeed
from txloop.python.threadpool import ThreadPool

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="nothing")


@pytest.mark.asyncio
async def test_a_deferred_call_runs_elsewhere_and_its_result_arrives_here() -> None:
    here = threading.current_thread()
    there, total = await threads.deferToThread(lambda a, b: (threading.current_thread(), a + b), 1, b=2)
    assert there is not here
    assert total == 3


@pytest.mark.asyncio
async def test_an_error_arrives_with_the_traceback_of_the_thread() -> None:
    def divide() -> float:
        return 1 / 0

    with pytest.raises(ZeroDivisionError) as caught:
        await threads.deferToThread(divide)
    assert "divide" in [entry.name for entry in caught.traceback]


@pytest.mark.asyncio
async def test_a_call_sees_the_callers_context_variables() -> None:
    variable.set("the caller's")
    assert await threads.deferToThread(variable.get) == "the caller's"


@pytest.mark.asyncio
async def test_a_pool_of_the_programs_own_is_used_when_it_is_given() -> None:
    pool = ThreadPool(0, 1, "mine")
    pool.start()
    try:
        thread = await threads.deferToThreadPool(reactor, pool, threading.current_thread)
        assert thread in pool.threads
    finally:
        pool.stop()


@pytest.mark.asyncio
async def test_a_cancelled_call_fails_at_once_and_its_late_result_is_dropped() -> None:
    gate = threading.Event()
    d = threads.deferToThread(gate.wait, 10)
    d.cancel()
    with pytest.raises(asyncio.CancelledError):
        await d
    gate.set()
    await threads.deferToThread(int)  # the late result was on its way before this one
    assert CancelledError  # Deferred-driven code sees this class instead


@pytest.mark.asyncio
async def test_several_calls_run_in_one_thread_in_order_until_one_raises(caplog: Any) -> None:
    done: list[Any] = []
    finished: Deferred[None] = Deferred()

    def note(what: str) -> None:
        done.append((what, threading.current_thread()))

    def last() -> None:
        reactor.callFromThread(finished.callback, None)

    threads.callMultipleInThread([(note, ("a",), {}), (note, (), {"what": "b"}), (last, [], {})])
    await finished
    assert [what for what, _ in done] == ["a", "b"]
    assert len({thread for _, thread in done}) == 1


@pytest.mark.asyncio
async def test_a_blocking_call_returns_values_deferreds_and_coroutines_results() -> None:
    async def coroutine() -> str:
        return "coroutine"

    def in_thread() -> list[Any]:
        ask = threads.blockingCallFromThread
        return [
            ask(reactor, lambda: "value"),
            ask(reactor, succeed, "deferred"),
            ask(reactor, coroutine),
            ask(reactor, threading.current_thread),
        ]

    assert await threads.deferToThread(in_thread) == [
        "value",
        "deferred",
        "coroutine",
        threading.current_thread(),
    ]


@pytest.mark.asyncio
async def test_a_blocking_call_raises_what_was_raised_there_with_its_traceback() -> None:
    def divide() -> float:
        return 1 / 0

    def in_thread() -> None:
        with pytest.raises(ZeroDivisionError) as caught:
            threads.blockingCallFromThread(reactor, divide)
        assert "divide" in [entry.name for entry in caught.traceback]
        with pytest.raises(ValueError, match="there"):
            threads.blockingCallFromThread(reactor, fail, ValueError("there"))

    await threads.deferToThread(in_thread)


@pytest.mark.asyncio
async def test_a_blocking_call_takes_its_callers_context_variables_along() -> None:
    def in_thread() -> str:
        variable.set("the thread's")
        return threads.blockingCallFromThread(reactor, variable.get)

    assert await threads.deferToThread(in_thread) == "the thread's"
    assert variable.get() == "nothing"


@pytest.mark.asyncio
async def test_a_blocking_call_in_the_reactors_own_thread_is_refused() -> None:
    """Twisted hangs there for ever."""
    with pytest.raises(RuntimeError, match="reactor's own thread"):
        threads.blockingCallFromThread(reactor, int)
