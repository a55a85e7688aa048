"""Time that stands still until a test moves it on: `task.Clock`.

    clock = Clock()
    protocol.callLater = clock.callLater     what is tested asks this clock, not the reactor
    clock.advance(30)                        thirty seconds later: all that is due has run

Calls run inside `advance`, in the order they are due, one at a time; `seconds()` then
already says the new time (so a call that was due at 1 and runs in ``advance(5)`` sees 5,
as it would on a machine that was busy until then).
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from zope.interface import implementer

from txloop.internet._delayed_call import DelayedCall
from txloop.internet.interfaces import IReactorTime

_due = attrgetter("time")


@implementer(IReactorTime)
class Clock:
    """IReactorTime whose time moves only by `advance`.

    Attributes:
        rightNow: What `seconds` says.
        calls: The pending calls.
    Source: Twisted 26.10, internet.task.Clock.
    """

    rightNow: float = 0.0

    def __init__(self) -> None:
        self.calls: list[DelayedCall] = []

    def seconds(self) -> float:
        """Now; 0 at first.  Not the time of day."""
        return self.rightNow

    def callLater(
        self, delay: float, callable: Callable[..., object], *args: object, **kw: object
    ) -> DelayedCall:
        """Call in the `advance` that reaches *delay* seconds from now.

        Returns:
            The pending call.  Calls due at the same time run in the order they were made.
        """
        call = DelayedCall(
            self.seconds() + delay, callable, args, kw, self.calls.remove, self._moved_earlier, self.seconds
        )
        insort(self.calls, call, key=_due)
        return call

    def getDelayedCalls(self) -> Sequence[DelayedCall]:
        """The pending calls."""
        return self.calls

    def advance(self, amount: float) -> None:
        """Move on by *amount* seconds and run what is due then, the calls it makes meanwhile too.

        Raises:
            BaseException: what a call raised.  That call is spent, the others stay pending.
        """
        self.rightNow += amount
        self._sort()
        while self.calls and self.calls[0].time <= self.seconds():
            call = self.calls.pop(0)
            call.called = 1
            call.func(*call.args, **call.kw)
            self._sort()

    def pump(self, timings: Iterable[float]) -> None:
        """`advance` by each of *timings* in turn."""
        for amount in timings:
            self.advance(amount)

    def _moved_earlier(self, call: DelayedCall) -> None:
        self._sort()

    def _sort(self) -> None:
        # A call moved later did not tell us.  Sorting a sorted list is one pass over it.
        self.calls.sort(key=_due)
