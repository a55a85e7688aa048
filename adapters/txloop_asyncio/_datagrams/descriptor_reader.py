"""A datagram port's reading, by its own descriptor: for the loops whose transports are not good at it.

    asyncio's    read one datagram a turn, into a buffer of 256 KiB: an echo costs 25 µs,
                 with a buffer of the right size 7.5, this way 5 (*measured*)
    any, UNIX    know no paths: uvloop's address every peer as an IP

Elsewhere the loop reads (udp_reader.py), which has the same two methods.
"""

from __future__ import annotations

import asyncio
import asyncio.selector_events
from collections.abc import Callable
from typing import Any

from txloop_asyncio._error_proof import watch

# So many datagrams are delivered before the loop gets its turn.
READ_AT_ONCE = 100


def is_better(loop: asyncio.AbstractEventLoop) -> bool:
    """Than *loop*'s own reading."""
    # (A loop around another may have the method from its `__getattr__`.)
    add_reader = getattr(type(loop), "add_reader", None)
    return add_reader is asyncio.selector_events.BaseSelectorEventLoop.add_reader


class DescriptorReader:
    """Reads from now on, until `end`.

    Args:
        port: Whose socket it reads: it has `socket`, `maxPacketSize`, `_received` and `_refused`.
        loop: Who says that there is something to read.
    """

    def __init__(self, port: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._port = port
        self._loop = loop
        self._descriptor = port.socket.fileno()
        self._ended = False
        watch(loop, "reader", self._descriptor, self._readable, wanted=lambda: not self._ended)

    def end(self, then: Callable[[], object] | None = None) -> None:
        """Read no more; call *then* in the next turn."""
        if not self._ended and not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)
        self._ended = True
        if then is not None:
            self._loop.call_soon(then)

    def _readable(self) -> None:
        port = self._port
        receive = port.socket.recvfrom
        for _ in range(READ_AT_ONCE):
            try:
                data, name = receive(port.maxPacketSize)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as refused:
                port._refused(refused)
                return
            port._received(data, name)
            if self._ended:
                return
