"""One call to be made later: what `callLater` returns, on every clock.

    the user asks            the clock that keeps it hears
    call.cancel()        ->  canceller(call)      once; call.cancelled is already set
    call.reset(seconds)  ->  resetter(call)       only if the call is due *earlier* now
    call.delay(seconds)  ->  resetter(call)       likewise

`call.time` is always the moment it is due.  Moving a call later is therefore one
assignment and nobody hears of it; a clock that keeps a heap looks at `time` when the
call comes up and puts it back if that moment is still to come.  A call moved earlier
needs a new entry at once (the old one is stale), hence the resetter.

    a heap, then:   pop (at, serial, call)
                    call.cancelled      -> drop it          (canceller counts these, to sweep)
                    call.time > at      -> push it again at call.time
                    call.called         -> drop it          (a stale entry)
                    else                -> call.called = 1; call.func(*call.args, **call.kw)

Not here: `task.Clock` (_clock.py), the reactor's heap (the adapter's).
"""

from __future__ import annotations

import time as _time
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from zope.interface import implementer

from txloop.internet.error import AlreadyCalled, AlreadyCancelled
from txloop.internet.interfaces import IDelayedCall


@implementer(IDelayedCall)
class DelayedCall:
    """A pending call; IDelayedCall.

    Args:
        time: When it is due, on the clock that *seconds* reads.
        func, args, kw: The call to make.
        cancel: Called with this object when it is cancelled.
        reset: Called with this object when it is moved to an earlier time.
        seconds: That clock, in seconds.
    Source: Twisted 26.10, internet.base.DelayedCall.
    """

    # Set it to True to have each new call remember who made it; repr() then says so.
    debug = False

    # Class-level defaults, since thousands of these are made a second.
    creator: Sequence[str] | None = None
    _repr: str | None = None

    # Twisted keeps a postponement beside `time`; ours is in `time`, so this stays 0.
    delayed_time: float = 0.0

    def __init__(
        self,
        time: float,
        func: Callable[..., Any],
        args: Sequence[object],
        kw: dict[str, object],
        cancel: Callable[[DelayedCall], None],
        reset: Callable[[DelayedCall], None],
        seconds: Callable[[], float] = _time.time,
    ) -> None:
        self.time: float = time
        self.func: Any = func
        self.args: Any = args
        self.kw: Any = kw
        self.canceller = cancel
        self.resetter = reset
        self.seconds = seconds
        # Here and not in the class: what stands in both is slow to find and to set.
        self.cancelled: int = 0
        self.called = 0
        # A reactor's notes: the contextvars context of its callLater, and the time that its one
        # valid entry in the heap was made for (None: it is due at once and not in the heap).
        self._context: Any = None
        self._at: float | None = None
        if self.debug:
            self.creator = traceback.format_stack()[:-2]  # without callLater and this frame

    # ---- IDelayedCall ------------------------------------------------------

    def getTime(self) -> float:
        """When it is due, on the clock's own scale (``clock.seconds()``)."""
        return self.time

    def cancel(self) -> None:
        """Never make the call, and let go of function and arguments.

        Raises:
            AlreadyCancelled: it was cancelled before.
            AlreadyCalled: it was made, or is being made now.
        """
        if self.cancelled:
            raise AlreadyCancelled
        if self.called:
            raise AlreadyCalled
        self.cancelled = 1
        self.canceller(self)
        if self.debug:
            self._repr = repr(self)
        # Not `del`: that costs as much as making the whole object (tests/benchmarks/timers).
        self.func = self.args = self.kw = None

    def reset(self, secondsFromNow: float) -> None:
        """Make the call *secondsFromNow* from now instead.

        Raises:
            AlreadyCancelled, AlreadyCalled: as `cancel`.
        """
        # As _move(), without another call: resetting timeouts is what servers do most.
        due = self.seconds() + secondsFromNow
        if due < self.time or self.cancelled or self.called:
            self._move(due)
        else:
            self.time = due

    def delay(self, secondsLater: float) -> None:
        """Make the call *secondsLater* after the time it was due; negative is earlier.

        Raises:
            AlreadyCancelled, AlreadyCalled: as `cancel`.
        """
        self._move(self.time + secondsLater)

    def active(self) -> bool:
        """True while it is still to come."""
        return not (self.cancelled or self.called)

    # ---- ours --------------------------------------------------------------

    def _move(self, due: float) -> None:
        if self.cancelled:
            raise AlreadyCancelled
        if self.called:
            raise AlreadyCalled
        earlier = due < self.time
        self.time = due
        if earlier:
            self.resetter(self)

    def activate_delay(self) -> None:
        """Twisted's clocks call this to fold a postponement into `time`; ours is there already."""

    def __lt__(self, other: DelayedCall) -> bool:
        return self.time < other.time

    def __le__(self, other: DelayedCall) -> bool:
        return self.time <= other.time

    def __repr__(self) -> str:
        if self._repr is not None:  # as it was when somebody cancelled it
            return self._repr
        text = (
            f"<DelayedCall {id(self):#x} [{self.time - self.seconds()}s]"
            f" called={self.called} cancelled={self.cancelled}"
        )
        if self.func is not None:
            text += f" {_name_of(self.func)}({_arguments_text(self.args, self.kw)})"
        if self.creator is not None:
            text += "\n\ntraceback at creation: \n\n" + "".join(self.creator)
        return text + ">"


def _name_of(func: Callable[..., object]) -> str:
    name = getattr(func, "__qualname__", None)
    return name if isinstance(name, str) else repr(func)


def _arguments_text(args: Sequence[object], kw: dict[str, object]) -> str:
    return ", ".join([*(repr(arg) for arg in args), *(f"{name}={value!r}" for name, value in kw.items())])
