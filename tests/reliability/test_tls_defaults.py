"""What TLS speaks when nobody has said anything: 1.2 at least, and no compression."""

from __future__ import annotations

import asyncio
import socket
import ssl
import warnings
from typing import Any

import pytest

from reliability.serving import comes_true, serving
from tls_material import AUTHORITY, pem
from transport_suite.parts import Recorder
from txloop.internet import protocol, reactor
from txloop.internet.ssl import Certificate, CertificateOptions, PrivateCertificate, optionsForClientTLS

pytestmark = pytest.mark.asyncio


def server_options() -> Any:
    with open(pem("localhost"), "rb") as file:
        return PrivateCertificate.loadPEM(file.read()).options()


def plain_options() -> Any:
    with open(pem("localhost"), "rb") as file:
        mine = PrivateCertificate.loadPEM(file.read())
    return CertificateOptions(privateKey=mine.privateKey.original, certificate=mine.original)


def old_context(kind: int) -> ssl.SSLContext:
    """One that speaks nothing newer than TLS 1.1."""
    context = ssl.SSLContext(kind)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if kind == ssl.PROTOCOL_TLS_CLIENT:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_cert_chain(pem("localhost"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.0: an old peer is what is played
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


@pytest.mark.parametrize("options", [server_options, plain_options])
async def test_a_server_refuses_a_client_that_speaks_only_tls_1_1(options: Any) -> None:
    def listen(factory: Any) -> Any:
        return reactor.listenSSL(0, factory, options(), interface="127.0.0.1")

    async with serving(Recorder, listen) as served:
        client, server = await served.connect()
        client.setblocking(True)

        def talk() -> str:
            with pytest.raises(ssl.SSLError) as refused:
                old_context(ssl.PROTOCOL_TLS_CLIENT).wrap_socket(client)
            return refused.value.reason

        assert "PROTOCOL_VERSION" in await asyncio.to_thread(talk)
        await server.lost()
        assert server.data == b""


async def test_a_client_refuses_a_server_that_speaks_only_tls_1_1() -> None:
    with open(AUTHORITY, "rb") as file:
        trusted = Certificate.loadPEM(file.read())
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            peer, _ = listening.accept()
            with peer, pytest.raises((ssl.SSLError, OSError)):
                old_context(ssl.PROTOCOL_TLS_SERVER).wrap_socket(peer, server_side=True)

        end = Recorder()
        factory = protocol.ClientFactory()
        factory.noisy = False
        factory.buildProtocol = lambda addr: end  # type: ignore[method-assign]
        options = optionsForClientTLS("localhost", trusted)
        reactor.connectSSL("127.0.0.1", listening.getsockname()[1], factory, options)
        await asyncio.to_thread(serve)
        await end.lost()
    assert end.data == b""


async def test_nothing_is_compressed_though_the_client_offers_it() -> None:
    def listen(factory: Any) -> Any:
        return reactor.listenSSL(0, factory, server_options(), interface="127.0.0.1")

    async with serving(Recorder, listen) as served:
        client, server = await served.connect()
        client.setblocking(True)
        context = ssl.create_default_context(cafile=str(AUTHORITY))
        context.options &= ~ssl.OP_NO_COMPRESSION

        def talk() -> tuple[str | None, str | None]:
            with context.wrap_socket(client, server_hostname="localhost") as secured:
                secured.sendall(b"x" * 100)
                return secured.compression(), secured.version()

        assert await asyncio.to_thread(talk) == (None, "TLSv1.3")
        await comes_true(lambda: server.data == b"x" * 100)
        await server.lost()
