"""What AMP needs of certificates, from `internet.ssl`; loaded when TLS is used, not before.

A side that brings no certificate still speaks TLS: as a client without one, as a server
with one made for this connection, which proves nothing.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

from txloop._public import public_address

__all__ = ["_NoCertificate", "load_ssl", "peer_certificate", "tls_available"]


def load_ssl() -> Any:
    """The module `internet.ssl`; None where what it needs is not installed."""
    try:
        # By its public name: under the overlay that is the one module whose classes programs see.
        return importlib.import_module(public_address("txloop.internet.ssl"))
    except ImportError:
        return None


def _ssl() -> Any:
    # Asked of the door, where programs may have put None to say that they want no TLS.
    return sys.modules["txloop.protocols.amp"].ssl


def tls_available() -> bool:
    """Whether this side can speak TLS."""
    return _ssl() is not None


def peer_certificate(transport: Any) -> Any:
    """The `Certificate` that the other side of *transport*, which speaks TLS, showed."""
    return _ssl().Certificate.peerFromTransport(transport)


class _NoCertificate:
    """Stands where a certificate would, on a side that has none.

    Args:
        client: True on the side that asked for TLS; the other side's TLS needs some certificate.
    """

    def __init__(self, client: bool) -> None:
        self.client = client

    def options(self, *authorities: Any) -> Any:
        """The `CertificateOptions` of this side.

        Args:
            authorities: The other side's certificate must be signed by one of these
                `Certificate`s; none: it is not looked at.
        """
        ssl = _ssl()
        if not self.client:
            throwaway = ssl.KeyPair.generate().selfSignedCert(1, CN="TEMPORARY CERTIFICATE")
            return throwaway.options(*authorities)
        if not authorities:
            return ssl.CertificateOptions()
        return ssl.CertificateOptions(
            verify=True, requireCertificate=True, caCerts=[each.original for each in authorities]
        )
