"""IReactorFDSet: file descriptors of the program's own, watched by the loop.

    the loop says readable    ->  doRead();  an error it returns or raises: connectionLost(reason)
    the loop says writable    ->  doWrite(); likewise
    a regular file            ->  always ready, once a turn (no poller takes those)

This is one of the few places that use `add_reader`; loops without it (Windows' proactor)
refuse here, as they refuse anybody, and nowhere else.

A descriptor that the program closes while it is watched: the kernel forgets it and tells
nobody, so neither can we (as Twisted's reactors on epoll and on asyncio).

Not here: txloop's own transports; they are the loop's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from txloop.internet.error import ConnectionDone, ConnectionFdescWentAway
from txloop.internet.interfaces import IHalfCloseableDescriptor
from txloop.logger import Logger
from txloop.python import log
from txloop.python.failure import Failure
from txloop_asyncio._error_proof import watch

_log = Logger(namespace="txloop.internet.base")


class _Watch:
    """One direction: who is watched, on which descriptor, and how the loop is told."""

    def __init__(self, direction: str, ready: Callable[[Any], None]) -> None:
        self._direction, self._ready = direction, ready
        self.descriptors: dict[Any, int] = {}  # selectable -> the number it had when it was added
        self._watched_on: dict[int, Any] = {}  # the same the other way round: whose a number is now
        self._regular: dict[Any, asyncio.Handle] = {}  # those that no poller takes, and their next turn
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, selectable: Any) -> None:
        if selectable not in self.descriptors:
            self.descriptors[selectable] = number = selectable.fileno()
            try:
                self._watch(selectable)
            except BaseException:  # the loop watches none, or the number is no descriptor
                del self.descriptors[selectable]
                raise
            self._watched_on[number] = selectable

    def remove(self, selectable: Any) -> None:
        number = self.descriptors.pop(selectable, None)
        turn = self._regular.pop(selectable, None)
        if turn is not None:
            turn.cancel()
        # A descriptor number that was closed and given to another selectable is that one's now.
        if number is None or self._watched_on.get(number) is not selectable:
            return
        del self._watched_on[number]
        if self._loop is None or self._loop.is_closed():
            return
        try:
            getattr(self._loop, f"remove_{self._direction}")(number)
        except (OSError, ValueError):
            pass  # closed before it was removed

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is not self._loop:
            self._loop = loop
            for selectable in self.descriptors:
                self._watch(selectable)

    def _watch(self, selectable: Any) -> None:
        if self._loop is None:
            return
        number = self.descriptors[selectable]

        def wanted() -> bool:
            return self.descriptors.get(selectable) == number

        try:
            watch(self._loop, self._direction, number, self._ready, selectable, wanted=wanted)
        except PermissionError:  # epoll's answer for a regular file
            self._regular[selectable] = self._loop.call_soon(self._poll_regular, selectable)

    def _poll_regular(self, selectable: Any) -> None:
        this_turn = self._regular[selectable]
        self._ready(selectable)
        # It may have been removed meanwhile, and added again: then it has a next turn already.
        if self._loop is not None and self._regular.get(selectable) is this_turn:
            self._regular[selectable] = self._loop.call_soon(self._poll_regular, selectable)


class FDSet:
    """The readers and writers of one reactor."""

    def __init__(self) -> None:
        self.readers = _Watch("reader", self._read)
        self.writers = _Watch("writer", self._write)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on *loop* watches."""
        self.readers.attach(loop)
        self.writers.attach(loop)

    def remove_all(self) -> list[Any]:
        """Watch nothing any more.  Returns whom we watched, each once."""
        removed = list(dict.fromkeys([*self.readers.descriptors, *self.writers.descriptors]))
        for selectable in removed:
            self.readers.remove(selectable)
            self.writers.remove(selectable)
        return removed

    def disconnect(self, selectable: Any, why: BaseException, is_read: bool) -> None:
        """It is lost.  One that can be half closed and was at its end while reading loses only that half."""
        self.readers.remove(selectable)
        failure = why if isinstance(why, Failure) else Failure(why)
        if (
            is_read
            and isinstance(failure.value, ConnectionDone)
            and IHalfCloseableDescriptor.providedBy(selectable)
        ):
            selectable.readConnectionLost(failure)
            return
        self.writers.remove(selectable)
        selectable.connectionLost(failure)

    # ---- called by the loop ----------------------------------------------------

    def _read(self, selectable: Any) -> None:
        log.callWithLogger(selectable, self._act, selectable, "doRead")

    def _write(self, selectable: Any) -> None:
        log.callWithLogger(selectable, self._act, selectable, "doWrite")

    def _act(self, selectable: Any, method: str) -> None:
        try:
            why = getattr(selectable, method)()
            if why is None and self._watches(selectable) and selectable.fileno() == -1:
                why = ConnectionFdescWentAway("Filedescriptor went away")
        except Exception as error:
            _log.failure("while watching a file descriptor")
            why = error
        if why:
            try:
                self.disconnect(selectable, why, method == "doRead")
            except Exception:
                _log.failure("while a file descriptor was disconnected")

    def _watches(self, selectable: Any) -> bool:
        return selectable in self.readers.descriptors or selectable in self.writers.descriptors
