"""Deferred itself: its chain, its synchronous semantics, its errors and what they say."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from txloop.internet import defer
from txloop.internet.defer import (
    AlreadyCalledError,
    CancelledError,
    Deferred,
    ensureDeferred,
    fail,
    inlineCallbacks,
    maybeDeferred,
    succeed,
)
from txloop.internet.task import Clock
from txloop.python.failure import Failure, NoCurrentExceptionError

Flush = Callable[..., list[Failure]]


@pytest.fixture
def debugging() -> Iterator[None]:
    before = defer.getDebugging()
    defer.setDebugging(True)
    yield
    defer.setDebugging(before)


# ---- the chain -------------------------------------------------------------------


def test_callbacks_run_inside_callback_and_pass_their_results_on() -> None:
    seen: list[object] = []
    d: Deferred[int] = Deferred()
    d.addCallback(lambda r: r + 1).addCallback(lambda r, *a, **k: (r, a, k), "x", key="y").addCallback(
        seen.append
    )
    assert seen == []
    d.callback(1)
    assert seen == [(2, ("x",), {"key": "y"})]
    d.addCallback(lambda r: seen.append(r))
    assert seen[1:] == [None]


def test_a_failure_goes_to_the_next_errback_and_a_return_value_ends_it() -> None:
    seen: list[object] = []

    def wrong(result: object) -> None:
        raise KeyError(result)

    d = succeed(1).addCallback(wrong).addCallback(seen.append)
    d.addErrback(lambda failure, word: (failure.type, word), "handled").addErrback(seen.append).addBoth(
        seen.append
    )
    assert seen == [(KeyError, "handled")]


def test_add_callbacks_gives_each_its_own_arguments_and_calls_one_of_them() -> None:
    def callback(result: object, *args: object, **kwargs: object) -> object:
        return ("callback", result, args, kwargs)

    def errback(failure: Failure, *args: object, **kwargs: object) -> object:
        return ("errback", failure.type, args, kwargs)

    arguments: dict[str, Any] = {
        "callbackArgs": (1,),
        "callbackKeywords": {"a": 2},
        "errbackArgs": (3,),
        "errbackKeywords": {"b": 4},
    }
    assert succeed(0).addCallbacks(callback, errback, **arguments).result == ("callback", 0, (1,), {"a": 2})
    assert fail(KeyError()).addCallbacks(callback, errback, **arguments).result == (
        "errback",
        KeyError,
        (3,),
        {"b": 4},
    )


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_exceptions_that_are_no_errors_become_failures_too(error: type[BaseException]) -> None:
    """Source: behaviours.md; seen with Twisted 26.10."""

    def leave(result: object) -> None:
        raise error

    seen = succeed(1).addCallback(leave).addErrback(lambda failure: failure.type).result
    assert seen is error


def test_a_deferred_returned_from_a_callback_is_waited_for_and_gives_its_result_away() -> None:
    inner: Deferred[str] = Deferred()
    seen: list[object] = []
    outer = succeed(1).addCallback(lambda _: inner).addCallback(seen.append)
    assert outer.paused == 1
    assert repr(outer) == f"<Deferred at {id(outer):#x} waiting on Deferred at {id(inner):#x}>"
    inner.callback("inner")
    assert seen == ["inner"]
    assert inner.result is None
    assert repr(inner) == f"<Deferred at {id(inner):#x} current result: None>"


def test_an_outer_chain_goes_on_before_the_rest_of_the_inner_one() -> None:
    order: list[object] = []
    inner: Deferred[int] = Deferred()
    outer = succeed(0).addCallback(lambda _: inner).addCallback(lambda r: order.append(("outer", r)))
    inner.addCallback(lambda r: order.append(("inner", r)))
    inner.callback(7)
    assert order == [("outer", 7), ("inner", None)]
    assert outer.called


def test_the_rest_of_an_inner_chain_runs_though_the_outer_one_is_paused() -> None:
    """Twisted 26.10 forgets it: `inner` keeps its callback for ever.  A known difference."""
    order: list[object] = []
    inner: Deferred[int] = Deferred()
    outer = succeed(0).addCallback(lambda _: inner).addCallback(lambda r: order.append(("outer", r)))
    outer.pause()
    inner.addCallback(lambda r: order.append(("inner", r)))
    inner.callback(7)
    assert order == [("inner", None)]
    outer.unpause()
    assert order == [("inner", None), ("outer", 7)]


def test_a_callback_added_by_a_callback_runs_after_those_that_were_there() -> None:
    order: list[str] = []
    d: Deferred[None] = Deferred()
    d.addCallback(lambda _: d.addCallback(lambda _: order.append("added")) and None)
    d.addCallback(lambda _: order.append("second"))
    d.callback(None)
    assert order == ["second", "added"]


def test_adding_to_an_inner_chain_that_was_interrupted_runs_the_rest_of_it_at_once() -> None:
    """Source: Twisted 26.10, run with the same lines."""
    order: list[object] = []
    inner: Deferred[int] = Deferred()
    outer = succeed(0).addCallback(lambda _: inner)
    inner.addCallback(lambda _: order.append("rest"))

    def add(_: object) -> None:
        order.append("outer")
        inner.addCallback(lambda _: order.append("added"))
        order.append("outer again")

    outer.addCallback(add)
    inner.callback(7)
    assert order == ["outer", "rest", "added", "outer again"]


def test_a_function_that_stands_in_a_chain_twice_runs_as_often_though_its_second_run_has_to_wait() -> None:
    """Source: Twisted 26.10, run with the same lines."""
    pending: Deferred[int] = Deferred()
    saw: list[object] = []

    def step(result: int) -> Any:
        saw.append(result)
        return pending if len(saw) == 2 else result + 1

    d = Deferred[int]().addCallback(step).addCallback(step).addCallback(step).addCallback(saw.append)
    d.callback(0)
    pending.callback(10)
    assert saw == [0, 1, 10, 11]


def test_a_function_that_a_failure_has_passed_by_runs_once_where_it_stands_again() -> None:
    """Source: Twisted 26.10, run with the same lines."""
    pending: Deferred[str] = Deferred()
    saw: list[object] = []

    def step(result: object) -> Any:
        saw.append(result)
        return pending

    def healed(failure: Failure) -> str:
        return "healed"

    d = Deferred[Any]().addCallback(step).addErrback(healed).addCallback(step).addCallback(saw.append)
    d.errback(KeyError())
    pending.callback("later")
    assert saw == ["healed", "later"]


def test_a_hundred_thousand_links_are_walked_without_recursion() -> None:
    innermost: Deferred[int] = Deferred()
    d = innermost
    for _ in range(100_000):
        inner = d
        d = succeed(None).addCallback(lambda _, inner=inner: inner)
        d.addCallback(lambda r: r + 1)
    innermost.callback(0)
    assert d.result == 100_000


def test_a_hundred_thousand_links_are_cancelled_without_recursion() -> None:
    innermost: Deferred[int] = Deferred()
    d = innermost
    for _ in range(100_000):
        inner = d
        d = succeed(None).addCallback(lambda _, inner=inner: inner)
    d.cancel()
    assert d.addErrback(lambda failure: failure.type).result is CancelledError


def test_paused_holds_callbacks_until_as_many_unpauses() -> None:
    seen: list[object] = []
    d: Deferred[int] = Deferred()
    d.pause()
    d.pause()
    d.callback(1)
    d.addCallback(seen.append)
    d.unpause()
    assert seen == []
    d.unpause()
    assert seen == [1]


def test_chain_deferred_fires_the_other_and_goes_on_with_none() -> None:
    first: Deferred[int] = Deferred()
    second: Deferred[int] = Deferred()
    first.chainDeferred(second)
    assert "waiting on" in repr(second)
    first.callback(5)
    assert second.result == 5
    assert first.result is None
    assert "waiting on" not in repr(second)
    third: Deferred[int] = Deferred()
    fail(KeyError()).chainDeferred(third)
    assert third.addErrback(lambda failure: failure.type).result is KeyError


def test_users_may_put_attributes_on_a_deferred() -> None:
    d: Any = Deferred()
    d.tag = 1
    assert d.tag == 1


# ---- cancel and time out -----------------------------------------------------------


def test_cancel_without_a_canceller_fails_and_forgives_one_late_result() -> None:
    d: Deferred[int] = Deferred()
    d.cancel()
    d.callback(1)
    with pytest.raises(AlreadyCalledError):
        d.callback(1)
    assert d.addErrback(lambda failure: failure.type).result is CancelledError


def test_a_canceller_may_answer_and_one_that_does_not_forgives_nothing() -> None:
    answered: Deferred[str] = Deferred(lambda d: d.callback("instead"))
    answered.cancel()
    assert answered.result == "instead"
    silent: Deferred[str] = Deferred(lambda d: None)
    silent.cancel()
    with pytest.raises(AlreadyCalledError):
        silent.callback("late")
    silent.addErrback(lambda failure: None)
    silent.cancel()
    assert silent.result is None


def test_a_timeout_cancels_and_says_how_long_it_was() -> None:
    clock = Clock()
    d: Deferred[None] = Deferred()
    assert d.addTimeout(3, clock) is d
    clock.advance(3)
    failure = d.addErrback(lambda failure: [failure]).result[0]
    assert failure.type is defer.TimeoutError
    assert failure.value.args == (3, "Deferred")
    assert d.paused == 0
    assert clock.getDelayedCalls() == []


def test_a_timeout_that_is_not_needed_leaves_no_delayed_call() -> None:
    clock = Clock()
    Deferred().addTimeout(3, clock).callback(1)
    assert clock.getDelayedCalls() == []


def test_on_timeout_cancel_gets_result_and_seconds_and_gives_the_result() -> None:
    clock = Clock()
    d: Deferred[str] = Deferred(lambda d: d.callback("instead"))
    d.addTimeout(2, clock, lambda result, seconds: (result, seconds))
    clock.advance(2)
    assert d.result == ("instead", 2)


# ---- what bad input gets -------------------------------------------------------------


@pytest.mark.parametrize("wrong", [None, 5, (), (1, 2), (print, None, None)])
@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("fired", [False, True])
def test_a_callback_that_cannot_be_called_fails_the_chain_not_who_fires(
    wrong: Any, before: int, fired: bool
) -> None:
    """Source: Twisted 26.10, run with the same lines."""
    d: Deferred[Any] = Deferred()
    for _ in range(before):
        d.addCallback(str)
    for step in (d.callback, d.addCallback) if fired else (d.addCallback, d.callback):
        step(1 if step == d.callback else wrong)
    (failure,) = d.addErrback(lambda failure: [failure]).result
    assert str(failure.value) == f"'{type(wrong).__name__}' object is not callable"


def test_a_second_result_is_refused_with_a_text_that_says_what_to_do() -> None:
    d = succeed(1)
    with pytest.raises(AlreadyCalledError, match=r"already has its result.*setDebugging") as caught:
        d.callback(2)
    assert caught.value.args == ()
    with pytest.raises(AlreadyCalledError):
        d.errback(KeyError())
    assert d.result == 1


@pytest.mark.usefixtures("debugging")
def test_a_second_result_tells_in_debug_mode_who_was_first() -> None:
    d: Deferred[int] = Deferred()

    def first_caller() -> None:
        d.callback(1)

    first_caller()
    with pytest.raises(AlreadyCalledError, match=r"(?s)Deferred was created.*Invoker was.*first_caller"):
        d.callback(2)


def test_a_deferred_as_the_result_of_callback_is_refused_with_what_to_do_instead() -> None:
    d: Deferred[Any] = Deferred()
    with pytest.raises(AssertionError, match=r"return the Deferred from a callback, or use"):
        d.callback(succeed(1))
    assert not d.called


def test_a_callback_that_returns_its_own_deferred_is_warned_of_at_its_own_line() -> None:
    d: Deferred[Any] = Deferred()
    d.callback(None)
    with pytest.warns(DeprecationWarning, match="returned the Deferred it was attached to") as caught:
        d.addCallback(lambda _: d)
    assert caught[0].filename == __file__
    assert "waiting on" in repr(d)


def test_that_warning_made_an_error_is_the_failure_of_the_chain() -> None:
    d: Deferred[Any] = Deferred()
    d.callback(None)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        d.addCallback(lambda _: d)
    assert d.addErrback(lambda failure: failure.type).result is DeprecationWarning


@pytest.mark.parametrize("wrong", [None, 5, "text", lambda: None])
def test_ensure_deferred_refuses_what_is_no_coroutine(wrong: Any) -> None:
    with pytest.raises(defer.NotACoroutineError, match="is not a coroutine or a Deferred: pass what calling"):
        ensureDeferred(wrong)
    with pytest.raises(defer.NotACoroutineError, match="is not a coroutine: pass what calling"):
        Deferred.fromCoroutine(wrong)


def test_inline_callbacks_on_a_function_without_yield_says_so() -> None:
    @inlineCallbacks
    def plain() -> Any:
        return 5

    with pytest.raises(TypeError, match=r"to produce a generator; instead got 5 \(there is no yield"):
        plain()

    @inlineCallbacks  # type: ignore[arg-type]
    async def coroutine() -> None:
        pass

    with pytest.raises(TypeError, match=r"call an async function with ensureDeferred"):
        coroutine()


def test_errback_without_argument_outside_an_except_block_says_what_to_pass() -> None:
    with pytest.raises(NoCurrentExceptionError, match=r"pass the exception, Failure\(exc\)"):
        Deferred().errback()
    with pytest.raises(NoCurrentExceptionError):
        fail()


def test_errback_without_argument_takes_the_exception_being_handled() -> None:
    d: Deferred[None] = Deferred()
    try:
        raise KeyError
    except KeyError:
        d.errback()
    assert d.addErrback(lambda failure: failure.type).result is KeyError


def test_the_repr_of_a_deferred_that_is_its_own_result_ends() -> None:
    d: Any = Deferred()
    d.called = True
    d.result = d
    assert repr(d) == f"<Deferred at {id(d):#x} current result: <Deferred ...>>"


# ---- errors nobody handled -----------------------------------------------------------


def test_an_unhandled_failure_is_logged_once_when_its_deferred_goes(flush_logged_errors: Flush) -> None:
    fail(KeyError("one"))
    assert [failure.value.args for failure in flush_logged_errors(KeyError)] == [("one",)]
    assert flush_logged_errors() == []


def test_a_failure_that_is_handled_later_or_awaited_is_not_logged(flush_logged_errors: Flush) -> None:
    fail(KeyError()).addErrback(lambda failure: None)

    async def wait() -> None:
        with pytest.raises(KeyError):
            await fail(KeyError())

    ensureDeferred(wait())
    succeed(fail(KeyError())).addCallback(lambda failing: failing).addErrback(lambda failure: None)
    assert flush_logged_errors() == []


def raise_key_error(_: object) -> None:
    raise KeyError


@pytest.mark.usefixtures("debugging")
@pytest.mark.parametrize(
    "make",
    [
        lambda: fail(KeyError()),
        lambda: succeed(1).addCallback(raise_key_error),
        lambda: Deferred().callback(Failure(KeyError())),
    ],
)
def test_the_log_tells_in_debug_mode_where_the_deferred_was_made(
    make: Callable[[], object], flush_logged_errors: Flush
) -> None:
    from txloop.logger import globalLogPublisher

    events: list[Any] = []
    globalLogPublisher.addObserver(events.append)
    try:

        def makes_it() -> None:
            make()

        makes_it()
        gc.collect()  # in debug mode a failure may have the variables of who made it
    finally:
        globalLogPublisher.removeObserver(events.append)
    (event,) = [event for event in events if event.get("log_failure")]
    assert event["log_level"].name == "critical"
    for place in event["debugInfo"].split("First Invoker was"):
        assert "in makes_it" in place
    assert "Deferred was created" in event["debugInfo"]
    assert "First Invoker was" in event["debugInfo"]
    flush_logged_errors(KeyError)


def test_the_loops_exception_handler_is_told_if_its_host_set_one(flush_logged_errors: Flush) -> None:
    told: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
        fail(KeyError("told"))

    asyncio.run(main())
    assert [context["exception"].args for context in told] == [("told",)]
    flush_logged_errors(KeyError)


@pytest.mark.parametrize("switch", [{"PYTHONASYNCIODEBUG": "1"}, {"PYTHONDEVMODE": "1"}, {}])
def test_debug_mode_follows_asyncios_switches(switch: dict[str, str]) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONASYNCIODEBUG", "PYTHONDEVMODE")}
    program = (
        "from txloop.internet import defer; "
        "print(defer.getDebugging(), defer.Deferred()._debugInfo is not None)"
    )
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment | switch, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(bool(switch))] * 2


# ---- small ones ------------------------------------------------------------------------


def test_maybe_deferred_makes_a_deferred_of_whatever_comes() -> None:
    async def coroutine() -> int:
        return 3

    def wrong() -> None:
        raise KeyError

    d = succeed(2)
    assert maybeDeferred(lambda: 1).result == 1
    assert maybeDeferred(lambda: d) is d
    assert maybeDeferred(coroutine).result == 3
    assert maybeDeferred(wrong).addErrback(lambda failure: failure.type).result is KeyError
    assert maybeDeferred(lambda: Failure(KeyError())).addErrback(lambda f: f.type).result is KeyError
    assert defer.execute(lambda a: a, 4).result == 4
    assert defer.execute(wrong).addErrback(lambda failure: failure.type).result is KeyError


def test_a_failing_coroutine_has_the_real_traceback_down_to_the_raise() -> None:
    async def inner() -> None:
        raise KeyError

    async def outer() -> None:
        await inner()

    failure = ensureDeferred(outer()).addErrback(lambda failure: [failure]).result[0]
    assert [name for name, *_ in failure.frames][-2:] == ["outer", "inner"]


def test_the_callbacks_property_shows_twisteds_form_and_warns() -> None:
    d: Deferred[int] = Deferred()
    d.addCallback(len)
    with pytest.warns(DeprecationWarning, match="Deferred.callbacks was deprecated in Twisted 25.5.0"):
        assert d.callbacks == [((len, (), {}), (defer.passthru, (), {}))]


@pytest.mark.parametrize("in_the_ring", [True, False])
def test_cancelling_deferreds_that_wait_for_each_other_raises(in_the_ring: bool) -> None:
    """Nobody can ever fire them.  Source: Twisted 26.10, by running it."""
    first, second, outside = Deferred[Any](), Deferred[Any](), Deferred[Any]()
    first.addCallback(lambda _: second)
    second.addCallback(lambda _: first)
    outside.addCallback(lambda _: first)
    for each in (first, second, outside):
        each.callback(None)
    with pytest.raises(RecursionError):
        (first if in_the_ring else outside).cancel()
