"""Whom to trust: sets of authorities, for contexts of either library.

platformTrust()                  what the system trusts
trustRootFromCertificates([…])   those certificates                (certificates.py)
a Certificate                    that one
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

from zope.interface import Interface, implementer

from txloop import _pyopenssl

__all__ = ["IOpenSSLTrustRoot", "OpenSSLCertificateAuthorities", "OpenSSLDefaultPaths", "platformTrust"]


class IOpenSSLTrustRoot(Interface):
    """A set of authorities."""

    def _addCACertsToContext(context: Any) -> None:
        """Have *context* trust them; an ``ssl.SSLContext`` or an ``OpenSSL.SSL.Context``."""


@implementer(IOpenSSLTrustRoot)
class OpenSSLCertificateAuthorities:
    """Those certificates.

    Args:
        caCerts: pyOpenSSL's X509 objects, or DER bytes.
    """

    def __init__(self, caCerts: Iterable[Any]) -> None:
        self._caCerts = list(caCerts)

    def _addCACertsToContext(self, context: Any) -> None:
        if isinstance(context, ssl.SSLContext):
            for certificate in self._caCerts:
                context.load_verify_locations(cadata=der_of(certificate))
        else:
            store = context.get_cert_store()
            for certificate in self._caCerts:
                store.add_cert(x509_of(certificate))


@implementer(IOpenSSLTrustRoot)
class OpenSSLDefaultPaths:
    """What OpenSSL finds on this system."""

    def _addCACertsToContext(self, context: Any) -> None:
        if isinstance(context, ssl.SSLContext):
            context.load_default_certs()
        else:
            context.set_default_verify_paths()


def platformTrust() -> OpenSSLDefaultPaths:
    """The authorities that the system trusts."""
    return OpenSSLDefaultPaths()


def der_of(certificate: Any) -> bytes:
    """Of an X509, or of DER bytes already."""
    if isinstance(certificate, bytes):
        return certificate
    _, crypto = _pyopenssl.require("an OpenSSL.crypto.X509")
    der: bytes = crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
    return der


def certificate_of(certificate: Any) -> Any:
    """The cryptography package's object, which contexts take; stores take X509."""
    return x509_of(certificate).to_cryptography()


def x509_of(certificate: Any) -> Any:
    """Of DER bytes, or of an X509 already.

    Raises:
        ImportError: That needs pyOpenSSL.
    """
    if not isinstance(certificate, bytes):
        return certificate
    _, crypto = _pyopenssl.require("an OpenSSL.crypto.X509")
    return crypto.load_certificate(crypto.FILETYPE_ASN1, certificate)
