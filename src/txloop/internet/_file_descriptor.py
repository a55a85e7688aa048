"""A base for descriptors of a program's own: a queue to write from, a producer, two ways to end.

    the reactor calls                 a subclass provides
    doRead()                      ->  doRead() itself: read, deliver; or return why it is over
    doWrite()                     ->  writeSomeData(data): write some, return how many bytes (b"" too)
    connectionLost(reason)        ->  extend it: close the descriptor

Anything with a number serves: a serial port, a tunnel device, a database library's socket.
The reactor needs to be an IReactorFDSet.

Not here: when a producer is paused and what is due when all has left (txloop/_write_gate.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from txloop import _write_gate
from txloop._write_gate import Drained
from txloop.internet import interfaces
from txloop.internet.main import CONNECTION_DONE
from txloop.python.failure import Failure


@implementer(
    interfaces.IPushProducer,
    interfaces.IReadWriteDescriptor,
    interfaces.IConsumer,
    interfaces.ITransport,
    interfaces.IHalfCloseableDescriptor,
)
class FileDescriptor:
    """One descriptor that a reactor watches.

    Args:
        reactor: An IReactorFDSet; None means the installed one.

    Attributes:
        connected: A subclass sets it to 1 when the descriptor may be used.
        disconnecting: loseConnection() was called; queued bytes still leave.
        disconnected: connectionLost was called.
        producer: The one registered, or None.
        streamingProducer: It is a push producer.
        producerPaused: It waits to be resumed.
        bufferSize: A push producer is paused above so many queued bytes.
        SEND_LIMIT: So many bytes, at most, are offered to writeSomeData at once.
    """

    connected: int = 0
    disconnecting: int = 0
    disconnected: int = 0
    producer: Any = None
    streamingProducer: bool = False
    producerPaused: bool = False
    bufferSize = _write_gate.ACCEPT_BYTES
    SEND_LIMIT = 128 * 1024

    _writeDisconnecting = False
    _writeDisconnected = False

    def __init__(self, reactor: Any = None) -> None:
        if reactor is None:
            from txloop.internet import reactor
        self.reactor = reactor
        self._queued = bytearray()

    # ---- a subclass provides ---------------------------------------------------

    def fileno(self) -> int:
        """The descriptor's number; -1 once it is closed."""
        return -1

    def doRead(self) -> Any:
        """There is something to read: do it.  Returns None, or why it is over."""
        raise NotImplementedError(f"{type(self).__name__}.doRead")

    def writeSomeData(self, data: bytes) -> int | BaseException:
        """Write without waiting, as much of *data* as goes.  Returns how many bytes, or why it is over."""
        raise NotImplementedError(f"{type(self).__name__}.writeSomeData")

    def getHost(self) -> Any:
        """This side's address, where there is one."""
        raise NotImplementedError

    def getPeer(self) -> Any:
        """The other side's address, where there is one."""
        raise NotImplementedError

    def logPrefix(self) -> str:
        """Its name in the log: none."""
        return "-"

    def _getLogPrefix(self, applicationObject: Any) -> str:
        """The name in the log that *applicationObject*, a protocol or a factory, wants for itself."""
        if interfaces.ILoggingContext.providedBy(applicationObject):
            prefix: str = applicationObject.logPrefix()
            return prefix
        return type(applicationObject).__name__

    def _postLoseConnection(self) -> Any:
        """loseConnection() was called and all has left.  Returns why it is over."""
        return CONNECTION_DONE

    def _closeWriteConnection(self) -> Any:
        """loseWriteConnection() was called and all has left: end the writing side."""

    # ---- the reactor calls ---------------------------------------------------------

    def doWrite(self) -> Any:
        """There is room: write, and do what is due once all has left.  Returns None, or why it is over."""
        written = self.writeSomeData(bytes(memoryview(self._queued)[: self.SEND_LIMIT]))
        if isinstance(written, BaseException) or written < 0:
            return written
        del self._queued[:written]
        if self._queued:
            return None
        self.stopWriting()
        return self._all_has_left()

    def connectionLost(self, reason: Failure) -> None:
        """It is over: watch no more, stop the producer.  (The subclass closes the descriptor.)"""
        self.disconnected, self.connected = 1, 0
        if self.producer is not None:
            self.producer.stopProducing()
            self.producer = None
        self.stopReading()
        self.stopWriting()

    def readConnectionLost(self, reason: Failure) -> None:
        """The reading side has ended: by itself, the end of all."""
        self.connectionLost(reason)

    def writeConnectionLost(self, reason: Failure) -> None:
        """The writing side has ended: by itself, the end of all."""
        self.connectionLost(reason)

    # ---- Twisted's names: writing and ending --------------------------------------------

    def write(self, data: bytes) -> None:
        """Queue bytes; they leave when the reactor finds room.  After the end nothing happens.

        Raises:
            TypeError: It is something else, text for example.
        """
        _must_be_bytes(data)
        self._queue(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Queue several pieces; none of them if one is not bytes."""
        pieces = list(iovec)
        for piece in pieces:
            _must_be_bytes(piece)
        self._queue(b"".join(pieces))

    def loseConnection(self) -> None:
        """End once the queued bytes are out; reading ends now."""
        if not self.connected or self.disconnecting:
            return
        if self._writeDisconnected:
            self.stopReading()
            self.stopWriting()
            self.reactor.callLater(0, self.connectionLost, Failure(CONNECTION_DONE))
        else:
            self.stopReading()
            self.startWriting()
            self.disconnecting = 1

    def loseWriteConnection(self) -> None:
        """End the writing side once the queued bytes are out."""
        self._writeDisconnecting = True
        self.startWriting()

    # ---- Twisted's names: being watched ---------------------------------------------------

    def startReading(self) -> None:
        """Watch for something to read."""
        self.reactor.addReader(self)

    def stopReading(self) -> None:
        """Do not, any more."""
        self.reactor.removeReader(self)

    def startWriting(self) -> None:
        """Watch for room to write."""
        self.reactor.addWriter(self)

    def stopWriting(self) -> None:
        """Do not, any more."""
        self.reactor.removeWriter(self)

    # ---- Twisted's names: we are an IPushProducer ---------------------------------------------

    def pauseProducing(self) -> None:
        """Read nothing until resumeProducing()."""
        self.stopReading()

    def resumeProducing(self) -> None:
        """Read again; not after loseConnection()."""
        if self.connected and not self.disconnecting:
            self.startReading()

    def stopProducing(self) -> None:
        """As loseConnection()."""
        self.loseConnection()

    # ---- Twisted's names: we are an IConsumer -----------------------------------------------

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Have *producer* write, as the descriptor takes it.

        Raises:
            RuntimeError: There is one already.
        """
        if self.producer is not None:
            raise RuntimeError(
                f"Cannot register producer {producer}, "
                f"because producer {self.producer} was never unregistered."
            )
        if self.disconnected:
            producer.stopProducing()
            return
        self.producer, self.streamingProducer = producer, streaming
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """It has no more to write."""
        self.producer = None
        if self.connected and self.disconnecting:
            self.startWriting()

    def stopConsuming(self) -> None:
        """Unregister the producer and lose the connection."""
        self.unregisterProducer()
        self.loseConnection()

    # ---- ours ----------------------------------------------------------------------------------

    def _queue(self, data: bytes) -> None:
        if not data or not self.connected or self._writeDisconnected:
            return
        self._queued += data
        if (
            self.producer is not None
            and self.streamingProducer
            and _write_gate.too_much(len(self._queued), self.bufferSize)
        ):
            self.producerPaused = True
            self.producer.pauseProducing()
        self.startWriting()

    def _all_has_left(self) -> Any:
        due = _write_gate.when_drained(
            producer=self.producer is not None,
            streaming=self.streamingProducer,
            paused=self.producerPaused,
            lose_asked=bool(self.disconnecting),
            end_of_writing_asked=self._writeDisconnecting and not self._writeDisconnected,
        )
        if due is Drained.RESUME_PRODUCER:
            self.producerPaused = not self.streamingProducer
            self.producer.resumeProducing()
        elif due is Drained.END:
            return self._postLoseConnection()
        elif due is Drained.END_WRITING:
            self._writeDisconnected = True
            return self._closeWriteConnection()
        return None


def _must_be_bytes(data: object) -> None:
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError("Data must be bytes")
