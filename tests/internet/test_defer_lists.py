"""defer.DeferredList, gatherResults, race.  Source: Twisted 26.10, run and watched."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from txloop.internet.defer import (
    CancelledError,
    Deferred,
    DeferredList,
    FailureGroup,
    FirstError,
    gatherResults,
    race,
    succeed,
)
from txloop.logger import capturedLogs
from txloop.python.failure import Failure


def outcome(d: Deferred[Any]) -> list[Any]:
    """Filled with d's result; with the exception if it fails."""
    got: list[Any] = []
    d.addCallbacks(got.append, lambda failure: got.append(failure.value))
    return got


def two(canceller: Callable[[Deferred[Any]], object] | None = None) -> tuple[Deferred[Any], Deferred[Any]]:
    return Deferred(canceller), Deferred(canceller)


# ---- DeferredList ------------------------------------------------------------------


def test_it_fires_when_all_have_results_in_the_lists_order() -> None:
    a, b = two()
    both = DeferredList([a, b])
    got = outcome(both)
    b.callback(2)
    assert got == []
    assert both.resultList == [None, (True, 2)]
    assert both.finishedCount == 1
    a.callback(1)
    assert got == [[(True, 1), (True, 2)]]


def test_a_failure_is_a_result_and_stays_with_its_deferred() -> None:
    a, b = two()
    got = outcome(DeferredList([a, b]))
    b.callback(2)
    a.errback(ValueError("a"))
    [[(succeeded, failure), second]] = got
    assert (succeeded, failure.type, second) == (False, ValueError, (True, 2))
    [left] = outcome(a)
    assert isinstance(left, ValueError)


def test_consumed_errors_leave_none_behind_and_values_stay() -> None:
    a, b = two()
    DeferredList([a, b], consumeErrors=True)
    a.errback(ValueError("a"))
    b.callback(2)
    assert (outcome(a), outcome(b)) == ([None], [2])


def test_it_can_fire_with_the_first_value_and_its_place() -> None:
    a, b = two()
    first = DeferredList([a, b], fireOnOneCallback=True)
    got = outcome(first)
    b.callback("b")
    a.callback("a")
    assert got == [("b", 1)]
    assert first.resultList == [(True, "a"), (True, "b")]


def test_it_can_fail_with_the_first_failure_and_its_place() -> None:
    a, b = two()
    got = outcome(DeferredList([a, b], fireOnOneErrback=True, consumeErrors=True))
    b.errback(KeyError("b"))
    a.errback(KeyError("a"))
    [error] = got
    assert isinstance(error, FirstError)
    assert (error.index, error.subFailure.type) == (1, KeyError)


def test_an_empty_one_has_fired_unless_it_waits_for_a_value() -> None:
    assert outcome(DeferredList([])) == [[]]
    assert outcome(DeferredList([], fireOnOneErrback=True)) == [[]]
    assert not DeferredList([], fireOnOneCallback=True).called


def test_what_has_fired_already_counts_at_once_and_any_iterable_will_do() -> None:
    assert outcome(DeferredList(succeed(n) for n in range(3))) == [[(True, 0), (True, 1), (True, 2)]]


def test_cancelling_it_cancels_all_that_wait() -> None:
    cancelled: list[Deferred[Any]] = []
    a, b = two(cancelled.append)
    done: Deferred[Any] = Deferred(cancelled.append)
    all_three = DeferredList([a, done, b], consumeErrors=True)
    got = outcome(all_three)
    done.callback(0)
    all_three.cancel()
    assert cancelled == [a, b]
    assert [(ok, ok or result.type) for ok, result in got[0]] == [
        (False, CancelledError),
        (True, True),
        (False, CancelledError),
    ]
    all_three.cancel()
    assert cancelled == [a, b]


def test_a_canceller_that_raises_is_logged_and_spares_nobody(
    flush_logged_errors: Callable[..., list[Failure]],
) -> None:
    cancelled: list[Deferred[Any]] = []

    def bad(d: Deferred[Any]) -> None:
        raise KeyError("canceller")

    a: Deferred[Any] = Deferred(bad)
    b: Deferred[Any] = Deferred(cancelled.append)
    both = DeferredList([a, b], consumeErrors=True)
    with capturedLogs() as events:
        both.cancel()
    assert cancelled == [b]
    assert [event["log_format"] for event in events] == ["Exception raised from user supplied canceller"]
    assert [failure.value.args for failure in flush_logged_errors(KeyError)] == [("canceller",)]


async def a_coroutine(value: int) -> int:
    return value


@pytest.mark.asyncio
async def test_coroutines_tasks_and_futures_may_stand_in_the_list() -> None:
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    both = gatherResults([a_coroutine(1), asyncio.ensure_future(a_coroutine(2)), future, succeed(4)])
    future.set_result(3)
    assert await both == [1, 2, 3, 4]


def test_what_only_looks_like_a_deferred_is_given_callbacks_too() -> None:
    """Programs' tests put a Mock where a Deferred is due: magic-wormhole's do."""
    double = mock.Mock()
    waiting: Any = DeferredList([double])
    has_result, _ = double.addCallbacks.call_args.args
    has_result("its result", *double.addCallbacks.call_args.kwargs["callbackArgs"])
    assert waiting.result == [(True, "its result")]


def test_what_cannot_be_awaited_is_refused() -> None:
    with pytest.raises(TypeError, match="takes an awaitable, not 1"):
        DeferredList([1])  # type: ignore[list-item]


# ---- gatherResults -----------------------------------------------------------------


def test_gather_results_gives_the_values_in_order() -> None:
    a, b = two()
    got = outcome(gatherResults([a, b]))
    b.callback(2)
    a.callback(1)
    assert got == [[1, 2]]
    assert outcome(gatherResults([])) == [[]]


def test_gather_results_fails_with_the_first_failure() -> None:
    a, b = two()
    got = outcome(gatherResults([a, b], consumeErrors=True))
    b.errback(ValueError("b"))
    assert isinstance(got[0], FirstError)
    assert str(got[0]) == f"FirstError[#1, {got[0].subFailure}]"
    assert repr(got[0]) == "FirstError[#1, ValueError('b')]"
    a.callback(1)


def test_cancelling_gather_results_cancels_all() -> None:
    cancelled: list[Deferred[Any]] = []
    a, b = two(cancelled.append)
    together = gatherResults([a, b], consumeErrors=True)
    got = outcome(together)
    together.cancel()
    assert cancelled == [a, b]
    assert isinstance(got[0], FirstError)


def test_first_errors_are_equal_by_failure_and_place() -> None:
    failure = Failure(ValueError())
    assert FirstError(failure, 1) == FirstError(failure, 1)
    assert hash(FirstError(failure, 1)) == hash(FirstError(failure, 1))
    assert FirstError(failure, 1) != FirstError(failure, 2)
    assert FirstError(failure, 1) != FirstError(Failure(ValueError()), 1)
    assert FirstError(failure, 1) != 1


# ---- race --------------------------------------------------------------------------


def test_race_gives_the_first_value_after_cancelling_the_others() -> None:
    events: list[object] = []
    a: Deferred[str] = Deferred(lambda _: events.append("a cancelled"))
    b: Deferred[str] = Deferred()
    c: Deferred[str] = Deferred(lambda _: events.append("c cancelled"))
    race([a, b, c]).addCallback(events.append)
    b.callback("won")
    assert events == ["a cancelled", "c cancelled", (1, "won")]
    assert outcome(a) == [None]


def test_race_ignores_failures_while_one_may_still_win() -> None:
    a, b = two()
    got = outcome(race([a, b]))
    a.errback(ValueError("a"))
    b.callback("b")
    assert got == [(1, "b")]


def test_race_fails_with_all_failures_in_the_racers_order() -> None:
    a, b = two()
    got = outcome(race([a, b]))
    b.errback(ValueError("b"))
    a.errback(KeyError("a"))
    assert isinstance(got[0], FailureGroup)
    assert [failure.type for failure in got[0].failures] == [KeyError, ValueError]


def test_race_ignores_what_a_loser_answers_to_being_cancelled() -> None:
    a: Deferred[str] = Deferred(lambda d: d.callback("late"))
    b: Deferred[str] = Deferred()
    got = outcome(race([a, b]))
    b.callback("b")
    assert got == [(1, "b")]


def test_race_among_the_fired_takes_the_first_and_cancels_those_before_and_behind() -> None:
    cancelled: list[Deferred[Any]] = []
    a, b = two(cancelled.append)
    assert outcome(race([a, succeed(1), b])) == [(1, 1)]
    assert cancelled == [a, b]


def test_cancelling_a_race_cancels_all_and_fails_with_them_unless_one_answers() -> None:
    cancelled: list[Deferred[Any]] = []
    a, b = two(cancelled.append)
    run = race([a, b])
    got = outcome(run)
    run.cancel()
    assert cancelled == [a, b]
    assert isinstance(got[0], FailureGroup)
    answering: Deferred[str] = Deferred(lambda d: d.callback("answer"))
    run = race([Deferred(), answering])
    got = outcome(run)
    run.cancel()
    assert got == [(1, "answer")]


def test_an_empty_race_never_ends() -> None:
    assert not race([]).called


@pytest.mark.parametrize("together", [DeferredList, gatherResults, race])
def test_once_fired_nothing_is_kept_by_a_reference_cycle(
    together: Callable[[list[Any]], Deferred[Any]],
) -> None:
    gc.collect()
    gc.disable()
    try:
        a, b = two()
        d = together([a, b])
        there = weakref.ref(d)
        a.callback(1)
        b.called or b.callback(2)
        del a, b, d
        assert there() is None
    finally:
        gc.enable()
