"""A client factory that connects again, after waits that grow."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from txloop.internet import error
from txloop.internet._factories import ClientFactory, P
from txloop.python import log

if TYPE_CHECKING:
    from txloop.internet.interfaces import IConnector, IDelayedCall
    from txloop.python.failure import Failure


class ReconnectingClientFactory(ClientFactory[P]):
    """Connects again whenever a connection fails or is lost.

    The first wait is `initialDelay` seconds; each next one is `factor` times longer, up to
    `maxDelay`, and varies at random so that many clients do not come back together.  Call
    resetDelay() when a connection has proved good.

    Attributes:
        maxDelay: Seconds a wait grows to (varying above it by chance).
        initialDelay: Seconds of the first wait.
        factor: How much longer each wait is than the one before (Euler's number).
        jitter: How much a wait varies, as a part of it; 0 or None for not at all.
        delay: Seconds of the next wait, before it varies.
        retries: Attempts since resetDelay().
        maxRetries: Give up after so many; None for never.
        clock: An IReactorTime to wait by; None means the reactor.
        connector: The connector used last.
        continueTrying: False after stopTrying(): nothing more is tried.
    """

    maxDelay: float = 3600
    initialDelay: float = 1.0
    factor: float = 2.7182818284590451
    jitter: float | None = 0.119626565582  # Twisted's number; any eighth would do

    delay: float = initialDelay
    retries: int = 0
    maxRetries: int | None = None
    clock: Any = None
    connector: Any = None
    continueTrying: Any = 1
    _callID: IDelayedCall | None = None

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        """An attempt failed: retry()."""
        if self.continueTrying:
            self.connector = connector
            self.retry()

    def clientConnectionLost(self, connector: IConnector, unused_reason: Failure) -> None:
        """The connection ended: retry()."""
        if self.continueTrying:
            self.connector = connector
            self.retry()

    def retry(self, connector: IConnector | None = None) -> None:
        """Connect again after the next wait.

        Args:
            connector: What to connect; by default what was used last.
        Raises:
            ValueError: None was given and none was used.
        """
        if not self.continueTrying:
            self._say(f"Abandoning {connector} on explicit request")
            return
        connector = connector or self.connector
        if connector is None:
            raise ValueError("no connector to retry")
        self.retries += 1
        if self.maxRetries is not None and self.retries > self.maxRetries:
            self._say(f"Abandoning {connector} after {self.retries} retries.")
            return
        wait_seconds = self._next_wait()
        self._say(f"{connector} will retry in {int(wait_seconds)} seconds")

        def reconnect() -> None:
            self._callID = None
            connector.connect()

        self._callID = self._clock().callLater(wait_seconds, reconnect)

    def stopTrying(self) -> None:
        """Try no more, end a wait, and stop the attempt that is under way."""
        if self._callID is not None:
            if self._callID.active():  # the end of a reactor has cancelled it already
                self._callID.cancel()
            self._callID = None
        self.continueTrying = 0
        if self.connector is not None:
            try:
                self.connector.stopConnecting()
            except error.NotConnectingError:
                pass  # connected, or between two attempts

    def resetDelay(self) -> None:
        """Begin again with the first wait, and count retries from 0; also undoes stopTrying().

        A wait that has begun goes on.
        """
        self.delay = self.initialDelay
        self._callID = None
        self.retries = 0
        self.continueTrying = 1

    def __getstate__(self) -> dict[str, Any]:
        """What to pickle: the settings, not where it stands."""
        passing = ("connector", "retries", "delay", "continueTrying", "_callID", "clock")
        return {name: value for name, value in self.__dict__.items() if name not in passing}

    def _next_wait(self) -> float:
        """The seconds to wait now; sets `delay` for the wait after it."""
        wait_seconds = self.delay
        if self.jitter:
            wait_seconds = random.normalvariate(wait_seconds, wait_seconds * self.jitter)
        self.delay = min(wait_seconds * self.factor, self.maxDelay)
        return wait_seconds

    def _clock(self) -> Any:
        if self.clock is None:
            # Only now: a reactor is for whoever runs one, not for whoever imports this.
            from txloop.internet import reactor

            self.clock = reactor
        return self.clock

    def _say(self, text: str) -> None:
        if self.noisy:
            log.msg(text)
