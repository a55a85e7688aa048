"""The heap of delayed calls, on a loop and a clock that the test moves."""

from __future__ import annotations

import contextvars
import random
from collections.abc import Callable
from typing import Any

import pytest

from txloop.internet._delayed_call import DelayedCall
from txloop.internet.error import AlreadyCalled, AlreadyCancelled
from txloop_asyncio._reactor.delayed_calls import SWEEP_FROM, DelayedCalls


class Handle:
    def __init__(self, due: float, call: Callable[[], object]) -> None:
        self.due, self.call, self.cancelled = due, call, False

    def cancel(self) -> None:
        self.cancelled = True


class FakeLoop:
    """Just its two calls.  *early* is how much its timers fire too soon, as uvloop's do."""

    def __init__(self, early: float = 0.0) -> None:
        self.now = 1000.0
        self.early = early
        self.handles: list[Handle] = []
        self.timers_set = 0

    def seconds(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    def call_soon(self, call: Callable[[], object]) -> Handle:
        self.handles.append(Handle(self.now, call))
        return self.handles[-1]

    def call_later(self, delay: float, call: Callable[[], object]) -> Handle:
        self.timers_set += 1
        self.handles.append(Handle(self.now + delay - self.early, call))
        return self.handles[-1]

    def turn(self) -> None:
        """Call what is due now, not what that adds."""
        due = [handle for handle in self.handles if handle.due <= self.now]
        self.handles = [handle for handle in self.handles if handle.due > self.now]
        for handle in due:
            if not handle.cancelled:
                handle.call()

    def advance(self, seconds: float) -> None:
        """Jump from wake-up to wake-up."""
        end = self.now + seconds
        while True:
            pending = [handle.due for handle in self.handles if not handle.cancelled]
            if not pending or min(pending) > end:
                break
            self.now = max(self.now, min(pending))
            self.turn()
        self.now = end
        self.turn()


class Harness:
    def __init__(self, early: float = 0.0) -> None:
        self.loop = FakeLoop(early)
        self.raised: list[BaseException] = []
        self.calls = DelayedCalls(self.loop, self.raised.append)
        self.calls.attach(self.loop)  # type: ignore[arg-type]
        self.seen: list[Any] = []

    def later(self, delay: float, mark: Any) -> Any:
        return self.calls.add(delay, self.seen.append, (mark,), {})


@pytest.fixture
def h() -> Harness:
    return Harness()


def test_calls_come_in_the_order_of_their_times(h: Harness) -> None:
    for delay in (0.3, 0.1, 0, 0.2):
        h.later(delay, delay)
    h.loop.advance(1)
    assert h.seen == [0, 0.1, 0.2, 0.3]


def test_calls_of_one_time_come_in_the_order_asked(h: Harness) -> None:
    for number in range(5):
        h.later(0.5, number)
    h.loop.advance(1)
    assert h.seen == [0, 1, 2, 3, 4]


def test_an_overdue_call_comes_before_one_that_is_due_at_once(h: Harness) -> None:
    h.later(0.5, "overdue")
    h.loop.now += 2  # somebody blocked the loop
    h.later(0, "now")
    h.loop.turn()
    assert h.seen == ["overdue", "now"]


def test_a_call_is_never_early_though_the_loops_timer_is(h: Harness) -> None:
    early = Harness(early=0.0004)
    call = early.later(0.01, "x")
    early.calls.add(0.01, lambda: early.seen.append(early.loop.now - call.getTime()), (), {})
    early.loop.advance(1)
    assert early.seen[0] == "x"
    assert early.seen[1] >= 0


def test_what_is_added_in_a_turn_waits_for_the_next(h: Harness) -> None:
    def again() -> None:
        h.seen.append("again")
        if len(h.seen) < 10:
            h.calls.add(0, again, (), {})

    h.calls.add(0, again, (), {})
    h.loop.turn()
    assert h.seen == ["again"]
    h.loop.turn()
    assert h.seen == ["again", "again"]


def test_one_cancelled_in_the_same_turn_does_not_run(h: Harness) -> None:
    h.calls.add(0.1, lambda: second.cancel(), (), {})
    second = h.later(0.1, "second")
    h.later(0.1, "third")
    h.loop.advance(1)
    assert h.seen == ["third"]


@pytest.mark.parametrize("delay", [0, 0.1])
def test_called_and_cancelled_calls_say_so(h: Harness, delay: float) -> None:
    called, cancelled = h.later(delay, 1), h.later(delay, 2)
    cancelled.cancel()
    h.loop.advance(1)
    with pytest.raises(AlreadyCalled):
        called.cancel()
    with pytest.raises(AlreadyCancelled):
        cancelled.reset(1)
    assert h.calls.pending() == []


@pytest.mark.parametrize("delay", [0, 0.1])
def test_reset_to_later_is_heeded_and_sets_no_timer(h: Harness, delay: float) -> None:
    call = h.later(delay, "x")
    timers = h.loop.timers_set
    call.reset(5)
    assert h.loop.timers_set == timers
    h.loop.advance(4.9)
    assert h.seen == []
    h.loop.advance(0.2)
    assert h.seen == ["x"]


def test_reset_to_earlier_is_heeded(h: Harness) -> None:
    call = h.later(5, "x")
    call.reset(0.5)
    h.loop.advance(0.6)
    assert h.seen == ["x"]
    h.loop.advance(10)
    assert h.seen == ["x"]


def test_moved_to_and_fro_a_call_runs_once_at_the_last_time(h: Harness) -> None:
    call = h.later(5, "x")
    for seconds in (1, 9, 2, 8, 3):
        call.reset(seconds)
    assert h.calls.pending() == [call]
    h.loop.advance(2.9)
    assert h.seen == []
    h.loop.advance(0.2)
    assert h.seen == ["x"]
    h.loop.advance(10)
    assert h.seen == ["x"]


def test_a_call_due_at_once_may_be_moved_to_later_and_back(h: Harness) -> None:
    call = h.later(0, "x")
    call.delay(5)
    h.loop.turn()
    assert h.seen == []
    call.delay(-4)
    h.loop.advance(1.1)
    assert h.seen == ["x"]


@pytest.mark.parametrize("delay", [0, 5])
def test_a_call_has_all_that_the_constructor_gives_it(h: Harness, delay: float, monkeypatch: Any) -> None:
    """callLater sets the attributes by itself, being called so often; but in debug mode."""
    made = h.calls.add(delay, print, (), {})
    monkeypatch.setattr(DelayedCall, "debug", True)
    traced = h.calls.add(delay, print, (), {})
    assert vars(traced).keys() - vars(made).keys() == {"creator"}
    assert vars(made).keys() <= vars(traced).keys()


def test_cancelled_calls_do_not_pile_up(h: Harness) -> None:
    for _ in range(10_000):
        h.later(30, "never").cancel()
    assert len(h.calls._heap) <= 2 * SWEEP_FROM + 2
    assert h.loop.timers_set == 1


def test_entries_of_moved_calls_do_not_pile_up(h: Harness) -> None:
    call = h.later(30, "once")
    for _ in range(10_000):
        call.reset(20)
        call.reset(30)
    assert len(h.calls._heap) <= 2 * SWEEP_FROM + 2
    h.loop.advance(60)
    assert h.seen == ["once"]


def test_an_error_is_reported_and_the_rest_of_the_turn_runs(h: Harness) -> None:
    def fail() -> None:
        raise ValueError("mine")

    h.calls.add(0.1, fail, (), {})
    h.later(0.1, "next")
    h.loop.advance(1)
    assert h.seen == ["next"]
    assert [str(error) for error in h.raised] == ["mine"]


def test_an_error_that_the_report_passes_on_loses_no_other_call() -> None:
    h = Harness()

    def report(error: BaseException) -> None:
        raise error

    h.calls._report = report

    def leave() -> None:
        raise SystemExit(3)

    h.calls.add(0.1, leave, (), {})
    h.later(0.1, "next")
    h.loop.now += 0.2
    with pytest.raises(SystemExit):
        h.loop.turn()
    h.loop.advance(1)
    assert h.seen == ["next"]


def test_each_call_has_the_context_of_its_call_later(h: Harness) -> None:
    request: contextvars.ContextVar[str] = contextvars.ContextVar("request")
    for name in ("a", "b", "c"):
        token = request.set(name)
        h.calls.add(0.1 if name == "b" else 0.2, lambda: h.seen.append(request.get()), (), {})
        request.reset(token)
    h.loop.advance(1)
    assert h.seen == ["b", "a", "c"]


def test_without_a_loop_calls_are_data_and_the_loop_finds_them() -> None:
    h = Harness()
    h.calls.detach()
    h.later(0, "now")
    h.later(1, "later")
    assert h.loop.handles == []
    h.loop.now += 0.5
    h.calls.attach(h.loop)  # type: ignore[arg-type]
    h.loop.advance(0.1)
    assert h.seen == ["now"]
    h.loop.advance(1)
    assert h.seen == ["now", "later"]


def test_detached_nothing_is_left_in_the_loop(h: Harness) -> None:
    h.later(0, 1)
    h.later(1, 2)
    h.calls.detach()
    assert all(handle.cancelled for handle in h.loop.handles)
    assert len(h.calls.pending()) == 2


def test_the_timer_is_rounded_up_to_whole_milliseconds(h: Harness) -> None:
    h.later(0.0101, "x")
    assert h.loop.handles[0].due == pytest.approx(h.loop.now + 0.011)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_done_calls_come_in_order_and_never_early(seed: int) -> None:
    """Against a slow model: each active call, at its time, in the order of times."""
    choose = random.Random(seed)
    h = Harness(early=choose.choice([0.0, 0.0005]))
    late: list[float] = []
    live: list[Any] = []

    def add() -> None:
        def run() -> None:
            late.append(h.loop.now - call.getTime())
            h.seen.append(call.getTime())
            live.remove(call)

        call = h.calls.add(choose.choice([0, 0.001, choose.random() * 10]), run, (), {})
        live.append(call)

    for _ in range(300):
        what = choose.random()
        if what < 0.4 or not live:
            add()
        elif what < 0.6:
            live.pop(choose.randrange(len(live))).cancel()
        elif what < 0.8:
            choose.choice(live).reset(choose.random() * 10)
        else:
            h.loop.advance(choose.random() * 0.5)
        assert set(h.calls.pending()) == set(live)
    h.loop.advance(100)
    assert live == []
    assert h.calls.pending() == []
    assert min(late) >= 0
    assert max(late) < 0.002
