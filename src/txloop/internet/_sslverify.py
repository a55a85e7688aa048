"""`internet.ssl` under the name by which some programs reach behind it in Twisted.

They name ClientTLSOptions to subclass it, OpenSSLCertificateAuthorities, or TLSVersion;
the objects are those of `internet.ssl`.

Not here: anything.  See ssl.py.
"""

from __future__ import annotations

from typing import Any

from txloop.internet._tls.certificates import (
    CertBase,
    Certificate,
    CertificateRequest,
    KeyPair,
    PrivateCertificate,
    PublicKey,
    trustRootFromCertificates,
)
from txloop.internet._tls.ciphers import DEFAULT, AcceptableCiphers, OpenSSLCipher, expand
from txloop.internet._tls.client_options import ClientTLSOptions, optionsForClientTLS
from txloop.internet._tls.names import DN, DistinguishedName
from txloop.internet._tls.options import CertificateOptions, DiffieHellmanParameters
from txloop.internet._tls.trust import (
    IOpenSSLTrustRoot,
    OpenSSLCertificateAuthorities,
    OpenSSLDefaultPaths,
    platformTrust,
)
from txloop.internet._tls.versions import TLSVersion
from txloop.internet.error import CertificateError, VerifyError
from txloop.internet.interfaces import IAcceptableCiphers, ICipher
from txloop.internet.ssl import __getattr__  # SSL and VerificationError  # noqa: F401

__all__ = [
    "DN",
    "CertBase",
    "Certificate",
    "CertificateError",
    "CertificateRequest",
    "ClientTLSOptions",
    "DistinguishedName",
    "IAcceptableCiphers",
    "ICipher",
    "IOpenSSLTrustRoot",
    "KeyPair",
    "OpenSSLAcceptableCiphers",
    "OpenSSLCertificateAuthorities",
    "OpenSSLCertificateOptions",
    "OpenSSLCipher",
    "OpenSSLDefaultPaths",
    "OpenSSLDiffieHellmanParameters",
    "PrivateCertificate",
    "PublicKey",
    "TLSVersion",
    "VerifyError",
    "defaultCiphers",
    "optionsForClientTLS",
    "platformTrust",
    "trustRootFromCertificates",
]

OpenSSLAcceptableCiphers = AcceptableCiphers
OpenSSLCertificateOptions = CertificateOptions
OpenSSLDiffieHellmanParameters = DiffieHellmanParameters

defaultCiphers = AcceptableCiphers.fromOpenSSLCipherString(DEFAULT)

# The curve that servers offered when one had to be chosen; OpenSSL chooses by itself now.
_defaultCurveName = "prime256v1"


def _expandCipherString(cipherString: str, method: int, options: int) -> tuple[OpenSSLCipher, ...]:
    """The suites that OpenSSL has for its text; *method* and *options* make no difference."""
    return expand(cipherString)


class _ChooseDiffieHellmanEllipticCurve:
    """Gives a context the curve for a server's ephemeral keys: nothing is to be done.

    Since OpenSSL 1.1.0, older than any that works here, OpenSSL agrees on one with the client.

    Args:
        openSSLVersion: Its number; it and the others are what Twisted's takes.
    """

    def __init__(self, openSSLVersion: int, openSSLlib: Any, openSSLcrypto: Any) -> None:
        """Nothing is kept."""

    def configureECDHCurve(self, ctx: Any) -> None:  # noqa: N802  # Twisted's, of a private class
        """Leave *ctx* as it is."""
