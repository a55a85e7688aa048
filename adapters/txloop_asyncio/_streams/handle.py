"""A connection's socket as the program sees it: what ``transport.getHandle()`` gives.

Twisted gives the socket itself.  Here it is the wire's, and what the loops show of theirs
sends, receives and closes nothing.  This does: on a copy of the descriptor, which no loop
watches; and close() ends the wire, so that no loop goes on watching a number that is
somebody else's by then.
"""

from __future__ import annotations

import errno
import functools
import os
import socket
from typing import Any

# Sending goes past the transport's queue.  Receiving takes what the transport has not read; MSG_PEEK
# leaves it there.
BY_COPY = frozenset(
    {
        *("getblocking", "gettimeout", "send", "sendall", "sendfile", "sendmsg", "sendto"),
        *("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "recvmsg_into"),
    }
)


class Handle:
    """Options and names as the loop's view of the socket has them; sending and receiving as a socket.

    Args:
        wire: The connection's.
    """

    def __init__(self, wire: Any) -> None:
        self._wire = wire

    def __getattr__(self, name: str) -> Any:
        if name in BY_COPY:
            return functools.partial(self._by_copy, name)
        return getattr(self._wire.get_extra_info("socket"), name)

    def fileno(self) -> int:
        """The number; -1 once it is closed."""
        return -1 if self._wire.is_closing() else int(self._wire.get_extra_info("socket").fileno())

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

    def _by_copy(self, name: str, *args: Any, **kwargs: Any) -> Any:
        number = self.fileno()
        if number < 0:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        with socket.socket(fileno=os.dup(number)) as copy:
            copy.setblocking(False)
            return getattr(copy, name)(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<Handle of {self._wire.get_extra_info('socket')!r}>"
