"""Who asks decides the class: one table of who cancels what, and what each side then sees.

asked by                the coroutine sees                    its own side ends as
asyncio (task.cancel,   asyncio.CancelledError                asyncio.CancelledError in a task,
timeout, …)                                                   defer.CancelledError in a Deferred
d.cancel()              defer.CancelledError in a Deferred    the same
                        coroutine, asyncio's in a task
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from txloop.internet import defer
from txloop.internet.defer import Deferred, ensureDeferred, inlineCallbacks, succeed
from txloop.python.failure import Failure

pytestmark = pytest.mark.asyncio


@dataclass
class Run:
    """What one coroutine or task met."""

    awaited: Any = None
    inner: Any = None  # the Deferred or Future that d.cancel() and future.cancel() are called on
    canceller_calls: int = 0
    saw: list[type[BaseException] | object] = field(default_factory=list)

    def canceller(self, d: Deferred[Any]) -> None:
        self.canceller_calls += 1


async def body(run: Run) -> object:
    try:
        result = await run.awaited
    except BaseException as error:
        run.saw.append(type(error))
        raise
    run.saw.append(result)
    return result


# ---- what is awaited -----------------------------------------------------------


def pending(run: Run) -> None:
    run.awaited = run.inner = Deferred(run.canceller)


def answering(run: Run) -> None:
    def canceller(d: Deferred[str]) -> None:
        run.canceller_calls += 1
        d.callback("instead")

    run.awaited = run.inner = Deferred(canceller)


def refusing(run: Run) -> None:
    """A Deferred coroutine that catches its cancellation and takes another turn."""

    async def stubborn() -> str:
        try:
            await Deferred(run.canceller)
        except (defer.CancelledError, asyncio.CancelledError):
            await asyncio.sleep(0)
        return "refused"

    run.awaited = run.inner = ensureDeferred(stubborn())


def shielded(run: Run) -> None:
    run.inner = Deferred(run.canceller)
    run.awaited = asyncio.shield(run.inner)


def fired(run: Run) -> None:
    run.awaited = run.inner = succeed("here")


def future(run: Run) -> None:
    run.awaited = run.inner = asyncio.get_running_loop().create_future()


# ---- who runs it ---------------------------------------------------------------

Runner = Callable[[Run], Any]


def as_task(run: Run) -> asyncio.Task[object]:
    return asyncio.create_task(body(run))


def as_deferred(run: Run) -> Deferred[object]:
    return ensureDeferred(body(run))


# ---- who cancels ---------------------------------------------------------------


async def by_its_handle(runner: Any, run: Run) -> None:
    runner.cancel()


async def by_what_it_awaits(runner: Any, run: Run) -> None:
    run.inner.cancel()


async def end_of(awaitable: Awaitable[object]) -> object:
    """Its result, or the class of its error; a Deferred's own class, not the task's that awaits it."""
    if isinstance(awaitable, Deferred):
        ended: list[object] = []
        awaitable.addBoth(lambda r: ended.append(r.type if isinstance(r, Failure) else r))
        for _ in range(10):
            if ended:
                return ended[0]
            await asyncio.sleep(0)
        return "pending"
    try:
        return await asyncio.wait_for(awaitable, 1)
    except BaseException as error:
        return type(error)


ASYNCIO = asyncio.CancelledError
TWISTED = defer.CancelledError

# who runs it, what it awaits, who cancels: (it sees, it ends as, calls of the canceller)
TABLE: list[tuple[Runner, Callable[[Run], None], Any, tuple[object, object, int]]] = [
    (as_task, pending, by_its_handle, (ASYNCIO, ASYNCIO, 1)),
    (as_task, pending, by_what_it_awaits, (ASYNCIO, ASYNCIO, 1)),
    (as_task, answering, by_its_handle, (ASYNCIO, ASYNCIO, 1)),
    (as_task, answering, by_what_it_awaits, ("instead", "instead", 1)),
    (as_task, refusing, by_its_handle, (ASYNCIO, ASYNCIO, 1)),
    (as_task, refusing, by_what_it_awaits, ("refused", "refused", 1)),
    (as_task, shielded, by_its_handle, (ASYNCIO, ASYNCIO, 0)),
    (as_task, fired, by_its_handle, ("here", "here", 0)),
    (as_task, fired, by_what_it_awaits, ("here", "here", 0)),
    (as_deferred, pending, by_its_handle, (TWISTED, TWISTED, 1)),
    (as_deferred, pending, by_what_it_awaits, (TWISTED, TWISTED, 1)),
    (as_deferred, answering, by_its_handle, ("instead", "instead", 1)),
    (as_deferred, answering, by_what_it_awaits, ("instead", "instead", 1)),
    (as_deferred, refusing, by_its_handle, ("refused", "refused", 1)),
    (as_deferred, refusing, by_what_it_awaits, ("refused", "refused", 1)),
    (as_deferred, shielded, by_its_handle, (ASYNCIO, TWISTED, 0)),
    (as_deferred, fired, by_its_handle, ("here", "here", 0)),
    (as_deferred, future, by_its_handle, (ASYNCIO, TWISTED, 0)),
    (as_deferred, future, by_what_it_awaits, (ASYNCIO, TWISTED, 0)),
]


@pytest.mark.parametrize(
    ("runner", "awaits", "cancels", "outcome"),
    [pytest.param(*row, id=f"{row[0].__name__}-{row[1].__name__}-{row[2].__name__}") for row in TABLE],
)
async def test_who_cancels_what(
    runner: Runner, awaits: Callable[[Run], None], cancels: Any, outcome: tuple[object, object, int]
) -> None:
    run = Run()
    awaits(run)
    started = runner(run)
    if not (awaits is fired and runner is as_task):
        await asyncio.sleep(0)  # let a task begin to wait
    elif cancels is by_its_handle:
        await started
    await cancels(started, run)
    ended = await end_of(started)
    assert (run.saw[0], ended, run.canceller_calls) == outcome
    if awaits is shielded:
        assert not run.inner.called


@pytest.mark.parametrize("awaits", [pending, answering, refusing, shielded, future])
@pytest.mark.parametrize("runner", [as_task, as_deferred])
@pytest.mark.parametrize("way", ["timeout", "wait_for", "task group"])
async def test_asyncios_scopes_see_their_own_cancellation(
    runner: Runner, awaits: Callable[[Run], None], way: str
) -> None:
    """A timeout is TimeoutError, a failing group its own group, whatever the canceller answers."""
    run = Run()
    awaits(run)

    async def within() -> object:
        try:
            if way == "timeout":
                async with asyncio.timeout(0.001):
                    await body(run)
            elif way == "wait_for":
                await asyncio.wait_for(body(run), 0.001)
            else:
                async with asyncio.TaskGroup() as group:
                    group.create_task(wrong())
                    await body(run)
        except TimeoutError:
            return "timed out"
        except ExceptionGroup as errors:
            return [type(error) for error in errors.exceptions]
        return "nothing happened"

    async def wrong() -> None:
        raise KeyError

    ended = await asyncio.wait_for(
        asyncio.create_task(within()) if runner is as_task else ensureDeferred(within()), 1
    )
    assert ended == ([KeyError] if way == "task group" else "timed out")
    assert run.saw == [ASYNCIO]
    assert run.canceller_calls <= 1


async def test_a_generator_sees_its_own_cancelled_error_over_a_future() -> None:
    seen: list[type[BaseException]] = []

    @inlineCallbacks
    def generator() -> Any:
        try:
            yield asyncio.get_running_loop().create_future()
        except BaseException as error:
            seen.append(type(error))
            raise

    d = generator()
    d.cancel()
    assert await end_of(d) is TWISTED
    assert seen == [TWISTED]


async def test_cancelling_while_a_turn_is_waited_for_cancels_what_comes_after_it() -> None:
    seen: list[object] = []

    async def turn() -> None:
        try:
            await asyncio.sleep(0)
        except BaseException as error:
            seen.append(type(error))
            raise

    d = ensureDeferred(turn())
    d.cancel()
    assert await end_of(d) is TWISTED
    assert seen == [ASYNCIO]


async def test_a_coroutine_that_cancels_its_own_deferred_goes_on_as_in_twisted() -> None:
    start: Deferred[None] = Deferred()
    later: Deferred[str] = Deferred()

    async def run() -> str:
        await start
        d.cancel()
        return await later

    d = ensureDeferred(run())
    start.callback(None)
    assert not d.called
    later.callback("went on")
    assert await d == "went on"


async def test_cancelling_again_cancels_what_is_awaited_then() -> None:
    first: Deferred[None] = Deferred()
    second: Deferred[None] = Deferred()

    async def run() -> None:
        try:
            await first
        except defer.CancelledError:
            await second

    d = ensureDeferred(run())
    d.cancel()
    assert first.called
    assert not second.called
    d.cancel()
    assert await end_of(d) is TWISTED


async def test_uncancel_at_zero_lets_the_coroutine_have_its_result() -> None:
    faces: list[Any] = []
    d: Deferred[None] = Deferred()

    async def run() -> object:
        faces.append(asyncio.current_task())
        try:
            return await d
        except defer.CancelledError:
            return "cancelled by the Deferred alone"

    started = ensureDeferred(run())
    faces[0].cancel()
    assert faces[0].cancelling() == 1
    assert faces[0].uncancel() == 0
    assert await started == "cancelled by the Deferred alone"


async def test_cancelled_before_a_task_starts_nothing_is_logged() -> None:
    d: Deferred[None] = Deferred()
    task = asyncio.ensure_future(d)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not d.called


async def test_a_nested_deferred_coroutine_is_cancelled_through_its_outer_ones() -> None:
    inner_saw: list[type[BaseException]] = []
    run = Run()
    pending(run)

    async def inner() -> None:
        try:
            await run.awaited
        except BaseException as error:
            inner_saw.append(type(error))
            raise

    async def outer() -> None:
        await ensureDeferred(inner())

    assert await end_of_cancelled(ensureDeferred(outer())) is TWISTED
    assert inner_saw == [TWISTED]
    assert run.canceller_calls == 1


async def end_of_cancelled(d: Deferred[Any]) -> object:
    d.cancel()
    return await end_of(d)
