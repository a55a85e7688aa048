"""The servers that are compared: one process each, ``python -m benchmarks.tls._servers PEER KIND``.

Every one answers the same requests; its first line on stdout is the port number.

    echo      whatever comes goes back
    options   the same; Twisted's way to say how: CertificateOptions (with pyOpenSSL its contexts)
    writes    64 writes of 1 KiB for each byte that comes
    down      one write of 1 MiB for each byte that comes
"""

from __future__ import annotations

import asyncio
import resource
import socket
import ssl
import sys
from pathlib import Path
from typing import Any

from benchmarks import _bare
from benchmarks._run import reactor_of
from benchmarks._table import BARE

PEM = Path(__file__).resolve().parents[2] / "data" / "tls" / "localhost.pem"
PIECE = b"x" * 1024
BODY = b"y" * 1_048_576


def answer(kind: str, transport: Any, data: bytes) -> None:
    """What a protocol of *kind* does with *data*, in the words of both worlds: ``transport.write``."""
    if kind == "writes":
        for _ in data:
            for _ in range(64):
                transport.write(PIECE)
    elif kind == "down":
        for _ in data:
            transport.write(BODY)
    else:
        transport.write(data)


def standard_context() -> ssl.SSLContext:
    """The standard library's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    return context


def raw(loop: asyncio.AbstractEventLoop, kind: str) -> int:
    """Plain protocols on *loop*, over its own TLS."""

    class Answering(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            answer(kind, self.transport, data)

    serving = loop.create_server(Answering, "127.0.0.1", 0, backlog=1000, ssl=standard_context())
    return int(loop.run_until_complete(serving).sockets[0].getsockname()[1])


def twisted_style(peer: str, kind: str, reactor: Any, module: Any) -> int:
    """The same as a Twisted program has it."""

    class Answering(module("internet.protocol").Protocol):  # type: ignore[misc]
        def connectionMade(self) -> None:
            if peer.startswith("twisted"):
                self.transport.setTcpNoDelay(True)  # all others have it on already

        def dataReceived(self, data: bytes) -> None:
            answer(kind, self.transport, data)

    factory = module("internet.protocol").Factory.forProtocol(Answering)
    factory.noisy = False
    if peer.startswith("twisted") or kind == "options":
        context = module("internet.ssl").PrivateCertificate.loadPEM(PEM.read_bytes()).options()
    else:
        context = standard_context()
    port = reactor.listenSSL(0, factory, context, backlog=1000, interface="127.0.0.1")
    return int(port.getHost().port)


def bare(kind: str) -> None:
    """The system and OpenSSL alone; 64 writes leave as one."""
    port = _bare.listening(socket.AF_INET, ("127.0.0.1", 0))
    print(port.getsockname()[1], flush=True)
    answers: dict[str, _bare.Answer] = {
        "writes": lambda data: PIECE * 64 * len(data),
        "down": lambda data: BODY * len(data),
    }
    _bare.serve_streams(port, answers.get(kind, _bare.echo), tls=standard_context())


def main(peer: str, kind: str) -> None:
    """Serve until killed."""
    if peer == BARE:
        bare(kind)
    library, _, loop_name = peer.partition("/")
    if library == "raw":
        loop = __import__(loop_name).new_event_loop()
        print(raw(loop, kind), flush=True)
        loop.run_forever()
    else:
        reactor, module = reactor_of(peer)
        print(twisted_style(peer, kind, reactor, module), flush=True)
        reactor.run()


if __name__ == "__main__":
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    main(*sys.argv[1:])
