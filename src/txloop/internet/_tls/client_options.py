"""`optionsForClientTLS`: a client that checks whom it speaks to."""

from __future__ import annotations

import importlib
import ipaddress
import re
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zope.interface import implementer

from txloop import _pyopenssl
from txloop.internet._idna import _idnaBytes
from txloop.internet._tls.options import CertificateOptions
from txloop.internet._tls.trust import platformTrust
from txloop.internet.interfaces import IOpenSSLClientConnectionCreator
from txloop.protocols._tls.engine import StandardConnection
from txloop.python.failure import Failure

__all__ = ["optionsForClientTLS"]


def optionsForClientTLS(
    hostname: str,
    trustRoot: Any = None,
    clientCertificate: Any = None,
    acceptableProtocols: Sequence[bytes] | None = None,
    *,
    extraCertificateOptions: Mapping[str, Any] | None = None,
    sendServerName: bool | None = None,
) -> Any:
    """What connectSSL, startTLS or wrapClientTLS need, to speak to *hostname* and nobody else.

    Args:
        hostname: The name, or an IP address in text, that the server's certificate must have.
        trustRoot: Who may say so: None for the system's authorities; trustRootFromCertificates(),
            a Certificate; or an ``ssl.SSLContext``, whose settings are taken as they are.
        clientCertificate: A PrivateCertificate to show.
        acceptableProtocols: Names for ALPN, the best first.
        extraCertificateOptions: More arguments of CertificateOptions.
        sendServerName: Tell the server the name (SNI); by default, unless it is an address.
    Returns:
        An IOpenSSLClientConnectionCreator.
    Raises:
        TypeError: *hostname* is not text, or *trustRoot* not trustworthy.
        UnicodeError: No server can have that name: it or a part of it is empty, too long, or has
            characters that names have not (a space, a NUL, ``*``).
        ImportError: pyOpenSSL is installed, but service_identity, which it needs for names, is not.
    Source: Twisted 26.10, by running it.
    """
    if not isinstance(hostname, str):
        raise TypeError(f"optionsForClientTLS requires text for host names, not {type(hostname).__name__}")
    _refuse_what_is_no_name(hostname)
    if isinstance(trustRoot, ssl.SSLContext):
        return StandardClientOptions(trustRoot, hostname)
    more = dict(extraCertificateOptions or {})
    if clientCertificate is not None:
        more.update(privateKey=clientCertificate.privateKey.original, certificate=clientCertificate.original)
    options = CertificateOptions(
        trustRoot=platformTrust() if trustRoot is None else trustRoot,
        acceptableProtocols=acceptableProtocols,
        **more,
    )
    if _pyopenssl.installed():
        return ClientTLSOptions(options.clientConnectionForTLS, hostname, sendServerName)
    context = options.standard_context(is_client=True)
    context.check_hostname = True
    return StandardClientOptions(context, hostname)


@implementer(IOpenSSLClientConnectionCreator)
class StandardClientOptions:
    """With the standard library, whose contexts check names by themselves.

    Args:
        context: Has check_hostname set, if names are to be checked.
        hostname: Whom the client wants.
    """

    def __init__(self, context: ssl.SSLContext, hostname: str) -> None:
        self._context = context
        self._hostname = hostname

    def clientConnectionForTLS(self, tlsProtocol: Any) -> StandardConnection:
        """The client's side of one connection."""
        return StandardConnection(self._context, self._hostname)


@implementer(IOpenSSLClientConnectionCreator)
class ClientTLSOptions:
    """With pyOpenSSL, and service_identity for the rules about names.

    Args:
        createConnection: Makes a connection for a TLS protocol.
        hostname: Whom the client wants.
        sendServerName: As optionsForClientTLS's.
    """

    def __init__(
        self,
        createConnection: Callable[[Any], Any],
        hostname: str,
        sendServerName: bool | None = None,
    ) -> None:
        self._createConnection = createConnection
        self._hostname = hostname
        self._hostnameIsDnsName = not _is_address(hostname)
        self._hostnameASCII = _ascii(hostname) if self._hostnameIsDnsName else hostname
        self._sendServerName = self._hostnameIsDnsName if sendServerName is None else sendServerName
        try:
            self._identity = importlib.import_module("service_identity")
            self._rules = importlib.import_module("service_identity.hazmat")
            self._patterns = importlib.import_module("service_identity.pyopenssl").extract_patterns
        except ImportError as missing:
            raise ImportError(
                "optionsForClientTLS needs service_identity beside pyOpenSSL: install txloop[pyopenssl]"
            ) from missing

    def clientConnectionForTLS(self, tlsProtocol: Any) -> Any:
        """The client's side of one connection."""
        connection = self._createConnection(tlsProtocol)
        if self._sendServerName:
            connection.set_tlsext_host_name(self._hostnameASCII.encode("ascii"))
        library, _ = _pyopenssl.require("optionsForClientTLS")

        def verify(connection: Any, certificate: Any, number: int, depth: int, is_good: int) -> bool:
            """Called for each certificate of the peer's chain, and for each fault; depth 0 is its own."""
            if depth:
                return bool(is_good)
            try:
                # Of a faulty one too: of two reasons to refuse a peer, the name tells people more.
                self._check(certificate)
            except Exception:
                # By way of the connection: the protocol holds it, it must not hold the protocol.
                connection.get_app_data().failVerification(Failure())
                return False
            return bool(is_good)

        connection.set_verify(library.VERIFY_PEER | library.VERIFY_FAIL_IF_NO_PEER_CERT, verify)
        return connection

    def _check(self, certificate: Any) -> None:
        wanted = self._rules.DNS_ID if self._hostnameIsDnsName else self._rules.IPAddress_ID
        self._rules.verify_service_identity(self._patterns(certificate), [wanted(self._hostnameASCII)], [])


def _is_address(hostname: str) -> bool:
    try:
        ipaddress.ip_address(hostname)
    except ValueError:
        return False
    return True


_LABEL = re.compile("[A-Za-z0-9_-]{1,63}")  # with the underscore, which some names in use have


def _refuse_what_is_no_name(hostname: str) -> None:
    if not _is_address(hostname) and not all(
        map(_LABEL.fullmatch, _ascii(hostname).removesuffix(".").split("."))
    ):
        raise UnicodeError(f"{hostname!r} is not a name that a server can have")


def _ascii(hostname: str) -> str:
    """The name as certificates have it."""
    try:
        return hostname.encode("ascii").decode("ascii")
    except UnicodeEncodeError:
        return _idnaBytes(hostname).decode("ascii")
