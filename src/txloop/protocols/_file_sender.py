"""A file, sent piece by piece as its consumer asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

from zope.interface import implementer

from txloop.internet import defer, interfaces

__all__ = ["FileSender"]


@implementer(interfaces.IProducer)
class FileSender:
    """A pull producer that sends a file.  One file at a time.

    Attributes:
        CHUNK_SIZE: How many bytes it reads at once.
        lastSent: The last byte written.
    Source: Twisted 26.10, twisted.protocols.basic.FileSender, by running it.
    """

    # Twisted's value; a consumer asks again when its buffer is empty.
    CHUNK_SIZE = 2**14

    lastSent: Any = ""
    deferred: defer.Deferred[Any] | None = None
    file: IO[bytes] | None
    consumer: Any
    transform: Callable[[bytes], Any] | None

    def beginFileTransfer(
        self,
        file: IO[bytes],
        consumer: Any,
        transform: Callable[[bytes], Any] | None = None,
    ) -> defer.Deferred[Any]:
        """Send what *file* holds from its present position on.

        Args:
            file: Read in pieces; it is not closed.
            consumer: We register with it as a pull producer.
            transform: Applied to each piece before it is written.
        Returns:
            A Deferred of the last byte written when the file is at its end; of an
            Exception when the consumer stops us before.
        """
        self.file = file
        self.consumer = consumer
        self.transform = transform
        # Before registering: a consumer may ask for the first piece inside that call.
        deferred: defer.Deferred[Any] = defer.Deferred()
        self.deferred = deferred
        consumer.registerProducer(self, False)
        return deferred

    def resumeProducing(self) -> None:
        """Write one piece, or finish if there is none.  What reading raises reaches the consumer."""
        piece: Any = self.file.read(self.CHUNK_SIZE) if self.file else b""
        if not piece:
            self.file = None
            self.consumer.unregisterProducer()
            finished, self.deferred = self.deferred, None
            if finished is not None:
                finished.callback(self.lastSent)
            return
        if self.transform is not None:
            piece = self.transform(piece)
        self.consumer.write(piece)
        self.lastSent = piece[-1:]

    def pauseProducing(self) -> None:
        """Nothing: a pull producer writes only when it is asked."""

    def stopProducing(self) -> None:
        """The consumer wants no more: the Deferred fails."""
        stopped, self.deferred = self.deferred, None
        if stopped is not None:
            stopped.errback(Exception("Consumer asked us to stop producing"))
