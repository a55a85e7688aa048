"""Standard input and output as one transport.

    stdin has something       ->  dataReceived(data)
    stdin ends                ->  readConnectionLost(), or connectionLost(ConnectionDone)
    a terminal is hung up     ->  connectionLost(ConnectionLost)
    nobody reads stdout       ->  writeConnectionLost(); whoever has none goes on reading
    loseWriteConnection()     ->  writeConnectionLost() once what is queued has left
    loseConnection()          ->  connectionLost(ConnectionDone) likewise

Each side is whatever the process was given: a terminal, a pipe, a socket, a regular file,
the null device.  The loops' own pipe transports take none of the last two (uvloop aborts the
process), so both sides are watched like a program's own descriptors (fdset.py), where a
descriptor that no poller takes counts as always ready.

Those are read in the loop's turn, a piece a turn, and not by a thread of their own.  A piece of
64 KiB that the system has at hand takes 5 µs so, and 30 to 60 by way of a thread (*measured*);
pauses, order and the end are those of every other descriptor.  The price: a slow disk holds the
loop up for one piece, as it does in Twisted.

Both are made non-blocking while they are in use.  That mode belongs to the open file, which
the shell, the terminal and other processes share: each side gets back the mode it had.  The
descriptors themselves stay open, for they are the process's.

Not here: reading and writing as such (_children/pipes.py).
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from txloop._contract import adapt
from txloop._public import lives_at
from txloop.internet import interfaces
from txloop.internet.main import CONNECTION_DONE
from txloop.internet.stdio import PipeAddress
from txloop.logger import Logger
from txloop.python.failure import Failure
from txloop_asyncio._children.pipes import ProcessReader, ProcessWriter
from txloop_asyncio._reactor.whose import reactor_behind

_log = Logger(namespace="txloop.internet.stdio")


class _Lent:
    """A descriptor that is ours for a while: afterwards it is open, and blocks if it did before."""

    fd: int
    blocked: bool

    def _let_go(self) -> None:
        os.set_blocking(self.fd, self.blocked)


class _Input(_Lent, ProcessReader):
    """The side that is read."""


class _Output(_Lent, ProcessWriter):
    """The side that is written to."""

    def send_what_it_takes(self) -> None:
        """Write without waiting, for the last time."""
        try:
            while self._queue.write_some_now():
                pass
        except OSError:
            pass  # nobody reads it any more

    def _let_go(self) -> None:
        if stat.S_ISSOCK(os.fstat(self.fd).st_mode):
            _end_of_writing(self.fd)
        _Lent._let_go(self)


def _end_of_writing(fileno: int) -> None:
    """Tell a socket's peer that nothing more comes: the descriptor stays open, so nothing else does."""
    with socket.socket(fileno=os.dup(fileno)) as copy:
        try:
            copy.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the peer has gone


@lives_at("txloop.internet.stdio")
@lives_at("txloop.internet.stdio")
@implementer(
    interfaces.ITransport,
    interfaces.IPushProducer,
    interfaces.IConsumer,
    interfaces.IHalfCloseableDescriptor,
)
class StandardIO:
    """A transport over the process's standard input and output, or two other descriptors.

    Args:
        proto: The protocol; its makeConnection is called here.
        stdin: A descriptor to read from.
        stdout: A descriptor to write to; may be the same.
        reactor: Whose loop watches; the ambient one if it is not given.

    Attributes:
        disconnecting: loseConnection() was called.
        disconnected: connectionLost has been called.
    """

    disconnecting = False
    disconnected = False
    _reader: Any = None
    _writer: Any = None

    def __init__(self, proto: Any, stdin: int = 0, stdout: int = 1, reactor: Any = None) -> None:
        self._reactor = reactor = reactor_behind(reactor)
        self.protocol = proto
        # Asked of both before either is changed: a terminal is one open file, and so has one mode.
        modes = os.get_blocking(stdin), os.get_blocking(stdout)
        self._reader = _Input(reactor, self, "read", stdin)
        self._writer = _Output(reactor, self, "write", stdout)
        self._reader.blocked, self._writer.blocked = modes
        proto.makeConnection(self)

    # ---- Twisted's names: writing -------------------------------------------

    def write(self, data: bytes) -> None:
        """Send bytes, soon; after the end of writing nothing happens."""
        if self._writer is not None:
            self._writer.write(data)

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Send several pieces."""
        if self._writer is not None:
            self._writer.writeSequence(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Have *producer* write, as the output takes it; see IConsumer."""
        if self._writer is None:
            producer.stopProducing()
        else:
            self._writer.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """It has no more to write."""
        if self._writer is not None:
            self._writer.unregisterProducer()

    # ---- Twisted's names: ending ----------------------------------------------

    def loseConnection(self) -> None:
        """Read no more; end once the queued bytes are out."""
        if self.disconnecting or self.disconnected:
            return
        self.disconnecting = True
        if self._reader is not None:
            self._reader.stopReading()
        if self._writer is not None:
            self._writer.loseConnection()
        else:
            self._reactor.call_soon(self.connectionLost, Failure(CONNECTION_DONE))

    def loseWriteConnection(self) -> None:
        """Send what is queued, then write no more; reading goes on."""
        if self._writer is not None:
            self._writer.loseConnection()

    # ---- Twisted's names: reading (we are an IPushProducer) ---------------------

    def pauseProducing(self) -> None:
        """Deliver nothing until resumeProducing()."""
        if self._reader is not None:
            self._reader.pauseProducing()

    def resumeProducing(self) -> None:
        """Deliver again; not after loseConnection()."""
        if self._reader is not None and not self.disconnecting:
            self._reader.resumeProducing()

    def stopProducing(self) -> None:
        """As loseConnection()."""
        self.loseConnection()

    def stopReading(self) -> None:
        """As pauseProducing()."""
        self.pauseProducing()

    def startReading(self) -> None:
        """As resumeProducing()."""
        self.resumeProducing()

    # ---- Twisted's names: how it is -----------------------------------------------

    def getPeer(self) -> PipeAddress:
        """An address that says only what kind of thing this is."""
        return PipeAddress()

    def getHost(self) -> PipeAddress:
        """As getPeer()."""
        return PipeAddress()

    # ---- Twisted's names: our two sides call these ----------------------------------

    def childDataReceived(self, fd: str, data: bytes) -> None:
        """There was something to read."""
        self.protocol.dataReceived(data)

    def childConnectionLost(self, fd: str, reason: Any) -> None:
        """One side, ``"read"`` or ``"write"``, has ended."""
        reason = reason if isinstance(reason, Failure) else Failure(reason)
        if self.disconnected:
            return
        if fd == "write":
            self.writeConnectionLost(reason)
        elif reason.value is CONNECTION_DONE:
            self.readConnectionLost(reason)
        else:
            self.connectionLost(reason)

    def readConnectionLost(self, reason: Failure) -> None:
        """Nothing more can be read."""
        self._reader = None
        self._half_closed("readConnectionLost", reason)

    def writeConnectionLost(self, reason: Failure) -> None:
        """Nothing more is written."""
        self._writer = None
        if self.disconnecting:
            self.connectionLost(reason)
        else:
            self._half_closed("writeConnectionLost", reason, else_lost=False)

    def connectionLost(self, reason: Failure) -> None:
        """Both sides are over; what the output takes without waiting still leaves."""
        if self.disconnected:
            return
        self.disconnected = True
        reader, self._reader = self._reader, None
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.send_what_it_takes()
            writer.connectionLost(reason)
        if reader is not None:
            reader.connectionLost(reason)
        protocol, self.protocol = self.protocol, None
        try:
            protocol.connectionLost(reason)
        except Exception:
            _log.failure("while calling connectionLost:")

    # ---- ours ---------------------------------------------------------------------------

    def _half_closed(self, told_by: str, reason: Failure, *, else_lost: bool = True) -> None:
        closeable = adapt(interfaces.IHalfCloseableProtocol, self.protocol)
        if closeable is None:
            if else_lost:
                self.connectionLost(reason)
            return
        try:
            getattr(closeable, told_by)()
        except Exception as failed:
            _log.failure("while calling {name}:", name=told_by)
            self.connectionLost(Failure(failed))
