"""The reactor of one event loop: what `reactor`, `port.reactor` and `connector.reactor` finally are.

(Skeleton: the contract that transports are written against; the rooms behind it follow.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any


class LoopReactor:
    """One loop's reactor.  Made without a loop it collects ports and calls until it gets one."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.loop = loop
        self._waiting_for_loop: list[Callable[[asyncio.AbstractEventLoop], object]] = []
        self._kept: dict[int, Any] = {}

    # ---- what transports ask of us ------------------------------------------

    def when_loop(self, start: Callable[[asyncio.AbstractEventLoop], object]) -> None:
        """Call ``start(loop)`` now if there is a loop, else as soon as there is one, in the order asked."""
        if self.loop is not None:
            start(self.loop)
        else:
            self._waiting_for_loop.append(start)

    def keep(self, thing: Any) -> None:
        """Register an open port, connection or attempt: it is lost at shutdown and shown by snapshot()."""
        self._kept[id(thing)] = thing

    def forget(self, thing: Any) -> None:
        """It is closed.  Forgetting twice does no harm."""
        self._kept.pop(id(thing), None)

    def call_soon(self, function: Callable[..., object], *args: Any) -> None:
        """Call in the next turn of the loop; before there is a loop, in its first."""
        if self.loop is not None:
            self.loop.call_soon(function, *args)
        else:
            self._waiting_for_loop.append(lambda loop: loop.call_soon(function, *args))
