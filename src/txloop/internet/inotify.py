"""Linux tells what happens to files and folders.

    def changed(watch, path, mask):
        print(path, humanReadableMask(mask))

    notifier = INotify()
    notifier.startReading()
    notifier.watch(FilePath("/var/spool/mine"), callbacks=[changed])
    notifier.loseConnection()       # in the end

Source: names, masks and what callbacks get as of Twisted 26.10's twisted.internet.inotify, by running it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from txloop._public import publish
from txloop.internet import fdesc
from txloop.internet.abstract import FileDescriptor
from txloop.internet.main import CONNECTION_DONE, CONNECTION_LOST
from txloop.logger import Logger
from txloop.python import _inotify
from txloop.python._inotify import INotifyError
from txloop.python.filepath import FilePath, UnlistableError

# What can happen to a file or to what is in a folder.
IN_ACCESS = 0x00000001
IN_MODIFY = 0x00000002
IN_ATTRIB = 0x00000004
IN_CLOSE_WRITE = 0x00000008
IN_CLOSE_NOWRITE = 0x00000010
IN_OPEN = 0x00000020
IN_MOVED_FROM = 0x00000040
IN_MOVED_TO = 0x00000080
IN_CREATE = 0x00000100
IN_DELETE = 0x00000200
IN_DELETE_SELF = 0x00000400
IN_MOVE_SELF = 0x00000800
# Told without being asked for.
IN_UNMOUNT = 0x00002000
IN_Q_OVERFLOW = 0x00004000
IN_IGNORED = 0x00008000
# How to watch.
IN_ONLYDIR = 0x01000000
IN_DONT_FOLLOW = 0x02000000
IN_MASK_ADD = 0x20000000
IN_ONESHOT = 0x80000000
# Beside an event: it is a folder.
IN_ISDIR = 0x40000000

IN_CLOSE = IN_CLOSE_WRITE | IN_CLOSE_NOWRITE
IN_MOVED = IN_MOVED_FROM | IN_MOVED_TO
IN_CHANGED = IN_MODIFY | IN_ATTRIB
IN_WATCH_MASK = (
    IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_UNMOUNT | IN_MOVED_FROM | IN_MOVED_TO
)

__all__ = [
    "IN_ACCESS",
    "IN_ATTRIB",
    "IN_CHANGED",
    "IN_CLOSE",
    "IN_CLOSE_NOWRITE",
    "IN_CLOSE_WRITE",
    "IN_CREATE",
    "IN_DELETE",
    "IN_DELETE_SELF",
    "IN_DONT_FOLLOW",
    "IN_IGNORED",
    "IN_ISDIR",
    "IN_MASK_ADD",
    "IN_MODIFY",
    "IN_MOVED",
    "IN_MOVED_FROM",
    "IN_MOVED_TO",
    "IN_MOVE_SELF",
    "IN_ONESHOT",
    "IN_ONLYDIR",
    "IN_OPEN",
    "IN_Q_OVERFLOW",
    "IN_UNMOUNT",
    "IN_WATCH_MASK",
    "INotify",
    "humanReadableMask",
]

_FLAG_TO_HUMAN = [
    (IN_ACCESS, "access"),
    (IN_MODIFY, "modify"),
    (IN_ATTRIB, "attrib"),
    (IN_CLOSE_WRITE, "close_write"),
    (IN_CLOSE_NOWRITE, "close_nowrite"),
    (IN_OPEN, "open"),
    (IN_MOVED_FROM, "moved_from"),
    (IN_MOVED_TO, "moved_to"),
    (IN_CREATE, "create"),
    (IN_DELETE, "delete"),
    (IN_DELETE_SELF, "delete_self"),
    (IN_MOVE_SELF, "move_self"),
    (IN_UNMOUNT, "unmount"),
    (IN_Q_OVERFLOW, "queue_overflow"),
    (IN_IGNORED, "ignored"),
    (IN_ONLYDIR, "only_dir"),
    (IN_DONT_FOLLOW, "dont_follow"),
    (IN_MASK_ADD, "mask_add"),
    (IN_ISDIR, "is_dir"),
    (IN_ONESHOT, "one_shot"),
]

# An event: the watch, the mask, a cookie, the length of the name that follows.
_EVENT = struct.Struct("=iIII")
# At least one event with the longest name; more make fewer system calls.
_READ_BYTES = 64 * 1024

_Callback = Callable[["_Watch", FilePath[Any], int], object]

_log = Logger()


def humanReadableMask(mask: int) -> list[str]:
    """The words for the bits of *mask*."""
    return [word for bit, word in _FLAG_TO_HUMAN if mask & bit]


class _Watch:
    """A path that is watched.

    Args:
        path: A FilePath.
        mask: The events.
        autoAdd: Watch folders that come into being in it, too.
        callbacks: Called with this, the path that something happened to, and the mask.
    """

    def __init__(
        self,
        path: FilePath[Any],
        mask: int = IN_WATCH_MASK,
        autoAdd: bool = False,
        callbacks: Iterable[_Callback] | None = None,
    ) -> None:
        self.path = path.asBytesMode()
        self.mask = mask
        self.autoAdd = autoAdd
        self.callbacks = [] if callbacks is None else callbacks

    def _notify(self, filepath: FilePath[Any], events: int) -> None:
        """Call them all; what one raises is logged and keeps no other from its call."""
        for callback in self.callbacks:
            try:
                callback(self, filepath, events)
            except Exception:
                _log.failure("while calling {callback!r} for {path}", callback=callback, path=filepath)


class INotify(FileDescriptor):
    """Watches paths, once startReading() was called, until loseConnection() or until the last one is deleted.

    Args:
        reactor: The current one, if None.
    Raises:
        INotifyError: The user has too many of these.
    """

    _inotify: Any = _inotify

    def __init__(self, reactor: Any = None) -> None:
        super().__init__(reactor=reactor)
        self._fd = self._inotify.init()
        fdesc.setNonBlocking(self._fd)
        fdesc._setCloseOnExec(self._fd)
        # As long as it is there somebody may want to know; loseConnection() does something.
        self.connected = 1
        self._writeDisconnected = True
        self._watchpoints: dict[int, _Watch] = {}
        self._watchpaths: dict[FilePath[Any], int] = {}

    # ---- what programs call ------------------------------------------------------------

    def watch(
        self,
        path: FilePath[Any],
        mask: int = IN_WATCH_MASK,
        autoAdd: bool = False,
        callbacks: Iterable[_Callback] | None = None,
        recursive: bool = False,
    ) -> int | None:
        """Watch *path* from now on.

        Args:
            mask: Which events.
            autoAdd: Watch folders that come into being in it, too.
            callbacks: Called with the watch, the path that something happened to (of bytes), and
                the mask.
            recursive: Watch the folders in it, too.
        Returns:
            The watch's number; one that is watched already keeps its watch.  None if *recursive*.
        Raises:
            INotifyError: There is no such path, or there are too many watches.
        """
        if not recursive:
            known = self._isWatched(path)
            # That a path is gone must be seen, or its number would stand for nothing.
            return (
                known
                if known is not None
                else self._addWatch(path, mask | IN_DELETE_SELF, autoAdd, callbacks)
            )
        for each in path.walk():
            if each.isdir():
                self.watch(each, mask, autoAdd, callbacks)
        return None

    def ignore(self, path: FilePath[Any]) -> None:
        """Watch *path* no longer.

        Raises:
            KeyError: It is not watched.
        """
        path = path.asBytesMode()
        number = self._isWatched(path)
        if number is None:
            raise KeyError(f"{path!r} is not watched")
        self._rmWatch(number)

    # ---- what the reactor calls ---------------------------------------------------------

    def fileno(self) -> int:
        """The descriptor; -1 when it is closed."""
        return int(self._fd)

    def doRead(self) -> Any:
        """Read what there is, and tell the callbacks."""
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return None
        except OSError:
            return CONNECTION_LOST
        return self._doRead(data)

    def connectionLost(self, reason: Any) -> None:
        """It is over."""
        super().connectionLost(reason)
        if self._fd >= 0:
            try:
                os.close(self._fd)
            except OSError:
                _log.failure("Couldn't close INotify file descriptor.")
            self._fd = -1

    # ---- ours -----------------------------------------------------------------------------

    def _doRead(self, in_: bytes) -> Any:
        """Tell of the events in *in_*, whole ones.

        Returns:
            What doRead() returns: CONNECTION_DONE once the last path that was watched is deleted.
        """
        for number, mask, name in _events(in_):
            watch = self._watchpoints.get(number)
            if watch is None:
                continue  # it was ended when this was under way
            path = watch.path.child(name) if name else watch.path
            watch._notify(path, mask)
            if watch.autoAdd and mask & IN_ISDIR and mask & IN_CREATE:
                self._watch_new_folder(watch, path)
            if mask & IN_DELETE_SELF:
                self._forget(number)
                if not self._watchpoints:
                    return CONNECTION_DONE  # nothing will be told any more
        return None

    def _watch_new_folder(self, above: _Watch, path: FilePath[Any]) -> None:
        try:
            number = self.watch(path, mask=above.mask, autoAdd=True, callbacks=above.callbacks)
        except INotifyError:
            return  # gone already
        # What came into it before it was watched is looked for in a later turn.
        self.reactor.callLater(0, self._addChildren, self._watchpoints[number])  # type: ignore[index]

    def _addChildren(self, iwp: _Watch) -> None:
        """Tell of what is in a folder already when its watch begins."""
        try:
            children = list(iwp.path.children())
        except (UnlistableError, OSError):
            return
        for child in children:
            if not child.isdir():
                iwp._notify(child, IN_CREATE | IN_CLOSE_WRITE)
            elif self._isWatched(child) is None:
                iwp._notify(child, IN_ISDIR | IN_CREATE)
                self._watch_new_folder(iwp, child)

    def _addWatch(
        self, path: FilePath[Any], mask: int, autoAdd: bool, callbacks: Iterable[_Callback] | None
    ) -> int:
        path = path.asBytesMode()
        number: int = self._inotify.add(self._fd, path, mask)
        self._watchpoints[number] = _Watch(path, mask, autoAdd, callbacks)
        self._watchpaths[path] = number
        return number

    def _rmWatch(self, wd: int) -> None:
        self._inotify.remove(self._fd, wd)
        self._forget(wd)

    def _forget(self, number: int) -> None:
        watch = self._watchpoints.pop(number, None)
        if watch is not None:
            self._watchpaths.pop(watch.path, None)

    def _isWatched(self, path: FilePath[Any]) -> int | None:
        """The number of *path*'s watch, or None."""
        return self._watchpaths.get(path.asBytesMode())


def _events(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Watch, mask and name of each event; the name is empty for the watched path itself."""
    start = 0
    while start + _EVENT.size <= len(data):
        number, mask, _, length = _EVENT.unpack_from(data, start)
        start += _EVENT.size
        yield number, mask, data[start : start + length].rstrip(b"\0")
        start += length


publish(__name__, ["INotify", "humanReadableMask"])
