"""The signals of a reactor that runs the loop itself: SIGINT, SIGTERM and SIGBREAK stop it.

A reactor that is a guest in somebody else's loop installs nothing.

By `signal.signal` and not by the loop's own handlers: those are asyncio's alone on
uvloop, miss on Windows, and a program may replace ours by `signal.signal` as it does
with Twisted's.  The handler runs between two bytecodes of the main thread, so all it
does is to hand `stop` to the loop, which also wakes it.

A signal that comes just before the loop waits interrupts no wait and runs no bytecode:
it would be heard at the next event, perhaps an hour later.  The interpreter's wake-up
descriptor ends that; uvloop and Windows' loop set one while they run, asyncio's selector
loop with the first `add_signal_handler`.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], None]


class SignalHandlers:
    """Our handlers, and those that stood there before."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._before: dict[int, Any] = {}
        self._has_wake_up = False

    def install(self, interrupt: Handler, terminate: Handler, break_: Handler) -> None:
        """Put ours in.  A SIGINT handler that the program made stays.

        Raises:
            ValueError: not in the main thread.
        """
        self._replace(signal.SIGTERM, terminate)
        if isinstance(self._loop, asyncio.SelectorEventLoop):
            self._loop.add_signal_handler(signal.SIGTERM, _nothing)
            self._has_wake_up = True
            signal.signal(signal.SIGTERM, terminate)  # only the wake-up was wanted
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._replace(signal.SIGINT, interrupt)
        if hasattr(signal, "SIGBREAK"):  # Windows' Ctrl-Break
            self._replace(signal.SIGBREAK, break_)

    def restore(self) -> None:
        """Put the old ones back, unless somebody has replaced ours meanwhile."""
        before, self._before = self._before, {}
        now = {number: signal.getsignal(number) for number in before}
        if self._has_wake_up:
            self._loop.remove_signal_handler(signal.SIGTERM)
            self._has_wake_up = False
        for number, (old, ours) in before.items():
            wanted = old if now[number] == ours else now[number]
            if wanted is not None:  # None: put in by something else than Python
                signal.signal(number, wanted)

    def _replace(self, number: int, handler: Handler) -> None:
        self._before[number] = (signal.signal(number, handler), handler)


def _nothing() -> None:
    pass
