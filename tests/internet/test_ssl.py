"""internet.ssl: certificates and keys as programs handle them, with pyOpenSSL and without."""

from __future__ import annotations

import contextlib
import hashlib
import ssl as standard
import sys
import warnings
from typing import Any

import pytest

from support import python
from tls_material import AUTHORITY, ENGINES, pem
from txloop import _pyopenssl
from txloop.internet import ssl, tcp
from txloop.internet.error import CertificateError, VerifyError

needs_pyopenssl = pytest.mark.skipif(not _pyopenssl.installed(), reason="pyOpenSSL is missing")


@pytest.fixture(params=ENGINES)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """ "ssl": as if pyOpenSSL were not installed."""
    name: str = request.param
    if name == "ssl":

        def require(what: str) -> Any:
            raise ImportError(f"{what} needs pyOpenSSL: install txloop[pyopenssl]")

        monkeypatch.setattr(_pyopenssl, "installed", lambda: False)
        monkeypatch.setattr(_pyopenssl, "require", require)
    return name


def content(name: str) -> bytes:
    with open(pem(name), "rb") as file:
        return file.read()


# ---- with either ------------------------------------------------------------------


def test_a_certificate_is_loaded_and_dumped_in_both_formats(library: str) -> None:
    certificate = ssl.Certificate.loadPEM(AUTHORITY.read_bytes())
    assert ssl.Certificate.load(certificate.dump()) == certificate
    assert ssl.Certificate.loadPEM(certificate.dumpPEM()) == certificate
    assert certificate != ssl.Certificate.loadPEM(content("localhost"))


def test_the_digest_is_that_of_the_standard_library(library: str) -> None:
    certificate = ssl.Certificate.loadPEM(content("localhost"))
    digits = certificate.digest("sha256").replace(b":", b"")
    assert digits.decode().lower() == hashlib.sha256(certificate.dump()).hexdigest()


def test_a_private_certificate_is_one_text_with_both_blocks(library: str) -> None:
    own = ssl.PrivateCertificate.loadPEM(content("localhost"))
    again = ssl.PrivateCertificate.loadPEM(own.dumpPEM())
    assert again == own
    assert again.privateKey.dump(1) == own.privateKey.dump(1)


def test_options_give_a_context_of_the_library_that_is_there(library: str) -> None:
    context = ssl.PrivateCertificate.loadPEM(content("localhost")).options().getContext()
    assert isinstance(context, standard.SSLContext) is (library == "ssl")


def test_default_context_factories_are_there_with_either(library: str) -> None:
    server = ssl.DefaultOpenSSLContextFactory(pem("localhost"), pem("localhost")).getContext()
    client = ssl.ClientContextFactory().getContext()
    assert {isinstance(each, standard.SSLContext) for each in (server, client)} == {library == "ssl"}


def test_what_needs_pyopenssl_says_so_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "OpenSSL", None)
    monkeypatch.setitem(sys.modules, "OpenSSL.SSL", None)
    with pytest.raises(ImportError, match=r"KeyPair\.generate needs pyOpenSSL: install txloop\[pyopenssl\]"):
        ssl.KeyPair.generate()


def test_options_refuse_what_does_not_go_together() -> None:
    with pytest.raises(ValueError, match="neither or both"):
        ssl.CertificateOptions(privateKey=b"")
    with pytest.raises(TypeError, match="mutually exclusive"):
        ssl.CertificateOptions(trustRoot=ssl.platformTrust(), verify=True)
    with pytest.raises(ValueError, match="raiseMinimumTo needs to be lower"):
        ssl.CertificateOptions(
            raiseMinimumTo=ssl.TLSVersion.TLSv1_3, lowerMaximumSecurityTo=ssl.TLSVersion.TLSv1_2
        )
    with pytest.warns(DeprecationWarning, match="combination of insecurelyLowerMinimumTo") as warned:
        ssl.CertificateOptions(method=2)
    assert warned[0].filename == __file__
    with pytest.raises(TypeError, match="requires text for host names, not bytes"):
        ssl.optionsForClientTLS(b"example.com")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "hostname", ["", ".", "a..example", "*", "*.example", "a b", "localhost\0.evil", "x" * 64]
)
def test_what_no_server_can_be_named_is_refused_before_anybody_connects(hostname: str) -> None:
    """Twisted's refuses them too, each with some UnicodeError of the package idna."""
    with pytest.raises(UnicodeError):
        ssl.optionsForClientTLS(hostname)


@pytest.mark.parametrize("hostname", ["a_b.example", "localhost.", "xn--9ca.example", "é.example", "::1"])
def test_what_a_server_may_be_named_is_taken(hostname: str) -> None:
    assert ssl.optionsForClientTLS(hostname)


class FakeTransport:
    """A transport whose handle is itself."""

    def getHandle(self) -> Any:
        return self


class FakeTLS(FakeTransport):
    """A handle as pyOpenSSL's, without certificates."""

    def get_peer_certificate(self) -> Any:
        return None

    def get_host_certificate(self) -> Any:
        return None


@pytest.mark.parametrize("whose", ["peer", "host"])
def test_a_missing_certificate_is_told_from_a_missing_tls(whose: str) -> None:
    """Source: Twisted 26.10, by running it."""
    ask = getattr(ssl.Certificate, f"{whose}FromTransport")
    with pytest.raises(CertificateError, match=f"^non-TLS transport .* did not have {whose} certificate"):
        ask(FakeTransport())
    with pytest.raises(CertificateError, match=f"^TLS transport .* did not have {whose} certificate"):
        ask(FakeTLS())


# ---- with pyOpenSSL -------------------------------------------------------------------


@needs_pyopenssl
def test_originals_are_pyopenssls_objects() -> None:
    from OpenSSL import crypto

    own = ssl.PrivateCertificate.loadPEM(content("localhost"))
    assert isinstance(own.original, crypto.X509)
    assert isinstance(own.privateKey.original, crypto.PKey)


@needs_pyopenssl
@pytest.mark.parametrize("serial", [0, 1, 2**64])
def test_a_key_signs_for_itself(serial: int) -> None:
    """0 too, which old programs give; the library warns of such a certificate when it is looked into."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Parsed a serial number which wasn't positive")
        own = ssl.KeyPair.generate().selfSignedCert(serial, CN="example.com", O="Example")
        assert own.serialNumber() == serial
        assert own.getSubject() == own.getIssuer() == ssl.DN(CN="example.com", O="Example")
        assert own.privateKey.matches(own.getPublicKey())


@needs_pyopenssl
def test_an_authority_signs_a_request() -> None:
    authority = ssl.KeyPair.generate().selfSignedCert(1, CN="authority")
    key = ssl.KeyPair.generate()
    request = key.certificateRequest(ssl.DN(CN="asking"))
    signed = ssl.Certificate.load(authority.signCertificateRequest(request, lambda name: True, 7))
    assert (signed.getSubject(), signed.getIssuer()) == (ssl.DN(CN="asking"), ssl.DN(CN="authority"))
    assert key.matches(signed.getPublicKey())
    assert repr(signed) == "<Certificate Subject=b'asking' Issuer=b'authority'>"
    nameless = key.signRequestObject(ssl.DN(O="Example"), key.requestObject(ssl.DN(CN="asking")), 1)
    assert repr(nameless) == "<Certificate Subject=b'asking' Issuer=>"
    with pytest.raises(VerifyError, match="rejected request DN"):
        authority.signCertificateRequest(request, lambda name: False, 8)


@needs_pyopenssl
@pytest.mark.parametrize("strict", [False, True])
def test_what_a_self_signed_certificate_has_signed_is_trusted_by_who_trusts_that(strict: bool) -> None:
    """Programs make their own authorities so.  Strictly too, as Python 3.13 verifies by default."""
    authority = ssl.KeyPair.generate().selfSignedCert(1, CN="authority")
    key = ssl.KeyPair.generate()
    signed = authority.signCertificateRequest(key.certificateRequest(ssl.DN(CN="x")), lambda name: True, 7)
    own = ssl.PrivateCertificate.load(signed, key)
    for_server = own.options().standard_context(is_client=False)
    for_client = ssl.CertificateOptions(trustRoot=authority).standard_context(is_client=True)
    if strict:
        for_client.verify_flags |= standard.VERIFY_X509_STRICT
    to_server, to_client = standard.MemoryBIO(), standard.MemoryBIO()
    client = for_client.wrap_bio(to_client, to_server)
    server = for_server.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, server, client):  # the last one verifies
        with contextlib.suppress(standard.SSLWantReadError):
            side.do_handshake()
    assert client.getpeercert(binary_form=True) == signed


@needs_pyopenssl
def test_keys_are_dumped_as_twisted_dumps_them() -> None:
    """DER: PKCS 1; PEM: PKCS 8.  Source: Twisted 26.10, by running it."""
    key = ssl.KeyPair.generate()
    assert key.dump(1).startswith(b"-----BEGIN PRIVATE KEY-----\n")
    for form in (0, 1):
        assert ssl.KeyPair.load(key.dump(form or 2), form or 2).matches(key)
    with pytest.raises(ValueError, match="Unsupported format: 99"):
        key.dump(99)


@needs_pyopenssl
def test_a_certificate_and_a_strangers_key_do_not_go_together() -> None:
    certificate = ssl.Certificate.loadPEM(content("localhost"))
    with pytest.raises(VerifyError, match="do not match"):
        ssl.PrivateCertificate.fromCertificateAndKeyPair(certificate, ssl.KeyPair.generate())


@needs_pyopenssl
def test_requests_refuse_other_formats() -> None:
    request = ssl.KeyPair.generate().requestObject(ssl.DN(CN="x"))
    with pytest.raises(ValueError, match="Unsupported format: 99"):
        request.dump(99)
    with pytest.raises(ValueError, match="Unsupported format: 99"):
        ssl.CertificateRequest.load(request.dump(), 99)


def test_pickling_is_deprecated() -> None:
    with pytest.warns(DeprecationWarning, match="a real persistence system"):
        state = ssl.CertificateOptions().__getstate__()
    with pytest.warns(DeprecationWarning, match="a real persistence system"):
        ssl.CertificateOptions().__setstate__(state)


# ---- loading ----------------------------------------------------------------------------


def test_a_reactor_with_plain_ports_loads_no_tls() -> None:
    """Most programs speak none: protocols.tls and pyOpenSSL come with the first listenSSL, startTLS …"""
    done = python(
        "-c",
        "import sys, txloop\n"
        "from txloop.internet import protocol\n"
        "reactor = txloop.AsyncioReactor()\n"
        "factory = protocol.Factory.forProtocol(protocol.Protocol)\n"
        "factory.noisy = False\n"
        "port = reactor.listenTCP(0, factory, interface='127.0.0.1')\n"
        "reactor.callLater(0, reactor.stop)\n"
        "reactor.run()\n"
        "print([name for name in ('txloop.protocols.tls', 'txloop.internet.ssl', 'OpenSSL', 'cryptography')\n"
        "       if name in sys.modules])",
    )
    assert done.stdout == "[]\n", done.stderr


def test_importing_ssl_loads_neither_a_loop_nor_pyopenssl() -> None:
    done = python(
        "-c",
        "import sys, txloop.internet.ssl, txloop.protocols.tls\n"
        "print([name for name in ('asyncio', 'OpenSSL', 'cryptography') if name in sys.modules])",
    )
    assert done.stdout == "[]\n", done.stderr


def test_ports_and_connectors_are_named_in_ssl() -> None:
    """Programs subclass ssl.Port."""
    assert issubclass(ssl.Port, tcp.Port)
    assert issubclass(ssl.Connector, tcp.Connector)
    assert ssl.Port.__module__ == "txloop.internet.ssl"
