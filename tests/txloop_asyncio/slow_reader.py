"""A program of its own: a push producer writes to a slower reader.  ``slow_reader.py KIND MEGABYTES``.

    tcp, unix, tls   a connection; the reader is a thread that takes 8 KiB at a time
    pipe             a child's standard input; the reader is the child, `cat` into nothing

Prints by how many KiB the most memory that this process ever had grew while it wrote.
"""

from __future__ import annotations

import resource
import socket
import ssl
import sys
import tempfile
import threading
from typing import Any

from tls_material import client_context, server_context
from txloop.internet import protocol, reactor

PIECE = b"x" * 16_384


def most_memory_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Producer:
    """Writes until paused, as many bytes as it was told."""

    def __init__(self, transport: Any, megabytes: int) -> None:
        self.transport, self.left = transport, megabytes << 20
        self.paused, self.pauses = False, 0
        self.before = most_memory_kib()

    def resumeProducing(self) -> None:
        self.paused = False
        while self.left > 0 and not self.paused:
            self.left -= len(PIECE)
            self.transport.write(PIECE)
        if self.left <= 0 and not self.paused:
            self.transport.unregisterProducer()
            self.transport.loseConnection()

    def pauseProducing(self) -> None:
        self.paused, self.pauses = True, self.pauses + 1

    def stopProducing(self) -> None:
        self.paused, self.left = True, 0


class Writing(protocol.Protocol):
    def connectionMade(self) -> None:
        begin(self.transport)

    def connectionLost(self, reason: Any = None) -> None:
        end(reason)


class Feeding(protocol.ProcessProtocol):
    def connectionMade(self) -> None:
        begin(self.transport)

    def processEnded(self, reason: Any) -> None:
        end(reason)


producer: Any = None


def begin(transport: Any) -> None:
    global producer
    transport.write(PIECE * 8)  # what is made once, by the first writes, is no growth
    producer = Producer(transport, MEGABYTES)
    transport.registerProducer(producer, True)
    producer.resumeProducing()


def end(reason: Any) -> None:
    print(most_memory_kib() - producer.before, producer.left, producer.pauses, reason.type.__name__)
    reactor.stop()


def read(made: socket.socket, address: Any, client_tls: ssl.SSLContext | None) -> None:
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect(address)
    if client_tls is not None:
        made = client_tls.wrap_socket(made, server_hostname="localhost")
    while made.recv(8192):
        pass
    if isinstance(made, ssl.SSLSocket):
        made = made.unwrap()
    made.close()


def main(kind: str) -> None:
    factory = protocol.Factory.forProtocol(Writing)
    factory.noisy = False
    if kind == "pipe":
        reactor.spawnProcess(Feeding(), "/bin/sh", ["sh", "-c", "exec cat >/dev/null"], env=None)
    elif kind == "unix":
        path = tempfile.mkdtemp() + "/s"
        reactor.listenUNIX(path, factory)
        start(socket.AF_UNIX, path)
    elif kind == "tls":
        port = reactor.listenSSL(0, factory, server_context(), interface="127.0.0.1")
        start(socket.AF_INET, ("127.0.0.1", port.getHost().port), client_context())
    else:
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        start(socket.AF_INET, ("127.0.0.1", port.getHost().port))
    reactor.run()


def start(family: int, address: Any, client_tls: Any = None) -> None:
    threading.Thread(target=read, args=(socket.socket(family), address, client_tls), daemon=True).start()


if __name__ == "__main__":
    MEGABYTES = int(sys.argv[2])
    main(sys.argv[1])
