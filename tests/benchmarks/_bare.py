"""What the system itself takes: its calls one after another, and OpenSSL's; no loop, no transports.

    a socket that can be read  ->  recv, the answer, send

Nothing is kept for later, so a client that does not read holds everybody up: this is no way
to write a server.  But where a library takes no more, it is the system that takes the time.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Callable

# What is read goes here: to make room for it each time would cost more than to read it.
SPACE = memoryview(bytearray(256 * 1024))
# Twisted's maxPacketSize.
DATAGRAM_BYTES = 8192

# What was read, as it stands in SPACE, to what is sent.
Answer = Callable[[memoryview], bytes | memoryview]


def echo(received: memoryview) -> memoryview:
    """The answer that most want."""
    return received


def listening(family: int, where: object) -> socket.socket:
    """A socket that accepts."""
    made = socket.socket(family, socket.SOCK_STREAM)
    made.bind(where)  # type: ignore[arg-type]  # what it takes depends on the family
    made.listen(1000)
    return made


def serve_streams(
    port: socket.socket, answer: Answer, *, close: bool = False, tls: ssl.SSLContext | None = None
) -> None:
    """Answer all who connect to *port*, for ever.

    Args:
        close: After an answer; otherwise the peer ends it.
    """
    poll = select.epoll()
    poll.register(port, select.EPOLLIN)
    connections: dict[int, socket.socket] = {}
    while True:
        for number, _ in poll.poll():
            if number == port.fileno():
                connection = accepted(port, tls)
                poll.register(connection, select.EPOLLIN)
                connections[connection.fileno()] = connection
                continue
            connection = connections[number]
            try:
                count = connection.recv_into(SPACE)
                if count:
                    connection.sendall(answer(SPACE[:count]))
            except OSError:
                count = 0
            if close or not count:
                del connections[number]
                connection.close()


def accepted(port: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    """The next connection; with TLS its handshake is done."""
    connection, _ = port.accept()
    if connection.family == socket.AF_INET:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
    return connection if tls is None else tls.wrap_socket(connection, server_side=True)


def echo_datagrams(bound: socket.socket) -> None:
    """Send every datagram back, for ever."""
    while True:
        bound.sendto(*bound.recvfrom(DATAGRAM_BYTES))
