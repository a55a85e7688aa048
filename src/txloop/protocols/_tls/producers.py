"""Producers as a transport below TLS knows them.

_ProducerMembrane    the program's, which is paused for two reasons: the wire's, and the handshake's
_QueueBelow          nobody's: it only learns when the transport's queue is short again
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from txloop.internet.interfaces import IPushProducer

__all__ = ["_ProducerMembrane", "_QueueBelow"]


@implementer(IPushProducer)
class _ProducerMembrane:
    """Stands between a push producer and the two who pause it; it is never told the same twice.

    The transport below pauses it while its queue is long, and the TLS protocol holds it while
    nothing can be encrypted: it may write when neither does.

    Args:
        producer: The program's.
    """

    _producerPaused = False
    _below_is_full = False
    _held = False
    _stopped = False

    def __init__(self, producer: Any) -> None:
        self._producer = producer

    def pauseProducing(self) -> None:
        """The transport has enough."""
        self._below_is_full = True
        self._tell()

    def resumeProducing(self) -> None:
        """The transport takes more."""
        self._below_is_full = False
        self._tell()

    def hold(self) -> None:
        """Nothing can be encrypted now."""
        self._held = True
        self._tell()

    def release(self) -> None:
        """It can again."""
        self._held = False
        self._tell()

    def _tell(self) -> None:
        paused = self._below_is_full or self._held
        if paused is self._producerPaused:
            return
        self._producerPaused = paused
        if paused:
            self._producer.pauseProducing()
        else:
            self._producer.resumeProducing()

    def stopProducing(self) -> None:
        """The transport is gone; told by it or by the TLS protocol, whichever knows first."""
        if not self._stopped:
            self._stopped = True
            self._producer.stopProducing()


@implementer(IPushProducer)
class _QueueBelow:
    """Told by the transport how long its queue is, by being paused and resumed.

    Args:
        when_short: Called when it was too long and is short again.
    """

    is_full = False

    def __init__(self, when_short: Callable[[], object]) -> None:
        self._when_short = when_short

    def pauseProducing(self) -> None:
        """Too much is queued."""
        self.is_full = True

    def resumeProducing(self) -> None:
        """It has left."""
        if self.is_full:
            self.is_full = False
            self._when_short()

    def stopProducing(self) -> None:
        """The transport is gone, which the TLS protocol is told too."""
