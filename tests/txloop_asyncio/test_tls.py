"""TLS on the reactor: listenSSL, connectSSL.  (startTLS: test_start_tls.py.)"""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from tls_material import AUTHORITY, ENGINES, client_context, contexts, pem, server_context
from transport_suite.parts import Recorder
from txloop.internet import error, protocol, reactor
from txloop.internet.ssl import Certificate, PrivateCertificate, optionsForClientTLS

pytestmark = pytest.mark.asyncio


class Told(Recorder):
    """A recorder whose factory writes down what a connector says."""

    def __init__(self) -> None:
        super().__init__()
        self.factory: Any = protocol.ClientFactory()
        self.factory.noisy = False
        self.factory.buildProtocol = lambda addr: self
        self.factory.clientConnectionLost = lambda connector, reason: self.note("client lost")
        self.factory.clientConnectionFailed = lambda connector, reason: self.note("client failed")


async def reason_of(context: Any, server: Any, host: str = "127.0.0.1") -> tuple[Told, Told]:
    """Both ends, after a client with *context* has met a server with *server*."""
    client, served = Told(), Told()
    port = reactor.listenSSL(0, served.factory, server, interface="127.0.0.1")
    reactor.connectSSL(host, port.getHost().port, client.factory, context)
    await client.lost()
    await served.lost()
    await port.stopListening()
    return client, served


@pytest.mark.parametrize(
    ("certificate", "wanted"),
    [("elsewhere", "localhost"), ("localhost", "elsewhere.example"), ("expired", "localhost")],
)
async def test_options_for_client_tls_refuse_a_wrong_certificate(certificate: str, wanted: str) -> None:
    """connectionLost and clientConnectionLost, never clientConnectionFailed, as in Twisted."""
    with open(AUTHORITY) as file:
        trusted = Certificate.loadPEM(file.read())
    client, served = await reason_of(optionsForClientTLS(wanted, trusted), server_context(certificate))
    assert client.events == ["made", "lost", "client lost"]
    assert not isinstance(client.reason, error.ConnectionDone)
    assert served.data == b""


async def test_a_certificate_and_options_for_client_tls_meet() -> None:
    with open(AUTHORITY) as file:
        trusted = Certificate.loadPEM(file.read())
    with open(pem("localhost")) as file:
        own = PrivateCertificate.loadPEM(file.read())

    class Polite(Told):
        def connectionMade(self) -> None:
            super().connectionMade()
            self.transport.write(b"hello")

        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            self.transport.loseConnection()

    client, served = Polite(), Polite()
    port = reactor.listenSSL(0, served.factory, own.options(), interface="127.0.0.1")
    reactor.connectSSL(
        "127.0.0.1", port.getHost().port, client.factory, optionsForClientTLS("localhost", trusted)
    )
    assert type(await client.lost()) is error.ConnectionDone
    assert type(await served.lost()) is error.ConnectionDone
    assert (client.data, served.data) == (b"hello", b"hello")
    await port.stopListening()


async def test_an_ssl_context_checks_the_name_that_was_connected_to() -> None:
    client, _ = await reason_of(client_context(), server_context("elsewhere"))
    assert isinstance(client.reason, ssl.SSLCertVerificationError)


@pytest.mark.parametrize("engine", ENGINES)
async def test_waiting_for_the_peers_last_word_is_no_delayed_call(engine: str) -> None:
    """Twisted leaves none behind after loseConnection; trial fails a test that does, as in treq's suite."""
    server, client = contexts(engine)
    there, here = Told(), Told()
    port = reactor.listenSSL(0, there.factory, server, interface="127.0.0.1")
    reactor.connectSSL("127.0.0.1", port.getHost().port, here.factory, client)
    await here.until(lambda: here.events)
    here.transport.write(b"hello")
    await there.until(lambda: there.data)
    here.transport.loseConnection()
    assert reactor.getDelayedCalls() == []
    await here.lost()
    await there.lost()
    await port.stopListening()
