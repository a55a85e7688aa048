"""`add_reader` and `add_writer` that survive an error of the socket.

uvloop forgets what it watches when the socket has an error (a reset, an ICMP answer): it
calls back once, and if that call finds bytes that came before the error, or takes the error and would go
on (datagrams do), nobody is ever called again.  (libuv stops a poll handle at POLLERR.  Seen with
uvloop 0.23.)  So before each call somebody looks, without taking the error away, and then has
the socket watched anew.

asyncio's loops need none of this and get the plain call.
"""

from __future__ import annotations

import asyncio
import select
from collections.abc import Callable
from typing import Any


def forgets_at_errors(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether *loop* is one of those."""
    return type(loop).__module__.partition(".")[0] == "uvloop"


def watch(
    loop: asyncio.AbstractEventLoop,
    direction: str,
    descriptor: int,
    call: Callable[..., object],
    *args: Any,
    wanted: Callable[[], bool],
) -> None:
    """Have *loop* call each time *descriptor* is ready; ended as ever, by remove_reader or remove_writer.

    Args:
        direction: ``"reader"`` or ``"writer"``.
        wanted: Whether this very watch is still wanted; asked after each call.
    """
    add = getattr(loop, f"add_{direction}")
    if not forgets_at_errors(loop):
        add(descriptor, call, *args)
        return
    remove = getattr(loop, f"remove_{direction}")
    look = select.poll()
    look.register(descriptor, 0)  # errors only

    def look_and_call() -> None:
        # Before the call, which may take the error: what was told to the loop is still there to be seen.
        is_forgotten = any(state & select.POLLERR for _, state in look.poll(0))
        call(*args)
        if is_forgotten and wanted():
            remove(descriptor)
            add(descriptor, look_and_call)

    add(descriptor, look_and_call)
