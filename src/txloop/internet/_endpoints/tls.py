"""TLS for endpoints: around another endpoint, and from the files that an endpoint's text names.

Nothing of TLS is loaded before it is used: `_ssl()` and its kin import it then.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from txloop._public import neighbour
from txloop.internet._endpoints.wrapping import _WrapperEndpoint
from txloop.internet.interfaces import IStreamServerEndpoint

if TYPE_CHECKING:
    from txloop.internet.defer import Deferred
    from txloop.internet.interfaces import (
        IOpenSSLClientConnectionCreator,
        IOpenSSLServerConnectionCreator,
        IReactorTime,
        IStreamClientEndpoint,
    )

_PEM_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def _module(name: str) -> Any:
    return importlib.import_module(neighbour("txloop.internet.endpoints", name))


def _ssl() -> Any:
    return _module("internet.ssl")


# ---- endpoints around endpoints --------------------------------------------------


def wrapClientTLS(
    connectionCreator: IOpenSSLClientConnectionCreator,
    wrappedEndpoint: IStreamClientEndpoint,
    clock: IReactorTime | None = None,
) -> IStreamClientEndpoint:
    """An endpoint that connects as *wrappedEndpoint* does and speaks TLS over that.

    Args:
        connectionCreator: ``optionsForClientTLS(hostname)``, as a rule.
        clock: Of which reactor the delayed calls are; None is the current one.
    Source: Twisted 26.10, twisted.internet.endpoints.wrapClientTLS.
    """
    return _WrapperEndpoint(
        wrappedEndpoint,
        lambda factory: _module("protocols.tls").TLSMemoryBIOFactory(connectionCreator, True, factory, clock),
    )


def wrapServerTLS(
    connectionCreator: IOpenSSLServerConnectionCreator,
    wrappedEndpoint: IStreamServerEndpoint,
    clock: IReactorTime | None = None,
) -> IStreamServerEndpoint:
    """An endpoint that listens as *wrappedEndpoint* does and speaks TLS over that.

    Args:
        connectionCreator: CertificateOptions, or what else makes TLS connections.
        clock: Of which reactor the delayed calls are; None is the current one.
    Source: Twisted 26.10, twisted.internet.endpoints.wrapServerTLS.
    """
    return _TLSServerEndpoint(wrappedEndpoint, connectionCreator, clock)


@implementer(IStreamServerEndpoint)
@dataclass
class _TLSServerEndpoint:
    """Listens by *endpoint* and speaks TLS over that."""

    endpoint: Any
    connectionCreator: Any
    clock: Any = None

    def listen(self, factory: Any) -> Deferred[Any]:
        """Listen."""
        tls = _module("protocols.tls")
        secured = tls.TLSMemoryBIOFactory(self.connectionCreator, False, factory, self.clock)
        listening: Deferred[Any] = self.endpoint.listen(secured)
        return listening


# ---- from files --------------------------------------------------------------------


def options_for_server(
    privateKey: str, certKey: str, sslmethod: str | None, extraCertChain: str | None, dhParameters: str | None
) -> Any:
    """CertificateOptions, from files in PEM.

    Args:
        sslmethod: The name of one of OpenSSL's methods, ``TLSv1_2_METHOD``; None lets the two sides agree.
    Raises:
        ValueError: The chain's file has no certificate.
    """
    ssl = _ssl()
    certificate = ssl.Certificate.loadPEM(Path(certKey).read_bytes())
    key = ssl.KeyPair.load(Path(privateKey).read_bytes(), 1)
    server = ssl.PrivateCertificate.fromCertificateAndKeyPair(certificate, key)
    return ssl.CertificateOptions(
        privateKey=server.privateKey.original,
        certificate=server.original,
        extraCertChain=None if extraCertChain is None else _chain(ssl, extraCertChain),
        dhParameters=None if dhParameters is None else _dh_parameters(ssl, dhParameters),
        **({} if sslmethod is None else {"method": _method(sslmethod)}),
    )


def _method(name: str) -> Any:
    return getattr(importlib.import_module("OpenSSL.SSL"), name)


def _chain(ssl: Any, path: str) -> list[Any]:
    found = _PEM_CERTIFICATE.findall(Path(path).read_bytes())
    if not found:
        raise ValueError(
            f"Specified chain file '{path}' doesn't contain any valid certificates in PEM format."
        )
    return [ssl.Certificate.loadPEM(pem).original for pem in found]


def _dh_parameters(ssl: Any, path: str) -> Any:
    return ssl.DiffieHellmanParameters.fromFile(_module("python.filepath").FilePath(path))


def options_for_client(hostname: str | None, trust_root: Any, certificate: Any) -> Any:
    """What a client's end of TLS needs; without a *hostname* the server's name is not checked."""
    ssl = _ssl()
    if hostname is not None:
        return ssl.optionsForClientTLS(hostname, trustRoot=trust_root, clientCertificate=certificate)
    return ssl.CertificateOptions(
        trustRoot=trust_root,
        privateKey=None if certificate is None else certificate.privateKey.original,
        certificate=None if certificate is None else certificate.original,
    )


def _privateCertFromPaths(certificatePath: str | None, keyPath: str | None) -> Any:
    """A PrivateCertificate from two files in PEM, which may be one; None without a certificate."""
    if certificatePath is None:
        return None
    ssl = _ssl()
    certificate = Path(certificatePath).read_bytes()
    if keyPath is None:
        return ssl.PrivateCertificate.loadPEM(certificate)
    key = ssl.KeyPair.load(Path(keyPath).read_bytes(), 1)
    return ssl.PrivateCertificate.fromCertificateAndKeyPair(ssl.Certificate.loadPEM(certificate), key)


def _parseTrustRootPath(pathName: str | None) -> Any:
    """Whom to trust: the certificates of a directory; None, the system's, without one."""
    return None if pathName is None else _loadCAsFromDir(Path(pathName))


def _loadCAsFromDir(directoryPath: Any) -> Any:
    """Trust the certificates in the ``*.pem`` files of a directory; a file that cannot be read is skipped."""
    ssl = _ssl()
    certificates = {}
    for path in sorted(Path(getattr(directoryPath, "path", directoryPath)).iterdir()):
        if path.suffix.lower() == ".pem":
            try:
                content = path.read_bytes()
            except OSError:
                continue
            certificate = ssl.Certificate.loadPEM(content)
            certificates[certificate.digest()] = certificate
    return ssl.trustRootFromCertificates(certificates.values())
