"""A lock between processes: a symbolic link that points at its holder's process id.

    the link exists            somebody holds the lock
      its target's process     … still
        runs                   -> lock() is False
        is gone                -> it died holding it: the lock is taken over, `clean` is False
    no link                    -> lock() makes it, in one step of the file system

On Windows, without privileges for links, a small file stands for the link.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import Any

from txloop._public import publish

__all__ = ["FilesystemLock", "isLocked"]

# What the lock asks of the system; programs and tests replace these by name, as in Twisted.
if sys.platform == "win32":
    from txloop.python._lockfile_windows import kill, readlink, rmlink, symlink
else:
    kill: Callable[[int, int], None] | None = os.kill
    readlink: Callable[[Any], Any] = os.readlink
    rmlink: Callable[[Any], None] = os.remove
    symlink: Callable[[Any, Any], None] = os.symlink


class FilesystemLock:
    """A lock by the name of a path; held by one process at a time.

    It is not held again by who holds it already: `lock` is then False too.

    Args:
        name: The path of the link.  Its directory must exist.
    Attributes:
        locked: Whether this object holds it.
        clean: After a successful `lock`, whether the holder before had released it; False
            means that it died, so what the lock protects may be half done.  None before.
    Source: Twisted 26.10, python.lockfile.FilesystemLock.
    """

    clean: bool | None = None
    locked: bool = False

    def __init__(self, name: Any) -> None:
        self.name = name

    def lock(self) -> bool:
        """Try to take the lock; never waits.

        Returns:
            True if this object holds it now.
        Raises:
            OSError: the link cannot be made or read (no such directory, no permission, the
                path is a file), or its holder is another user's process, which we may not ask.
            ValueError: the link points at no process id.
        """
        clean = True
        while True:
            try:
                symlink(str(os.getpid()), self.name)
            except OSError as error:
                if error.errno != errno.EEXIST:
                    raise
            else:
                self.locked = True
                self.clean = clean
                return True
            holder = self._holder()
            if holder is None:
                continue  # it was released in between: try again
            if _runs(holder):
                return False
            if self._take_away():
                clean = False

    def unlock(self) -> None:
        """Release the lock.

        Raises:
            ValueError: another process holds it.
            OSError: nobody does.
        """
        pid = readlink(self.name)
        if int(pid) != os.getpid():
            raise ValueError(f"Lock {self.name!r} not owned by this process")
        rmlink(self.name)
        self.locked = False

    def _holder(self) -> int | None:
        """The process id in the link; None if the link has gone meanwhile."""
        try:
            return int(readlink(self.name))
        except FileNotFoundError:
            return None

    def _take_away(self) -> bool:
        """Remove a dead process's link; False if another process has done so."""
        try:
            rmlink(self.name)
        except FileNotFoundError:
            return False
        return True


def _runs(pid: int) -> bool:
    if kill is None:  # programs say so where processes cannot be asked for
        return True
    try:
        kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def isLocked(name: Any) -> bool:
    """Whether some process holds the lock of that path; it may change at any time.

    (Found out by trying to take it for a moment.)
    """
    lock = FilesystemLock(name)
    taken = lock.lock()
    if taken:
        lock.unlock()
    return not taken


publish(__name__, __all__)
