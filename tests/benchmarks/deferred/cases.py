"""What is timed: each case is one small use of a `defer` module, Twisted's or ours.

A case is made for a module and gives a function that does the thing once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Defer = Any
Once = Callable[[], object]


def nothing(result: object) -> object:
    """The cheapest callback."""
    return result


def succeed_and_callback(defer: Defer) -> Once:
    succeed = defer.succeed

    def once() -> None:
        succeed(1).addCallback(nothing)

    return once


def fire_three(defer: Defer) -> Once:
    deferred = defer.Deferred

    def once() -> None:
        d = deferred()
        d.addCallback(nothing)
        d.addCallback(nothing)
        d.addCallback(nothing)
        d.callback(1)

    return once


def chain(defer: Defer) -> Once:
    deferred = defer.Deferred

    def once() -> None:
        inner = deferred()
        outer = deferred()
        outer.addCallback(lambda _: inner)
        outer.addCallback(nothing)
        outer.callback(1)
        inner.callback(2)

    return once


def failure_path(defer: Defer) -> Once:
    deferred = defer.Deferred

    def wrong(result: object) -> None:
        raise ValueError

    def handled(failure: object) -> None:
        return None

    def once() -> None:
        d = deferred()
        d.addCallback(wrong)
        d.addErrback(handled)
        d.callback(1)

    return once


def inline_callbacks_fired(defer: Defer) -> Once:
    succeed = defer.succeed

    @defer.inlineCallbacks  # type: ignore[untyped-decorator]
    def generator() -> Any:
        for _ in range(10):
            yield succeed(1)

    return generator  # type: ignore[no-any-return]


def inline_callbacks_unfired(defer: Defer) -> Once:
    deferred = defer.Deferred

    @defer.inlineCallbacks  # type: ignore[untyped-decorator]
    def generator(d: Any) -> Any:
        yield d

    def once() -> None:
        d = deferred()
        generator(d)
        d.callback(1)

    return once


def coroutine_fired(defer: Defer) -> Once:
    succeed, ensure = defer.succeed, defer.ensureDeferred

    async def coroutine() -> None:
        for _ in range(10):
            await succeed(1)

    def once() -> None:
        ensure(coroutine())

    return once


def coroutine_unfired(defer: Defer) -> Once:
    deferred, ensure = defer.Deferred, defer.ensureDeferred

    async def coroutine(d: Any) -> None:
        await d

    def once() -> None:
        d = deferred()
        ensure(coroutine(d))
        d.callback(1)

    return once


# name, case, aim: how many times as fast as Twisted's, without a loop and inside one
CASES: list[tuple[str, Callable[[Defer], Once], float, float]] = [
    ("succeed + callback", succeed_and_callback, 1.8, 1.8),
    ("fire three", fire_three, 1.8, 1.8),
    ("chain", chain, 1.8, 1.8),
    ("failure path", failure_path, 1.8, 1.8),
    ("inlineCallbacks, 10 fired", inline_callbacks_fired, 3.5, 3.5),
    ("inlineCallbacks, one unfired", inline_callbacks_unfired, 1.8, 1.8),
    ("coroutine, 10 fired", coroutine_fired, 1.4, 1.0),
    ("coroutine, one unfired", coroutine_unfired, 1.8, 1.0),
]
