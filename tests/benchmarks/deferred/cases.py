"""What is timed: each case is one small use of a `defer` module, Twisted's or ours.

A case is made for a module and gives a function that does the thing so many times: the loop
is inside, so that no call of the benchmark's own counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Defer = Any
Often = Callable[[int], object]


def nothing(result: object) -> object:
    """The cheapest callback."""
    return result


def succeed_and_callback(defer: Defer) -> Often:
    succeed = defer.succeed

    def often(times: int) -> None:
        for _ in range(times):
            succeed(1).addCallback(nothing)

    return often


def fire_three(defer: Defer) -> Often:
    deferred = defer.Deferred

    def often(times: int) -> None:
        for _ in range(times):
            d = deferred()
            d.addCallback(nothing)
            d.addCallback(nothing)
            d.addCallback(nothing)
            d.callback(1)

    return often


def chain(defer: Defer) -> Often:
    deferred = defer.Deferred

    def often(times: int) -> None:
        for _ in range(times):
            inner = deferred()
            outer = deferred()
            outer.addCallback(lambda _, inner=inner: inner)
            outer.addCallback(nothing)
            outer.callback(1)
            inner.callback(2)

    return often


def failure_path(defer: Defer) -> Often:
    deferred = defer.Deferred

    def wrong(result: object) -> None:
        raise ValueError

    def handled(failure: object) -> None:
        return None

    def often(times: int) -> None:
        for _ in range(times):
            d = deferred()
            d.addCallback(wrong)
            d.addErrback(handled)
            d.callback(1)

    return often


def inline_callbacks_fired(defer: Defer) -> Often:
    succeed = defer.succeed

    @defer.inlineCallbacks  # type: ignore[untyped-decorator]
    def generator() -> Any:
        for _ in range(10):
            yield succeed(1)

    def often(times: int) -> None:
        for _ in range(times):
            generator()

    return often


def inline_callbacks_unfired(defer: Defer) -> Often:
    deferred = defer.Deferred

    @defer.inlineCallbacks  # type: ignore[untyped-decorator]
    def generator(d: Any) -> Any:
        yield d

    def often(times: int) -> None:
        for _ in range(times):
            d = deferred()
            generator(d)
            d.callback(1)

    return often


def coroutine_fired(defer: Defer) -> Often:
    succeed, ensure = defer.succeed, defer.ensureDeferred

    async def coroutine() -> None:
        for _ in range(10):
            await succeed(1)

    def often(times: int) -> None:
        for _ in range(times):
            ensure(coroutine())

    return often


def coroutine_unfired(defer: Defer) -> Often:
    deferred, ensure = defer.Deferred, defer.ensureDeferred

    async def coroutine(d: Any) -> None:
        await d

    def often(times: int) -> None:
        for _ in range(times):
            d = deferred()
            ensure(coroutine(d))
            d.callback(1)

    return often


# name, case, aim: how many times as fast as Twisted's, without a loop and inside one
CASES: list[tuple[str, Callable[[Defer], Often], float, float]] = [
    ("succeed + callback", succeed_and_callback, 1.8, 1.8),
    ("fire three", fire_three, 1.8, 1.8),
    ("chain", chain, 1.8, 1.8),
    ("failure path", failure_path, 1.8, 1.8),
    ("inlineCallbacks, 10 fired", inline_callbacks_fired, 3.5, 3.5),
    ("inlineCallbacks, one unfired", inline_callbacks_unfired, 1.8, 1.8),
    ("coroutine, 10 fired", coroutine_fired, 1.4, 1.0),
    ("coroutine, one unfired", coroutine_unfired, 1.8, 1.0),
]
