"""A file, or anything with write() and close(), worn as a transport."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from txloop.internet import interfaces
from txloop.internet._stepped_transport import SteppedTransport


@implementer(interfaces.ITransport)
class FileWrapper(SteppedTransport):
    """A file as a transport: what is written to it goes to the file at once.

    Args:
        file: Has ``write(data)`` and ``close()``; their errors are passed to
            handleException(), which drops them.
    Attributes:
        file: As given.
        closed: True once loseConnection() was called.
    """

    closed: Any = 0
    disconnecting: Any = 0

    def __init__(self, file: Any) -> None:
        self.file = file

    def write(self, data: bytes) -> None:
        """Write *data* to the file."""
        try:
            self.file.write(data)
        except BaseException:
            self.handleException()

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Write the pieces of *iovec* to the file, as one."""
        self.write(b"".join(iovec))

    def loseConnection(self) -> None:
        """Close the file."""
        self.closed = 1
        try:
            self.file.close()
        except OSError:
            self.handleException()

    def getPeer(self) -> Any:
        """There is nobody at the other end of a file: ``("file", "file")``."""
        return "file", "file"

    def getHost(self) -> Any:
        """Nor at this one: ``"file"``."""
        return "file"

    def handleException(self) -> None:
        """An error of the file; to override."""

    def _checkProducer(self) -> None:
        """Ask the producer, if there is one, for more."""
        # Who steps a FileWrapper by hand (loopback, tests) calls this between its steps.
        if self.producer:
            self.producer.resumeProducing()
