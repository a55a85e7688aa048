"""`CertificateOptions`: how TLS is to be spoken, for servers and clients.

Where pyOpenSSL is installed its contexts are made, since programs written for Twisted go
on to configure what getContext() gives.  Without it, contexts of the standard library.
"""

from __future__ import annotations

import importlib
import os
import ssl
import tempfile
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from incremental import Version
from zope.interface import implementer

from txloop import _pyopenssl
from txloop.internet import interfaces
from txloop.internet._tls import versions
from txloop.internet._tls.ciphers import cipher_text
from txloop.internet._tls.trust import (
    IOpenSSLTrustRoot,
    OpenSSLCertificateAuthorities,
    certificate_of,
    der_of,
)
from txloop.protocols._tls.alpn import chooser
from txloop.protocols._tls.engine import StandardConnection
from txloop.python import log
from txloop.python.deprecate import _mutuallyExclusiveArguments, deprecated
from txloop.python.failure import Failure

__all__ = ["CertificateOptions", "DiffieHellmanParameters"]

# pyOpenSSL's TLS_METHOD: any version.
ANY_VERSION = 7

METHOD_IS_DEPRECATED = (
    "Passing method to twisted.internet.ssl.CertificateOptions was deprecated in Twisted 17.1.0. "
    "Please use a combination of insecurelyLowerMinimumTo, raiseMinimumTo, and lowerMaximumSecurityTo "
    "instead, as Twisted will correctly configure the method."
)

_SESSION_ID_BYTES = 32


class DiffieHellmanParameters:
    """Parameters of a server's ephemeral Diffie-Hellman keys, for clients without elliptic curves.

    Args:
        parameters: A FilePath, or a path, to a PEM file.
    """

    def __init__(self, parameters: Any) -> None:
        self._dhFile = parameters

    @classmethod
    def fromFile(cls, filePath: Any) -> DiffieHellmanParameters:
        """Those in the PEM file *filePath*."""
        return cls(filePath)

    @property
    def path(self) -> str:
        """The file's name."""
        return str(getattr(self._dhFile, "path", self._dhFile))


@implementer(
    interfaces.IOpenSSLServerConnectionCreator,
    interfaces.IOpenSSLClientConnectionCreator,
    interfaces.IOpenSSLContextFactory,
)
class CertificateOptions:
    """How TLS is to be spoken.

    As a client it does *not* check the server's name: `optionsForClientTLS` does.

    Args:
        privateKey: Ours: a pyOpenSSL PKey, or PEM bytes.  With *certificate*, or neither.
        certificate: Ours: a pyOpenSSL X509, or DER bytes.
        method: One version only, by pyOpenSSL's number; better leave it.
        verify: Check the peer's certificate against *caCerts*; better give *trustRoot*.
        caCerts: Certificates to trust.
        verifyDepth: How many authorities may stand between.
        requireCertificate: A peer must show one.
        verifyOnce: pyOpenSSL: check a client once, not in renegotiations.
        enableSingleUseKeys: New Diffie-Hellman keys for each connection.
        enableSessions: Keep sessions for resumption.
        fixBrokenPeers: Work around errors of old peers.
        enableSessionTickets: Allow RFC 5077 tickets.
        extraCertChain: More certificates to show, up to the authority.
        acceptableCiphers: An IAcceptableCiphers; None: a good choice.
        dhParameters: DiffieHellmanParameters of a server.
        trustRoot: Whom to trust; the peer is checked then.  Not with *verify* or *caCerts*.
        acceptableProtocols: Names for ALPN, the best first.
        raiseMinimumTo: A higher minimal TLSVersion than 1.2.
        insecurelyLowerMinimumTo: A lower one.
        lowerMaximumSecurityTo: The highest version.
        contextForServerName: Gives the context for the name a client asks for, or None.
    Raises:
        ValueError: What was given does not go together.
        TypeError: Two arguments exclude each other.
    Source: Twisted 26.10, by running it.
    """

    _context: Any = None

    @_mutuallyExclusiveArguments(
        [
            ["trustRoot", "requireCertificate"],
            ["trustRoot", "verify"],
            ["trustRoot", "caCerts"],
            ["method", "insecurelyLowerMinimumTo"],
            ["method", "raiseMinimumTo"],
            ["raiseMinimumTo", "insecurelyLowerMinimumTo"],
            ["method", "lowerMaximumSecurityTo"],
        ]
    )
    def __init__(
        self,
        privateKey: Any = None,
        certificate: Any = None,
        method: int | None = None,
        verify: bool = False,
        caCerts: Sequence[Any] | None = None,
        verifyDepth: int = 9,
        requireCertificate: bool = True,
        verifyOnce: bool = True,
        enableSingleUseKeys: bool = True,
        enableSessions: bool = False,
        fixBrokenPeers: bool = False,
        enableSessionTickets: bool = False,
        extraCertChain: Sequence[Any] | None = None,
        acceptableCiphers: Any = None,
        dhParameters: DiffieHellmanParameters | None = None,
        trustRoot: Any = None,
        acceptableProtocols: Sequence[bytes] | None = None,
        raiseMinimumTo: Any = None,
        insecurelyLowerMinimumTo: Any = None,
        lowerMaximumSecurityTo: Any = None,
        contextForServerName: Callable[[bytes | None], Any] | None = None,
    ) -> None:
        if (privateKey is None) != (certificate is None):
            raise ValueError("Specify neither or both of privateKey and certificate")
        if extraCertChain and privateKey is None:
            raise ValueError(
                "A private key and a certificate are required when adding a supplemental certificate chain."
            )
        if verify and not caCerts:
            raise ValueError(
                "Specify client CA certificate information if and only if enabling certificate verification"
            )
        if method is not None:
            warnings.warn(METHOD_IS_DEPRECATED, DeprecationWarning, stacklevel=3)  # our decorator's caller
        self.privateKey = privateKey
        self.certificate = certificate
        self.method: int = ANY_VERSION if method is None else method
        self.verifyDepth = verifyDepth
        self.requireCertificate = requireCertificate
        self.verifyOnce = verifyOnce
        self.enableSingleUseKeys = enableSingleUseKeys
        self.enableSessions = enableSessions
        self.fixBrokenPeers = fixBrokenPeers
        self.enableSessionTickets = enableSessionTickets
        self.extraCertChain: list[Any] = list(extraCertChain or ())
        self.dhParameters = dhParameters
        self.caCerts = caCerts
        self._versions = versions.allowed_range(
            raiseMinimumTo, insecurelyLowerMinimumTo, lowerMaximumSecurityTo
        )
        self._has_method = method is not None
        self._cipherString = cipher_text(acceptableCiphers)
        if trustRoot is None and verify:
            trustRoot = OpenSSLCertificateAuthorities(caCerts or ())
        self.trustRoot: Any = _trust_root(trustRoot)
        self.verify: bool = self.trustRoot is not None
        self._acceptableProtocols = list(acceptableProtocols or ()) or None
        self._contextForServerName = contextForServerName

    # ---- Twisted's names -------------------------------------------------------

    def getContext(self) -> Any:
        """The context, made at the first call: an ``OpenSSL.SSL.Context`` where pyOpenSSL is installed.

        Without, an ``ssl.SSLContext``: a server's if there is a certificate, else a client's.
        """
        if self._context is None:
            if _pyopenssl.installed():
                self._context = self._openssl_context()
            else:
                self._context = self.standard_context(is_client=self.certificate is None)
        return self._context

    def clientConnectionForTLS(self, protocol: Any) -> Any:
        """A client's connection, for one TLS protocol."""
        return self._connection(True)

    def serverConnectionForTLS(self, protocol: Any) -> Any:
        """A server's connection, for one TLS protocol."""
        return self._connection(False)

    # ---- ours: connections -------------------------------------------------------

    def _connection(self, is_client: bool) -> Any:
        context = self.getContext()
        if isinstance(context, ssl.SSLContext):
            wanted = ssl.PROTOCOL_TLS_CLIENT if is_client else ssl.PROTOCOL_TLS_SERVER
            if context.protocol is not wanted:
                context = self.standard_context(is_client=is_client)
            return StandardConnection(context)
        library, _ = _pyopenssl.require("CertificateOptions with an OpenSSL.SSL.Context")
        connection = library.Connection(context, None)
        if self._acceptableProtocols:
            connection.set_alpn_protos(self._acceptableProtocols)
        return connection

    # ---- ours: a context of the standard library -------------------------------------

    def standard_context(self, *, is_client: bool) -> ssl.SSLContext:
        """What these options say, as an ``ssl.SSLContext``."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if is_client else ssl.PROTOCOL_TLS_SERVER)
        context.check_hostname = False
        context.verify_mode = self._verify_mode(is_client)
        lowest, highest = self._versions
        context.minimum_version = versions.OF_STANDARD_LIBRARY[lowest]
        if highest is not None:
            context.maximum_version = versions.OF_STANDARD_LIBRARY[highest]
        context.set_ciphers(self._cipherString)
        if not self.enableSessionTickets:
            context.options |= ssl.OP_NO_TICKET
        if self.trustRoot is not None:
            self.trustRoot._addCACertsToContext(context)
        if self.certificate is not None:
            _load_own(context, self.privateKey, [self.certificate, *self.extraCertChain])
        if self.dhParameters is not None:
            context.load_dh_params(self.dhParameters.path)
        if self._acceptableProtocols:
            context.set_alpn_protocols([name.decode("ascii") for name in self._acceptableProtocols])
        if self._contextForServerName is not None:
            context.sni_callback = self._choose_standard_context
        return context

    def _verify_mode(self, is_client: bool) -> ssl.VerifyMode:
        if not self.verify:
            return ssl.CERT_NONE
        return ssl.CERT_REQUIRED if self.requireCertificate or is_client else ssl.CERT_OPTIONAL

    def _choose_standard_context(self, connection: Any, name: str | None, _: ssl.SSLContext) -> None:
        assert self._contextForServerName is not None
        chosen = self._contextForServerName(None if name is None else name.encode("ascii"))
        if chosen is not None:
            connection.context = chosen

    # ---- ours: a context of pyOpenSSL ---------------------------------------------------

    def _openssl_context(self) -> Any:
        library, _ = _pyopenssl.require("CertificateOptions")
        context = library.Context(self.method)
        context.set_options(self._openssl_flags(library))
        context.set_mode(library.MODE_RELEASE_BUFFERS)
        lowest, highest = self._versions
        if not self._has_method:
            context.set_min_proto_version(versions.OF_STANDARD_LIBRARY[lowest])
            context.set_max_proto_version(0 if highest is None else versions.OF_STANDARD_LIBRARY[highest])
        context.set_cipher_list(self._cipherString.encode("ascii"))
        if self.certificate is not None:
            context.use_certificate(certificate_of(self.certificate))
            context.use_privatekey(key_of(self.privateKey).to_cryptography_key())
            for extra in self.extraCertChain:
                context.add_extra_chain_cert(certificate_of(extra))
            context.check_privatekey()
        self._set_openssl_verification(library, context)
        context.set_session_id(os.urandom(_SESSION_ID_BYTES))
        context.set_session_cache_mode(
            library.SESS_CACHE_SERVER if self.enableSessions else library.SESS_CACHE_OFF
        )
        if self.dhParameters is not None:
            context.load_tmp_dh(self.dhParameters.path)
        context.set_alpn_select_callback(chooser(self._acceptableProtocols or ()))
        if self._contextForServerName is not None:
            context.set_tlsext_servername_callback(self._choose_openssl_context)
        return context

    def _openssl_flags(self, library: Any) -> int:
        flags = library.OP_NO_COMPRESSION | library.OP_CIPHER_SERVER_PREFERENCE | library.OP_NO_SSLv2
        if self.enableSingleUseKeys:
            flags |= library.OP_SINGLE_DH_USE | library.OP_SINGLE_ECDH_USE
        if self.fixBrokenPeers:
            flags |= library.OP_ALL
        if not self.enableSessionTickets:
            flags |= library.OP_NO_TICKET
        return int(flags)

    def _set_openssl_verification(self, library: Any, context: Any) -> None:
        mode = library.VERIFY_NONE
        if self.trustRoot is not None:
            mode = library.VERIFY_PEER
            if self.requireCertificate:
                mode |= library.VERIFY_FAIL_IF_NO_PEER_CERT
            if self.verifyOnce:
                mode |= library.VERIFY_CLIENT_ONCE
            self.trustRoot._addCACertsToContext(context)
        context.set_verify(mode, lambda connection, certificate, number, depth, is_good: bool(is_good))
        context.set_verify_depth(self.verifyDepth)

    def _choose_openssl_context(self, connection: Any) -> None:
        assert self._contextForServerName is not None
        try:
            chosen = self._contextForServerName(connection.get_servername())
            if chosen is not None:
                connection.set_context(chosen)
        except Exception:  # the program's; pyOpenSSL would go on without a word
            log.err(Failure(), "while choosing the certificate for a server name")
            connection.get_app_data().abortConnection()

    @deprecated(Version("Twisted", 15, 0, 0), "a real persistence system")
    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state.pop("_context", None)
        return state

    @deprecated(Version("Twisted", 15, 0, 0), "a real persistence system")
    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = state


def _trust_root(given: Any) -> Any:
    """As IOpenSSLTrustRoot.  Programs' own classes may have declared Twisted's private interface."""
    if given is None or hasattr(given, "_addCACertsToContext"):
        return given
    if not isinstance(given, ssl.SSLContext) and hasattr(given, "original"):
        return OpenSSLCertificateAuthorities([given.original])  # a certificate
    return IOpenSSLTrustRoot(given)


def key_of(key: Any) -> Any:
    """A pyOpenSSL PKey, of one or of PEM bytes."""
    if not isinstance(key, bytes):
        return key
    _, crypto = _pyopenssl.require("an OpenSSL.crypto.PKey")
    return crypto.load_privatekey(crypto.FILETYPE_PEM, key)


def _load_own(context: ssl.SSLContext, key: Any, certificates: Sequence[Any]) -> None:
    """Our key and chain, which the standard library takes from files only: a private one, gone at once."""
    if not isinstance(key, bytes):
        serialization = importlib.import_module("cryptography.hazmat.primitives.serialization")
        key = key.to_cryptography_key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    text = key.decode("ascii") + "".join(ssl.DER_cert_to_PEM_cert(der_of(each)) for each in certificates)
    descriptor, path = tempfile.mkstemp(suffix=".pem")  # readable by us only
    try:
        with open(descriptor, "w") as file:
            file.write(text)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
