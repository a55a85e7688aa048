"""Certificates for the tests of TLS, and contexts of both libraries made from them.

tests/data/make_certificates.py has made them.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "data" / "tls"
AUTHORITY = HERE / "authority.pem"

try:
    from OpenSSL import SSL as openssl  # noqa: N811  # a module
except ImportError:
    openssl: Any = None  # type: ignore[no-redef]

# The engine's name, for test ids.
ENGINES = [
    "ssl",
    pytest.param("pyopenssl", marks=pytest.mark.skipif(openssl is None, reason="pyOpenSSL is missing")),
]


def pem(name: str) -> str:
    """The file with the certificate *name* and its key."""
    return str(HERE / f"{name}.pem")


def server_context(
    name: str = "localhost", *, asks_client: bool = False, version: ssl.TLSVersion | None = None
) -> ssl.SSLContext:
    """A server's, of the standard library."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem(name))
    if asks_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(AUTHORITY)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


def client_context(*, name: str | None = None, checks: bool = True) -> ssl.SSLContext:
    """A client's, which trusts the test authority, of the standard library."""
    context = ssl.create_default_context(cafile=str(AUTHORITY))
    if not checks:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if name is not None:
        context.load_cert_chain(pem(name))
    return context


class OldContextFactory:
    """What a legacy program writes: an object with getContext() that gives pyOpenSSL's.

    Args:
        name: The certificate to show; None shows none (a client).
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name

    def getContext(self) -> Any:
        context = openssl.Context(openssl.TLS_METHOD)
        if self._name is not None:
            context.use_certificate_file(pem(self._name))
            context.use_privatekey_file(pem(self._name))
        return context


def contexts(engine: str) -> tuple[Any, Any]:
    """What a server and a client are given to speak with that engine."""
    if engine == "ssl":
        return server_context(), client_context(checks=False)
    return declared(OldContextFactory("localhost")), declared(OldContextFactory())


def declared(factory: Any) -> Any:
    """It says that it provides IOpenSSLContextFactory, as Twisted wants it now."""
    from zope.interface import directlyProvides

    from txloop.internet.interfaces import IOpenSSLContextFactory

    directlyProvides(factory, IOpenSSLContextFactory)
    return factory
