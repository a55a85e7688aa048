"""A producer and a consumer in one: what stands between two that do not fit together.

    producer  ->  proxy  ->  consumer
    (push or pull)           (push or pull)

`BasicProducerConsumerProxy` hands everything on; `ProducerConsumerProxy` keeps what the
consumer does not want yet, and pauses the producer when that becomes much.

Data may be bytes or, as in Twisted, text: whatever the consumer takes.
Source of the behaviour: Twisted 26.10, twisted.protocols.pcp, by running it.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from txloop.internet import interfaces

__all__ = ["BasicProducerConsumerProxy", "ProducerConsumerProxy"]


@implementer(interfaces.IProducer, interfaces.IConsumer)
class BasicProducerConsumerProxy:
    """Is *consumer*'s producer, and a consumer for the real one.

    Attributes:
        consumer: Whom we write to; None after `stopProducing`.
        producer: Who writes to us, or None.
        producerIsStreaming: Whether that is a push producer.
        iAmStreaming: Whether we are one towards the consumer; a class attribute.
        outstandingPull: True if the consumer has asked for data that has not come.
        paused, stopped: What the consumer told us.
    """

    consumer: Any = None
    producer: Any = None
    producerIsStreaming: bool | None = None
    iAmStreaming = True
    outstandingPull: bool = False
    paused: bool = False
    stopped = False

    def __init__(self, consumer: Any) -> None:
        self._buffer: list[Any] = []
        if consumer is not None:
            self.consumer = consumer
            consumer.registerProducer(self, self.iAmStreaming)

    # ---- to the consumer we are a producer ------------------------------------

    def pauseProducing(self) -> None:
        """Pause the producer too; what it writes all the same is kept."""
        self.paused = True
        if self.producer is not None:
            self.producer.pauseProducing()

    def resumeProducing(self) -> None:
        """Write what waits, and let the producer go on."""
        self.paused = False
        if self._buffer and self.consumer is not None:
            self.consumer.write(self._take_waiting())
        elif not self.iAmStreaming:
            self.outstandingPull = True
        if self.producer is not None:
            self.producer.resumeProducing()

    def stopProducing(self) -> None:
        """Stop the producer, and write to the consumer no more."""
        if self.producer is not None:
            self.producer.stopProducing()
        self.consumer = None

    # ---- to the producer we are a consumer ------------------------------------

    def write(self, data: Any) -> None:
        """Hand *data* on, or keep it until the consumer wants it."""
        if self._consumer_waits_not():
            self._buffer.append(data)
        elif self.consumer is not None:
            self.consumer.write(data)
            self.outstandingPull = False

    def finish(self) -> None:
        """The producer is done."""
        if self.consumer is not None:
            self.consumer.finish()
        self.unregisterProducer()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let *producer* write through here."""
        self.producer = producer
        self.producerIsStreaming = streaming

    def unregisterProducer(self) -> None:
        """Forget the producer, and take our leave of the consumer."""
        self._forget_producer()
        if self.consumer is not None:
            self.consumer.unregisterProducer()

    def __repr__(self) -> str:
        return f"<{type(self)}@{id(self):x} around {self.consumer}>"

    # ---- ours -------------------------------------------------------------------

    def _consumer_waits_not(self) -> bool:
        return self.paused or (not self.iAmStreaming and not self.outstandingPull)

    def _take_waiting(self) -> Any:
        pieces, self._buffer = self._buffer, []
        return pieces[0][:0].join(pieces)

    def _forget_producer(self) -> None:
        self.producer = None
        self.producerIsStreaming = None


class ProducerConsumerProxy(BasicProducerConsumerProxy):
    """Keeps what the consumer does not want yet, up to about `bufferSize`.

    Attributes:
        bufferSize: Above it a push producer is paused, below it resumed.
        producerPaused: True while it is.
        unregistered: True once the producer has gone; what waits is still written.
    """

    bufferSize = 2**16
    producerPaused: bool = False
    unregistered: bool = False

    def pauseProducing(self) -> None:
        # The producer may go on, into our buffer, until that is full.
        """Keep what the producer writes; it is paused only when too much is kept."""
        self.paused: bool = True

    def resumeProducing(self) -> None:
        """Write what waits; ask the producer for more if it was paused or nothing waited."""
        self.paused = False
        written = 0
        if self._buffer:
            waiting = self._take_waiting()
            written = self._writeSomeData(waiting)
            if written < len(waiting):
                self._buffer.append(waiting[written:])
        if self.unregistered and written and not self._buffer and self.consumer is not None:
            self.consumer.unregisterProducer()
        if not self.iAmStreaming:
            self.outstandingPull: bool = not written
        if self.producer is not None:
            if self.producerPaused and self._waiting_size() < self.bufferSize:
                self.producerPaused = False
                self.producer.resumeProducing()
            elif self.outstandingPull:
                # The consumer asked and we had nothing: hand the question on.
                self.producer.resumeProducing()

    def write(self, data: Any) -> None:
        """Write as much as the consumer takes, and keep the rest."""
        if self._consumer_waits_not():
            self._buffer.append(data)
        elif self.consumer is not None:
            written = self._writeSomeData(data)
            self.outstandingPull = False
            if written < len(data):
                self._buffer.append(data[written:])
        if self.producer is not None and self.producerIsStreaming and self._waiting_size() >= self.bufferSize:
            self.producer.pauseProducing()
            self.producerPaused = True

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let *producer* write through here; a pull producer is asked at once."""
        self.unregistered = False
        super().registerProducer(producer, streaming)
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """Forget the producer; the consumer hears of it when all that waits is written."""
        self._forget_producer()
        self.unregistered = True
        if self.consumer is not None and not self._buffer:
            self.consumer.unregisterProducer()

    def _writeSomeData(self, data: Any) -> int:
        """Write as much of *data* as may be; how much that was.  Override it."""
        if self.consumer is None:
            return 0
        self.consumer.write(data)
        return len(data)

    def _waiting_size(self) -> int:
        return sum(map(len, self._buffer))
