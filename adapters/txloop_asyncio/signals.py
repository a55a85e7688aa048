"""The signals of a reactor that runs the loop itself: SIGINT, SIGTERM and SIGBREAK stop it.

A reactor that is a guest in somebody else's loop installs nothing.

By `signal.signal` and not by the loop's own handlers: those are asyncio's alone on
uvloop, miss on Windows, and a program may replace ours by `signal.signal` as it does
with Twisted's.  The handler runs between two bytecodes of the main thread, so all it
does is to hand `stop` to the loop, which also wakes it.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], None]


class SignalHandlers:
    """Our handlers, and those that stood there before."""

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}

    def install(self, interrupt: Handler, terminate: Handler, break_: Handler) -> None:
        """Put ours in.  A SIGINT handler that the program made stays.

        Raises:
            ValueError: not in the main thread.
        """
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._replace(signal.SIGINT, interrupt)
        self._replace(signal.SIGTERM, terminate)
        if hasattr(signal, "SIGBREAK"):  # Windows' Ctrl-Break
            self._replace(signal.SIGBREAK, break_)

    def restore(self) -> None:
        """Put the old ones back, unless somebody has replaced ours meanwhile."""
        before, self._before = self._before, {}
        for number, (old, ours) in before.items():
            if signal.getsignal(number) == ours and old is not None:
                signal.signal(number, old)

    def _replace(self, number: int, handler: Handler) -> None:
        self._before[number] = (signal.signal(number, handler), handler)
