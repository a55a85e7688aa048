# pyright: reportUnnecessaryTypeIgnoreComment=true
"""What a type checker must infer of Deferreds.  Never run: test_inference.py hands it to the checkers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from typing import Any, assert_type

from txloop.internet.defer import (
    Deferred,
    DeferredList,
    DeferredLock,
    DeferredQueue,
    DeferredSemaphore,
    ensureDeferred,
    execute,
    fail,
    gatherResults,
    inlineCallbacks,
    maybeDeferred,
    race,
    succeed,
)
from txloop.internet.task import Clock, Cooperator, LoopingCall, deferLater
from txloop.python.failure import Failure


def later(number: int) -> Deferred[bytes]:
    raise NotImplementedError


async def coroutine(number: int) -> bytes:
    raise NotImplementedError


def with_more(number: int, text: str, *, flag: bool) -> list[str]:
    raise NotImplementedError


def handle(failure: Failure) -> None:
    raise NotImplementedError


def pass_failure_on(failure: Failure) -> Failure:
    raise NotImplementedError


def either(result: int | Failure) -> float:
    raise NotImplementedError


def chains(d: Deferred[int]) -> None:
    assert_type(d.addCallback(str), Deferred[str])
    assert_type(d.addCallback(lambda number: number * 1.5), Deferred[float])
    assert_type(d.addCallback(later), Deferred[bytes])
    assert_type(d.addCallback(with_more, "text", flag=True), Deferred[list[str]])
    assert_type(d.addErrback(handle), Deferred[int | None])
    assert_type(d.addErrback(pass_failure_on), Deferred[int])
    assert_type(d.addErrback(lambda failure: later(1)), Deferred[int | bytes])
    assert_type(d.addBoth(either), Deferred[float])
    assert_type(d.addCallback(later).addCallback(len).addErrback(handle), Deferred[int | None])


def wrong_chains(d: Deferred[int]) -> None:
    """Each line is an error that must be found: strict checkers report an ignore that is not needed."""
    d.addCallback(with_more, 5, flag=True)  # type: ignore[arg-type]
    d.callback("text")  # type: ignore[arg-type]


def made() -> None:
    assert_type(succeed(1), Deferred[int])
    assert_type(fail(ValueError()), Deferred[Any])
    assert_type(execute(str, 1), Deferred[str])
    assert_type(maybeDeferred(later, 1), Deferred[bytes])
    assert_type(maybeDeferred(coroutine, 1), Deferred[bytes])
    assert_type(maybeDeferred(with_more, 1, "text", flag=True), Deferred[list[str]])
    assert_type(ensureDeferred(coroutine(1)), Deferred[bytes])


def several(a: Deferred[int], b: Deferred[int]) -> None:
    assert_type(gatherResults([a, b]), Deferred[list[int]])
    assert_type(gatherResults([coroutine(1), coroutine(2)]), Deferred[list[bytes]])
    assert_type(DeferredList([a, b]), DeferredList[int])
    assert_type(race([a, b]), Deferred[tuple[int, int]])


@inlineCallbacks
def generator(number: int) -> Generator[Deferred[Any], Any, str]:
    yield later(number)
    return "text"


def generators() -> None:
    assert_type(generator(1), Deferred[str])
    takes: Callable[[int], Deferred[str]] = generator
    takes(1)


async def awaited(d: Deferred[int], both: DeferredList[int]) -> None:
    assert_type(await d, int)
    assert_type(await generator(1), str)
    assert_type(await both, list[tuple[bool, int]])
    awaitable: Awaitable[int] = d
    assert_type(await asyncio.wait_for(awaitable, 1), int)
    async with DeferredLock() as lock, DeferredSemaphore(2) as semaphore:
        assert_type(lock, DeferredLock)
        assert_type(semaphore, DeferredSemaphore)


def turns(queue: DeferredQueue[int]) -> None:
    assert_type(queue.get(), Deferred[int])
    assert_type(DeferredLock().acquire(), Deferred[DeferredLock])
    assert_type(DeferredLock().run(later, 1), Deferred[bytes])
    assert_type(DeferredLock().run(coroutine, 1), Deferred[bytes])
    assert_type(DeferredLock().run(str, 1), Deferred[str])


def tasks(clock: Clock, work: Iterator[None]) -> None:
    assert_type(deferLater(clock, 1), Deferred[None])
    assert_type(deferLater(clock, 1, str, 5), Deferred[str])
    assert_type(deferLater(clock, 1, later, 5), Deferred[bytes])
    assert_type(deferLater(clock, 1, coroutine, 5), Deferred[bytes])
    assert_type(LoopingCall(later, 1).start(2), Deferred[LoopingCall])
    assert_type(Cooperator().coiterate(work), Deferred[Iterator[None]])


def failures(failure: Failure) -> None:
    assert_type(failure.trap(KeyError), type[KeyError])
    assert_type(failure.check(KeyError), type[KeyError] | None)
    assert_type(failure.value, BaseException)


def coroutines_are_taken(start: Callable[[], Coroutine[Any, Any, int]]) -> None:
    assert_type(Deferred.fromCoroutine(start()), Deferred[int])
