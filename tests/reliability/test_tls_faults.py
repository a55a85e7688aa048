"""What goes wrong at the other end of TLS: garbage, cuts, stalls (injected plaintext: test_start_tls.py)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from typing import Any

import pytest

from reliability.serving import serving
from tls_material import client_context, server_context
from transport_suite.parts import Recorder
from txloop.internet import error, reactor
from txloop.protocols.policies import TimeoutMixin

pytestmark = pytest.mark.asyncio


def tls_port(factory: Any) -> Any:
    return reactor.listenSSL(0, factory, server_context(), interface="127.0.0.1")


async def tls_answers(served: Any) -> bool:
    reader, writer = await asyncio.open_connection(
        *served.where, ssl=client_context(), server_hostname="localhost"
    )
    writer.write(b"hello")
    async with asyncio.timeout(10):
        answer = await reader.readexactly(5)
    writer.close()
    with contextlib.suppress(ssl.SSLError, OSError):
        await writer.wait_closed()
    return answer == b"hello"


class TLSEcho(Recorder):
    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.transport.write(data)


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.0\r\n\r\n",
        b"\x16\x03\x01\xff\xff" + bytes(70_000),
        bytes(10),
        bytes(range(256)) * 64,
    ],
    ids=["http", "long record", "zeros", "all bytes"],
)
async def test_garbage_in_place_of_a_handshake_ends_that_connection_alone(garbage: bytes) -> None:
    async with serving(TLSEcho, tls_port) as served:
        client, server = await served.connect()
        with contextlib.suppress(OSError):
            client.send(garbage)
            client.shutdown(socket.SHUT_WR)
        reason = await server.lost()
        assert isinstance(reason, (ssl.SSLError, error.ConnectionLost))
        assert server.data == b""
        assert await tls_answers(served)


async def test_a_tls_stream_that_is_cut_is_not_a_clean_end_and_its_last_bytes_are_there() -> None:
    async with serving(TLSEcho, tls_port) as served:
        raw = socket.create_connection(served.where)
        context = client_context()

        def talk() -> None:
            with context.wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=True) as client:
                client.sendall(b"last bytes")
                assert client.recv(100) == b"last bytes"
                raw_again = socket.socket(fileno=client.detach())
                raw_again.close()

        await asyncio.to_thread(talk)
        (server,) = served.made
        assert type(await server.lost()) is error.ConnectionLost
        assert server.data == b"last bytes"


async def handshaken(client: socket.socket, *, piece_bytes: int = 65536) -> tuple[Any, Any, Any]:
    """A TLS session over a plain socket whose handshake is done, and its two buffers.

    Args:
        piece_bytes: So many bytes are sent at a time.
    """
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = client_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(10):
        while True:
            try:
                session.do_handshake()
            except ssl.SSLWantReadError:
                while piece := outgoing.read(piece_bytes):
                    await loop.sock_sendall(client, piece)
                    await asyncio.sleep(0)
                incoming.write(await loop.sock_recv(client, piece_bytes))
            else:
                return session, incoming, outgoing


async def test_garbage_after_the_handshake_ends_the_connection_and_is_never_delivered() -> None:
    async with serving(TLSEcho, tls_port) as served:
        client, server = await served.connect()
        _, _, outgoing = await handshaken(client)
        garbage = b"\x17\x03\x03\x00\x20" + b"\xaa" * 32
        await asyncio.get_running_loop().sock_sendall(client, outgoing.read() + garbage)
        assert isinstance(await server.lost(), ssl.SSLError)
        assert server.data == b""


async def test_a_handshake_that_trickles_in_byte_by_byte_is_the_same_handshake() -> None:
    async with serving(TLSEcho, tls_port) as served:
        client, server = await served.connect()
        session, _, outgoing = await handshaken(client, piece_bytes=1)
        session.write(b"hello")
        while piece := outgoing.read(1):
            client.send(piece)
            await asyncio.sleep(0)
        await server.until(lambda: server.data == b"hello")


async def test_a_client_that_wants_to_renegotiate_is_refused_and_nobody_else_minds() -> None:
    openssl = pytest.importorskip("OpenSSL.SSL", reason="pyOpenSSL is missing")
    context = openssl.Context(openssl.TLS_METHOD)
    context.set_max_proto_version(openssl.TLS1_2_VERSION)
    session = openssl.Connection(context, None)
    session.set_connect_state()
    loop = asyncio.get_running_loop()

    async def shake_hands(client: socket.socket) -> None:
        while True:
            try:
                session.do_handshake()
            except openssl.WantReadError:
                with contextlib.suppress(openssl.WantReadError):
                    await loop.sock_sendall(client, session.bio_read(65536))
                came = await loop.sock_recv(client, 65536)
                assert came, "it was ended"
                session.bio_write(came)
            else:
                return

    async with asyncio.timeout(10), serving(TLSEcho, tls_port) as served:
        client, server = await served.connect()
        await shake_hands(client)
        session.renegotiate()
        with pytest.raises((openssl.Error, AssertionError, ConnectionError)):
            await shake_hands(client)
        assert server.data == b""
        assert await tls_answers(served)


async def test_a_peer_that_stalls_in_the_handshake_is_connected_and_may_be_timed_out() -> None:
    class Impatient(TimeoutMixin, Recorder):
        def connectionMade(self) -> None:
            super().connectionMade()
            self.setTimeout(0.05)

    async with serving(Impatient, tls_port) as served:
        client, server = await served.connect()
        client.send(b"\x16\x03\x01")  # the beginning of a record, and no more
        await server.lost()
        assert server.events.count("lost") == 1
