"""What TLS asks of the program: connections to speak through, contexts, ciphers, protocol names.

The names say OpenSSL, as in Twisted; the objects may be pyOpenSSL's or those of the
standard library's ``ssl``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from txloop._contract import Interface, checkable, contract


@checkable
class IOpenSSLServerConnectionCreator(Interface, metaclass=contract):
    """Makes the server's side of TLS connections."""

    def serverConnectionForTLS(self, tlsProtocol: Any) -> Any:
        """A connection for the protocols.tls.TLSMemoryBIOProtocol *tlsProtocol*."""


@checkable
class IOpenSSLClientConnectionCreator(Interface, metaclass=contract):
    """Makes the client's side of TLS connections."""

    def clientConnectionForTLS(self, tlsProtocol: Any) -> Any:
        """A connection for the protocols.tls.TLSMemoryBIOProtocol *tlsProtocol*."""


@checkable
class IProtocolNegotiationFactory(Interface, metaclass=contract):
    """A protocol factory that lets both sides agree on the protocol spoken inside TLS."""

    def acceptableProtocols(self) -> Iterable[bytes]:
        """The names spoken here, the best first, such as ``[b"h2", b"http/1.1"]``."""


@checkable
class IOpenSSLContextFactory(Interface, metaclass=contract):
    """Gives the context that TLS connections are made from; the older of the two ways."""

    def getContext(self) -> Any:
        """A context; may be the same one each time."""


@checkable
class ICipher(Interface, metaclass=contract):
    """One cipher suite."""

    @property
    def fullName(self) -> str:
        """Its name, as OpenSSL writes it."""


@checkable
class IAcceptableCiphers(Interface, metaclass=contract):
    """A choice of cipher suites."""

    def selectCiphers(self, availableCiphers: Sequence[ICipher]) -> Sequence[ICipher]:
        """Those of *availableCiphers* that may be used, the best first."""
