"""The servers that are compared: one process each, ``python -m benchmarks.tcp._servers PEER``.

Every one answers the same requests; its first line on stdout is the port number.

    echo      whatever comes goes back
    writes    16 writes of 64 bytes for each byte that comes
    body      a header of 64 bytes and a body of 60,000, two writes, for each byte that comes
    lines     each line goes back: LineReceiver in Twisted style, split by hand in a raw protocol
    close     like echo, then the connection is closed
"""

from __future__ import annotations

import asyncio
import resource
import socket
import sys
from typing import Any

from benchmarks import _bare
from benchmarks._table import BARE

PIECE = b"x" * 64
BODY = b"y" * 60_000


def answer(kind: str, transport: Any, data: bytes, close: Any) -> None:
    """What a protocol of *kind* does with *data*, in the words of both worlds: ``transport.write``."""
    if kind == "echo":
        transport.write(data)
    elif kind == "writes":
        for _ in data:
            for _ in range(16):
                transport.write(PIECE)
    elif kind == "body":
        for _ in data:
            transport.write(PIECE)
            transport.write(BODY)
    else:
        transport.write(data)
        close()


def without_delay(protocol: Any) -> None:
    """The connectionMade of Twisted's own peers: TCP_NODELAY, which all others have on already."""
    protocol.transport.setTcpNoDelay(True)


def raw(loop: asyncio.AbstractEventLoop, kind: str) -> int:
    """Plain protocols on *loop*, as one writes them by hand; the ports, one a kind."""

    class Echo(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

    class Other(Echo):
        def data_received(self, data: bytes) -> None:
            answer(kind, self.transport, data, self.transport.close)

    class Lines(Echo):
        rest = b""

        def data_received(self, data: bytes) -> None:
            *lines, self.rest = (self.rest + data).split(b"\r\n")
            for line in lines:
                self.transport.write(line + b"\r\n")

    protocol = {"echo": Echo, "lines": Lines}.get(kind, Other)
    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0, backlog=1000))
    return int(server.sockets[0].getsockname()[1])


def twisted_style(reactor: Any, protocol_module: Any, basic: Any, kind: str) -> int:
    """The same as a Twisted program has it."""

    class Echo(protocol_module.Protocol):  # type: ignore[misc]
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data)

    class Other(Echo):
        def dataReceived(self, data: bytes) -> None:
            answer(kind, self.transport, data, self.transport.loseConnection)

    class Lines(basic.LineReceiver):  # type: ignore[misc]
        def lineReceived(self, line: bytes) -> None:
            self.sendLine(line)

    protocol = {"echo": Echo, "lines": Lines}.get(kind, Other)
    factory = protocol_module.Factory.forProtocol(protocol)
    factory.noisy = False
    port = reactor.listenTCP(0, factory, backlog=1000, interface="127.0.0.1")
    return int(port.getHost().port)


def bare(kind: str) -> None:
    """The system alone; what a kind writes in pieces leaves as one."""
    port = _bare.listening(socket.AF_INET, ("127.0.0.1", 0))
    print(port.getsockname()[1], flush=True)
    answers: dict[str, _bare.Answer] = {
        "writes": lambda data: PIECE * 16 * len(data),
        "body": lambda data: (PIECE + BODY) * len(data),
        "lines": lambda data: b"\r\n".join(bytes(data).split(b"\r\n")),
    }
    _bare.serve_streams(port, answers.get(kind, _bare.echo), close=kind == "close")


def main(peer: str, kind: str) -> None:
    """Serve until killed."""
    if peer == BARE:
        bare(kind)
    style, _, loop_name = peer.partition("/")
    if loop_name == "uvloop":
        import uvloop

        new_loop: Any = uvloop.new_event_loop
    else:
        new_loop = asyncio.new_event_loop
    if style == "raw":
        loop = new_loop()
        port = raw(loop, kind)
        run = loop.run_forever
    elif style == "txloop":
        import txloop
        from txloop.internet import protocol
        from txloop.protocols import basic

        reactor = txloop.AsyncioReactor(new_loop())
        port = twisted_style(reactor, protocol, basic, kind)
        run = reactor.run
    else:
        if loop_name != "epoll":
            from twisted.internet import asyncioreactor

            asyncioreactor.install(new_loop())
        from twisted.internet import protocol, reactor
        from twisted.protocols import basic

        protocol.Protocol.connectionMade = without_delay
        port = twisted_style(reactor, protocol, basic, kind)
        run = reactor.run
    print(port, flush=True)
    run()


if __name__ == "__main__":
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    main(*sys.argv[1:])
