"""What transports have in common that somebody steps by hand: a file's, and those of tests in memory."""

from __future__ import annotations

from typing import Any


class SteppedTransport:
    """Takes what a producer writes, and produces nothing by itself.

    Attributes:
        producer: Who is registered, if any; who steps the transport asks it for more.
        streamingProducer: Whether that is a push producer.
    """

    producer: Any = None
    streamingProducer: Any = False

    def loseConnection(self) -> None:
        """Close."""
        raise NotImplementedError

    # ---- as a consumer ------------------------------------------------------

    def registerProducer(self, producer: Any, streaming: Any) -> None:
        """Keep *producer*; a pull producer is asked for its first portion now."""
        self.producer = producer
        self.streamingProducer = streaming
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """Forget the producer."""
        self.producer = None

    def stopConsuming(self) -> None:
        """Forget the producer and close."""
        self.unregisterProducer()
        self.loseConnection()

    # ---- as a producer ------------------------------------------------------

    def pauseProducing(self) -> None:
        """Nothing: it produces when it is stepped."""

    def resumeProducing(self) -> None:
        """Nothing: it produces when it is stepped."""

    def stopProducing(self) -> None:
        """Close."""
        self.loseConnection()
