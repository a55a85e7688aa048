"""The two commands that change what a connection speaks: StartTLS and another protocol.

Their boxes are more than messages: the answer is sent, and in the same step the
connection changes, so that no later byte goes out in the old way.
"""

from __future__ import annotations

from typing import Any, ClassVar

from txloop.internet.defer import Deferred
from txloop.internet.main import CONNECTION_LOST
from txloop.protocols._amp.arguments import Argument, String
from txloop.protocols._amp.boxes import AmpBox
from txloop.protocols._amp.commands import Command
from txloop.protocols._amp.errors import RemoteAmpError
from txloop.protocols._amp.tls import _NoCertificate, tls_available
from txloop.python.failure import Failure

__all__ = ["ProtocolSwitchCommand", "StartTLS"]


# ---- TLS --------------------------------------------------------------------


class _LocalArgument(String):
    """An argument that stays on its side: it is in the box's dict, and never travels."""

    def fromBox(self, name: bytes, strings: dict[bytes, bytes], objects: dict[str, Any], proto: Any) -> None:
        pass


class _TLSBox(AmpBox):
    """The answer to StartTLS: it is sent plain, and TLS begins behind it."""

    __slots__ = ()

    def __init__(self) -> None:
        if not tls_available():
            raise RemoteAmpError(b"TLS_ERROR", "TLS not available")
        super().__init__()

    @property
    def certificate(self) -> Any:
        """The responder's certificate."""
        return self.get(b"tls_localCertificate", _NoCertificate(False))

    @property
    def verify(self) -> Any:
        """The certificates that the other side's must be signed by one of, or None."""
        return self.get(b"tls_verifyAuthorities", None)

    def _sendTo(self, proto: Any) -> None:
        what_travels = AmpBox(self)
        for name in (b"tls_localCertificate", b"tls_verifyAuthorities"):
            what_travels.pop(name, None)
        what_travels._sendTo(proto)
        proto._startTLS(self.certificate, self.verify)


class StartTLS(Command):
    """Asks for TLS; both sides speak it when the Deferred fires.

    A responder may return the same two values, for its side; every `AMP` has one that
    returns none.

    Args:
        tls_localCertificate: Our `PrivateCertificate`; None: we have none.
        tls_verifyAuthorities: `Certificate`s, by one of which the other side's must be
            signed; None: any other side is fine.
    Raises (from `callRemote`):
        OnlyOneTLS: The connection speaks TLS already.
        RuntimeError: The Deferred fails so where the libraries for TLS are not installed.
    Source: Twisted 26.10, twisted.protocols.amp.StartTLS, by running it.
    """

    arguments: ClassVar[list[tuple[bytes, Argument]]] = [
        (b"tls_localCertificate", _LocalArgument(optional=True)),
        (b"tls_verifyAuthorities", _LocalArgument(optional=True)),
    ]
    response: ClassVar[list[tuple[bytes, Argument]]] = [
        (b"tls_localCertificate", _LocalArgument(optional=True)),
        (b"tls_verifyAuthorities", _LocalArgument(optional=True)),
    ]
    responseType: ClassVar[Any] = _TLSBox

    def __init__(
        self, *, tls_localCertificate: Any = None, tls_verifyAuthorities: Any = None, **kw: Any
    ) -> None:
        if not tls_available():
            raise RuntimeError("TLS not available.")
        self.certificate: Any = _NoCertificate(True) if tls_localCertificate is None else tls_localCertificate
        self.authorities = tls_verifyAuthorities
        super().__init__(**kw)

    def _doCommand(self, proto: Any) -> Deferred[Any] | None:
        # The box leaves first, since behind _prepareTLS boxes wait.  A connection that has
        # TLS already is refused there, so nothing may have left: _prepareTLS comes twice.
        if proto.hostCertificate is not None:
            proto._prepareTLS(self.certificate, self.authorities)
        answer = super()._doCommand(proto)
        proto._prepareTLS(self.certificate, self.authorities)

        def begin(response: Any) -> Any:
            proto._startTLS(self.certificate, self.authorities)
            return response

        return answer.addCallback(begin) if answer is not None else None


# ---- another protocol -------------------------------------------------------


class _SwitchBox(AmpBox):
    """The answer to a ProtocolSwitchCommand: behind it the connection is *innerProto*'s."""

    # Unlike other boxes it has a field of its own, so no __slots__ here.

    def __init__(self, innerProto: Any, **kw: Any) -> None:
        super().__init__(**kw)
        self.innerProto = innerProto

    def __repr__(self) -> str:
        return f"_SwitchBox({self.innerProto!r}, **{dict.__repr__(self)})"

    def _sendTo(self, proto: Any) -> None:
        super()._sendTo(proto)
        proto._lockForSwitch()
        proto._switchTo(self.innerProto)


class ProtocolSwitchCommand(Command):
    """Asks to go on with another protocol on this connection.  Subclass it.

    Its responder returns a protocol, which has the connection from there on.  No box can
    be sent from the call on, unless the other side refuses.

    Args:
        _protoToSwitchToFactory: A client factory: it builds our protocol when the other
            side agrees, and hears `clientConnectionFailed` if it does not.
        kw: The command's arguments.
    Source: Twisted 26.10, twisted.protocols.amp.ProtocolSwitchCommand, by running it.
    """

    def __init__(self, _protoToSwitchToFactory: Any, **kw: Any) -> None:
        self.protoToSwitchToFactory = _protoToSwitchToFactory
        super().__init__(**kw)

    @classmethod
    def makeResponse(cls, innerProto: Any, proto: Any) -> _SwitchBox:
        """The box that answers by giving the connection to *innerProto*."""
        return _SwitchBox(innerProto)

    def _doCommand(self, proto: Any) -> Deferred[Any] | None:
        answer = super()._doCommand(proto)
        proto._lockForSwitch()
        factory = self.protoToSwitchToFactory

        def agreed(response: Any) -> Any:
            proto._switchTo(factory.buildProtocol(proto.transport.getPeer()), factory)
            return response

        def refused(failure: Failure) -> Failure:
            proto._unlockFromSwitch()
            factory.clientConnectionFailed(None, Failure(CONNECTION_LOST))
            return failure

        return answer.addCallbacks(agreed, refused) if answer is not None else None
