"""The servers that are compared: ``python -m benchmarks.transports._servers PEER KIND``.

What comes goes back.  The first line on stdout is where: a UDP port's number, or a UNIX
socket's path.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import socket
import sys
import tempfile
from typing import Any

from benchmarks import _bare
from benchmarks._run import reactor_of
from benchmarks._table import BARE


def raw(loop: asyncio.AbstractEventLoop, kind: str) -> object:
    """Plain protocols, as one writes them by hand."""

    class Datagrams(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            self.transport.sendto(data, addr)

    class Stream(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            self.transport.write(data)

    if kind == "udp":
        opened = loop.create_datagram_endpoint(Datagrams, local_addr=("127.0.0.1", 0))
        return loop.run_until_complete(opened)[0].get_extra_info("sockname")[1]
    path = new_path()
    loop.run_until_complete(loop.create_unix_server(Stream, path))
    return path


def twisted_style(reactor: Any, protocol: Any, kind: str) -> object:
    """The same as a Twisted program has it."""

    class Datagrams(protocol.DatagramProtocol):  # type: ignore[misc]
        def datagramReceived(self, datagram: bytes, addr: Any) -> None:
            self.transport.write(datagram, addr)

    class Stream(protocol.Protocol):  # type: ignore[misc]
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data)

    if kind == "udp":
        return reactor.listenUDP(0, Datagrams(), interface="127.0.0.1").getHost().port
    path = new_path()
    factory = protocol.Factory.forProtocol(Stream)
    factory.noisy = False
    reactor.listenUNIX(path, factory)
    return path


def new_path() -> str:
    """A short one; the process is killed, so the system's cleaning takes it away."""
    return os.path.join(tempfile.mkdtemp(prefix="bench-"), "s")


def bare(kind: str) -> None:
    """The system alone."""
    if kind == "udp":
        bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        bound.bind(("127.0.0.1", 0))
        print(bound.getsockname()[1], flush=True)
        _bare.echo_datagrams(bound)
    path = new_path()
    port = _bare.listening(socket.AF_UNIX, path)
    print(path, flush=True)
    _bare.serve_streams(port, _bare.echo)


def main(peer: str, kind: str) -> None:
    """Serve until killed."""
    if peer == BARE:
        bare(kind)
    library, _, loop_name = peer.partition("/")
    if library == "raw":
        loop = importlib.import_module(loop_name).new_event_loop()
        print(raw(loop, kind), flush=True)
        loop.run_forever()
    else:
        reactor, modules = reactor_of(peer)
        print(twisted_style(reactor, modules("internet.protocol"), kind), flush=True)
        reactor.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
