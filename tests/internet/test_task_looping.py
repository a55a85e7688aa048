"""task.LoopingCall.  Source: Twisted 26.10, run and watched."""

from __future__ import annotations

import gc
import itertools
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from txloop.internet.defer import Deferred
from txloop.internet.task import Clock, LoopingCall
from txloop.python.failure import Failure


@pytest.fixture
def clock() -> Clock:
    return Clock()


def looping(clock: Clock, f: Callable[..., object], *args: object, **kwargs: object) -> LoopingCall:
    call = LoopingCall(f, *args, **kwargs)
    call.clock = clock
    return call


def timed(clock: Clock) -> tuple[LoopingCall, list[float]]:
    """A loop that notes when it was called."""
    times: list[float] = []
    return looping(clock, lambda: times.append(round(clock.seconds(), 6))), times


def test_it_calls_at_the_start_and_at_each_interval(clock: Clock) -> None:
    seen: list[object] = []
    call = looping(clock, lambda *a, **k: seen.append((clock.seconds(), a, k)), 1, b=2)
    call.start(2)
    clock.pump([1] * 5)
    assert seen == [(0, (1,), {"b": 2}), (2, (1,), {"b": 2}), (4, (1,), {"b": 2})]
    call.stop()


def test_without_now_the_first_call_comes_after_one_interval(clock: Clock) -> None:
    call, times = timed(clock)
    call.start(2, now=False)
    clock.pump([1] * 5)
    assert times == [2, 4]
    call.stop()


def test_missed_calls_are_left_out_and_the_grid_stays(clock: Clock) -> None:
    call, times = timed(clock)
    call.start(1)
    clock.pump([0.5, 2.6, 0.3, 0.3, 0.3, 0.3])
    assert times == [0, 3.1, 4.3]
    call.stop()


@pytest.mark.parametrize(("start", "interval"), [(100.3, 0.1), (1e9 + 0.3, 0.01), (0.1, 0.7), (0, 1 / 3)])
def test_rounding_neither_loses_nor_doubles_a_call(clock: Clock, start: float, interval: float) -> None:
    clock.advance(start)
    call, times = timed(clock)
    call.start(interval)
    for _ in range(1000):
        clock.advance(interval)
    # A sum of rounded steps may end up on either side of the last grid point.
    assert abs(len(times) - 1001) <= 1
    assert all(later - earlier > interval / 2 for earlier, later in itertools.pairwise(times))
    call.stop()


def test_interval_zero_calls_once_a_turn(clock: Clock) -> None:
    call, times = timed(clock)
    call.start(0, now=False)
    assert [pending.getTime() for pending in clock.getDelayedCalls()] == [0]
    call.f = lambda: (times.append(clock.seconds()), len(times) == 3 and call.stop())
    clock.advance(1)
    assert times == [1, 1, 1]


def test_stop_fires_the_deferred_with_the_loop(clock: Clock) -> None:
    call, _ = timed(clock)
    ended: list[object] = []
    call.start(1).addCallback(ended.append)
    assert call.running
    call.stop()
    assert ended == [call]
    assert not call.running
    assert clock.getDelayedCalls() == []


def test_stop_inside_the_call_ends_the_loop(clock: Clock) -> None:
    ended: list[object] = []
    call = looping(clock, lambda: call.stop())
    call.start(1).addCallback(ended.append)
    assert ended == [call]
    assert clock.getDelayedCalls() == []


def test_a_failing_call_ends_the_loop_with_its_failure(clock: Clock) -> None:
    failures: list[Failure] = []
    call = looping(clock, lambda: 1 / 0)
    call.start(1).addErrback(failures.append)
    assert failures[0].type is ZeroDivisionError
    assert not call.running
    assert clock.getDelayedCalls() == []


def test_the_next_call_waits_for_the_deferred_and_keeps_the_grid(clock: Clock) -> None:
    waiting: list[Deferred[None]] = []

    def work() -> Deferred[None]:
        waiting.append(Deferred())
        return waiting[-1]

    call = looping(clock, work)
    call.start(1)
    clock.pump([1, 1, 0.5])
    assert len(waiting) == 1
    waiting[0].callback(None)
    assert call.call is not None
    assert call.call.getTime() == 3
    clock.advance(0.5)
    assert len(waiting) == 2
    failures: list[Failure] = []
    assert call._deferred is not None
    call._deferred.addErrback(failures.append)
    waiting[1].errback(ValueError("x"))
    assert failures[0].type is ValueError


def test_a_coroutine_function_is_run(clock: Clock) -> None:
    ran: list[str] = []

    async def work() -> None:
        ran.append("ran")

    call = looping(clock, work)
    call.start(1)
    clock.advance(1)
    assert ran == ["ran", "ran"]
    call.stop()


def test_stop_while_the_deferred_is_waited_for_ends_when_it_fires(clock: Clock) -> None:
    waiting: Deferred[None] = Deferred()
    ended: list[object] = []
    call = looping(clock, lambda: waiting)
    call.start(1).addCallback(ended.append)
    call.stop()
    assert ended == []
    waiting.callback(None)
    assert ended == [call]
    assert clock.getDelayedCalls() == []


def test_reset_counts_from_now(clock: Clock) -> None:
    call, times = timed(clock)
    call.start(2, now=False)
    clock.advance(1.5)
    call.reset()
    clock.pump([0.5] * 9)
    assert times == [3.5, 5.5]
    call.stop()


def test_it_can_start_again_when_it_has_ended(clock: Clock) -> None:
    call, times = timed(clock)
    call.start(1).addCallback(lambda _: call.start(2) and None)
    call.stop()
    clock.pump([1] * 4)
    assert times == [0, 0, 2, 4]
    call.stop()


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (LoopingCall.stop, "Tried to stop a LoopingCall that was not running."),
        (LoopingCall.reset, "Tried to reset a LoopingCall that was not running."),
    ],
)
def test_what_only_a_running_loop_can_do(
    clock: Clock, ask: Callable[[LoopingCall], None], sentence: str
) -> None:
    with pytest.raises(AssertionError, match=sentence):
        ask(timed(clock)[0])


def test_it_cannot_be_started_twice_nor_with_a_negative_interval(clock: Clock) -> None:
    call, _ = timed(clock)
    with pytest.raises(ValueError, match="interval must be >= 0"):
        call.start(-1)
    call.start(1)
    with pytest.raises(AssertionError, match="already running"):
        call.start(1)
    call.stop()


@pytest.mark.parametrize(
    ("now", "counts"),
    [(True, [(1, 0), (1, 1.1), (3, 4.3), (1, 5.4)]), (False, [(1, 1.1), (3, 4.3), (1, 5.4)])],
)
def test_with_count_tells_how_many_intervals_have_passed(clock: Clock, now: bool, counts: Any) -> None:
    seen: list[tuple[int, float]] = []
    call = LoopingCall.withCount(lambda count: seen.append((count, round(clock.seconds(), 6))))
    call.clock = clock
    call.start(1, now=now)
    clock.pump([0.5, 0.6, 3.2, 0.2, 0.9])
    assert seen == counts
    call.stop()


def test_with_count_and_interval_zero_always_counts_one(clock: Clock) -> None:
    seen: list[int] = []
    call = LoopingCall.withCount(lambda count: (seen.append(count), len(seen) == 3 and call.stop()))
    call.clock = clock
    call.start(0)
    clock.advance(5)
    assert seen == [1, 1, 1]


def test_repr_names_interval_function_and_arguments(clock: Clock) -> None:
    call = looping(clock, Clock.advance, 1, b=2)
    assert repr(call) == "LoopingCall<None>(Clock.advance, *(1,), **{'b': 2})"
    call.start(3, now=False)
    assert repr(call).startswith("LoopingCall<3>(")
    call.stop()


def test_its_deferred_attribute_is_deprecated(clock: Clock) -> None:
    call, _ = timed(clock)
    ended = call.start(1)
    with pytest.warns(DeprecationWarning, match=r"LoopingCall\.deferred was deprecated in Twisted 16\.0\.0"):
        assert call.deferred is ended
    call.stop()


def test_a_stopped_loop_leaves_no_reference_cycle(clock: Clock) -> None:
    gc.collect()
    gc.disable()
    try:
        call = LoopingCall.withCount(lambda count: None)
        call.clock = clock
        call.start(1)
        clock.advance(1)
        call.stop()
        there = weakref.ref(call)
        del call
        assert there() is None
    finally:
        gc.enable()
