"""The fixture clock in a test that is no coroutine: the default reactor's time, moved on at once."""

from __future__ import annotations

from txloop.internet import reactor, task
from txloop_asyncio.virtual_time import VirtualTime


def test_delayed_calls_are_made_in_order_each_at_its_time(clock: VirtualTime) -> None:
    seen: list[tuple[str, float]] = []

    def note(what: str) -> None:
        seen.append((what, reactor.seconds()))
        if what == "first":
            reactor.callLater(1, note, "asked by the first")

    reactor.callLater(3, note, "last")
    reactor.callLater(1, note, "first")
    reactor.callLater(2.5, note, "cancelled").cancel()
    clock.advance(3)
    assert seen == [("first", 1.0), ("asked by the first", 2.0), ("last", 3.0)]


def test_defer_later_and_looping_call(clock: VirtualTime) -> None:
    seen: list[float] = []
    later = task.deferLater(reactor, 2, lambda: "two seconds later")
    calls = task.LoopingCall(lambda: seen.append(reactor.seconds()))
    done = calls.start(1)
    clock.pump([0.5, 1, 0.5])
    calls.stop()
    assert seen == [0.0, 1.0, 2.0]
    assert later.result == "two seconds later"
    assert done.result is calls
