"""The engine for pyOpenSSL's contexts: an ``OpenSSL.SSL.Connection`` without a socket.

As in engine.py.  Errors raised here are pyOpenSSL's own, ``OpenSSL.SSL.Error``: programs that
give such contexts look for those.
"""

from __future__ import annotations

from typing import Any

from txloop import _pyopenssl
from txloop.protocols._tls.engine import READ_BYTES, PeerClosed

# pyOpenSSL makes a buffer of that size for each call, so no larger than an answer of a few records.
OUTGOING_BYTES = 64 * 1024


class OpenSSLEngine:
    """pyOpenSSL's.

    Args:
        connection: Made by the program's creator, its side (connect or accept) set.
    """

    def __init__(self, connection: Any) -> None:
        library, _ = _pyopenssl.require("an OpenSSL.SSL.Connection")
        self.waits: type[Exception] = library.WantReadError
        self.failures: type[Exception] = library.Error
        self._closed: type[Exception] = library.ZeroReturnError
        self.handle = connection
        self.ending: Exception | None = None
        self.handshake = connection.do_handshake

    def receive(self, data: bytes) -> None:
        """Bytes from the peer; a memory BIO takes all of them."""
        self.handle.bio_write(data)

    def decrypted(self) -> bytes:
        """Everything that can be decrypted now, in one piece."""
        pieces = []
        try:
            while piece := self.handle.recv(READ_BYTES):
                pieces.append(piece)
        except self.waits:
            pass
        except self._closed:
            self.ending = PeerClosed()
        except self.failures as over:
            self.ending = over
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def encrypt(self, data: bytes) -> int:
        """Encrypt a beginning of *data*, and say how long it is: pyOpenSSL ends after a record."""
        return int(self.handle.send(data)) if data else 0  # of nothing it makes an error

    def shut_down(self) -> None:
        """Make our close_notify."""
        try:
            self.handle.shutdown()
        except self.failures:
            pass  # in the middle of a handshake there is nothing to close

    def outgoing(self) -> bytes:
        """What is to be sent."""
        pieces = []
        try:
            while True:
                piece = self.handle.bio_read(OUTGOING_BYTES)
                pieces.append(piece)
                if len(piece) < OUTGOING_BYTES:
                    break  # that was all: no second read that only raises
        except self.waits:
            pass
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def outgoing_bytes(self) -> int:
        """So much is to be sent; pyOpenSSL does not tell, so that one should look."""
        return 1

    def let_go(self) -> None:
        """The end: the connection's callbacks need the TLS protocol no more."""
        self.handle.set_app_data(None)

    def certificate(self) -> Any:
        """The peer's, as pyOpenSSL's object, or None."""
        return self.handle.get_peer_certificate()

    def protocol_name(self) -> bytes | None:
        """What ALPN has agreed on."""
        return self.handle.get_alpn_proto_negotiated() or None
