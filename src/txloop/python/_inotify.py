"""Linux's inotify calls, by ctypes.

Source: names and errors as of Twisted 26.10's twisted.python._inotify, by running it.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from typing import Any

__all__ = ["INotifyError", "add", "init", "initializeModule", "remove"]


class INotifyError(Exception):
    """The system refuses."""


def init() -> int:
    """A new descriptor to watch with.

    Raises:
        INotifyError: The user has too many.
    """
    descriptor: int = libc.inotify_init()
    if descriptor < 0:
        raise INotifyError("INotify initialization error.")
    return descriptor


def add(fd: int, path: Any, mask: int) -> int:
    """Watch *path*, a FilePath, for the events of *mask*.

    Returns:
        The watch's number.
    Raises:
        INotifyError: There is no such path, or there are too many watches.
    """
    number: int = libc.inotify_add_watch(fd, path.asBytesMode().path, mask)
    if number < 0:
        raise INotifyError(f"Failed to add watch on '{path!r}' - ({number!r})")
    return number


def remove(fd: int, wd: int) -> None:
    """End the watch of that number; one that has ended by itself is no error."""
    libc.inotify_rm_watch(fd, wd)


def initializeModule(libc: Any) -> None:
    """Take the calls from *libc*.

    Raises:
        ImportError: It has none: this system has no inotify.
    """
    functions = {call: getattr(libc, call, None) for call in _CALLS}
    if None in functions.values():
        raise ImportError("libc6 2.4 needed for inotify support")
    for call, function in functions.items():
        function.argtypes = _CALLS[call]  # type: ignore[union-attr]  # none of them is None
        function.restype = ctypes.c_int  # type: ignore[union-attr]  # as above


_CALLS: dict[str, list[Any]] = {
    "inotify_init": [],
    "inotify_rm_watch": [ctypes.c_int, ctypes.c_int],
    "inotify_add_watch": [ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32],
}

name = ctypes.util.find_library("c") or ""
libc: Any = ctypes.CDLL(name)
initializeModule(libc)
