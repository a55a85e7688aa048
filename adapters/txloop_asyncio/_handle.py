"""A connection's socket as the program sees it: what ``transport.getHandle()`` gives.

Twisted gives the socket itself.  Here it is the wire's, and what the loops show of theirs
sends, receives and closes nothing.  This does: on a copy of the descriptor, which no loop
watches; and close() ends the wire, so that no loop goes on watching a number that is
somebody else's by then.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from typing import Any


class Handle:
    """Options and names as the loop's view of the socket has them; sending and receiving as a socket.

    Args:
        wire: The connection's.
    """

    def __init__(self, wire: Any) -> None:
        self._wire = wire

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wire.get_extra_info("socket"), name)

    def fileno(self) -> int:
        """The number; -1 once it is closed."""
        return -1 if self._wire.is_closing() else int(self._wire.get_extra_info("socket").fileno())

    def send(self, *args: Any) -> int:
        """As socket's: past the transport's queue."""
        with self._copy() as copy:
            return copy.send(*args)

    def recv(self, *args: Any) -> bytes:
        """As socket's: what the transport has not read.  MSG_PEEK leaves it there."""
        with self._copy() as copy:
            return copy.recv(*args)

    def shutdown(self, how: int) -> None:
        """As socket's.  Each connection's end calls this: no copy, the number is only borrowed."""
        number = self.fileno()
        if number < 0:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        # Named family and type spare four questions to the system; shutdown() heeds neither.
        borrowed = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=number)
        try:
            borrowed.shutdown(how)
        finally:
            borrowed.detach()

    def close(self) -> None:
        """End the connection, with nothing more sent; a copy of the descriptor goes on."""
        self._wire.abort()

    @contextlib.contextmanager
    def _copy(self) -> Iterator[socket.socket]:
        number = self.fileno()
        if number < 0:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        copy = socket.socket(fileno=os.dup(number))
        try:
            yield copy
        finally:
            copy.close()

    def __repr__(self) -> str:
        return f"<Handle of {self._wire.get_extra_info('socket')!r}>"
