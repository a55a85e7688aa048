"""Bad certificates: each is refused by each way to connect, with either library, and the port goes on."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from zope.interface import implementer

from tls_material import AUTHORITY, ENGINES, client_context, pem, server_context
from transport_suite.parts import Recorder
from txloop import _pyopenssl
from txloop.internet import error, protocol, reactor
from txloop.internet._tls.trust import IOpenSSLTrustRoot
from txloop.internet.endpoints import TCP4ClientEndpoint, clientFromString, wrapClientTLS
from txloop.internet.ssl import (
    Certificate,
    CertificateOptions,
    PrivateCertificate,
    VerificationError,
    optionsForClientTLS,
    trustRootFromCertificates,
)
from txloop.protocols.tls import TLSMemoryBIOFactory

pytestmark = pytest.mark.asyncio

# The certificate that the server shows, and whom the client wants.
BAD = [
    pytest.param("expired", "localhost", id="expired"),
    pytest.param("future", "localhost", id="not yet valid"),
    pytest.param("elsewhere", "localhost", id="wrong host"),
    pytest.param("stranger", "localhost", id="wrong authority"),
    pytest.param("selfsigned", "localhost", id="self-signed"),
    pytest.param("wildcard", "wild.example", id="wildcard for its own domain"),
    pytest.param("wildcard", "a.b.wild.example", id="wildcard for two labels"),
    pytest.param("star", "localhost", id="wildcard for everything"),
    pytest.param("address_as_name", "127.0.0.1", id="an address as a name"),
    pytest.param("elsewhere", "127.0.0.1", id="a name instead of an address"),
    pytest.param("localhost", "127.0.0.2", id="wrong address"),
]
GOOD = [
    ("localhost", "localhost"),
    ("localhost", "127.0.0.1"),
    ("localhost", "::1"),
    ("wildcard", "a.wild.example"),
]
REFUSALS: tuple[type[BaseException], ...] = (ssl.SSLCertVerificationError, VerificationError)
if _pyopenssl.installed():
    from OpenSSL import SSL
    from service_identity import CertificateError  # of names that no certificate may have

    REFUSALS += (SSL.Error, CertificateError)


class Speaker(Recorder):
    """Says who it is at once, as a program with a password would."""

    def __init__(self, secret: bytes = b"") -> None:
        super().__init__()
        self._secret = secret

    def connectionMade(self) -> None:
        super().connectionMade()
        self.transport.write(self._secret)


def factory_of(made: Any) -> Any:
    """A factory that gives *made*."""
    factory: Any = protocol.ClientFactory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: made
    return factory


# ---- the ways to connect: each takes options, a factory and a port -----------------


async def by_connect_ssl(options: Any, factory: Any, port: int) -> None:
    reactor.connectSSL("127.0.0.1", port, factory, options)


async def by_tls_factory(options: Any, factory: Any, port: int) -> None:
    reactor.connectTCP("127.0.0.1", port, TLSMemoryBIOFactory(options, True, factory))


async def by_endpoint(options: Any, factory: Any, port: int) -> None:
    await wrapClientTLS(options, TCP4ClientEndpoint(reactor, "127.0.0.1", port)).connect(factory)


async def by_start_tls(options: Any, factory: Any, port: int) -> None:
    inside = factory.buildProtocol(None)
    made, inside.connectionMade = inside.connectionMade, lambda: None

    def upgrade() -> None:
        inside.transport.startTLS(options)
        made()

    inside.connectionMade = upgrade
    reactor.connectTCP("127.0.0.1", port, factory_of(inside))


WAYS = [by_connect_ssl, by_tls_factory, by_endpoint, by_start_tls]
Way = Callable[[Any, Any, int], Awaitable[None]]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """ "ssl" as if pyOpenSSL were not installed, "pyopenssl" with it."""
    name: str = request.param
    if name == "ssl":
        leave_out_pyopenssl(monkeypatch)
    return name


def leave_out_pyopenssl(monkeypatch: pytest.MonkeyPatch) -> None:
    def require(what: str) -> Any:
        raise ImportError(f"{what} needs pyOpenSSL: install txloop[pyopenssl]")

    monkeypatch.setattr(_pyopenssl, "installed", lambda: False)
    monkeypatch.setattr(_pyopenssl, "require", require)


def authority() -> Certificate:
    return Certificate.loadPEM(AUTHORITY.read_bytes())  # type: ignore[no-any-return]


def options_for(wanted: str) -> Any:
    return optionsForClientTLS(wanted, trustRootFromCertificates([authority()]))


@contextlib.asynccontextmanager
async def serving(context: Any, served: list[Recorder]) -> AsyncIterator[int]:
    """A port that greets; *served* gets its protocols."""

    def build(addr: Any) -> Recorder:
        served.append(Speaker(b"welcome"))
        return served[-1]

    factory: Any = protocol.Factory()
    factory.noisy = False
    factory.buildProtocol = build
    port = reactor.listenSSL(0, factory, context, interface="127.0.0.1")
    yield port.getHost().port
    await port.stopListening()
    for each in served:
        if each.reason is None:
            each.transport.loseConnection()
            await each.lost()


async def assert_refused(connect: Way, options: Any, port: int, served: list[Recorder]) -> BaseException:
    """The client ends with a refusal, and neither side has got a byte."""
    client = Speaker(b"my password")
    await connect(options, factory_of(client), port)
    reason = await client.lost()
    assert client.events == ["made", "lost"]
    assert isinstance(reason, REFUSALS), reason
    await served[-1].lost()
    assert served[-1].data == b""
    return reason


async def assert_served(connect: Way, options: Any, port: int, served: list[Recorder]) -> None:
    """The client is greeted, and both are done."""
    client = Speaker(b"my password")
    await connect(options, factory_of(client), port)
    await client.until(lambda: client.data)
    client.transport.loseConnection()
    assert type(await client.lost()) is error.ConnectionDone
    assert type(await served[-1].lost()) is error.ConnectionDone
    assert (client.data, served[-1].data) == (b"welcome", b"my password")


@pytest.mark.parametrize("connect", WAYS)
@pytest.mark.parametrize(("shown", "wanted"), BAD)
async def test_a_bad_certificate_is_refused(connect: Way, shown: str, wanted: str, engine: str) -> None:
    """No byte of either side passes, and the port serves the next."""
    served: list[Recorder] = []
    async with serving(server_context(shown), served) as port:
        await assert_refused(connect, options_for(wanted), port, served)
        await assert_served(connect, CertificateOptions(), port, served)


@pytest.mark.parametrize("connect", WAYS)
@pytest.mark.parametrize(("shown", "wanted"), GOOD)
async def test_a_good_certificate_is_accepted(connect: Way, shown: str, wanted: str, engine: str) -> None:
    served: list[Recorder] = []
    async with serving(server_context(shown), served) as port:
        await assert_served(connect, options_for(wanted), port, served)


@pytest.mark.parametrize(("shown", "wanted"), BAD)
async def test_a_bad_certificate_is_refused_by_an_ssl_context(shown: str, wanted: str) -> None:
    """``ssl.SSLContext`` with a name: the error is the standard library's and says what is wrong."""
    served: list[Recorder] = []
    options = optionsForClientTLS(wanted, client_context())
    async with serving(server_context(shown), served) as port:
        reason = await assert_refused(by_connect_ssl, options, port, served)
    assert isinstance(reason, ssl.SSLCertVerificationError)
    assert reason.verify_message


@pytest.mark.parametrize(("shown", "wanted"), BAD)
async def test_a_bad_certificate_is_refused_by_an_endpoints_text(
    shown: str, wanted: str, tmp_path: Any
) -> None:
    """``tls:name:port:trustRoots=…:endpoint=…``"""
    (tmp_path / "authority.pem").write_bytes(AUTHORITY.read_bytes())
    served: list[Recorder] = []

    async def by_text(options: Any, factory: Any, port: int) -> None:
        text = f"tls:{wanted}:443:trustRoots={tmp_path}:endpoint=tcp\\:127.0.0.1\\:{port}"
        await clientFromString(reactor, text).connect(factory)

    async with serving(server_context(shown), served) as port:
        await assert_refused(by_text, None, port, served)


# ---- what the trust root has revoked --------------------------------------------------


@implementer(IOpenSSLTrustRoot)
class Revoking:
    """Trusts an authority, but for what that one's list of revoked certificates says."""

    def _addCACertsToContext(self, context: Any) -> None:
        if isinstance(context, ssl.SSLContext):
            context.load_verify_locations(pem("revoking"))
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        else:
            from OpenSSL import crypto

            store = context.get_cert_store()
            store.load_locations(pem("revoking"))
            store.set_flags(crypto.X509StoreFlags.CRL_CHECK)


@pytest.mark.parametrize("connect", WAYS)
async def test_a_certificate_that_the_trust_root_has_revoked_is_refused(connect: Way, engine: str) -> None:
    """By an IOpenSSLTrustRoot of the program's; the same authority's other certificate is accepted."""
    served: list[Recorder] = []
    for shown, check in (("revoked", assert_refused), ("unrevoked", assert_served)):
        async with serving(server_context(shown), served) as port:
            await check(connect, optionsForClientTLS("localhost", Revoking()), port, served)


@pytest.mark.parametrize("connect", WAYS)
async def test_a_certificate_that_a_contexts_list_has_revoked_is_refused(connect: Way) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    Revoking()._addCACertsToContext(context)
    served: list[Recorder] = []
    for shown, check in (("revoked", assert_refused), ("unrevoked", assert_served)):
        async with serving(server_context(shown), served) as port:
            await check(connect, optionsForClientTLS("localhost", context), port, served)


# ---- client certificates -------------------------------------------------------------


def demanding() -> Any:
    """A server's options that want a certificate of the test authority."""
    with open(pem("localhost"), "rb") as file:
        return PrivateCertificate.loadPEM(file.read()).options(authority())


def showing(name: str) -> Any:
    """A client's options, which show that certificate."""
    with open(pem(name), "rb") as file:
        own = PrivateCertificate.loadPEM(file.read())
    return optionsForClientTLS("localhost", authority(), clientCertificate=own)


async def test_a_client_that_shows_its_certificate_is_known_by_it(engine: str) -> None:
    served: list[Recorder] = []
    async with serving(demanding(), served) as port:
        client = Speaker(b"?")
        reactor.connectSSL("127.0.0.1", port, factory_of(client), showing("client"))
        await client.until(lambda: client.data)
        shown = Certificate.peerFromTransport(served[-1].transport)
        with open(pem("client"), "rb") as file:
            assert shown == Certificate.loadPEM(file.read())
        client.transport.loseConnection()
        await client.lost()


@pytest.mark.parametrize("name", ["expired", "future", "stranger", "selfsigned", None])
async def test_a_client_with_a_bad_certificate_or_none_is_refused(name: str | None, engine: str) -> None:
    """With TLS 1.3 the client is done before it is refused; but the server takes nothing from it."""
    served: list[Recorder] = []
    options = options_for("localhost") if name is None else showing(name)
    async with serving(demanding(), served) as port:
        client = Speaker(b"my password")
        reactor.connectSSL("127.0.0.1", port, factory_of(client), options)
        await client.lost()
        reason = await served[0].lost()
        assert served[0].data == b""
        assert type(reason).__name__ in ("SSLError", "SSLCertVerificationError", "Error"), reason
        assert client.data == b""
