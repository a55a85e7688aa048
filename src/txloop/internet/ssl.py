"""TLS: whom to trust, what to show, which versions to speak.

    optionsForClientTLS(hostname)         a client that checks whom it speaks to
    PrivateCertificate.loadPEM(text).options()    a server
    CertificateOptions(…)                 everything, one by one
    ContextFactory, ClientContextFactory  the older way: getContext()

What these make goes to listenSSL, connectSSL, startTLS, the endpoints and
`protocols.tls`.  A plain ``ssl.SSLContext`` may be given there as well.

With pyOpenSSL installed the contexts are pyOpenSSL's; without, the standard library's,
and what cannot be had then (signing, looking into certificates) says so.

    _tls/options.py  _tls/client_options.py  _tls/factories.py
    _tls/certificates.py  _tls/signing.py  _tls/names.py  _tls/trust.py  _tls/versions.py  _tls/ciphers.py
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from incremental import Version

from txloop import _host, _pyopenssl
from txloop._constants import FlagConstant, Flags
from txloop._public import publish
from txloop.internet._tls.certificates import (
    Certificate,
    CertificateRequest,
    KeyPair,
    PrivateCertificate,
    trustRootFromCertificates,
)
from txloop.internet._tls.ciphers import AcceptableCiphers
from txloop.internet._tls.client_options import optionsForClientTLS
from txloop.internet._tls.factories import (
    ClientContextFactory,
    ContextFactory,
    DefaultOpenSSLContextFactory,
)
from txloop.internet._tls.names import DN, DistinguishedName
from txloop.internet._tls.options import CertificateOptions, DiffieHellmanParameters
from txloop.internet._tls.trust import OpenSSLDefaultPaths, platformTrust
from txloop.internet._tls.versions import TLSVersion
from txloop.python.deprecate import deprecated, deprecatedModuleAttribute

if TYPE_CHECKING:
    SSL: Any
    Client: Any
    Connector: Any
    Port: Any
    Server: Any
    VerificationError: Any

__all__ = [
    "DN",
    "AcceptableCiphers",
    "Certificate",
    "CertificateOptions",
    "CertificateRequest",
    "Client",
    "ClientContextFactory",
    "Connector",
    "ContextFactory",
    "DefaultOpenSSLContextFactory",
    "DiffieHellmanParameters",
    "DistinguishedName",
    "KeyPair",
    "OpenSSLDefaultPaths",
    "Port",
    "PrivateCertificate",
    "ProtocolNegotiationSupport",
    "Server",
    "TLSVersion",
    "VerificationError",
    "optionsForClientTLS",
    "platformTrust",
    "protocolNegotiationMechanisms",
    "supported",
    "trustRootFromCertificates",
]

# TLS is always there.
supported = True


class ProtocolNegotiationSupport(Flags):
    """How protocols inside TLS can be agreed on.

    Attributes:
        NPN: The forerunner of ALPN; nobody has it any more.
        ALPN: What everybody has.
        NOSUPPORT: Neither.
    """

    NPN: FlagConstant = FlagConstant(0x0001)
    ALPN: FlagConstant = FlagConstant(0x0002)
    NOSUPPORT: FlagConstant  # set below: constantly wants every flag of the class to have a bit


ProtocolNegotiationSupport.NOSUPPORT = ProtocolNegotiationSupport.NPN ^ ProtocolNegotiationSupport.NPN


_NEGOTIATION = ProtocolNegotiationSupport


@deprecated(Version("Twisted", 26, 10, 0))
def protocolNegotiationMechanisms() -> Any:
    """What there is: ALPN."""
    return _NEGOTIATION.ALPN


# Classes of the adapter: as in tcp.py.  A TLS connection's transport below is a TCP one.
_CONCRETE = frozenset({"Client", "Connector", "Port", "Server"})


def __getattr__(name: str) -> Any:
    if name in _CONCRETE:
        found = _host.host().concrete(f"ssl.{name}")
    elif name == "VerificationError":
        found = _verification_error()
    elif name == "SSL":
        found, _ = _pyopenssl.require("txloop.internet.ssl.SSL")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found
    return found


def _verification_error() -> Any:
    """service_identity's; without it, the standard library's."""
    try:
        return importlib.import_module("service_identity").VerificationError
    except ImportError:
        return importlib.import_module("ssl").SSLCertVerificationError


publish(
    __name__,
    [name for name in __all__ if name not in _CONCRETE and name not in ("VerificationError", "supported")],
)
deprecatedModuleAttribute(
    Version("Twisted", 26, 10, 0),
    "All supported TLS backends provide ALPN. There is no need to check for support.",
    __name__,
    "ProtocolNegotiationSupport",
)
