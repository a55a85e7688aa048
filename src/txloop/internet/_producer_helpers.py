"""A pull producer made to push: what transports that only know push producers need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zope.interface import implementer

from txloop._public import publish
from txloop.internet.interfaces import IPushProducer
from txloop.internet.task import cooperate
from txloop.logger import Logger

__all__ = ["_PullToPush"]

_log = Logger()


@implementer(IPushProducer)
class _PullToPush:
    """Asks a pull producer once a turn of the cooperator, unless paused.

    Args:
        pullProducer: Has resumeProducing() and stopProducing().
        consumer: Whose unregisterProducer() is called when the producer fails.
    """

    _finished = False

    def __init__(self, pullProducer: Any, consumer: Any) -> None:
        self._producer = pullProducer
        self._consumer = consumer

    def startStreaming(self) -> None:
        """Begin to ask."""
        self._coopTask = cooperate(self._pull())

    def stopStreaming(self) -> None:
        """Never ask again: the producer was unregistered."""
        if self._finished:
            return
        self._finished = True
        self._coopTask.stop()

    def pauseProducing(self) -> None:
        """Ask no more for now."""
        if not self._finished:
            self._coopTask.pause()

    def resumeProducing(self) -> None:
        """Ask again."""
        if not self._finished:
            self._coopTask.resume()

    def stopProducing(self) -> None:
        """The consumer is gone: so is the producer's work."""
        self.stopStreaming()
        self._producer.stopProducing()

    def _pull(self) -> Iterator[None]:
        while True:
            try:
                self._producer.resumeProducing()
            except BaseException:
                _log.failure(
                    "while calling resumeProducing on {producer}, which is asked no more",
                    producer=self._producer,
                )
                try:
                    self._consumer.unregisterProducer()  # which stops us, in here
                except BaseException:
                    _log.failure("while calling unregisterProducer on {consumer}", consumer=self._consumer)
                    self._finished = True
                    return
            yield None


publish(__name__, __all__)
