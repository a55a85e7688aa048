"""With the garbage collector off everything of a Deferred is freed when its last user lets go."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from txloop.internet.defer import Deferred, ensureDeferred, inlineCallbacks, succeed
from txloop.internet.task import Clock
from txloop.python.failure import Failure


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Thing:
    """A result whose life can be watched."""


def wrong(result: object) -> None:
    raise KeyError("wrong")


async def awaits(d: Deferred[Any], thing: Thing) -> Thing:
    await d
    return thing


async def awaits_and_raises(d: Deferred[Any], thing: Thing) -> None:
    await d
    raise KeyError("wrong")


@inlineCallbacks
def yields(d: Deferred[Any], thing: Thing) -> Any:
    yield d
    return thing


@inlineCallbacks
def yields_and_raises(d: Deferred[Any], thing: Thing) -> Any:
    yield d
    raise KeyError("wrong")


def ignore(failure: Failure) -> None:
    return None


def success(thing: Thing) -> list[Any]:
    d: Deferred[Thing] = Deferred()
    d.addCallback(lambda r: r)
    d.callback(thing)
    return [d]


def handled_failure(thing: Thing) -> list[Any]:
    d: Deferred[Thing] = Deferred()
    d.addCallback(lambda r: wrong(thing))
    d.addErrback(ignore)
    d.callback(thing)
    return [d]


def chained(thing: Thing) -> list[Any]:
    inner: Deferred[Thing] = Deferred()
    outer = succeed(None).addCallback(lambda _: inner)
    inner.callback(thing)
    return [inner, outer]


def chained_failure(thing: Thing) -> list[Any]:
    inner: Deferred[Thing] = Deferred()
    inner.addCallback(wrong)
    outer = succeed(None).addCallback(lambda _: inner).addErrback(ignore)
    inner.callback(thing)
    return [inner, outer]


def cancelled(thing: Thing) -> list[Any]:
    d: Deferred[Thing] = Deferred(lambda d: setattr(d, "tag", thing))
    d.addErrback(ignore)
    d.cancel()
    return [d]


def timed_out(thing: Thing) -> list[Any]:
    clock = Clock()
    d: Deferred[Thing] = Deferred(lambda d: setattr(d, "tag", thing))
    d.addTimeout(1, clock).addErrback(ignore)
    clock.advance(1)
    return [d, clock]


def coroutine_fired(thing: Thing) -> list[Any]:
    return [ensureDeferred(awaits(succeed(1), thing))]


def coroutine_unfired(thing: Thing) -> list[Any]:
    d: Deferred[int] = Deferred()
    outer = ensureDeferred(awaits(d, thing))
    d.callback(1)
    return [d, outer]


def coroutine_raises(thing: Thing) -> list[Any]:
    d: Deferred[int] = Deferred()
    outer = ensureDeferred(awaits_and_raises(d, thing))
    outer.addErrback(ignore)
    d.callback(1)
    return [d, outer]


def coroutine_awaits_failure(thing: Thing) -> list[Any]:
    d: Deferred[int] = Deferred()
    outer = ensureDeferred(awaits(d, thing))
    outer.addErrback(ignore)
    d.errback(KeyError())
    return [d, outer]


def coroutine_cancelled(thing: Thing) -> list[Any]:
    d: Deferred[int] = Deferred()
    outer = ensureDeferred(awaits(d, thing))
    outer.addErrback(ignore)
    outer.cancel()
    return [d, outer]


def generator_unfired(thing: Thing) -> list[Any]:
    d: Deferred[int] = Deferred()
    outer = yields(d, thing)
    d.callback(1)
    return [d, outer]


def generator_raises(thing: Thing) -> list[Any]:
    d: Deferred[int] = Deferred()
    outer = yields_and_raises(d, thing)
    outer.addErrback(ignore)
    d.callback(1)
    return [d, outer]


def generator_cancelled(thing: Thing) -> list[Any]:
    d: Deferred[int] = Deferred()
    outer = yields(d, thing)
    outer.addErrback(ignore)
    outer.cancel()
    return [d, outer]


CASES = [
    success,
    handled_failure,
    chained,
    chained_failure,
    cancelled,
    timed_out,
    coroutine_fired,
    coroutine_unfired,
    coroutine_raises,
    coroutine_awaits_failure,
    coroutine_cancelled,
    generator_unfired,
    generator_raises,
    generator_cancelled,
]


@pytest.mark.parametrize("case", CASES, ids=[case.__name__ for case in CASES])
@pytest.mark.parametrize("where", ["no loop", "in a loop"])
def test_no_reference_cycle_is_left(
    case: Callable[[Thing], list[Any]], where: str, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    def run() -> list[weakref.ref[Any]]:
        thing = Thing()
        return [weakref.ref(thing), *(weakref.ref(each) for each in case(thing))]

    async def in_loop() -> list[weakref.ref[Any]]:
        return run()

    watched = run() if where == "no loop" else new_loop().run_until_complete(in_loop())
    assert [ref() for ref in watched] == [None] * len(watched)


@pytest.mark.parametrize("ending", ["result", "error", "cancelled", "timeout"])
def test_a_task_that_awaited_a_deferred_leaves_no_cycle(
    ending: str, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    watched: list[weakref.ref[Any]] = []

    # The coroutine's own frame must not hold what it awaits: a failed Future held there
    # makes the same cycle, by way of its traceback.
    async def wait(box: list[Deferred[Any]]) -> object:
        if ending == "timeout":
            async with asyncio.timeout(0):
                return await box.pop()
        return await box.pop()

    async def main() -> None:
        d: Deferred[Any] = Deferred()
        thing = Thing()
        watched.extend([weakref.ref(d), weakref.ref(thing)])
        task = asyncio.create_task(wait([d]))
        await asyncio.sleep(0)
        if ending == "result":
            d.callback(thing)
        elif ending == "error":
            d.errback(KeyError(thing))
        elif ending == "cancelled":
            task.cancel()
        del d, thing
        await asyncio.wait([task])
        task.cancelled() or task.exception()

    loop = new_loop()
    loop.run_until_complete(main())
    loop.run_until_complete(asyncio.sleep(0))
    assert [ref() for ref in watched] == [None] * 2
