"""Protocols, producers and observers for tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

from zope.interface import implementer

from txloop.internet.defer import Deferred
from txloop.internet.protocol import Protocol
from txloop.internet.task import LoopingCall
from txloop.logger import ILogObserver
from txloop.protocols.basic import LineReceiver
from txloop.python.failure import Failure

__all__ = [
    "AccumulatingProtocol",
    "EventLoggingObserver",
    "LineSendingProtocol",
    "NonStreamingProducer",
    "waitUntilAllDisconnected",
]

# How often waitUntilAllDisconnected looks; Twisted's value.
_LOOK_EVERY_SECONDS = 0.01


class AccumulatingProtocol(Protocol):
    """Keeps all it receives and notes what happens to it.

    Attributes:
        data: Everything received.
        made, closed: 1 once it was connected, once the connection was lost.
        closedReason: What connectionLost was called with.
        closedDeferred: Set it to have it fired, with None, by connectionLost.
        factory: If it has a Deferred `protocolConnectionMade`, that fires with this
            protocol when it is connected.
    Source: Twisted 26.10, twisted.internet.testing.AccumulatingProtocol, by running it.
    """

    made: int = 0
    closed: int = 0
    closedReason: Failure | None = None
    closedDeferred: Deferred[None] | None = None
    data: bytes = b""
    factory: Any = None

    def connectionMade(self) -> None:
        self.made = 1
        factory = self.factory
        if factory is not None and factory.protocolConnectionMade is not None:
            made, factory.protocolConnectionMade = factory.protocolConnectionMade, None
            made.callback(self)

    def dataReceived(self, data: bytes) -> None:
        self.data += data

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.closed = 1
        self.closedReason = reason
        if self.closedDeferred is not None:
            closed, self.closedDeferred = self.closedDeferred, None
            closed.callback(None)


class LineSendingProtocol(LineReceiver):
    """Sends lines, and keeps those it gets.

    Args:
        lines: What to send.
        start: Send when connected; if false, when the first line has come.
    Attributes:
        response: The lines that came.
        lostConn: True once the connection is lost.
    """

    lostConn: bool = False

    def __init__(self, lines: Iterable[bytes], start: bool = True) -> None:
        self.lines: list[bytes] = list(lines)
        self.response: list[bytes] = []
        self.start: bool = start

    def connectionMade(self) -> None:
        if self.start:
            self._send_lines()

    def lineReceived(self, line: bytes) -> None:
        if not self.start:
            self._send_lines()
            self.start = True
        self.response.append(line)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        self.lostConn = True

    def _send_lines(self) -> None:
        for line in self.lines:
            self.sendLine(line)


class NonStreamingProducer:
    """A pull producer that writes the digits 0 to 9, one each time it is asked, then unregisters.

    Attributes:
        counter: How many it has written.
        stopped: Whether `stopProducing` was called.
        result: A Deferred of None that fires when it is done; it is gone then.
        consumer: None when it is done.
    Source: Twisted 26.10, twisted.internet.testing.NonStreamingProducer, by running it.
    """

    counter: int = 0
    stopped: bool = False

    def __init__(self, consumer: Any) -> None:
        self.consumer: Any = consumer
        self.result: Deferred[None] = Deferred()

    def resumeProducing(self) -> None:
        """Write the next digit.  Raises RuntimeError when it is done."""
        if self.consumer is None or self.counter >= 10:
            raise RuntimeError("BUG: resume after unregister/stop.")
        self.consumer.write(b"%d" % (self.counter,))
        self.counter += 1
        if self.counter == 10:
            self.consumer.unregisterProducer()
            self._done()

    def pauseProducing(self) -> None:
        """Raises RuntimeError: nobody may pause a pull producer."""
        raise RuntimeError("BUG: pause should never be called.")

    def stopProducing(self) -> None:
        """The consumer wants no more."""
        self.stopped = True
        self._done()

    def _done(self) -> None:
        self.consumer = None
        result = self.result
        del self.result
        result.callback(None)


def waitUntilAllDisconnected(reactor: Any, protocols: Iterable[Any]) -> Deferred[LoopingCall]:
    """Wait until the transport of none of *protocols* is `connected`; it looks each 10 ms.

    Args:
        reactor: Provides the time.
    Returns:
        A Deferred of the LoopingCall that looked.
    """
    those = list(protocols)

    def look() -> None:
        if not any(p.transport.connected for p in those):
            looking.stop()

    looking = LoopingCall(look)
    looking.clock = reactor
    return looking.start(_LOOK_EVERY_SECONDS, now=False)


@implementer(ILogObserver)
class EventLoggingObserver(Sequence[Any]):
    """A log observer that is the sequence of the events it saw.

    Source: Twisted 26.10, twisted.internet.testing.EventLoggingObserver.
    """

    def __init__(self) -> None:
        self._events: list[Any] = []

    def __len__(self) -> int:
        return len(self._events)

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Any]: ...

    def __getitem__(self, index: int | slice) -> Any:
        return self._events[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._events)

    def __call__(self, event: Any) -> None:
        self._events.append(event)

    @classmethod
    def createWithCleanup(cls, testInstance: Any, publisher: Any) -> EventLoggingObserver:
        """An observer of *publisher* that leaves it when *testInstance* cleans up."""
        observer = cls()
        publisher.addObserver(observer)
        testInstance.addCleanup(lambda: publisher.removeObserver(observer))
        return observer
