"""python.threadable: the reactor's thread, and synchronized methods."""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import Callable
from typing import Any

import pytest

from txloop.python import threadable


def in_a_thread(function: Callable[[], Any]) -> Any:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


# ---- the I/O thread --------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_thread_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threadable, "ioThread", None)


def test_a_thread_without_a_loop_is_no_io_thread_until_it_registers() -> None:
    assert not threadable.isInIOThread()
    threadable.registerAsIOThread()
    assert threadable.isInIOThread()
    assert threadable.ioThread == threadable.getThreadID() == threading.get_ident()
    assert not in_a_thread(threadable.isInIOThread)


@pytest.mark.asyncio
async def test_a_thread_that_runs_a_loop_is_an_io_thread() -> None:
    """Each loop has a reactor of its own, so there may be several I/O threads."""
    assert threadable.isInIOThread()
    assert not await asyncio.to_thread(threadable.isInIOThread)

    async def ask() -> bool:
        return threadable.isInIOThread()

    def other_loop() -> bool:
        with asyncio.Runner() as runner:
            return runner.run(ask())

    assert await asyncio.to_thread(other_loop)


def test_threads_cannot_be_turned_off() -> None:
    threadable.init()
    threadable.init(with_threads=1)
    with pytest.raises(RuntimeError, match="Cannot uninitialize threads"):
        threadable.init(0)


# ---- locks -----------------------------------------------------------------------


def test_a_lock_is_reentrant_and_excludes_other_threads() -> None:
    lock = threadable.XLock()
    with lock, lock:
        assert in_a_thread(lambda: lock.acquire(blocking=False)) is False
    assert in_a_thread(lambda: lock.acquire(blocking=False)) is True


@pytest.mark.parametrize("kind", [threadable.XLock, threadable.DummyLock])
def test_a_lock_is_unpickled_as_a_new_one(kind: type) -> None:
    lock = kind()
    again = pickle.loads(pickle.dumps(lock))
    assert isinstance(again, threadable.XLock)
    assert again is not lock


def test_a_held_lock_is_unpickled_as_a_free_one() -> None:
    lock = threadable.XLock()
    lock.acquire()
    again = pickle.loads(pickle.dumps(lock))
    assert in_a_thread(lambda: again.acquire(blocking=False)) is True


# ---- synchronized methods ----------------------------------------------------------


def test_one_thread_at_a_time_runs_the_synchronized_methods_of_an_instance() -> None:
    entered = threading.Event()
    leave = threading.Event()

    class Account:
        synchronized = ("slow", "quick")

        def __init__(self) -> None:
            self.log: list[str] = []

        def slow(self) -> None:
            "Documented."
            self.log.append("slow in")
            entered.set()
            assert leave.wait(10)
            self.log.append("slow out")

        def quick(self) -> str:
            self.log.append("quick")
            return "done"

    threadable.synchronize(Account)
    account, other = Account(), Account()
    assert (Account.slow.__name__, Account.slow.__doc__) == ("slow", "Documented.")

    first = threading.Thread(target=account.slow)
    first.start()
    assert entered.wait(10)
    second = threading.Thread(target=account.quick)
    second.start()
    assert other.quick() == "done"  # another instance, another lock
    assert account.log == ["slow in"]
    leave.set()
    first.join()
    second.join()
    assert account.log == ["slow in", "slow out", "quick"]


def test_synchronized_methods_may_call_each_other() -> None:
    class Account:
        synchronized = ("a", "b")

        def a(self) -> str:
            return self.b()

        def b(self) -> str:
            return "b"

    threadable.synchronize(Account)
    assert Account().a() == "b"


def test_a_class_must_say_which_methods_and_have_them() -> None:
    class Silent:
        pass

    class Wrong:
        synchronized = ("missing",)

    with pytest.raises(AttributeError):
        threadable.synchronize(Silent)
    with pytest.raises(KeyError):
        threadable.synchronize(Wrong)
