"""Teams of workers, with workers that work when the test says so."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from zope.interface.verify import verifyObject

from txloop._threads import AlreadyQuit, LockWorker, Team, ThreadWorker, createMemoryWorker
from txloop._threads._ithreads import IExclusiveWorker, IWorker


class TeamInHand:
    """A team whose coordinator and workers move one step at a time."""

    def __init__(self, limit: int) -> None:
        self.workers: list[Callable[[], bool]] = []
        self.errors = 0
        coordinator, self.coordinate_once = createMemoryWorker()

        def create() -> object:
            if len(self.workers) == limit:
                return None
            worker, perform = createMemoryWorker()
            self.workers.append(perform)
            return worker

        def log_error() -> None:
            self.errors += 1

        self.team = Team(coordinator, create, log_error)

    def coordinate(self) -> tuple[int, int, int]:
        """Let the coordinator do all it has to; idle, busy, backlogged."""
        while self.coordinate_once():
            pass
        now = self.team.statistics()
        return now.idleWorkerCount, now.busyWorkerCount, now.backloggedWorkCount


def test_tasks_beyond_the_limit_wait_for_the_first_free_worker() -> None:
    hand = TeamInHand(limit=2)
    done: list[int] = []
    for number in range(3):
        hand.team.do(lambda number=number: done.append(number))
    assert hand.coordinate() == (0, 2, 1)
    hand.workers[1]()
    assert done == [1]
    assert hand.coordinate() == (0, 2, 0)
    hand.workers[1]()
    assert done == [1, 2]
    assert hand.coordinate() == (1, 1, 0)


def test_a_task_that_raises_is_logged_and_its_worker_goes_on() -> None:
    hand = TeamInHand(limit=1)
    hand.team.do(lambda: 1 / 0)
    hand.coordinate()
    hand.workers[0]()
    assert hand.errors == 1
    assert hand.coordinate() == (1, 0, 0)


def test_shrinking_takes_idle_workers_at_once_and_busy_ones_when_nothing_waits() -> None:
    hand = TeamInHand(limit=2)
    hand.team.grow(2)
    assert hand.coordinate() == (2, 0, 0)
    hand.team.shrink(1)
    assert hand.coordinate() == (1, 0, 0)
    hand.team.do(int)
    hand.coordinate()
    hand.team.shrink(1)
    assert hand.coordinate() == (0, 1, 0)
    hand.workers[0]()
    assert hand.coordinate() == (0, 0, 0)


def test_quit_performs_what_was_accepted_and_then_ends_workers_and_coordinator() -> None:
    hand = TeamInHand(limit=1)
    done: list[str] = []
    hand.team.do(lambda: done.append("first"))
    hand.team.do(lambda: done.append("second"))
    hand.team.quit()
    assert hand.coordinate() == (0, 1, 1)
    hand.workers[0]()
    hand.coordinate()
    hand.workers[0]()
    assert done == ["first", "second"]
    assert hand.coordinate() == (0, 0, 0)
    with pytest.raises(AlreadyQuit):
        hand.team._coordinator.do(int)
    for late in (lambda: hand.team.do(int), lambda: hand.team.grow(1), hand.team.shrink, hand.team.quit):
        with pytest.raises(AlreadyQuit):
            late()


def test_a_memory_worker_performs_in_order_and_not_after_quit() -> None:
    worker, perform = createMemoryWorker()
    done: list[int] = []
    assert perform() is False
    worker.do(lambda: done.append(1))
    worker.quit()
    assert perform() is True
    assert perform() is False
    assert done == [1]
    with pytest.raises(AlreadyQuit):
        worker.do(int)


def test_a_thread_worker_performs_in_its_own_thread_and_ends_when_it_quits() -> None:
    import queue

    threads: list[threading.Thread] = []

    def start(target: Callable[[], object]) -> None:
        threads.append(threading.Thread(target=target, daemon=True))
        threads[0].start()

    worker = ThreadWorker(start, queue.SimpleQueue())
    where: list[threading.Thread] = []
    worker.do(lambda: where.append(threading.current_thread()))
    worker.quit()
    threads[0].join(10)
    assert where == threads
    with pytest.raises(AlreadyQuit):
        worker.quit()


def test_a_lock_worker_performs_nested_work_behind_the_outer_one_under_one_hold() -> None:
    said: list[str] = []

    class Lock:
        def acquire(self) -> bool:
            said.append("acquire")
            return True

        def release(self) -> None:
            said.append("release")

    worker = LockWorker(Lock(), threading.local())

    def outer() -> None:
        worker.do(lambda: said.append("inner"))
        said.append("outer")

    worker.do(outer)
    assert said == ["acquire", "outer", "inner", "release"]


def test_a_lock_worker_serves_on_after_work_that_raised() -> None:
    worker = LockWorker(threading.Lock(), threading.local())
    with pytest.raises(ZeroDivisionError):
        worker.do(lambda: 1 / 0)
    done: list[int] = []
    worker.do(lambda: done.append(1))
    assert done == [1]


def test_a_lock_worker_that_quits_inside_its_own_work_still_releases_the_lock() -> None:
    lock = threading.Lock()
    worker = LockWorker(lock, threading.local())
    worker.do(worker.quit)
    assert lock.acquire(blocking=False)


def test_workers_provide_the_interfaces_they_claim() -> None:
    verifyObject(IExclusiveWorker, createMemoryWorker()[0])
    verifyObject(IExclusiveWorker, LockWorker(threading.Lock(), threading.local()))
    verifyObject(IWorker, TeamInHand(1).team)
