"""Our ends of the pipes to a child, watched like a program's own descriptors (fdset.py).

    readable        ->  the process's childDataReceived(name, data)
    writable        ->  what is queued; then the producer, or the end, is due
    end, or broken  ->  the process's childConnectionLost(name, reason), exactly once

Not the loops' pipe transports: those say nothing about a reader that has gone, or read
from what they write to (uvloop, to notice it), which a terminal must not be.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from txloop import _write_gate
from txloop._public import lives_at
from txloop._write_gate import Drained
from txloop.internet import interfaces
from txloop.internet.main import CONNECTION_DONE, CONNECTION_LOST
from txloop.python.failure import Failure
from txloop_asyncio._reactor.whose import reactor_behind

# What a pipe holds on Linux, and more than a terminal does.
READ_BYTES = 64 * 1024
WRITE_BYTES = 128 * 1024


def read_some(descriptor: int, deliver: Any) -> Any:
    """Read once and deliver it.  Returns why it is over, if it is."""
    try:
        data = os.read(descriptor, READ_BYTES)
    except (BlockingIOError, InterruptedError):
        return None
    except OSError:  # a terminal whose other side is gone
        return CONNECTION_LOST
    if not data:
        return CONNECTION_DONE
    deliver(data)
    return None


class WriteQueue:
    """What waits to be written to a descriptor, and who waits for that.

    Args:
        owner: Has `reactor`, `fileno()` and `connectionLost(reason)`.

    Attributes:
        producer: The one registered, or None.
        lose_asked: To be closed once it is empty.
    """

    def __init__(self, owner: Any) -> None:
        self._owner = owner
        self._queued = bytearray()
        self.producer: Any = None
        self.streaming = False
        self.paused = False
        self.lose_asked = False

    def write(self, data: bytes) -> None:
        """Queue it; it leaves from a later turn on."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError("Data must be bytes")
        self._queued += data
        if self._queued:
            self._owner.reactor.fds.writers.add(self._owner)
        if self.streaming and not self.paused and _write_gate.too_much(len(self._queued)):
            self.paused = True
            self.producer.pauseProducing()

    def lose(self) -> None:
        """Close once it is empty."""
        self.lose_asked = True
        self._owner.reactor.fds.writers.add(self._owner)

    def register(self, producer: Any, streaming: bool) -> None:
        """From now on *producer* writes, and is told when.

        Raises:
            RuntimeError: There is one.
        """
        if self.producer is not None:
            raise RuntimeError(
                f"Cannot register producer {producer}, "
                f"because producer {self.producer} was never unregistered."
            )
        self.producer, self.streaming, self.paused = producer, bool(streaming), False
        if not streaming:
            producer.resumeProducing()

    def unregister(self) -> None:
        """It has no more to write."""
        self.producer, self.streaming = None, False
        if self.lose_asked:
            self._owner.reactor.fds.writers.add(self._owner)

    def write_some(self) -> Any:
        """The descriptor takes something.  Returns why it is over, if it is."""
        try:
            self.write_some_now()
        except OSError:  # nobody reads it any more
            return CONNECTION_LOST
        if self._queued:
            return None
        self._owner.reactor.fds.writers.remove(self._owner)
        due = _write_gate.when_drained(
            producer=self.producer is not None,
            streaming=self.streaming,
            paused=self.paused,
            lose_asked=self.lose_asked,
            end_of_writing_asked=False,
        )
        if due is Drained.RESUME_PRODUCER:
            self.paused = False
            self.producer.resumeProducing()
        return CONNECTION_DONE if due is Drained.END else None

    def write_some_now(self) -> int:
        """Write what the descriptor takes without waiting.  Returns how many bytes those were."""
        if not self._queued:
            return 0
        try:
            written = os.write(self._owner.fileno(), memoryview(self._queued)[:WRITE_BYTES])
        except (BlockingIOError, InterruptedError):
            return 0
        del self._queued[:written]
        return written

    def end(self) -> None:
        """Nothing can be written any more."""
        self._queued.clear()
        producer, self.producer = self.producer, None
        if producer is not None:
            producer.stopProducing()


class ChildPipe:
    """What both kinds of pipe share.

    Args:
        reactor: Whose descriptors are watched.
        proc: The process.
        name: The child's number of it, or what else the process calls it.
        fileno: Ours, made non-blocking here and closed at its end.
    """

    def __init__(self, reactor: Any, proc: Any, name: int | str, fileno: int) -> None:
        self.reactor = reactor_behind(reactor)
        self.proc = proc
        self.name = name
        self.fd = fileno
        self.connected = True
        os.set_blocking(fileno, False)

    def fileno(self) -> int:
        """Our descriptor; -1 when it is closed."""
        return self.fd if self.connected else -1

    def stopReading(self) -> None:
        """Look at it no more."""
        self.reactor.fds.readers.remove(self)

    def startReading(self) -> None:
        """Look at it."""
        if self.connected:
            self.reactor.fds.readers.add(self)

    def connectionLost(self, reason: Failure) -> None:
        """It is over: close it and tell the process."""
        if not self.connected:
            return
        self.reactor.fds.readers.remove(self)
        self.reactor.fds.writers.remove(self)
        self.connected = False
        self._let_go()
        self._ended()
        self.proc.childConnectionLost(self.name, reason)

    def logPrefix(self) -> str:
        """Its name in the log: none."""
        return "-"

    def _let_go(self) -> None:
        os.close(self.fd)

    def _ended(self) -> None:
        pass

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} of {self.proc!r}>"


@lives_at("txloop.internet.process")
@implementer(interfaces.IReadDescriptor, interfaces.IPushProducer)
class ProcessReader(ChildPipe):
    """Our end of a pipe that the child writes to.

    Args:
        reactor: Whose descriptors are watched.
        proc: The process.
        name: The child's number of it.
        fileno: Ours.
    """

    def __init__(self, reactor: Any, proc: Any, name: int | str, fileno: int) -> None:
        ChildPipe.__init__(self, reactor, proc, name, fileno)
        self.startReading()

    def doRead(self) -> Any:
        """There is something, or the end."""
        return read_some(self.fd, self.dataReceived)

    def dataReceived(self, data: bytes) -> None:
        """The child has written."""
        self.proc.childDataReceived(self.name, data)

    def loseConnection(self) -> None:
        """Close it in the next turn; nothing more is delivered."""
        if self.connected:
            self.stopReading()
            self.reactor.call_soon(self.connectionLost, Failure(CONNECTION_DONE))

    def pauseProducing(self) -> None:
        """Deliver nothing until resumeProducing()."""
        self.stopReading()

    def resumeProducing(self) -> None:
        """Deliver again."""
        self.startReading()

    def stopProducing(self) -> None:
        """As loseConnection()."""
        self.loseConnection()


@lives_at("txloop.internet.process")
@implementer(interfaces.IReadDescriptor, interfaces.IWriteDescriptor, interfaces.IConsumer)
class ProcessWriter(ChildPipe):
    """Our end of a pipe that the child reads from.

    Args:
        reactor: Whose descriptors are watched.
        proc: The process.
        name: The child's number of it.
        fileno: Ours.
        forceReadHack: For Twisted's callers; a reader that goes is always noticed.
    """

    def __init__(
        self, reactor: Any, proc: Any, name: int | str, fileno: int, forceReadHack: bool = False
    ) -> None:
        ChildPipe.__init__(self, reactor, proc, name, fileno)
        self._queue = WriteQueue(self)
        # The writing end of a pipe is readable when, and only when, nobody reads the other.
        # (Programs put their own descriptors here, files and terminals too.)
        if stat.S_ISFIFO(os.fstat(fileno).st_mode):
            self.startReading()

    def doRead(self) -> Any:
        """The child has closed its end."""
        return CONNECTION_LOST

    def doWrite(self) -> Any:
        """There is room."""
        return self._queue.write_some()

    def write(self, data: bytes) -> None:
        """Send bytes, soon; after the end nothing happens.

        Raises:
            TypeError: It is something else, text for example.
        """
        if self.connected:
            self._queue.write(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send several pieces."""
        self.write(b"".join(iovec))

    def loseConnection(self) -> None:
        """Close once the queued bytes are out and no producer is registered that waits."""
        if self.connected:
            self._queue.lose()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Have *producer* write, as the pipe takes it; see IConsumer."""
        if self.connected:
            self._queue.register(producer, streaming)
        else:
            producer.stopProducing()

    def unregisterProducer(self) -> None:
        """It has no more to write."""
        self._queue.unregister()

    def _ended(self) -> None:
        self._queue.end()
