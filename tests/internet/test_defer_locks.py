"""defer's locks, semaphore, queue and lock file.  Source: Twisted 26.10, run and watched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from txloop.internet.defer import (
    AlreadyTryingToLockError,
    CancelledError,
    Deferred,
    DeferredFilesystemLock,
    DeferredLock,
    DeferredQueue,
    DeferredSemaphore,
    QueueOverflow,
    QueueUnderflow,
    TimeoutError,
    ensureDeferred,
)
from txloop.internet.task import Clock


def outcome(d: Deferred[Any]) -> list[Any]:
    """Filled with d's result; with the exception if it fails."""
    got: list[Any] = []
    d.addCallbacks(got.append, lambda failure: got.append(failure.value))
    return got


# ---- lock and semaphore ------------------------------------------------------------


@pytest.fixture(params=["lock", "semaphore"])
def one_at_a_time(request: pytest.FixtureRequest) -> DeferredLock | DeferredSemaphore:
    return DeferredLock() if request.param == "lock" else DeferredSemaphore(1)


def is_held(lock: DeferredLock | DeferredSemaphore) -> bool:
    return lock.locked if isinstance(lock, DeferredLock) else lock.tokens == 0


def test_it_goes_from_hand_to_hand_in_the_order_of_asking(one_at_a_time: Any) -> None:
    lock = one_at_a_time
    first, second, third = (outcome(lock.acquire()) for _ in range(3))
    assert (first, second, third) == ([lock], [], [])
    assert len(lock.waiting) == 2
    lock.release()
    assert (second, third) == ([lock], [])
    lock.release()
    lock.release()
    assert third == [lock]
    assert not is_held(lock)


def test_who_cancels_leaves_the_row(one_at_a_time: Any) -> None:
    lock = one_at_a_time
    lock.acquire()
    waiting = lock.acquire()
    got, behind = outcome(waiting), outcome(lock.acquire())
    waiting.cancel()
    assert isinstance(got[0], CancelledError)
    lock.release()
    assert behind == [lock]


def test_run_holds_it_until_the_result_is_there(one_at_a_time: Any) -> None:
    lock = one_at_a_time
    work: Deferred[str] = Deferred()
    held: list[object] = []

    def function(*args: object, **kwargs: object) -> Deferred[str]:
        held.append((args, kwargs, is_held(lock)))
        return work

    got = outcome(lock.run(function, 1, b=2))
    assert held == [((1,), {"b": 2}, True)]
    assert is_held(lock)
    work.callback("done")
    assert got == ["done"]
    assert not is_held(lock)


def test_run_releases_it_when_the_function_fails(one_at_a_time: Any) -> None:
    got = outcome(one_at_a_time.run(lambda: 1 / 0))
    assert isinstance(got[0], ZeroDivisionError)
    assert not is_held(one_at_a_time)


def test_run_takes_a_coroutine_function(one_at_a_time: Any) -> None:
    async def work(value: int) -> int:
        return value

    assert outcome(one_at_a_time.run(work, 3)) == [3]
    assert not is_held(one_at_a_time)


def test_async_with_holds_it_for_the_block_and_lets_exceptions_pass(one_at_a_time: Any) -> None:
    async def block() -> None:
        async with one_at_a_time as entered:
            assert entered is one_at_a_time
            assert is_held(one_at_a_time)
            raise ValueError("in the block")

    got = outcome(ensureDeferred(block()))
    assert isinstance(got[0], ValueError)
    assert not is_held(one_at_a_time)


@pytest.mark.asyncio
async def test_async_with_works_in_an_asyncio_task(one_at_a_time: Any) -> None:
    async with one_at_a_time:
        assert is_held(one_at_a_time)
    assert not is_held(one_at_a_time)


def test_releasing_what_is_not_held_is_an_error() -> None:
    with pytest.raises(AssertionError, match="Tried to release an unlocked lock"):
        DeferredLock().release()
    with pytest.raises(AssertionError, match="too many tokens"):
        DeferredSemaphore(1).release()


def test_a_semaphore_has_as_many_tokens_as_asked() -> None:
    semaphore = DeferredSemaphore(2)
    held = [outcome(semaphore.acquire()) for _ in range(3)]
    assert held == [[semaphore], [semaphore], []]
    semaphore.release()
    assert held[2] == [semaphore]
    semaphore.release()
    assert (semaphore.tokens, semaphore.limit) == (1, 2)
    with pytest.raises(ValueError, match="requires tokens >= 1"):
        DeferredSemaphore(0)


# ---- queue -------------------------------------------------------------------------


def test_a_queue_hands_out_in_order_what_is_here_and_what_comes() -> None:
    queue: DeferredQueue[int] = DeferredQueue()
    queue.put(1)
    queue.put(2)
    got = [outcome(queue.get()) for _ in range(4)]
    assert got == [[1], [2], [], []]
    queue.put(3)
    queue.put(4)
    assert got == [[1], [2], [3], [4]]
    assert (queue.pending, queue.waiting) == ([], [])


def test_who_cancels_a_get_misses_nothing_for_others() -> None:
    queue: DeferredQueue[int] = DeferredQueue()
    impatient = queue.get()
    got, patient = outcome(impatient), outcome(queue.get())
    impatient.cancel()
    queue.put(1)
    assert isinstance(got[0], CancelledError)
    assert patient == [1]


def test_a_full_queue_and_a_full_row_are_refused() -> None:
    queue: DeferredQueue[int] = DeferredQueue(size=1, backlog=1)
    queue.put(1)
    with pytest.raises(QueueOverflow):
        queue.put(2)
    assert outcome(queue.get()) == [1]
    waiting = outcome(queue.get())
    with pytest.raises(QueueUnderflow):
        queue.get()
    queue.put(3)
    assert waiting == [3]


def test_a_queue_of_size_zero_only_hands_over() -> None:
    queue: DeferredQueue[int] = DeferredQueue(size=0)
    with pytest.raises(QueueOverflow):
        queue.put(1)
    got = outcome(queue.get())
    queue.put(2)
    assert got == [2]


# ---- lock file ---------------------------------------------------------------------


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def name(tmp_path: Path) -> str:
    return str(tmp_path / "lock")


def test_a_free_lock_file_is_locked_at_once(name: str, clock: Clock) -> None:
    lock = DeferredFilesystemLock(name, clock)
    assert outcome(lock.deferUntilLocked(timeout=5)) == [None]
    assert lock.locked
    assert clock.getDelayedCalls() == []
    lock.unlock()


def test_a_held_lock_file_is_tried_each_second(name: str, clock: Clock) -> None:
    holder, waiter = DeferredFilesystemLock(name, clock), DeferredFilesystemLock(name, clock)
    assert holder.lock()
    got = outcome(waiter.deferUntilLocked())
    clock.advance(1)
    assert got == []
    holder.unlock()
    clock.advance(1)
    assert got == [None]
    assert waiter.locked
    assert clock.getDelayedCalls() == []
    waiter.unlock()


def test_waiting_for_a_lock_file_ends_with_its_timeout_and_can_begin_again(name: str, clock: Clock) -> None:
    """(In Twisted the second wait breaks on the first one's spent timeout.)"""
    holder, waiter = DeferredFilesystemLock(name, clock), DeferredFilesystemLock(name, clock)
    assert holder.lock()
    got = outcome(waiter.deferUntilLocked(timeout=2.5))
    clock.pump([1, 1, 0.5])
    assert isinstance(got[0], TimeoutError)
    assert str(got[0]) == f"Timed out acquiring lock: {name} after 2.500000s"
    assert clock.getDelayedCalls() == []
    got = outcome(waiter.deferUntilLocked(timeout=5))
    holder.unlock()
    clock.advance(1)
    assert got == [None]
    waiter.unlock()


def test_one_lock_file_object_waits_once(name: str, clock: Clock) -> None:
    holder, waiter = DeferredFilesystemLock(name, clock), DeferredFilesystemLock(name, clock)
    assert holder.lock()
    first = waiter.deferUntilLocked(timeout=9)
    got = outcome(first)
    assert isinstance(outcome(waiter.deferUntilLocked())[0], AlreadyTryingToLockError)
    first.cancel()
    assert isinstance(got[0], CancelledError)
    assert clock.getDelayedCalls() == []
    holder.unlock()


def test_what_the_file_system_refuses_fails_the_wait(tmp_path: Path, clock: Clock) -> None:
    lock = DeferredFilesystemLock(str(tmp_path / "missing" / "lock"), clock)
    assert isinstance(outcome(lock.deferUntilLocked(timeout=5))[0], FileNotFoundError)
    assert clock.getDelayedCalls() == []
