"""`run` and `running`: an asyncio program with Twisted-style code in it, ended in order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeVar

from txloop import _host
from txloop.internet._reactor_face import AsyncioReactor, face_of

_T = TypeVar("_T")


def run(
    main: Coroutine[Any, Any, _T],
    *,
    loop: Literal["auto", "asyncio", "uvloop"] = "auto",
    debug: bool | None = None,
) -> _T:
    """Run *main* in a new event loop with `running` around it, and return its result.

    Args:
        loop: The kind of loop; ``"auto"`` follows the environment variable ``TXLOOP_LOOP``
            and without it takes uvloop if it is installed.
        debug: As for asyncio.run.
    Raises:
        ImportError: uvloop is asked for and not installed.
        ValueError: no such kind of loop.
        TypeError: *main* cannot be awaited; mostly it is a function that was not called.
    """
    if not hasattr(main, "__await__"):
        raise TypeError(
            f"run() awaits what it is given, as in run(main()); that cannot be done with {main!r}"
        )
    result: _T = _host.host().run(main, loop=loop, debug=debug)
    return result


@asynccontextmanager
async def running(*, shutdown_timeout_seconds: float = 10) -> AsyncIterator[AsyncioReactor]:
    """The running loop's reactor; at the end of the block everything txloop has begun here ends.

    In this order: before-shutdown triggers and their Deferreds; ports stop listening,
    connections are asked to close, and aborted if they have not after the timeout; the
    other triggers; delayed calls are cancelled, threads joined.  What was cut is logged.
    Nested or side by side, the last one to end does it.  Without any, the same happens at
    the end of asyncio.run(), but connections are lost at once.

    ``await reactor.stopped()`` inside waits for ``reactor.stop()``; that cancels nothing.

    Args:
        shutdown_timeout_seconds: How long connections and triggers may take together, and
            then threads once more as long.
    """
    async with _host.host().running(shutdown_timeout_seconds=shutdown_timeout_seconds) as reactor:
        yield face_of(reactor)
