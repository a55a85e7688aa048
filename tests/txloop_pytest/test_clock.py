"""The fixture clock: one time for delayed calls and for asyncio, which only the test moves on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from txloop.internet import defer, protocol, reactor, task
from txloop.internet.interfaces import IReactorTime
from txloop_asyncio.virtual_time import VirtualTime

pytestmark = pytest.mark.asyncio


async def test_every_kind_of_timer_runs_in_one_order(clock: VirtualTime) -> None:
    """By time, then by who asked first; each sees its own time."""
    seen: list[tuple[str, float]] = []

    def note(what: str) -> None:
        seen.append((what, clock.seconds()))

    async def sleeper(seconds: float) -> None:
        await asyncio.sleep(seconds)
        note(f"sleep {seconds}")

    loop = asyncio.get_running_loop()
    tasks = [asyncio.create_task(sleeper(2)), asyncio.create_task(sleeper(0.5))]
    await clock.advance(0)  # both sleep
    reactor.callLater(2, note, "callLater 2")
    loop.call_later(2, note, "call_later 2")
    later = task.deferLater(reactor, 1, note, "deferLater 1")
    reactor.callLater(0.0001, note, "callLater 0.0001")
    await clock.advance(3)
    assert seen == [
        ("callLater 0.0001", 0.0001),
        ("sleep 0.5", 0.5),
        ("deferLater 1", 1.0),
        ("sleep 2", 2.0),
        ("callLater 2", 2.0),
        ("call_later 2", 2.0),
    ]
    assert clock.seconds() == reactor.seconds() == 3.0
    await asyncio.gather(*tasks)
    await later


async def test_what_a_timer_starts_happens_at_its_time(clock: VirtualTime) -> None:
    """A coroutine that sleeps again and again is not overtaken by one long advance."""
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            await asyncio.sleep(0.1)
            ticks.append(clock.seconds())

    ticking = asyncio.create_task(tick())
    looping: list[float] = []
    calls = task.LoopingCall(lambda: looping.append(reactor.seconds()))
    done = calls.start(0.25)
    await clock.advance(1)
    assert ticks == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert looping == [0.0, 0.25, 0.5, 0.75, 1.0]
    calls.stop()
    await done
    ticking.cancel()


async def test_asyncios_timeouts_wait_by_it(clock: VirtualTime) -> None:
    async def with_timeout() -> None:
        async with asyncio.timeout(5):
            await defer.Deferred()

    waiting = [
        asyncio.create_task(with_timeout()),
        asyncio.create_task(asyncio.wait_for(asyncio.Event().wait(), 5)),
    ]
    await clock.advance(4.999_999)
    assert not any(each.done() for each in waiting)
    await clock.advance(0.000_001)
    assert [type(each.exception()) for each in waiting] == [TimeoutError, TimeoutError]


async def test_calls_can_be_cancelled_and_moved(clock: VirtualTime) -> None:
    seen: list[str] = []
    cancelled, later, earlier, pushed = (
        reactor.callLater(5, seen.append, name) for name in ("cancelled", "later", "earlier", "pushed")
    )
    handle = asyncio.get_running_loop().call_later(5, seen.append, "handle")
    cancelled.cancel()
    handle.cancel()
    later.reset(9)
    earlier.reset(2)
    pushed.delay(1)
    assert clock.getDelayedCalls() == [earlier, pushed, later]
    assert set(reactor.getDelayedCalls()) == {earlier, pushed, later}
    await clock.advance(2)
    assert seen == ["earlier"]
    await clock.advance(3)
    assert seen == ["earlier"]
    await clock.pump([1, 3])
    assert seen == ["earlier", "pushed", "later"]


async def test_no_time_passes_for_a_call_that_is_due_at_once(clock: VirtualTime) -> None:
    """Code that uses ``callLater(0, …)`` for "in the next turn" needs no advance."""
    done: defer.Deferred[str] = defer.Deferred()
    reactor.callLater(0, done.callback, "done")
    assert await done == "done"
    assert clock.seconds() == 0.0


async def test_it_is_a_reactors_time_for_code_that_takes_a_clock(clock: VirtualTime) -> None:
    assert IReactorTime.providedBy(clock)
    waiting = task.deferLater(clock, 3, lambda: "three seconds later")
    await clock.advance(3)
    assert await waiting == "three seconds later"


async def test_bytes_between_sockets_need_no_time(clock: VirtualTime) -> None:
    """A protocol with a timeout, over a real connection."""
    lost: defer.Deferred[str] = defer.Deferred()

    class Impatient(protocol.Protocol):
        def connectionMade(self) -> None:
            reactor.callLater(30, self.transport.loseConnection)

        def connectionLost(self, reason: Any = None) -> None:
            lost.callback(f"after {clock.seconds()} s")

    port = reactor.listenTCP(0, protocol.Factory.forProtocol(Impatient), interface="127.0.0.1")
    creator = protocol.ClientCreator(reactor, protocol.Protocol)
    await creator.connectTCP("127.0.0.1", port.getHost().port)
    await clock.advance(29)
    assert not lost.called
    await clock.advance(1)
    assert await lost == "after 30.0 s"
    await port.stopListening()


async def test_a_program_that_never_rests_is_told_so(
    clock: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("txloop_asyncio.virtual_time.MOST_TURNS", 100)

    async def busy() -> None:
        while True:
            await asyncio.sleep(0)

    spinning = asyncio.create_task(busy())
    with pytest.raises(RuntimeError, match="not at rest after 100 turns"):
        await clock.advance(1)
    spinning.cancel()


async def test_two_cannot_move_it_at_once_nor_anybody_back(clock: VirtualTime) -> None:
    with pytest.raises(AssertionError):
        await clock.advance(-1)
    first = asyncio.ensure_future(clock.advance(1))
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="being advanced already"):
        await clock.advance(1)
    await first


async def test_what_waits_when_it_begins_or_ends_keeps_its_time() -> None:
    """Here the time is the test's own, put in and taken out by hand."""
    seen: list[str] = []
    before = reactor.callLater(0.01, seen.append, "before")
    with VirtualTime().installed() as time:
        assert list(reactor.getDelayedCalls()) == [before]
        sleeping = asyncio.create_task(asyncio.sleep(0.01))
        after = reactor.callLater(0.005, seen.append, "after")
        dropped = reactor.callLater(0.005, seen.append, "dropped")
        await time.advance(0.004)
        assert seen == []
    dropped.cancel()
    assert before.getTime() > after.getTime() > 1_000_000_000  # on the reactor's own clock again
    await sleeping
    await task.deferLater(reactor, 0.01, lambda: None)
    assert seen == ["after", "before"]


async def test_the_loop_is_as_before_afterwards() -> None:
    loop = asyncio.get_running_loop()
    names = set(vars(loop))
    reactor.callLater(0, print).cancel()
    with_reactor = set(vars(loop))
    with VirtualTime().installed():
        assert set(vars(loop)) - with_reactor == {"time", "call_soon", "call_at", "call_later"}
    assert set(vars(loop)) == with_reactor
    assert with_reactor >= names
