"""A UNIX socket as a wire under StreamConnection: bytes, and descriptors in their order among them.

    the loop says          we do                            the stream is told
    readable           ->  recvmsg                      ->  descriptor_received, data_received, eof_received
    writable           ->  send, or sendmsg for a byte
                           that carries a descriptor    ->  resume_writing, when all has left

The loops' own transports read with recv(), and the kernel then throws away the descriptors
that came with the bytes; nor can they send one.  Which protocol will pass descriptors is not
known when a connection begins (it may be replaced in mid-stream, and any may send one), so
all UNIX streams use this.  asyncio's own selector transport does the same in the same language.

It has the part of asyncio.Transport that StreamConnection uses.  What differs: `abort` closes
the socket at once, so that the peer knows in this turn.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import os
import socket
from collections import deque
from typing import Any

from txloop.internet import error
from txloop_asyncio._error_proof import watch

READ_BYTES = 64 * 1024
# Linux passes at most 253 descriptors with one message (SCM_MAX_FD).
MOST_DESCRIPTORS = 253
_INT_BYTES = array.array("i").itemsize
_DESCRIPTOR_SPACE = socket.CMSG_SPACE(MOST_DESCRIPTORS * _INT_BYTES) if hasattr(socket, "CMSG_SPACE") else 0
# A descriptor that is received shall not leak into child processes (PEP 446).
_CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def descriptors_in(ancillary: list[tuple[int, int, bytes]]) -> list[int]:
    """The descriptors that came with a message, ours to close from now on."""
    found = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            found.frombytes(data[: len(data) - len(data) % _INT_BYTES])
    return list(found)


class UNIXWire:
    """Reads and writes a connected UNIX stream socket, as soon as it has a stream.

    Args:
        loop: Who watches the socket.
        made: Connected; ours from now on.
    """

    _stream: Any = None
    _reading = False
    _watching_writable = False
    _closing = False  # close() was called: what is queued still leaves
    _over = False  # nothing moves any more; connection_lost has been called or is on its way

    def __init__(self, loop: asyncio.AbstractEventLoop, made: socket.socket) -> None:
        made.setblocking(False)
        self._loop = loop
        self._socket = made
        self._names = {"sockname": made.getsockname(), "peername": made.getpeername()}
        # What has not left: pieces, each with the descriptor that its first and only byte carries, or None.
        self._queue: deque[tuple[memoryview, int | None]] = deque()
        self._queued_bytes = 0
        self._to_pass: deque[int] = deque()  # descriptors that wait for bytes to carry them

    # ---- as asyncio.Transport ------------------------------------------------------

    def set_protocol(self, stream: Any) -> None:
        """Begin to read for *stream*."""
        self._stream = stream
        self.resume_reading()

    def get_extra_info(self, name: str) -> Any:
        """The ``socket``, its ``sockname`` or ``peername``; the names stay known after the end."""
        return self._socket if name == "socket" else self._names.get(name)

    def pause_reading(self) -> None:
        """Read nothing until resume_reading()."""
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._socket.fileno())

    def resume_reading(self) -> None:
        """Read again."""
        if not (self._reading or self._closing or self._over):
            self._reading = True
            watch(self._loop, "reader", self._socket.fileno(), self._readable, wanted=lambda: self._reading)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There are none: resume_writing is called whenever a queue has left."""

    def get_write_buffer_size(self) -> int:
        """How many bytes are queued."""
        return self._queued_bytes

    def write(self, data: bytes) -> None:
        """Send now what the kernel takes, and the rest when it can."""
        if self._over or self._closing or not data:
            return
        if not (self._to_pass or self._queue):  # the usual case, without a queue: a third of the cost
            try:
                sent = self._socket.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError as broken:
                self._break(broken)
                return
            if sent == len(data):
                return
            data = data[sent:]
        if len(self._to_pass) > len(data):
            self._break(error.FileDescriptorOverrun())
            return
        view = memoryview(data)
        carried = 0
        while self._to_pass:  # one byte each, as Twisted's peers expect it
            self._queue.append((view[carried : carried + 1], self._to_pass.popleft()))
            carried += 1
        if carried < len(data):
            self._queue.append((view[carried:], None))
        self._queued_bytes += len(data)
        if not self._watching_writable:
            self._send()

    def writelines(self, pieces: list[bytes]) -> None:
        """Send them as one."""
        self.write(b"".join(pieces))

    def write_eof(self) -> None:
        """End our side; called when nothing is queued."""
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close as soon as all has left."""
        if self._over or self._closing:
            return
        self.pause_reading()
        self._closing = True
        if not self._queue:
            self._finish(None)

    def is_closing(self) -> bool:
        """close() or abort() was called, or it broke."""
        return self._closing or self._over

    def abort(self) -> None:
        """Close now."""
        if not self._over:
            self._finish(None)

    # ---- descriptors ------------------------------------------------------------------

    @property
    def descriptors_waiting(self) -> int:
        """How many `pass_descriptor` has taken that no byte has been written for yet."""
        return len(self._to_pass)

    @property
    def descriptors_queued(self) -> int:
        """How many have not left."""
        return len(self._to_pass) + sum(carried is not None for _, carried in self._queue)

    def pass_descriptor(self, descriptor: int) -> None:
        """Send a copy of *descriptor* with the next byte that is written.

        Raises:
            OSError: It is none.
        """
        if not (self._over or self._closing):
            self._to_pass.append(os.dup(descriptor))

    # ---- the loop calls these ------------------------------------------------------------

    def _readable(self) -> None:
        try:
            data, ancillary, _, _ = self._socket.recvmsg(READ_BYTES, _DESCRIPTOR_SPACE, _CLOSE_ON_EXEC)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as broken:
            self._break(broken)
            return
        if ancillary:
            for descriptor in descriptors_in(ancillary):
                self._stream.descriptor_received(descriptor)
        if data:
            self._stream.data_received(data)
            return
        self.pause_reading()
        if not self._stream.eof_received():
            self.close()

    def _writable(self) -> None:
        self._send()
        if not (self._queue or self._over):
            self._stream.resume_writing()

    # ---- ours ---------------------------------------------------------------------------------

    def _send(self) -> None:
        while self._queue:
            view, descriptor = self._queue[0]
            try:
                if descriptor is None:
                    sent = self._socket.send(view)
                else:
                    sent = self._socket.sendmsg([view], [_rights(descriptor)])
            except (BlockingIOError, InterruptedError):
                break
            except OSError as broken:
                self._break(broken)
                return
            self._queued_bytes -= sent
            if descriptor is not None:
                os.close(descriptor)
            if sent == len(view):
                self._queue.popleft()
            else:
                self._queue[0] = (view[sent:], None)
        self._watch_writable(bool(self._queue))
        if self._closing and not self._queue:
            self._finish(None)

    def _watch_writable(self, wanted: bool) -> None:
        if wanted is not self._watching_writable:
            self._watching_writable = wanted
            if wanted:
                self._loop.add_writer(self._socket.fileno(), self._writable)
            else:
                self._loop.remove_writer(self._socket.fileno())

    def _break(self, reason: BaseException) -> None:
        """The connection is broken."""
        if not self._over:
            self._finish(reason)

    def _finish(self, reason: BaseException | None) -> None:
        """Close the socket; the stream is told in the next turn."""
        self._over = True
        self.pause_reading()
        self._watch_writable(False)
        for descriptor in [*self._to_pass, *(carried for _, carried in self._queue if carried is not None)]:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._to_pass.clear()
        self._queue.clear()
        self._queued_bytes = 0
        self._socket.close()
        if self._stream is not None:
            self._loop.call_soon(self._stream.connection_lost, reason)


def _rights(descriptor: int) -> tuple[int, int, array.array[int]]:
    """The ancillary message that passes it."""
    return socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor])
