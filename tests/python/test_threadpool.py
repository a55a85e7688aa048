"""ThreadPool with real threads.  Source: Twisted 26.10, twisted.python.threadpool, by running it."""

from __future__ import annotations

import contextvars
import gc
import pickle
import threading
import weakref
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from txloop._threads import AlreadyQuit
from txloop.python import context, log
from txloop.python.failure import Failure
from txloop.python.threadpool import ThreadPool

# A thread that takes so long hangs.
SECONDS = 10


@pytest.fixture
def pool() -> Iterator[ThreadPool]:
    pool = ThreadPool(0, 3, "tests")
    pool.start()
    yield pool
    if not pool.joined:
        pool.stop()


def call(pool: ThreadPool, function: Any, *args: Any) -> tuple[bool, Any]:
    """Call in a thread of *pool*; ok and the result."""
    answers: SimpleQueue[tuple[bool, Any]] = SimpleQueue()
    pool.callInThreadWithCallback(lambda ok, result: answers.put((ok, result)), function, *args)
    return answers.get(timeout=SECONDS)


def test_a_call_runs_in_a_daemon_thread_with_the_pools_name(pool: ThreadPool) -> None:
    ok, thread = call(pool, threading.current_thread)
    assert ok
    assert thread is pool.threads[0]
    assert thread.daemon
    assert thread.name == "PoolThread-tests-0"


def test_an_error_comes_as_a_failure_with_the_place_where_it_was_raised(pool: ThreadPool) -> None:
    def divide() -> float:
        return 1 / 0

    ok, failure = call(pool, divide)
    assert not ok
    assert isinstance(failure, Failure)
    assert failure.check(ZeroDivisionError)
    assert "in divide" in failure.getTraceback()


def test_an_error_nobody_asked_for_is_logged_and_the_thread_goes_on(
    pool: ThreadPool, flush_logged_errors: Callable[..., list[Any]]
) -> None:
    pool.callInThread(lambda: 1 / 0)
    pool.stop()
    assert [failure.type for failure in flush_logged_errors()] == [ZeroDivisionError]


def test_a_call_sees_its_callers_contexts_and_cannot_change_them(pool: ThreadPool) -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)

    def look() -> tuple[int, Any]:
        seen = variable.get(), context.get("key")
        variable.set(99)
        return seen

    variable.set(7)
    assert context.call({"key": "value"}, call, pool, look) == (True, (7, "value"))
    assert variable.get() == 7
    assert call(pool, context.get, "key") == (True, None)


def test_calls_made_before_start_wait_for_it() -> None:
    pool = ThreadPool(0, 1)
    answers: SimpleQueue[int] = SimpleQueue()
    pool.callInThread(answers.put, 1)
    assert pool.workers == 0
    assert pool.q.qsize() == 1
    pool.start()
    assert answers.get(timeout=SECONDS) == 1
    pool.stop()


def test_stop_performs_what_waits_and_returns_when_the_threads_have_ended() -> None:
    pool = ThreadPool(0, 1)
    pool.start()
    gate = threading.Event()
    done: list[int] = []
    pool.callInThread(gate.wait, SECONDS)
    pool.callInThread(done.append, 1)
    threading.Timer(0.01, gate.set).start()
    pool.stop()
    assert done == [1]
    assert not any(thread.is_alive() for thread in pool.threads)


def test_calls_after_stop_are_dropped_and_a_second_stop_raises(pool: ThreadPool) -> None:
    pool.stop()
    done: list[int] = []
    pool.callInThread(done.append, 1)
    assert done == []
    with pytest.raises(AlreadyQuit):
        pool.stop()


def test_stop_called_in_one_of_its_threads_does_not_wait_for_that_thread(pool: ThreadPool) -> None:
    assert call(pool, pool.stop) == (True, None)


def test_there_are_never_more_than_max_threads(pool: ThreadPool) -> None:
    gate = threading.Event()
    for _ in range(5):
        pool.callInThread(gate.wait, SECONDS)
    assert pool.workers == len(pool.working) == 3
    assert pool.waiters == []
    assert pool.q.qsize() == 2
    gate.set()


def test_adjusting_the_size_makes_and_ends_threads(pool: ThreadPool) -> None:
    pool.adjustPoolsize(2, 4)
    assert (pool.min, pool.max, pool.workers, len(pool.waiters)) == (2, 4, 2, 2)
    pool.adjustPoolsize(0, 1)
    assert pool.workers == 1
    pool.stopAWorker()
    assert pool.workers == 0
    pool.startAWorker()
    assert pool.workers == 1


@pytest.mark.parametrize(
    ("limits", "why"), [((-1, 3), "minimum is negative"), ((5, 2), "minimum is greater than maximum")]
)
def test_impossible_limits_are_refused_and_change_nothing(limits: tuple[int, int], why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        ThreadPool(*limits)
    pool = ThreadPool(1, 2)
    with pytest.raises(AssertionError, match=why):
        pool.adjustPoolsize(*limits)
    assert (pool.min, pool.max) == (1, 2)


def test_a_pickled_pool_comes_back_new_with_its_limits() -> None:
    copy = pickle.loads(pickle.dumps(ThreadPool(2, 9, "name")))
    assert (copy.min, copy.max, copy.started, copy.threads) == (2, 9, False, [])


def test_subclasses_choose_the_threads() -> None:
    class Mine(threading.Thread):
        pass

    class Pool(ThreadPool):
        threadFactory = Mine

    pool = Pool(0, 1)
    pool.start()
    ok, thread = call(pool, threading.current_thread)
    assert ok
    assert type(thread) is Mine
    pool.stop()


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_a_finished_call_is_kept_alive(pool: ThreadPool, fails: bool) -> None:
    class Argument:
        pass

    def use(argument: Argument) -> None:
        if fails:
            del argument
            raise ValueError

    gc.disable()
    try:
        argument = Argument()
        alive = weakref.ref(argument)
        call(pool, use, argument)
        del argument
        call(pool, int)  # the thread is past the first call
        assert alive() is None
    finally:
        gc.enable()


def test_dump_stats_logs_who_waits_who_works_and_who_is_there(pool: ThreadPool) -> None:
    events: list[dict[str, Any]] = []
    log.addObserver(events.append)
    try:
        pool.dumpStats()
    finally:
        log.removeObserver(events.append)
    assert [event["message"][0] for event in events] == ["waiters: []", "workers: []", "total: []"]


def test_current_thread_is_deprecated(pool: ThreadPool) -> None:
    """Source: Twisted 26.10, by running it."""
    with pytest.deprecated_call(
        match=r"deprecated in Twisted 22\.1\.0; please use threading\.current_thread"
    ):
        assert pool.currentThread() is threading.current_thread()
