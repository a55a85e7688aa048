"""Connections that end by themselves when nothing happens on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from txloop.protocols._wrapping import ProtocolWrapper, WrappingFactory

__all__ = ["TimeoutFactory", "TimeoutMixin", "TimeoutProtocol"]


class TimeoutMixin:
    """A timeout for a protocol: mix it in, set it, and reset it at each sign of life.

    Attributes:
        timeOut: The seconds it is set to, or None: not set.
    Source: Twisted 26.10, twisted.protocols.policies.TimeoutMixin, by running it.
    """

    timeOut: float | None = None

    transport: Any
    # Two underscores, as in Twisted: users mix this into classes with names of their own.
    __timeoutCall: Any = None

    def callLater(self, period: float, func: Callable[[], object]) -> Any:
        """The current reactor's callLater; override it to use another clock."""
        from txloop.internet import reactor  # the reactor is asked for when it is needed, never at import

        return reactor.callLater(period, func)

    def resetTimeout(self) -> None:
        """Something happened: count from now again.  Nothing if no timeout is set."""
        call = self.__timeoutCall
        if call is not None and self.timeOut is not None:
            call.reset(self.timeOut)

    def setTimeout(self, period: float | None) -> float | None:
        """Time out *period* seconds from now, unless reset before; None: never.

        Returns:
            What was set before.
        """
        before, self.timeOut = self.timeOut, period
        call = self.__timeoutCall
        if call is not None and not call.active():
            call = None
        if period is None:
            if call is not None:
                call.cancel()
            self.__timeoutCall = None
        elif call is not None:
            call.reset(period)
        else:
            self.__timeoutCall = self.callLater(period, self.__timedOut)
        return before

    def __timedOut(self) -> None:
        self.__timeoutCall = None
        self.timeoutConnection()

    def timeoutConnection(self) -> None:
        """The time is up: close the connection, unless you override it."""
        self.transport.loseConnection()


class TimeoutProtocol(ProtocolWrapper):
    """Closes the connection when for *timeoutPeriod* seconds nothing was read or written.

    Source: Twisted 26.10, twisted.protocols.policies.TimeoutProtocol, by running it.
    """

    def __init__(self, factory: Any, wrappedProtocol: Any, timeoutPeriod: float | None) -> None:
        super().__init__(factory, wrappedProtocol)
        self.timeoutCall: Any = None
        self.timeoutPeriod: float | None = None
        self.setTimeout(timeoutPeriod)

    def setTimeout(self, timeoutPeriod: float | None = None) -> None:
        """Time out after so many seconds, counted from now; None: never."""
        self.cancelTimeout()
        self.timeoutPeriod = timeoutPeriod
        if timeoutPeriod is not None:
            self.timeoutCall = self.factory.callLater(timeoutPeriod, self.timeoutFunc)

    def cancelTimeout(self) -> None:
        """Do not time out."""
        self.timeoutPeriod = None
        call, self.timeoutCall = self.timeoutCall, None
        if call is not None and call.active():
            call.cancel()

    def resetTimeout(self) -> None:
        """Something happened: count from now again."""
        if self.timeoutCall is not None and self.timeoutCall.active() and self.timeoutPeriod is not None:
            self.timeoutCall.reset(self.timeoutPeriod)

    def write(self, data: bytes) -> Any:
        self.resetTimeout()
        super().write(data)

    def writeSequence(self, seq: Any) -> Any:
        self.resetTimeout()
        super().writeSequence(seq)

    def dataReceived(self, data: bytes) -> Any:
        self.resetTimeout()
        super().dataReceived(data)

    def connectionLost(self, reason: Any) -> Any:  # type: ignore[override]  # Twisted's has no default
        self.cancelTimeout()
        super().connectionLost(reason)

    def timeoutFunc(self) -> Any:
        """The time is up: close the connection, unless you override it."""
        self.loseConnection()


class TimeoutFactory(WrappingFactory[Any]):
    """Gives each connection a timeout.

    Args:
        timeoutPeriod: Seconds without a byte read or written; 30 minutes, as in Twisted.
    """

    protocol = TimeoutProtocol

    def __init__(self, wrappedFactory: Any, timeoutPeriod: float | None = 30 * 60) -> None:
        self.timeoutPeriod = timeoutPeriod
        super().__init__(wrappedFactory)

    def buildProtocol(self, addr: Any) -> Any:
        return self._wrap(addr, self.timeoutPeriod)

    def callLater(self, period: float, func: Callable[[], object]) -> Any:
        """The current reactor's callLater; override it to use another clock."""
        from txloop.internet import reactor  # as in TimeoutMixin

        return reactor.callLater(period, func)
