"""The small mixin of receivers that can be paused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["_PauseableMixin"]


class _PauseableMixin:
    """Pauses a receiver: its transport, and what the receiver holds already.

    Attributes:
        paused: True between `pauseProducing` and `resumeProducing`; the receiver holds
            what arrives meanwhile.
    Source: Twisted 26.10, twisted.protocols.basic._PauseableMixin, by running it.
    """

    paused: bool = False

    if TYPE_CHECKING:
        # The receiver has them: it is a Protocol.
        transport: Any

        def dataReceived(self, data: bytes) -> Any: ...

    def pauseProducing(self) -> None:
        """Deliver nothing from now on, not even what came in the same chunk."""
        self.paused = True
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Deliver again: first, inside this call, what was held."""
        self.paused = False
        self.transport.resumeProducing()
        self.dataReceived(b"")

    def stopProducing(self) -> None:
        """Deliver nothing more and close the connection's reading side."""
        self.paused = True
        self.transport.stopProducing()
