"""TLS between a transport and a protocol: to the one a protocol, to the other a transport.

**The way of the bytes.**  A transport of any kind gives us what the peer sent; an engine
(engine.py) decrypts; the protocol inside gets the plaintext of that chunk in one
piece.  The other way the writes of one callback are one record and one write of the
transport.

**The states.**

    HANDSHAKING   from makeConnection on.  The protocol inside is connected already: Twisted's order,
                  so that timeouts work while the peer is silent.  Its writes wait, its producer
                  is paused.
    OPEN          plaintext flows
    OVER          close_notify came, or an error: nothing is delivered or encrypted any more

No byte of the transport reaches the protocol inside but through the engine: what a
man in the middle has put before the handshake makes the handshake fail.

**How it ends.**

    we lose it       our close_notify, then the peer's, then the transport is closed: ConnectionDone.
                     A peer that never answers is cut off after `CLOSE_SECONDS`.
    the peer does    its close_notify: we answer and close: ConnectionDone
    it is cut        the transport ended without close_notify: ConnectionLost, since the last
                     bytes may be missing
    TLS failed       the engine's error: connectionLost(Failure(that))
"""

from __future__ import annotations

import enum
from typing import Any

from zope.interface import implementer

from txloop._contract import adapt
from txloop.internet import error, interfaces
from txloop.internet._producer_helpers import _PullToPush
from txloop.internet.main import CONNECTION_LOST
from txloop.protocols._tls.engine import READ_BYTES, Ended, Engine, PeerClosed
from txloop.protocols._tls.producers import _ProducerMembrane, _QueueBelow
from txloop.protocols._wrapping import ProtocolWrapper
from txloop.python.failure import Failure

__all__ = ["TLSMemoryBIOProtocol"]

# How long a peer may take to answer our close_notify, once it could be sent.  Twisted waits
# for ever.  Arbitrary, not tuned.
CLOSE_SECONDS = 30.0


class Phase(enum.Enum):
    """Where the TLS session is."""

    HANDSHAKING = "handshaking"
    OPEN = "open"
    OVER = "over"


# For the hot methods: an attribute of an Enum is looked up slowly.
OPEN = Phase.OPEN


@implementer(interfaces.ISystemHandle, interfaces.INegotiated)
class TLSMemoryBIOProtocol(ProtocolWrapper):
    """Speaks TLS over its transport for the protocol inside.

    `TLSMemoryBIOFactory` makes it.

    Attributes:
        wrappedProtocol: The protocol inside; None after connectionLost.
        disconnecting: True once loseConnection was called, from either side of it.
    Source: Twisted 26.10, twisted.protocols.tls, by running it.
    """

    wrappedProtocol: Any
    disconnecting: Any
    _phase = Phase.HANDSHAKING
    _aborted = False
    _reason: Failure | None = None  # what the protocol inside will be told, if it is not the usual
    _producer: Any = None  # a push producer, perhaps one around a pull producer
    _membrane: Any = None  # … as the transport knows it
    _close_timer: Any = None
    _close_notified = False
    _engine: Any = None

    def __init__(self, factory: Any, wrappedProtocol: Any, _connectWrapped: bool = True) -> None:
        super().__init__(factory, wrappedProtocol)
        self._connect_wrapped = _connectWrapped
        self._waiting: list[bytes] = []

    # ---- Twisted's names: the program asks ------------------------------------

    def getHandle(self) -> Any:
        """The library's connection: an ``ssl.SSLObject`` or an ``OpenSSL.SSL.Connection``.

        None after the end.
        """
        return self._engine.handle

    def getPeerCertificate(self) -> Any:
        """The certificate that the peer showed; None if none, not yet, or after the end.

        An ``OpenSSL.crypto.X509``; without pyOpenSSL its DER bytes.
        `internet.ssl.Certificate.peerFromTransport` takes both.
        """
        return self._engine.certificate()

    @property
    def negotiatedProtocol(self) -> bytes | None:
        """The protocol agreed on by ALPN; None if there is none, or not yet."""
        name: bytes | None = self._engine.protocol_name()
        return name

    def write(self, data: bytes) -> None:
        """Encrypt and send; after the handshake if that is not done yet.

        After loseConnection it does nothing, unless a producer is registered.

        Raises:
            TypeError: *data* is not bytes.
        """
        if type(data) is not bytes:
            data = as_bytes(data)
        if data and self._may_write():
            self._write(data)

    def writeSequence(self, iovec: Any) -> None:
        """As `write`, of all pieces joined."""
        self.write(b"".join(map(as_bytes, iovec)))

    def loseConnection(self) -> None:
        """Send what was written, tell the peer (close_notify), wait for its answer, close.

        Before the handshake is done, and with nothing written, that is an abort.  A
        registered producer may finish first.
        """
        if self.disconnecting or not self.connected:
            return
        self.disconnecting = True
        self._shut_down_if_finished()

    def abortConnection(self) -> None:
        """Close the transport without a word to the peer; nothing more is delivered."""
        self._aborted = True
        self.disconnecting = True
        self._stop_session()
        abort = getattr(self.transport, "abortConnection", None) or self.transport.loseConnection
        abort()

    def failVerification(self, reason: Failure) -> None:
        """The peer is not whom we want: abort; *reason* is what connectionLost is told."""
        self._reason = reason
        self.abortConnection()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let *producer* write as fast as the peer takes it, from the end of the handshake on.

        Raises:
            RuntimeError: There is one already.
        """
        if self._phase is Phase.OVER or self._close_notified:
            producer.stopProducing()
            return
        if self._producer is not None:
            raise RuntimeError("Cannot register two producers")
        if not streaming:
            producer = _PullToPush(producer, self)
        self._producer = producer
        self._membrane = _ProducerMembrane(producer)
        self.transport.registerProducer(self._membrane, True)
        if not streaming:
            producer.startStreaming()

    def unregisterProducer(self) -> None:
        """The producer is done."""
        producer, self._producer, self._membrane = self._producer, None, None
        if producer is None:
            return
        if isinstance(producer, _PullToPush):
            producer.stopStreaming()
        if self._phase is Phase.OVER:
            return  # the transport does not know it any more
        self.transport.unregisterProducer()
        if self.disconnecting:
            self._shut_down_if_finished()

    # ---- Twisted's names: the transport tells ---------------------------------

    def makeConnection(self, transport: Any) -> None:
        """Connect the protocol inside, then begin the handshake."""
        self._engine = self.factory.engine_for(self, transport)
        if self._connect_wrapped:
            super().makeConnection(transport)
        else:
            self._take_transport(transport)
        if self._phase is Phase.HANDSHAKING:
            self._try_handshake()  # our first flight, if we are the client

    def dataReceived(self, data: bytes) -> None:
        """Ciphertext."""
        if self._phase is Phase.OPEN:
            self._engine.receive(data)
            self._deliver()
        elif self._phase is Phase.HANDSHAKING:
            self._engine.receive(data)
            self._shake_hands()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # as ProtocolWrapper's
        """The transport has ended: tell the protocol inside how TLS sees it."""
        engine = self._engine
        if engine is None:
            return  # there was none to be had, so the protocol inside was never connected
        self._cancel_close_timer()
        membrane, self._producer, self._membrane = self._membrane, None, None
        if not isinstance(engine.ending, PeerClosed) or self._aborted:
            reason = self._reason or _cut(reason)
        elif not reason.check(error.ConnectionDone):
            reason = Failure(error.ConnectionDone())  # all bytes have come, whatever happened then
        self._phase = Phase.OVER
        self.connected = 0
        self._waiting.clear()
        try:
            if membrane is not None:
                membrane.stopProducing()
        finally:  # whatever the producer raises
            try:
                super().connectionLost(reason)
            finally:
                self._engine = Ended(engine)

    # ---- ours: handshake and reading -------------------------------------------

    def _take_transport(self, transport: Any) -> None:
        """As makeConnection, for a protocol that is connected already (startTLS)."""
        wrapped, self.wrappedProtocol = self.wrappedProtocol, _Connected()
        super().makeConnection(transport)
        self.wrappedProtocol = wrapped

    def _shake_hands(self) -> None:
        if not self._try_handshake() or self._phase is Phase.OVER:
            return  # OVER: a verification has failed, from inside the handshake
        self._phase = Phase.OPEN
        self._flush()
        listener = adapt(interfaces.IHandshakeListener, self.wrappedProtocol)
        if listener is not None:
            listener.handshakeCompleted()
        self._waiting[:] = filter(None, [b"".join(self._waiting)])
        if self._phase is Phase.OPEN:
            self._send_waiting()
        if self._phase is Phase.OPEN:
            self._deliver()  # what came with the peer's Finished

    def _try_handshake(self) -> bool:
        """True when it is done."""
        engine: Engine = self._engine
        try:
            engine.handshake()
        except engine.waits:
            self._flush()
            return False
        except engine.failures as failed:
            self._fail(failed)
            return False
        return True

    def _deliver(self) -> None:
        engine: Engine = self._engine
        data = engine.decrypted()
        if data and not self._aborted:
            self.wrappedProtocol.dataReceived(data)
        if self._phase is not Phase.OPEN:
            return
        if engine.ending is not None:
            self._deliver_end()
            return
        if self._waiting:
            self._send_waiting()
        self._flush()

    def _deliver_end(self) -> None:
        """The engine has nothing more to give."""
        ending = self._engine.ending
        if self._phase is not Phase.OPEN:
            return
        if isinstance(ending, PeerClosed):
            self._finish()
        else:
            self._fail(ending)

    # ---- ours: writing -----------------------------------------------------------

    def _may_write(self) -> bool:
        return self._phase is not Phase.OVER and (not self.disconnecting or self._producer is not None)

    def _write(self, data: bytes) -> None:
        if self._phase is not OPEN or self._waiting or self._close_notified:
            if self._phase is not Phase.OVER and not self._close_notified:
                self._wait_with(data)
            return
        self._encrypt(data)
        self._flush()

    def _encrypt(self, data: bytes) -> bool:
        """True if all of it was; what was not, waits."""
        engine: Engine = self._engine
        sent = 0
        try:
            sent = engine.encrypt(data)
            while sent < len(data):
                sent += engine.encrypt(data[sent : sent + READ_BYTES])
        except engine.waits:
            self._waiting.insert(0, data[sent:])
            self._pause_producer()
            return False
        except engine.failures as failed:
            self._fail(failed)
            return False
        return True

    def _wait_with(self, data: bytes) -> None:
        self._waiting.append(data)
        self._pause_producer()

    def _pause_producer(self) -> None:
        if self._producer is not None:
            self._membrane.hold()

    def _send_waiting(self) -> None:
        """What waited for the handshake (the first, or one that the peer wants in between)."""
        while self._waiting:
            if not self._encrypt(self._waiting.pop(0)):
                self._flush()
                return
        self._flush()
        if self._producer is not None:
            self._membrane.release()
        if self.disconnecting:
            self._shut_down_if_finished()

    def _flush(self) -> None:
        outgoing = self._engine.outgoing()
        if outgoing:
            self.transport.write(outgoing)

    # ---- ours: the end -------------------------------------------------------------

    def _shut_down_if_finished(self) -> None:
        """loseConnection was called: close_notify, unless something is still to be written."""
        if self._producer is not None or self._phase is Phase.OVER or self._close_notified:
            return
        if self._waiting:
            self._begin_to_wait()  # for the handshake's end
            return
        if self._phase is Phase.HANDSHAKING:
            self.abortConnection()  # there is no close_notify yet, and nothing to wait for
            return
        # While more is queued below than a slow peer has taken, it cannot answer.
        self._membrane = queue = _QueueBelow(self._begin_to_wait)
        self.transport.registerProducer(queue, True)
        self._shutdownTLS()
        if not queue.is_full:
            self._begin_to_wait()

    def _shutdownTLS(self) -> None:
        """Say close_notify, our last word; once."""
        self._close_notified = True
        self._engine.shut_down()
        self._flush()

    def _finish(self) -> None:
        """The peer's close_notify has come."""
        if not self._close_notified:
            self._shutdownTLS()
        self._stop_session()
        self.transport.loseConnection()

    def _fail(self, failed: Exception) -> None:
        """TLS has failed.  The alert that says so is the last thing sent."""
        self._reason = self._reason or Failure(failed)
        self._flush()
        self._stop_session()
        self.transport.loseConnection()

    def _stop_session(self) -> None:
        """Nothing is encrypted any more.  The transport must not wait for a producer that cannot write."""
        if self._phase is Phase.OVER:
            return
        self._phase = Phase.OVER
        self._waiting.clear()
        if self._membrane is not None:
            self.transport.unregisterProducer()

    def _begin_to_wait(self) -> None:
        """It is the peer's turn: cut it off if it does nothing."""
        if self._close_timer is not None:
            return
        wait = getattr(self.transport, "wait_for_the_end", None)
        # A clock that is no reactor was given so that its time counts.
        if wait is not None and interfaces.IReactorCore.providedBy(self.factory.clock):
            self._close_timer = wait(CLOSE_SECONDS, self._cut_off)
            return
        self._close_timer = self.factory.clock.callLater(CLOSE_SECONDS, self._cut_off)
        # The protocol inside may have paused us.  It hears nothing any more; we want the peer's answer.
        resume = getattr(self.transport, "resumeProducing", None)
        if resume is not None:  # a transport need not be a producer
            resume()

    def _cut_off(self) -> None:
        self._close_timer = None
        self.abortConnection()

    def _cancel_close_timer(self) -> None:
        timer, self._close_timer = self._close_timer, None
        if timer is not None:
            timer.cancel()


class _Connected:
    """Stands for a protocol that has its transport already."""

    def makeConnection(self, transport: Any) -> None:
        """Nothing to tell it."""


def as_bytes(data: Any) -> bytes:
    """A copy of what is no bytes, but like them."""
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    raise TypeError("Data must be bytes")


def _cut(reason: Failure) -> Failure:
    """ConnectionLost, with what the transport said as its cause."""
    lost = error.ConnectionLost(*CONNECTION_LOST.args)
    lost.__cause__ = reason.value
    return Failure(lost)
