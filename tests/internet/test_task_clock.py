"""task.Clock and task.deferLater: time that a test moves by hand.  Source: Twisted 26.10, run and watched."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import pytest
from zope.interface.verify import verifyObject

from txloop.internet.defer import CancelledError, Deferred, succeed
from txloop.internet.interfaces import IReactorTime
from txloop.internet.task import Clock, deferLater
from txloop.python.failure import Failure


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_it_provides_ireactortime(clock: Clock) -> None:
    assert verifyObject(IReactorTime, clock)


def test_time_stands_still_until_it_is_advanced(clock: Clock) -> None:
    assert clock.seconds() == 0
    clock.advance(1.5)
    clock.pump([1, 2])
    assert clock.seconds() == clock.rightNow == 4.5


def test_calls_run_in_the_order_they_are_due_and_those_of_one_time_as_they_were_made(clock: Clock) -> None:
    ran: list[str] = []
    for delay, name in [(2, "late"), (1, "first"), (1, "second"), (0, "at once")]:
        clock.callLater(delay, ran.append, name)
    assert ran == []
    clock.advance(0)
    assert ran == ["at once"]
    clock.advance(5)
    assert ran == ["at once", "first", "second", "late"]


def test_a_call_sees_the_time_it_was_advanced_to_and_what_it_adds_runs_if_due(clock: Clock) -> None:
    seen: list[float] = []

    def again() -> None:
        seen.append(clock.seconds())
        if len(seen) < 3:
            clock.callLater(0, again)

    clock.callLater(1, again)
    clock.advance(5)
    assert seen == [5, 5, 5]


def test_a_call_passes_its_arguments_and_is_called_while_it_runs(clock: Clock) -> None:
    seen: list[object] = []
    call = clock.callLater(1, lambda *a, **k: seen.append((a, k, call.called, call.active())), 1, b=2)
    clock.advance(1)
    assert seen == [((1,), {"b": 2}, 1, False)]


def test_pending_calls_can_be_seen_moved_and_cancelled(clock: Clock) -> None:
    ran: list[str] = []
    moved = clock.callLater(5, ran.append, "moved")
    cancelled = clock.callLater(2, ran.append, "cancelled")
    later = clock.callLater(1, ran.append, "later")
    assert clock.getDelayedCalls() == [later, cancelled, moved]
    cancelled.cancel()
    moved.reset(0.5)
    later.delay(3)
    assert clock.getDelayedCalls()[0] is moved
    clock.advance(1)
    assert ran == ["moved"]
    clock.advance(3)
    assert ran == ["moved", "later"]
    assert clock.getDelayedCalls() == []


def test_a_call_that_raises_is_spent_and_the_others_stay(clock: Clock) -> None:
    ran: list[str] = []
    clock.callLater(1, lambda: 1 / 0)
    clock.callLater(1, ran.append, "other")
    with pytest.raises(ZeroDivisionError):
        clock.advance(1)
    assert ran == []
    clock.advance(0)
    assert ran == ["other"]


# ---- deferLater --------------------------------------------------------------------


async def in_a_coroutine() -> str:
    return "result"


@pytest.mark.parametrize("call", [lambda: "result", lambda: succeed("result"), in_a_coroutine])
def test_defer_later_fires_with_what_the_call_gives(clock: Clock, call: Callable[[], object]) -> None:
    got: list[object] = []
    deferLater(clock, 2, call).addCallback(got.append)
    clock.advance(1)
    assert got == []
    clock.advance(1)
    assert got == ["result"]


def test_defer_later_passes_arguments(clock: Clock) -> None:
    got: list[object] = []
    deferLater(clock, 0, lambda *a, **k: (a, k), 1, b=2).addCallback(got.append)
    clock.advance(0)
    assert got == [((1,), {"b": 2})]


def test_defer_later_without_a_call_only_waits(clock: Clock) -> None:
    got: list[object] = []
    deferLater(clock, 1).addCallback(got.append)
    clock.advance(1)
    assert got == [None]


def test_defer_later_fails_with_what_the_call_raises(clock: Clock) -> None:
    got: list[Failure] = []
    deferLater(clock, 1, lambda: 1 / 0).addErrback(got.append)
    clock.advance(1)
    assert got[0].type is ZeroDivisionError


def test_cancelling_defer_later_cancels_the_call(clock: Clock) -> None:
    got: list[Failure] = []
    d = deferLater(clock, 1, pytest.fail, "it was called")
    d.addErrback(got.append)
    d.cancel()
    assert got[0].type is CancelledError
    assert clock.getDelayedCalls() == []


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("end", ["fired", "cancelled"])
def test_a_finished_defer_later_leaves_no_reference_cycle(clock: Clock, end: str) -> None:
    d: Deferred[None] = deferLater(clock, 1)
    d.addErrback(lambda failure: None)
    there = weakref.ref(d)
    if end == "fired":
        clock.advance(1)
    else:
        d.cancel()
    del d
    assert there() is None
