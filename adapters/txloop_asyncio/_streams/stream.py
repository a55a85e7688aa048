"""A stream connection: one object with two faces, the loop's Protocol and Twisted's transport.

    the loop calls us         we call the user's protocol
    data_received(data)   ->  dataReceived(data)
    eof_received()        ->  readConnectionLost(), or connectionLost(ConnectionDone)
    connection_lost(exc)  ->  connectionLost(reason), exactly once

**Writes are collected for one turn.**  Twisted joins the small writes of one callback into
one segment; loops send each.  One attribute, `_held`, carries all of that:

    None       nothing is queued, nobody will come by
    b""        nothing is queued, somebody will flush: at the end of dataReceived, or as scheduled
    bytes      one piece, a bare reference
    list       more pieces
    otherwise  an object: somebody waits for the queue to empty (GatedWrites), or it is over (NOWHERE)

Sixteen small writes cost an eighth of what they cost a raw protocol on uvloop; an echo costs a fifth
of a microsecond of ours on top of its six (tests/benchmarks/tcp).  Hence the looks of the two hot
methods: no counting, no properties, one lookup each.  What they look at has no default on the class: an
attribute that stands in both places is found slowly by every CPython from 3.11 on (57 ns a chunk, 110
on 3.12; *measured*).  Cold state has: an idle connection pays memory only for what every one needs.

**Paused means silent.**  `_silent` is true while nothing may reach the user: paused,
closing, closed, half-closed.  Bytes that come all the same (uvloop reads once more when
paused inside connection_made) are held, in order, for the resume.

**callLater(0) in connectionMade comes before the first bytes**, as in Twisted: ClientCreator
hands its protocol out that way, and a server that speaks first must find it handed out.
uvloop reads in the turn of connection_made; so we are silent until that turn is over.

Not here: how a connection begins (tcp_port.py, tcp_client.py; both end in `_begin`), the life
table (txloop/_life.py), when producers may write (txloop/_write_gate.py), reasons (reasons.py), how
the peer meets the end (wire_end.py), addresses and socket options (tcp_connection.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextvars import Context
from typing import Any

from txloop._contract import adapt
from txloop._life import CONNECTED, Life, LifeEvent, next_life
from txloop._write_gate import ACCEPT_BYTES
from txloop.internet import error
from txloop.internet.interfaces import IHalfCloseableProtocol
from txloop.python import log
from txloop.python._log_owner import turn_of_this_thread
from txloop.python.failure import Failure
from txloop_asyncio._computed import Computed
from txloop_asyncio._reactor.slow_calls import run_in, watched
from txloop_asyncio._streams.gated_writes import NOWHERE, GatedWrites
from txloop_asyncio._streams.reasons import lost_reason
from txloop_asyncio._streams.wire_end import LEAVE_SECONDS, close_wire

# A list longer than this is sent at once: pieces, because counting bytes costs 15 % of a
# callback that writes 16 times, and it bounds the list as well.
PIECES = 64
# … and so is one that a chunk of this size joins.
LARGE_BYTES = 64 * 1024
# Up to so many go by writelines (no copy: 8 % faster), more are joined first (6 % faster).  Measured.
FEW_PIECES = 4


class StreamConnection(asyncio.Protocol):
    """What all stream connections share.

    Attributes:
        protocol: The user's.  Looked up for each chunk: set another one in mid-stream, and it
            gets the next.  None after connectionLost.
        producer: The one registered, or None.
        streamingProducer: It is a push producer.
        producerPaused: It was told to pause and not resumed yet.
        disconnecting: loseConnection() was called; queued bytes still leave.
        bufferSize: A push producer is paused above so many bytes (`txloop._write_gate`).
    """

    bufferSize = ACCEPT_BYTES

    producer: Any = None
    streamingProducer = False
    producerPaused = False

    _life = Life.NEW
    _held_back: list[bytes] | None = None  # came while silent
    _held_back_end = False  # … and so did the peer's FIN
    _waits_a_turn = False  # silent of our own will, until what connectionMade has put off is done
    _reads_only_the_end = False  # the user has paused, what is read is not for it
    _read_ended = False  # readConnectionLost was delivered
    _write_ended = False  # loseWriteConnection is done
    _wire_is_calling = False  # in that call asyncio must not be told to close: it would do so twice
    _ended_as: type | None = None  # the protocol's class, for the log, once it is let go
    _leaving: asyncio.TimerHandle | None = None  # aborts what still flushes after the end

    _context: Context

    def __init__(self, protocol: Any, reactor: Any) -> None:
        # Hot, hence here: see the head of this file.
        self.protocol = protocol
        self.reactor = reactor
        self._wire: Any = None
        self._silent = True
        self._held: Any = NOWHERE
        self.disconnecting = False  # what `_life` says too: LineReceiver asks after each line

    # ---- Twisted's names: writing -------------------------------------------

    def write(self, data: bytes) -> None:
        """Send bytes, soon: what one callback writes leaves together at its end.

        Never blocks; after the connection's end it does nothing.

        Args:
            data: bytes, of any length; bytearray and memoryview are copied.
        Raises:
            TypeError: It is something else, text for example.
        """
        # Hot: see the head of this file before you make it nicer.
        if type(data) is bytes:
            held = self._held
            if not held:
                if held is None:
                    if not data:
                        return
                    self.reactor.loop.call_soon(self._flush)
                self._held = data
            elif type(held) is list:
                held.append(data)
                if len(held) > PIECES or len(data) >= LARGE_BYTES:
                    self._held = b""
                    self._send(held)
            elif type(held) is bytes:
                if len(data) < LARGE_BYTES:
                    self._held = [held, data]
                else:
                    self._held = b""
                    self._send([held, data])
            else:
                held.write(data)
        elif isinstance(data, (bytes, bytearray, memoryview)):
            self.write(bytes(data))
        else:
            raise TypeError("Data must be bytes")

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send several pieces, as `write` each; nothing of it if one of them is not bytes."""
        pieces = list(iovec)
        for piece in pieces:
            if not isinstance(piece, (bytes, bytearray, memoryview)):
                raise TypeError("Data must be bytes")
        if len(pieces) > FEW_PIECES:  # twisted.web's headers are two dozen
            pieces = [b"".join(pieces)]
        for piece in pieces:
            self.write(piece)

    # ---- Twisted's names: ending ----------------------------------------------

    def loseConnection(self) -> None:
        """Close once the queued bytes are out; a second call does nothing.

        What is written before that, even turns later, still leaves.  Nothing more is
        received.  A producer that waits to be resumed is, and must unregister first.
        """
        if self._pass(LifeEvent.LOSE_ASKED) is not Life.OPEN:
            return
        if type(self._held) is GatedWrites:
            self._held.come_back()
        else:
            self.reactor.loop.call_soon(self._close_when_flushed)

    def abortConnection(self) -> None:
        """Close without sending what is queued; connectionLost(ConnectionAborted) comes in the next turn."""
        if self._life is Life.CLOSING and self._write_ended:
            return  # nothing is left to be dropped, and that end is on its way
        was = self._pass(LifeEvent.ABORT_ASKED)
        if self._life is not Life.ABORTING or was is Life.ABORTING:
            return
        self._held = NOWHERE
        self.reactor.loop.call_soon(self._end, error.ConnectionAborted())

    def loseWriteConnection(self) -> None:
        """Send what is queued, then FIN; the peer may go on sending.

        A protocol that provides IHalfCloseableProtocol is told by writeConnectionLost().
        """
        if self._life is Life.OPEN and not self._write_ended:
            gate = self._gate()
            gate.end_of_writing_asked = True
            gate.come_back()

    # ---- Twisted's names: reading (we are an IPushProducer) ------------------------

    def pauseProducing(self) -> None:
        """Deliver nothing until resumeProducing()."""
        if self._life is Life.OPEN and (self._waits_a_turn or not self._silent):
            self._silent = True
            self._waits_a_turn = False
            self._wire.pause_reading()

    def resumeProducing(self) -> None:
        """Deliver again, from the next turn on; not after loseConnection()."""
        if self._life is not Life.OPEN or not self._silent or self._read_ended:
            return
        if self._held_back or self._held_back_end:
            # Reading again, though nothing comes in this turn: a pause before that still counts.
            self._waits_a_turn = True
            self.reactor.loop.call_soon(self._first_turn_is_over)
        else:
            self._silent = False
            self._wire.resume_reading()

    def stopProducing(self) -> None:
        """As a producer we are asked for no more: lose the connection."""
        self.loseConnection()

    def stopReading(self) -> None:
        """As `pauseProducing`."""
        self.pauseProducing()

    def startReading(self) -> None:
        """As `resumeProducing`."""
        self.resumeProducing()

    # ---- Twisted's names: we are an IConsumer ---------------------------------------

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let *producer* write, as fast as the peer reads.

        Args:
            producer: An IPushProducer: told to pause when more than 64 KiB are waiting, to
                resume when all has left.  Or an IPullProducer: asked now, and again each time
                all has left, never from inside its own write.
            streaming: Which of the two.
        Raises:
            RuntimeError: There is one already.
        """
        if self.producer is not None:
            raise RuntimeError(
                f"Cannot register producer {producer}, "
                f"because producer {self.producer} was never unregistered."
            )
        if self._life is Life.CLOSED:
            producer.stopProducing()
            return
        self.producer = producer
        self.streamingProducer = bool(streaming)
        self.producerPaused = False
        if not self._write_ended and self._life is not Life.NEW:
            self._gate()
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """The producer has no more, or was stopped."""
        self.producer = None
        self.streamingProducer = False
        if type(self._held) is GatedWrites:
            self._held.come_back()

    def stopConsuming(self) -> None:
        """Unregister the producer and lose the connection."""
        self.unregisterProducer()
        self.loseConnection()

    # ---- Twisted's names: how it is ---------------------------------------------------

    @Computed
    def connected(self) -> bool:
        """It was made and its end has not been told."""
        return self._life in CONNECTED

    @Computed
    def disconnected(self) -> bool:
        """connectionLost has been called."""
        return self._life is Life.CLOSED

    @Computed
    def is_watched(self) -> bool:
        """Ours: it reads, writes, or waits for a connection or a producer; it has more to do than to end."""
        writes = bool(getattr(self._held, "queued_bytes", self._held))
        waits = self._life is Life.NEW or (self._life is Life.CLOSING and self.producer is not None)
        return self.is_reading or writes or waits

    @Computed
    def is_reading(self) -> bool:
        """Bytes from the peer may be delivered.  (Ours too: the reactor's getReaders.)"""
        return (self._waits_a_turn or not self._silent) and not self._reads_only_the_end

    @Computed
    def dataBuffer(self) -> bytes:
        """What was written and has not been given to the loop yet."""
        held = self._held
        if type(held) is bytes:
            return held
        return b"".join(held if type(held) is list else getattr(held, "_pieces", ()))

    # ---- Twisted's names: the reactor's side of a descriptor -----------------------------

    def connectionLost(self, reason: Failure) -> None:
        """The reactor ends it, at its shutdown: everything is dropped, the protocol is told now."""
        if self._life in CONNECTED:
            self._end(reason)
        elif self._leaving is not None:
            self._wire.abort()

    def readConnectionLost(self, reason: Failure) -> None:
        """The peer's FIN has come: told to an IHalfCloseableProtocol, the end for any other."""
        half_closeable = adapt(IHalfCloseableProtocol, self.protocol)
        if half_closeable is not None:
            self._read_ended = self._silent = True
            self._call_user(half_closeable.readConnectionLost)
        else:
            self._end(reason, flush=True)

    def writeConnectionLost(self, reason: Failure) -> None:
        """Our side is ended: told to an IHalfCloseableProtocol."""
        half_closeable = adapt(IHalfCloseableProtocol, self.protocol)
        if half_closeable is not None:
            self._call_user(half_closeable.writeConnectionLost)

    # ---- the loop's names: only the event loop calls these --------------------------------

    def data_received(self, data: bytes) -> None:
        """Bytes have come.  Hot: see the head of this file."""
        if self._silent:
            self._hold_back(data)
            return
        if self._held is None:
            self._held = b""
        turn = self.reactor.turn
        turn.owner = self
        try:
            self._context.run(self.protocol.dataReceived, data)
        except BaseException as raised:
            turn.owner = None
            self._user_raised(raised)
            return
        turn.owner = None
        held = self._held
        if type(held) is bytes:
            self._held = None
            if held:
                self._wire.write(held)
        elif type(held) is list:
            self._held = None
            if len(held) > FEW_PIECES:
                self._wire.write(b"".join(held))
            else:
                self._wire.writelines(held)
        else:
            held.flush()

    def eof_received(self) -> bool:
        """The peer's FIN.  True keeps our side open."""
        if self._life is Life.CLOSED:
            return False
        if self._life is not Life.OPEN:
            return True  # closing: what is queued still leaves, and then we close
        if self._silent:
            self._held_back_end = True
            return True
        self.readConnectionLost(Failure(error.ConnectionDone()))
        # False lets the loop close the wire, which sends what is queued there first.
        return bool(self.connected)

    def resume_writing(self) -> None:
        """The wire's buffer is empty, if a gate has set the limits so."""
        if type(self._held) is GatedWrites:
            self._held.wire_is_empty()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The wire is gone."""
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
            self.reactor.forget(self)
        if self._life is Life.OPEN and self._held_back:
            self._deliver_held_back()
        if self._life in CONNECTED:
            self._end(lost_reason(exc))

    # ---- ours: the life -----------------------------------------------------------------

    def _pass(self, event: LifeEvent) -> Life:
        """*event* has happened; returns the life before it.  Only an open connection delivers."""
        was, self._life = self._life, next_life(self._life, event)
        self.disconnecting = self._life is Life.CLOSING
        if self._life is not Life.OPEN:
            self._silent = True
            self._held_back = None
        return was

    # ---- ours: beginning ------------------------------------------------------------------

    def _begin(self, wire: Any, loop: asyncio.AbstractEventLoop, context: Context) -> None:
        """We have a wire; `protocol` is set, its makeConnection comes next."""
        if self._life is Life.NEW:
            self._pass(LifeEvent.WIRE_MADE)
        self._wire = wire
        self._context = watched(context, loop)
        self.reactor.turn = turn_of_this_thread()
        self._held = None
        self._silent = False
        self.reactor.keep(self)

    def _was_made(self) -> None:
        """makeConnection is over: see the head of this file, callLater(0)."""
        if self._life is Life.OPEN and not self._silent and self.reactor.calls.next_turn_has_some:
            self._silent = self._waits_a_turn = True
            self.reactor.loop.call_soon(self._first_turn_is_over)

    def _first_turn_is_over(self) -> None:
        if self._waits_a_turn:
            self._waits_a_turn = False
            self._deliver_held_back()

    def wait_for_the_end(self, seconds: float, function: Callable[[], object]) -> Any:
        """Read for the peer's last word, though the user has paused; *function* is called after *seconds*.

        To the reactor that is no delayed call and, if we were paused, no reader: Twisted leaves neither.
        """
        self._reads_only_the_end = not self.is_reading
        self.resumeProducing()
        return self.reactor.loop.call_later(seconds, function)

    # ---- ours: writing ----------------------------------------------------------------------

    def _send(self, pieces: list[bytes]) -> None:
        if len(pieces) > FEW_PIECES:
            self._wire.write(b"".join(pieces))
        else:
            self._wire.writelines(pieces)

    def _flush(self) -> None:
        held = self._held
        if type(held) is bytes:
            self._held = None
            if held:
                self._wire.write(held)
        elif type(held) is list:
            self._held = None
            self._send(held)
        elif held is not None:
            held.flush()

    def _gate(self) -> Any:
        """From now on somebody waits for the queue to empty."""
        held = self._held
        if held is None or type(held) is bytes:
            self._held = GatedWrites(self, [held] if held else [])
        elif type(held) is list:
            self._held = GatedWrites(self, held)
        return self._held

    def _close_when_flushed(self) -> None:
        """A turn after loseConnection(): mostly all has left by now, and the close needs no gate."""
        if type(self._held) is GatedWrites:  # made meanwhile: it closes when all has left
            self._held.come_back()
            return
        self._flush()
        if self._life is Life.CLOSING and self._wire.get_write_buffer_size():
            self._gate().come_back()
        elif self._life is Life.CLOSING:
            self._end_cleanly()

    def _end_writing(self) -> None:
        """All has left and our side shall be ended."""
        self._write_ended = True
        self._held = NOWHERE
        self._wire.set_write_buffer_limits()
        try:
            self._wire.write_eof()
        except OSError:
            pass  # the peer is gone already: that will be told as such
        self.writeConnectionLost(Failure(error.ConnectionDone()))

    # ---- ours: reading ------------------------------------------------------------------------

    def _hold_back(self, data: bytes) -> None:
        if self._life is Life.OPEN and not self._read_ended:
            if self._held_back is None:
                self._held_back = []
            self._held_back.append(data)
            self._wire.pause_reading()  # uvloop forgets a pause made in connection_made

    def _deliver_held_back(self) -> None:
        """What came while silent, in order; the user may pause again in between, or lose us."""
        if self._life is not Life.OPEN:
            return
        held_back, self._held_back = self._held_back, None
        self._silent = False
        while held_back and not self._silent:
            self.data_received(held_back.pop(0))
        if self._life is not Life.OPEN:
            return
        if self._silent:
            self._held_back = held_back or None
        elif self._held_back_end:
            self._held_back_end = False
            if not self.eof_received():
                self._close_wire()
        else:
            self._wire.resume_reading()

    # ---- ours: calling the user, and the end ------------------------------------------------------

    def _call_user(self, function: Callable[..., object], *args: object) -> bool:
        """Call it in our context, as the owner of what it logs.

        If it raises, that is logged and the connection lost with that Failure; returns False.
        """
        turn = self.reactor.turn
        was, turn.owner = turn.owner, self
        try:
            self._context.run(function, *args)
        except BaseException as raised:
            turn.owner = was
            self._user_raised(raised)
            return False
        turn.owner = was
        return True

    def _user_raised(self, raised: BaseException) -> None:
        reason = Failure(raised)
        self._log_failure(reason)
        if self._life in CONNECTED:
            self._end(reason)
        self._raise_for_host(raised)

    def _log_failure(self, reason: Failure) -> None:
        turn = self.reactor.turn
        was = turn.owner
        turn.owner = was or self  # a port or connector may be speaking already
        log.err(reason)
        turn.owner = was

    def _raise_for_host(self, raised: BaseException) -> None:
        """SystemExit and KeyboardInterrupt are the host's, where the loop is somebody else's."""
        if isinstance(raised, (SystemExit, KeyboardInterrupt)) and self.reactor.is_guest:
            raise raised

    def _end_cleanly(self) -> None:
        self._end(error.ConnectionDone())

    def _end(self, reason: Failure | BaseException, *, flush: bool = False) -> None:
        """The end, now: the one place where connectionLost is called.

        Args:
            reason: What the protocol is told.
            flush: What is queued may still leave, for a bounded time; else it is dropped.
        """
        if self._life is Life.CLOSED:
            return
        if flush:
            self._flush()
        self._pass(LifeEvent.ENDED)
        self._held = NOWHERE
        failure = reason if isinstance(reason, Failure) else Failure(reason)
        self._close_wire(
            reset=isinstance(failure.value, error.ConnectionAborted),
            drop=not (flush or isinstance(failure.value, error.ConnectionDone)),
        )
        self._tell_end(failure)

    def _tell_end(self, reason: Failure) -> None:
        turn = self.reactor.turn
        was, turn.owner = turn.owner, self
        try:
            producer, self.producer = self.producer, None
            if producer is not None:
                self._run_guarded(producer.stopProducing)
            if self.protocol is not None:
                self._run_guarded(self.protocol.connectionLost, reason)
                self._ended_as = type(self.protocol)
                self.protocol = None  # each holds the other: let go
            self._was_lost(reason)
        finally:
            turn.owner = was

    def _run_guarded(self, function: Callable[..., object], *args: object) -> None:
        """As `_call_user` for a connection whose end is being told: what it raises is logged only."""
        try:
            run_in(self._context, function, *args)
        except BaseException as raised:
            log.err(Failure(raised))
            self._raise_for_host(raised)

    def _was_lost(self, reason: Failure) -> None:
        """The protocol has been told; a client tells its connector."""

    def _close_wire(self, *, reset: bool = False, drop: bool = False) -> None:
        if self._wire_is_calling:
            self.reactor.loop.call_soon(lambda: StreamConnection._close_wire(self, reset=reset, drop=drop))
        elif close_wire(self._wire, reset=reset, drop=drop):
            self.reactor.forget(self)
        else:  # kept until it is gone, so that a shutdown finds it
            self._leaving = self.reactor.loop.call_later(LEAVE_SECONDS, self._wire.abort)
