"""File descriptors by number: their flags, and reading and writing without waiting."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from txloop._public import publish
from txloop.internet.main import CONNECTION_DONE, CONNECTION_LOST

__all__ = ["readFromFD", "setBlocking", "setNonBlocking", "writeToFD"]

# As much as one call reads, at most.
READ_BYTES = 8192
_TRY_AGAIN = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR)


def setNonBlocking(fd: int) -> None:
    """Let reads and writes of *fd* fail where they would wait."""
    os.set_blocking(fd, False)


def setBlocking(fd: int) -> None:
    """Let reads and writes of *fd* wait."""
    os.set_blocking(fd, True)


def _setCloseOnExec(fd: int) -> None:
    """Keep *fd* from programs that this process becomes or starts."""
    os.set_inheritable(fd, False)


def _unsetCloseOnExec(fd: int) -> None:
    """Leave *fd* open in programs that this process becomes or starts."""
    os.set_inheritable(fd, True)


def readFromFD(fd: int, callback: Callable[[bytes], object]) -> Exception | None:
    """Read once and hand on what there was, if anything.

    Returns:
        None to go on, CONNECTION_DONE at the end, CONNECTION_LOST after an error: what a
        descriptor's doRead() returns.
    """
    try:
        data = os.read(fd, READ_BYTES)
    except OSError as error:
        return None if error.errno in _TRY_AGAIN else CONNECTION_LOST
    if not data:
        return CONNECTION_DONE
    callback(data)
    return None


def writeToFD(fd: int, data: bytes) -> int | Exception:
    """Write once.

    Returns:
        How many bytes went, 0 if it would have had to wait; CONNECTION_LOST after an error.
    """
    try:
        return os.write(fd, data)
    except OSError as error:
        return 0 if error.errno in _TRY_AGAIN else CONNECTION_LOST


publish(__name__, [*__all__, "_setCloseOnExec", "_unsetCloseOnExec"])
