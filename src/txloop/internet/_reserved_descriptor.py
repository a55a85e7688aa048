"""A descriptor kept in reserve, to be given up in the moment there is no other left.

Twisted's ports accept with it when the process has run out of descriptors: give it up,
accept, close at once, take it back.  Here too, where the loop does not do so by itself (see
txloop_asyncio/_streams/listening_socket.py); and the tool works as Twisted's, for those who use it.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from types import TracebackType
from typing import Any

from zope.interface import Interface, implementer

from txloop.logger import Logger

# What accept() fails with while the system is short of something, the port itself being well.
_ACCEPT_ERRORS = (errno.EMFILE, errno.ENOBUFS, errno.ENFILE, errno.ENOMEM, errno.ECONNABORTED)


class _IFileDescriptorReservation(Interface):
    """Keeps a descriptor open, to be released for the time of a ``with`` block."""

    def reserve() -> None:
        """Open it, unless it is; a failure to is logged."""

    def available() -> bool:
        """True iff it is open."""

    def __enter__() -> None:
        """Give it up."""

    def __exit__(kind: Any, value: Any, traceback: Any) -> None:
        """Take it back."""


@implementer(_IFileDescriptorReservation)
class _FileDescriptorReservation:
    """Keeps what *fileFactory* opens.

    Args:
        fileFactory: Opens something with close(), a file on the null device for example.
    """

    _log = Logger(namespace="txloop.internet.tcp")

    def __init__(self, fileFactory: Callable[[], Any]) -> None:
        self._fileFactory = fileFactory
        self._fileDescriptor: Any = None

    def available(self) -> bool:
        """True iff it is open."""
        return self._fileDescriptor is not None

    def reserve(self) -> None:
        """Open it, unless it is; a failure to is logged."""
        if self._fileDescriptor is None:
            try:
                self._fileDescriptor = self._fileFactory()
            except OSError as failed:
                if failed.errno not in (errno.EMFILE, errno.ENFILE):
                    raise
                self._log.failure("could not reserve a file descriptor")

    def release(self) -> None:
        """Close it for good.  (Not one of Twisted's names: its only reservation is never given back.)"""
        opened, self._fileDescriptor = self._fileDescriptor, None
        if opened is not None:
            opened.close()

    def __enter__(self) -> None:
        if self._fileDescriptor is None:
            raise RuntimeError("No file reserved.  Have you called my reserve method?")
        self.release()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.reserve()
        except Exception:
            if kind is None:
                raise
            self._log.failure("could not re-reserve a file descriptor")  # what the block raised goes first


@implementer(_IFileDescriptorReservation)
class _NullFileDescriptorReservation:
    """For systems where this trick does not work: never has one."""

    def available(self) -> bool:
        """False."""
        return False

    def reserve(self) -> None:
        """Does nothing."""

    def __enter__(self) -> None:
        """Does nothing."""

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Does nothing."""


class _BuffersLogs:
    """A context manager whose Logger writes to *observer* only when the block ends.

    For blocks in which logging itself may lack descriptors.

    Args:
        namespace: The Logger's.
        observer: Gets the events, in order, at the end.
    """

    def __init__(self, namespace: str, observer: Callable[[dict[str, Any]], object]) -> None:
        self.namespace = namespace
        self.observer = observer
        self.logs: list[dict[str, Any]] = []

    def __enter__(self) -> Logger:
        return Logger(namespace=self.namespace, observer=self.logs.append)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        logs, self.logs = self.logs, []
        for event in logs:
            self.observer(event)
