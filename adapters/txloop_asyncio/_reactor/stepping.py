"""The loop's coroutines, stepped by hand: no task, so nothing is left when they are dropped.

Twisted's calls return at once and may be taken back in the same turn.  A task would
only begin a turn later, would be "destroyed but pending" if the loop never runs, and
would be somebody's to cancel.  The few coroutines of the loop that we need (create_server,
sock_connect, create_connection over a socket) ask nothing of a task: they yield plain
futures, or a bare None for "next turn".

Measured on asyncio and uvloop with 3.11, 3.12 and 3.13: ``create_server(sock=…)`` yields
bare Nones only, before the loop runs as well as inside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def finish_at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns that never truly waits.

    Raises:
        RuntimeError: It does wait, for a future: this loop is unlike those we know.
    """
    while True:
        try:
            waits_for = coroutine.send(None)
        except StopIteration as returned:
            result: T = returned.value
            return result
        if waits_for is not None:
            coroutine.close()
            raise RuntimeError(f"the event loop wants to wait for {waits_for!r} before it can listen")


class HandStepped:
    """A coroutine of the loop's on its way; each step happens in the turn its future allows.

    Args:
        loop: The loop whose coroutine it is.
        coroutine: Must close what it has opened when CancelledError reaches it.
        failed: Called with the exception it ends in, unless it was dropped.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        coroutine: Coroutine[Any, Any, object],
        failed: Callable[[BaseException], object],
    ) -> None:
        self._loop = loop
        self._coroutine = coroutine
        self._failed = failed
        self._dropped = False
        self._finished = False
        self._when_finished: list[Callable[[], object]] = []
        self._waits_for: Any = None
        self._step()

    def drop(self) -> None:
        """Nobody wants it any more: cancel what it waits for; it ends in the next turn, unheard.

        Not `close()` at once: the loop still watches the descriptor until the cancelled
        future's own callbacks have run, and the number could be somebody else's by then.
        """
        self._dropped = True
        if self._waits_for is not None:
            self._waits_for.cancel()

    def when_finished(self, call: Callable[[], object]) -> None:
        """Call it once the coroutine has returned or raised: now, if it has."""
        if self._finished:
            call()
        else:
            self._when_finished.append(call)

    def _step(self, _: object = None) -> None:
        self._waits_for = None
        try:
            waits_for = self._coroutine.send(None)
        except StopIteration:
            self._finish()
            return
        except BaseException as failure:
            if not self._dropped:
                self._failed(failure)
            self._finish()
            return
        if waits_for is None:
            self._loop.call_soon(self._step)
            return
        self._waits_for = waits_for
        waits_for._asyncio_future_blocking = False
        waits_for.add_done_callback(self._step)

    def _finish(self) -> None:
        self._finished = True
        calls, self._when_finished = self._when_finished, []
        for call in calls:
            call()
