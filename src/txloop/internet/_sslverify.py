"""`internet.ssl` under the name by which some programs reach behind it in Twisted.

They name ClientTLSOptions to subclass it, OpenSSLCertificateAuthorities, or TLSVersion;
the objects are those of `internet.ssl`.

Not here: anything.  See ssl.py.
"""

from __future__ import annotations

from txloop.internet._tls_certificates import (
    CertBase,
    Certificate,
    CertificateRequest,
    KeyPair,
    PrivateCertificate,
    PublicKey,
    trustRootFromCertificates,
)
from txloop.internet._tls_ciphers import DEFAULT, AcceptableCiphers, OpenSSLCipher
from txloop.internet._tls_client_options import ClientTLSOptions, optionsForClientTLS
from txloop.internet._tls_names import DN, DistinguishedName
from txloop.internet._tls_options import CertificateOptions, DiffieHellmanParameters
from txloop.internet._tls_trust import (
    IOpenSSLTrustRoot,
    OpenSSLCertificateAuthorities,
    OpenSSLDefaultPaths,
    platformTrust,
)
from txloop.internet._tls_versions import TLSVersion
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
