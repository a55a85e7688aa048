"""task.Cooperator: long work in steps.  Source: Twisted 26.10, run and watched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from txloop.internet import task
from txloop.internet.defer import CancelledError, Deferred, succeed
from txloop.internet.task import Cooperator


class ByHand:
    """A scheduler whose turns come when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []
        self.cancelled = 0

    def __call__(self, tick: Callable[[], None]) -> ByHand:
        self.waiting.append(tick)
        return self

    def cancel(self) -> None:
        self.cancelled += 1
        self.waiting.pop()

    def turn(self, times: int = 1) -> None:
        for _ in range(times):
            waiting, self.waiting = self.waiting, []
            for tick in waiting:
                tick()


@pytest.fixture
def turns() -> ByHand:
    return ByHand()


def slices_of(steps: int) -> Callable[[], Callable[[], bool]]:
    def new_slice() -> Callable[[], bool]:
        left = [steps]

        def is_over() -> bool:
            left[0] -= 1
            return left[0] == 0

        return is_over

    return new_slice


@pytest.fixture
def cooperator(turns: ByHand) -> Cooperator:
    return Cooperator(slices_of(1), turns)


def steps(log: list[Any], name: str, count: int) -> Iterator[None]:
    for number in range(count):
        log.append(f"{name}{number}")
        yield


def type_of(d: Deferred[Any]) -> list[Any]:
    """Filled with the class of d's error, or with its result."""
    got: list[Any] = []
    d.addCallbacks(got.append, lambda failure: got.append(failure.type))
    return got


def test_tasks_take_turns_and_their_deferreds_fire_with_the_iterators(
    cooperator: Cooperator, turns: ByHand
) -> None:
    log: list[Any] = []
    a, b = steps(log, "a", 3), steps(log, "b", 2)
    done_a = type_of(cooperator.coiterate(a))
    done_b = type_of(cooperator.cooperate(b).whenDone())
    assert log == []
    assert len(turns.waiting) == 1
    turns.turn(10)
    assert log == ["a0", "b0", "a1", "b1", "a2"]
    assert (done_a, done_b) == ([a], [b])
    assert turns.waiting == []


def test_a_slice_ends_when_its_predicate_says_so_and_the_next_goes_on_there(turns: ByHand) -> None:
    log: list[str] = []
    cooperator = Cooperator(slices_of(3), turns)
    cooperator.coiterate(steps(log, "a", 9))
    cooperator.coiterate(steps(log, "b", 9))
    turns.turn()
    assert log == ["a0", "b0", "a1"]
    turns.turn()
    assert log[3:] == ["b1", "a2", "b2"]


def test_a_task_added_by_a_step_comes_after_those_that_wait(turns: ByHand) -> None:
    log: list[str] = []
    cooperator = Cooperator(slices_of(4), turns)

    def adding() -> Iterator[None]:
        log.append("x0")
        yield
        cooperator.coiterate(steps(log, "new", 2))
        log.append("x1")
        yield
        log.append("x2")
        yield

    cooperator.coiterate(adding())
    turns.turn()
    assert log == ["x0", "x1", "new0", "x2"]


def test_a_step_that_yields_a_deferred_is_waited_for(cooperator: Cooperator, turns: ByHand) -> None:
    log: list[str] = []
    drained: Deferred[int] = Deferred()

    def work() -> Iterator[object]:
        log.append("before")
        yield drained
        log.append("after")
        yield succeed(1)
        log.append("end")

    cooperator.cooperate(work())
    turns.turn(2)
    assert log == ["before"]
    assert turns.waiting == []
    drained.callback(7)
    turns.turn(2)
    assert log == ["before", "after", "end"]


def test_a_yielded_deferred_that_fails_fails_the_task(cooperator: Cooperator, turns: ByHand) -> None:
    drained: Deferred[int] = Deferred()
    done = type_of(cooperator.cooperate(iter([drained])).whenDone())
    turns.turn()
    drained.errback(ValueError("x"))
    assert done == [ValueError]


def test_an_iterator_that_raises_fails_the_task(cooperator: Cooperator, turns: ByHand) -> None:
    def bad() -> Iterator[None]:
        yield
        raise KeyError("bad")

    running = cooperator.cooperate(bad())
    done = type_of(running.whenDone())
    turns.turn(2)
    assert done == [KeyError]
    assert type_of(running.whenDone()) == [KeyError]
    with pytest.raises(task.TaskFailed):
        running.stop()


def test_what_is_no_iterator_fails_the_task(cooperator: Cooperator, turns: ByHand) -> None:
    done = type_of(cooperator.coiterate([1, 2]))  # type: ignore[type-var]
    turns.turn()
    assert done == [TypeError]


def test_pause_and_resume_count(cooperator: Cooperator, turns: ByHand) -> None:
    log: list[str] = []
    running = cooperator.cooperate(steps(log, "a", 3))
    running.pause()
    running.pause()
    assert turns.waiting == []
    assert turns.cancelled == 1
    running.resume()
    assert turns.waiting == []
    running.resume()
    turns.turn()
    assert log == ["a0"]
    with pytest.raises(task.NotPaused):
        running.resume()


def test_stop_fails_all_deferreds_of_the_task(cooperator: Cooperator, turns: ByHand) -> None:
    running = cooperator.cooperate(steps([], "a", 3))
    done = type_of(running.whenDone()) + type_of(running.whenDone())
    waiting = [type_of(running.whenDone()) for _ in range(2)]
    running.stop()
    assert done == []
    assert waiting == [[task.TaskStopped]] * 2
    assert type_of(running.whenDone()) == [task.TaskStopped]
    for ask in (running.stop, running.pause):
        with pytest.raises(task.TaskStopped):
            ask()
    assert turns.waiting == []


def test_a_task_can_stop_itself_and_others(turns: ByHand) -> None:
    log: list[str] = []
    cooperator = Cooperator(slices_of(5), turns)

    def killer() -> Iterator[None]:
        yield
        victim.stop()
        log.append("killed")
        me.stop()
        yield

    me = cooperator.cooperate(killer())
    ended = type_of(me.whenDone())
    victim = cooperator.cooperate(steps(log, "v", 9))
    type_of(victim.whenDone())
    turns.turn()
    assert log == ["v0", "killed"]
    assert ended == [task.TaskStopped]
    assert turns.waiting == []


def test_a_finished_task_says_how_it_finished(cooperator: Cooperator, turns: ByHand) -> None:
    running = cooperator.cooperate(iter([]))
    turns.turn()
    for ask in (running.stop, running.pause):
        with pytest.raises(task.TaskDone):
            ask()
    assert issubclass(task.TaskDone, task.TaskFinished)
    assert issubclass(task.TaskFinished, task.SchedulerError)


def test_cancelling_the_deferred_does_not_stop_the_task(cooperator: Cooperator, turns: ByHand) -> None:
    log: list[str] = []
    d = cooperator.coiterate(steps(log, "a", 2))
    got = type_of(d)
    d.cancel()
    turns.turn(3)
    assert got == [CancelledError]
    assert log == ["a0", "a1"]


def test_coiterate_fires_the_deferred_it_is_given(cooperator: Cooperator, turns: ByHand) -> None:
    given: Deferred[Iterator[None]] = Deferred()
    work = steps([], "a", 1)
    assert cooperator.coiterate(work, given) is given
    got = type_of(given)
    turns.turn(2)
    assert got == [work]


def test_stop_fails_every_task_and_start_begins_again(cooperator: Cooperator, turns: ByHand) -> None:
    log: list[str] = []
    done = type_of(cooperator.coiterate(steps(log, "a", 3)))
    paused = cooperator.cooperate(steps(log, "p", 3))
    paused.pause()
    cooperator.stop()
    assert not cooperator.running
    assert done == [task.SchedulerStopped]
    assert turns.waiting == []
    paused.resume()
    assert type_of(paused.whenDone()) == [task.SchedulerStopped]
    assert type_of(cooperator.coiterate(steps(log, "b", 3))) == [task.SchedulerStopped]
    cooperator.start()
    cooperator.coiterate(steps(log, "c", 1))
    turns.turn()
    assert log == ["c0"]


def test_before_it_is_started_it_only_collects(turns: ByHand) -> None:
    log: list[str] = []
    cooperator = Cooperator(slices_of(1), turns, started=False)
    cooperator.coiterate(steps(log, "a", 1))
    assert not cooperator.running
    assert turns.waiting == []
    cooperator.start()
    assert cooperator.running
    turns.turn()
    assert log == ["a0"]


def test_a_slice_is_ten_milliseconds() -> None:
    timer = task._Timer()
    assert not timer()
    timer._end -= timer.MAX_SLICE
    assert timer()


# ---- the reactor's own -----------------------------------------------------------------


async def work_that_never_ends() -> None:
    def forever() -> Iterator[None]:
        while True:
            yield

    task.coiterate(forever()).addErrback(lambda failure: None)
    await asyncio.sleep(0)
    raise KeyboardInterrupt


async def work_that_ends() -> list[str]:
    log: list[str] = []
    await task.coiterate(steps(log, "a", 3))
    await task.cooperate(steps(log, "b", 1)).whenDone()
    return log


def test_a_cooperator_outlives_no_loop(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """A loop that was killed in the midst of work does not keep a second one from working."""
    with pytest.raises(KeyboardInterrupt), asyncio.Runner(loop_factory=new_loop) as first:
        first.run(work_that_never_ends())
    with asyncio.Runner(loop_factory=new_loop) as second:
        assert second.run(work_that_ends()) == ["a0", "a1", "a2", "b0"]


def test_failures_are_shared_by_value_not_by_name(cooperator: Cooperator, turns: ByHand) -> None:
    """Each waiter sees the same error, and one that handles it takes nothing from the others."""
    error = KeyError("bad")

    def bad() -> Iterator[None]:
        raise error
        yield

    running = cooperator.cooperate(bad())
    seen: list[BaseException] = []
    for _ in range(2):
        running.whenDone().addErrback(lambda failure: seen.append(failure.value))
    turns.turn()
    running.whenDone().addErrback(lambda failure: seen.append(failure.value))
    assert seen == [error] * 3


def order_of(scenario: Callable[[Cooperator, list[str]], Any], turns: ByHand, steps: int = 1) -> str:
    """Who has made a step, in the order of the steps, until nobody wants a turn any more."""
    log: list[str] = []
    scenario(Cooperator(slices_of(steps), turns), log)
    while turns.waiting and len(log) < 12:
        turns.turn()
    return "".join(log)


@pytest.mark.parametrize("steps", [1, 3])
def test_a_round_goes_on_by_position_when_somebody_leaves_in_it(steps: int, turns: ByHand) -> None:
    """B has moved to A's place, which is over: it comes in the next round."""

    def scenario(cooperator: Cooperator, log: list[str]) -> None:
        def work(name: str) -> Iterator[None]:
            for _ in range(3):
                log.append(name)
                if name == "A":
                    tasks["A"].pause()
                yield

        tasks = {name: cooperator.cooperate(work(name)) for name in "ABC"}

    assert order_of(scenario, turns, steps) == "ACBCBCB"
