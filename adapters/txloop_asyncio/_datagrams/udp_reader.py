"""The loop's side of a datagram port: it reads, and does nothing else.

    the loop calls us                  we call the port
    datagram_received(data, addr)  ->  _received(data, addr)
    error_received(exc)            ->  _refused(exc)
    connection_lost(exc)           ->  what `end(then)` was given, a turn later

The loop gets a duplicate of the port's descriptor.  Its transports close what they were
given, each loop at a time of its own, and none can pause reading datagrams; a duplicate
may be closed at any time, and made again when the port is resumed, while the port goes
on writing to its own socket.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from txloop_asyncio._reactor.stepping import HandStepped


class DatagramReader(asyncio.DatagramProtocol):
    """Reads from now on, until `end`.

    Args:
        port: Whose socket it reads: it has `socket`, `_received` and `_refused`.
        loop: Who reads.
    """

    _wire: asyncio.DatagramTransport | None = None
    _ended = False
    _closed = False
    _then: Callable[[], object] | None = None

    def __init__(self, port: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._port = port
        self._loop = loop
        original: socket.socket = port.socket
        reuse = original.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
        endpoint = loop.create_datagram_endpoint(lambda: self, sock=original.dup())
        HandStepped(loop, endpoint, self._failed)
        # libuv sets this on every datagram socket that it opens (seen with uvloop 0.23):
        # then any process of this machine might bind our port and take our datagrams.
        original.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)

    def end(self, then: Callable[[], object] | None = None) -> None:
        """Read no more.

        Args:
            then: Called, in a later turn, when the loop's descriptor is closed.
        """
        self._ended = True
        self._then = then
        if self._closed:
            self._tell_closed()
        elif self._wire is not None:
            self._wire.abort()

    # ---- the loop's names: only the event loop calls these ---------------------

    def connection_made(self, transport: Any) -> None:
        """The loop reads."""
        self._wire = transport
        if hasattr(transport, "max_size"):
            # asyncio would allocate 256 KiB for each datagram, ten times the cost of reading it.
            transport.max_size = self._port.maxPacketSize
        if self._ended:
            transport.abort()

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """One datagram, whole."""
        if not self._ended:
            self._port._received(data, addr)

    def error_received(self, exc: Exception) -> None:
        """What the system says about a datagram that was sent before."""
        if not self._ended:
            self._port._refused(exc)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The loop closes its descriptor as soon as this returns."""
        self._closed = True
        self._tell_closed()

    # ---- ours --------------------------------------------------------------------

    def _tell_closed(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            self._loop.call_soon(then)

    def _failed(self, failure: BaseException) -> None:
        """The loop does not read this socket."""
        self._closed = True
        self._tell_closed()
        if not self._ended:
            self._port._refused(failure)
