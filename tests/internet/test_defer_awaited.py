"""Deferreds awaited where no loop runs: by coroutines, generators and by hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from txloop.internet.defer import CancelledError, Deferred, ensureDeferred, fail, inlineCallbacks, succeed
from txloop.python.failure import Failure

Flush = Callable[..., list[Failure]]


async def awaited(d: Deferred[Any]) -> Any:
    return await d


@inlineCallbacks
def yielded(d: Deferred[Any]) -> Any:
    return (yield d)


@pytest.mark.parametrize("others", [0, 1])
def test_what_follows_a_coroutine_comes_before_what_follows_in_the_awaited_chain(others: int) -> None:
    """Source: Twisted 26.10, run with the same lines."""
    order: list[object] = []
    d: Deferred[Any] = Deferred()

    async def coroutine() -> None:
        await d
        d.addCallback(lambda result: order.append(("added by the coroutine", result)))

    def follow(_: object) -> None:
        order.append(("follows the coroutine", d.result))
        d.addCallback(lambda result: order.append(("added by what follows", result)))

    waiting = ensureDeferred(coroutine()).addCallback(follow)
    waiting.addCallback(lambda _: ensureDeferred(awaited(d)).addCallback(order.append))
    for _ in range(others):
        d.addCallback(lambda result: order.append(("was there", result)))
    d.callback(7)
    assert order == [
        ("follows the coroutine", 7),
        7,
        *[("was there", None)] * others,
        ("added by the coroutine", None),
        ("added by what follows", None),
    ]


async def handled(d: Deferred[Any]) -> str:
    with pytest.raises(KeyError):
        await d
    return "handled"


@pytest.mark.parametrize(("wait", "outcome"), [(handled, "handled"), (awaited, KeyError)])
def test_a_coroutine_takes_the_failure_and_what_follows_gets_none(
    wait: Any, outcome: object, flush_logged_errors: Flush
) -> None:
    seen: list[object] = []
    d: Deferred[Any] = Deferred()
    d.addCallback(str)
    waiting = ensureDeferred(wait(d)).addErrback(lambda failure: failure.type)
    d.addCallback(seen.append)
    d.errback(KeyError())
    assert seen == [None]
    assert waiting.result == outcome
    del d
    assert flush_logged_errors() == []


@pytest.mark.parametrize("wait", [lambda d: ensureDeferred(awaited(d)), yielded])
@pytest.mark.parametrize("passed_on", [0, 1])
def test_whoever_awaits_a_fired_deferred_that_is_paused_waits(
    wait: Callable[[Deferred[int]], Deferred[int]], passed_on: int
) -> None:
    fired: Deferred[int] = Deferred()
    for _ in range(passed_on):
        fired.addCallback(lambda result: result)
    fired.callback(7)
    for d in (fired, succeed(7)):
        d.pause()
        waiting = wait(d)
        assert not waiting.called
        d.unpause()
        assert waiting.result == 7


def test_whoever_awaits_a_cancelled_deferred_later_learns_of_it_too(flush_logged_errors: Flush) -> None:
    saw: list[str] = []

    async def wait(cancelled: Deferred[None], name: str) -> None:
        try:
            await cancelled
        except CancelledError:
            saw.append(name)

    d: Deferred[None] = Deferred()
    d.cancel()
    ensureDeferred(wait(d, "first"))
    ensureDeferred(wait(d, "second"))
    assert saw == ["first", "second"]
    assert isinstance(d.result, Failure)
    del d
    assert flush_logged_errors() == []


def test_who_runs_an_await_by_hand_may_ask_until_the_result_is_there() -> None:
    """Source: Twisted 26.10, where the same generator yields until the Deferred has fired."""
    d: Deferred[int] = Deferred()
    asked = d.__await__()
    asked.send(None)
    asked.send(None)
    d.callback(3)
    with pytest.raises(StopIteration) as done:
        asked.send(None)
    assert done.value.value == 3


def test_tools_that_shorten_tracebacks_know_the_frame_of_an_await() -> None:
    """Source: Twisted 26.10, trial's reporter, which asks for the function's name and the file's."""
    failure = ensureDeferred(awaited(fail(KeyError()))).addErrback(lambda failure: [failure]).result[0]
    frames = [(function, os.path.basename(file)) for function, file, *_ in failure.frames]
    assert ("__iter__", "defer.py") in frames
