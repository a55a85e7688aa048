"""Boxes on a connection: the protocol that reads and writes them, and what it may change into.

    bytes -> proto_init, proto_key, proto_value -> boxReceiver.ampBoxReceived(box)
    sendBox(box) -> bytes

Two things take the connection away from boxes.  TLS: from StartTLS on, boxes wait until
it runs.  Another protocol: the connection is locked when that is asked for, and from the
answer on every byte is the other protocol's.
"""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

from zope.interface import implementer

from txloop.internet.error import ConnectionClosed, ConnectionLost, PeerVerifyError
from txloop.internet.interfaces import IFileDescriptorReceiver
from txloop.protocols._amp.boxes import MAX_KEY_LENGTH, MAX_VALUE_LENGTH, AmpBox
from txloop.protocols._amp.dispatch import log
from txloop.protocols._amp.errors import MalformedAmpBox, OnlyOneTLS, ProtocolSwitched, TooLong
from txloop.protocols._amp.interfaces import IBoxSender
from txloop.protocols._amp.tls import peer_certificate
from txloop.protocols._strings import Int16StringReceiver, StatefulStringProtocol
from txloop.python.failure import Failure

__all__ = ["BinaryBoxProtocol"]

# A bound on what one box, whose end has not come, may take of our memory: 256 values of the
# greatest length.  Not tuned; Twisted has none.  What a key costs besides its bytes is guessed.
MAX_BOX_BYTES = 16 * 1024 * 1024
KEY_OVERHEAD_BYTES = 100


@implementer(IFileDescriptorReceiver)
class _DescriptorExchanger:
    """Numbers the descriptors that are sent, and those that come, so that boxes can name them."""

    transport: Any

    def __init__(self) -> None:
        self._descriptors: dict[int, int] = {}
        self._getDescriptor = self._descriptors.pop
        self._sendingDescriptorCounter = partial(next, itertools.count())
        self._receivingDescriptorCounter = partial(next, itertools.count())

    def _sendFileDescriptor(self, descriptor: int) -> int:
        self.transport.sendFileDescriptor(descriptor)
        number: int = self._sendingDescriptorCounter()
        return number

    def fileDescriptorReceived(self, descriptor: int) -> None:
        """*descriptor* came; it waits for the box that names it."""
        self._descriptors[self._receivingDescriptorCounter()] = descriptor


@implementer(IBoxSender)
class BinaryBoxProtocol(StatefulStringProtocol, Int16StringReceiver, _DescriptorExchanger):
    """Reads and writes boxes on a stream.

    Args:
        boxReceiver: Gets the boxes that come.
    Attributes:
        hostCertificate: Ours, once TLS was started here; None before.
        noPeerCertificate: Set it to say that the other side showed none.
        peerCertificate: The other side's, a `Certificate`.
        innerProtocol: The protocol that has taken over the connection, or None.
        innerProtocolClientFactory: Its factory, on the side that asked for it.
        max_box_bytes: How long a received box may be; at more the connection is closed.
    Source: Twisted 26.10, twisted.protocols.amp.BinaryBoxProtocol, by running it.
    """

    MAX_LENGTH = MAX_KEY_LENGTH
    _MAX_KEY_LENGTH = MAX_KEY_LENGTH
    _MAX_VALUE_LENGTH = MAX_VALUE_LENGTH
    max_box_bytes = MAX_BOX_BYTES

    hostCertificate: Any = None
    noPeerCertificate = False
    innerProtocol: Any = None
    innerProtocolClientFactory: Any = None

    # True from the start of TLS to the first byte that comes by it: if the connection ends
    # between, the other side did not like our certificate.
    _justStartedTLS = False
    # The boxes that wait for TLS to run; None if they need not.
    _startingTLSBuffer: list[AmpBox] | None = None
    # Another protocol was asked for; the answer has not come.
    _locked = False
    _currentKey: bytes | None = None
    _currentBox: AmpBox | None = None
    _keyLengthLimitExceeded = False
    _box_bytes = 0
    _box_too_long = False

    def __init__(self, boxReceiver: Any) -> None:
        _DescriptorExchanger.__init__(self)
        self.boxReceiver = boxReceiver

    # ---- the connection --------------------------------------------------

    def makeConnection(self, transport: Any) -> None:
        """The connection is there: boxes may come and go."""
        self.transport = transport
        self.boxReceiver.startReceivingBoxes(self)
        self.connectionMade()

    def dataReceived(self, data: bytes) -> None:
        """Take any cut of the stream and deliver the boxes that are complete."""
        self._justStartedTLS = False
        if self._box_too_long:
            return
        if self.innerProtocol is not None:
            self.innerProtocol.dataReceived(data)
        else:
            super().dataReceived(data)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # no default here
        """The connection ended; what waits for answers fails with *reason*, or a better one if we know it."""
        if self.innerProtocol is not None:
            self.innerProtocol.connectionLost(reason)
            if self.innerProtocolClientFactory is not None:
                self.innerProtocolClientFactory.clientConnectionLost(None, reason)
        self.boxReceiver.stopReceivingBoxes(self._why_it_ended(reason))

    def _why_it_ended(self, reason: Failure) -> Failure:
        if self._keyLengthLimitExceeded:
            return Failure(TooLong(True, False, None, None))
        if self._box_too_long:
            return Failure(MalformedAmpBox(f"a box of more than {self.max_box_bytes} bytes"))
        if self._justStartedTLS and reason.check(ConnectionClosed):
            return Failure(PeerVerifyError("Peer rejected our certificate for an unknown reason."))
        return reason

    def unhandledError(self, failure: Failure) -> None:
        """Report *failure*, which nobody handled, and end the connection."""
        log.failure(
            "Amp server or network failure unhandled by client application.  Dropping connection!  "
            "To avoid, add errbacks to ALL remote commands!",
            failure=failure,
        )
        if self.transport is not None:
            self.transport.loseConnection()

    @property
    def peerCertificate(self) -> Any:
        """The certificate that the other side showed; None if `noPeerCertificate` says so."""
        return None if self.noPeerCertificate else peer_certificate(self.transport)

    # ---- boxes -----------------------------------------------------------

    def sendBox(self, box: AmpBox) -> None:
        """Send *box*, or keep it until TLS runs.

        Raises:
            ProtocolSwitched: The connection is another protocol's, or soon will be.
            ConnectionLost: There is none.
            TooLong: A key or value does not fit.
        """
        if self._locked or self.innerProtocol is not None:
            raise ProtocolSwitched("This connection has switched: no AMP traffic allowed.")
        if self.transport is None:
            raise ConnectionLost()
        if self._startingTLSBuffer is not None:
            self._startingTLSBuffer.append(box)
        else:
            self.transport.write(box.serialize())

    def proto_init(self, string: bytes) -> str | None:
        """The first key of a box; an empty one ends a box without keys."""
        self._currentBox = AmpBox()
        self._box_bytes = 0
        return self.proto_key(string)

    def proto_key(self, string: bytes) -> str | None:
        """A key of the present box; an empty one is its end."""
        if string:
            self._currentKey = string
            self.MAX_LENGTH = self._MAX_VALUE_LENGTH
            return "value"
        box, self._currentBox = self._currentBox, None
        self.boxReceiver.ampBoxReceived(box)
        return "init"

    def proto_value(self, string: bytes) -> str:
        """The value of the key that came before."""
        key, self._currentKey = self._currentKey, None
        self.MAX_LENGTH = self._MAX_KEY_LENGTH
        if key is not None and self._currentBox is not None:
            self._box_bytes += len(key) + len(string) + KEY_OVERHEAD_BYTES
            if self._box_bytes > self.max_box_bytes:
                self._refuse_box()
            else:
                self._currentBox[key] = string
        return "key"

    def _refuse_box(self) -> None:
        """Close: this box is too long to keep.  What comes until that is done is thrown away."""
        self._box_too_long = True
        self._currentBox = None
        self.recvd = b""
        self.transport.loseConnection()

    def lengthLimitExceeded(self, length: int) -> None:
        """A key's length is above 255: what comes is no box.  Close."""
        self._keyLengthLimitExceeded = True
        self.transport.loseConnection()

    # ---- another protocol ------------------------------------------------

    def _lockForSwitch(self) -> None:
        """Send no box until the other side has said whether the protocol changes."""
        self._locked = True

    def _unlockFromSwitch(self) -> None:
        """It does not change: boxes may be sent again."""
        if self.innerProtocol is not None:
            raise ProtocolSwitched("Protocol already switched.  Cannot unlock.")
        self._locked = False

    def _switchTo(self, newProto: Any, clientFactory: Any = None) -> None:
        """Give the connection to *newProto*, and what came already and is not parsed."""
        came_already, self.recvd = self.recvd, b""
        self.innerProtocol = newProto
        self.innerProtocolClientFactory = clientFactory
        newProto.makeConnection(self.transport)
        if came_already:
            newProto.dataReceived(came_already)

    # ---- TLS -------------------------------------------------------------

    def _prepareTLS(self, certificate: Any, verifyAuthorities: Any) -> None:
        """We asked for TLS: boxes wait until it runs."""
        if self.hostCertificate is not None:
            raise OnlyOneTLS(
                f"Previously authenticated connection between {self.hostCertificate} and "
                f"{self.peerCertificate} is trying to re-establish as {(certificate, verifyAuthorities)}"
            )
        self._startingTLSBuffer = []

    def _startTLS(self, certificate: Any, verifyAuthorities: Any) -> None:
        """Speak TLS from here on, then send the boxes that waited."""
        self.hostCertificate = certificate
        self._justStartedTLS = True
        self.transport.startTLS(certificate.options(*(verifyAuthorities or ())))
        waiting, self._startingTLSBuffer = self._startingTLSBuffer, None
        for box in waiting or ():
            self.sendBox(box)
