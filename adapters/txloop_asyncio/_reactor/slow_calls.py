"""Which function held the loop up: in debug mode, as the loops' own warnings, but by name.

A loop in debug mode warns of callbacks slower than ``loop.slow_callback_duration``.  What it
names is its own callback or ours (`_SelectorSocketTransport._read_ready`, our timer): the
function that a programmer would look for is one that we call.  All of those are entered
through a context; in debug mode that context is one that looks at the clock:

    slow: ChatLine.dataReceived at chat.py:12 took 0.304 s

Nobody pays for it outside of debug mode.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from time import monotonic
from typing import Any, cast

from txloop._naming import call_name
from txloop.logger import Logger

_log = Logger(namespace="txloop.internet.base")


class WatchedContext:
    """A context that warns of what runs too long in it.

    Args:
        context: The context itself.
        loop: Says how long is too long.
    """

    def __init__(self, context: Context, loop: asyncio.AbstractEventLoop) -> None:
        self._context = context
        self._loop = loop

    def run(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """As `Context.run`."""
        name = call_name(function)
        begin = monotonic()
        try:
            return self._context.run(function, *args, **kwargs)
        finally:
            seconds = monotonic() - begin
            if seconds >= self._loop.slow_callback_duration:
                # Not by its source: a log observer may keep what it is given.
                _log.warn(
                    "slow: {function} took {seconds:.3f} s",
                    function=name(),
                    seconds=seconds,
                )


def watched(context: Context, loop: asyncio.AbstractEventLoop | None) -> Context:
    """*context*, one that looks at the clock if *loop* is in debug mode."""
    if loop is not None and loop.get_debug():
        return cast(Context, WatchedContext(context, loop))
    return context


def run_in(context: Context, function: Callable[..., object], *args: object) -> None:
    """Call in *context*, which this thread may have entered already.

    As when the reactor ends a connection from inside one of the connection's own callbacks.
    """
    try:
        context.run(function, *args)
    except RuntimeError as refused:
        if not _was_entered_already(refused):
            raise
        function(*args)


def _was_entered_already(refused: RuntimeError) -> bool:
    """The context itself refused: not something that was called in it."""
    trace = refused.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
        if trace.tb_frame.f_code is not WatchedContext.run.__code__:
            return False
    return "cannot enter context" in str(refused)
