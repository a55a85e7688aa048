"""The client, a process of its own: ``python -m benchmarks.tls._client CASE PORT REQUESTS``.

It has at most one request under way on each connection; what it prints says _load.py.
"""

from __future__ import annotations

import socket
import ssl
import sys

from benchmarks._load import SPACE, allow_many_descriptors, ask_again_at_once, hold, tell
from benchmarks.tls._cases import WITH_ONE, Case

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CONTEXT.check_hostname = False
CONTEXT.verify_mode = ssl.CERT_NONE


class Connection:
    """To the server, the handshake done on our side."""

    def __init__(self, port: int, request: bytes) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=30)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = CONTEXT.wrap_socket(plain)
        self._request = request
        self.fileno = self._socket.fileno
        self.close = self._socket.close

    def ask(self) -> None:
        """Send the request."""
        self._socket.sendall(self._request)

    def read(self) -> int:
        """Read the record that has come, and what else of it is decrypted already."""
        got = self._socket.recv_into(SPACE)
        if not got:
            raise EOFError("the server has closed")
        while self._socket.pending():
            got += self._socket.recv_into(SPACE)
        return got


def handshakes(port: int, requests: int, case: Case) -> tuple[int, int]:
    """A connection each, and one byte there and back: with TLS 1.3 the server is done after us."""
    for _ in range(requests):
        connection = Connection(port, case.request)
        connection.ask()
        connection.read()
        connection.close()
    return requests, requests


def main(case_name: str, port: int, requests: int) -> None:
    """Run one case; the server's CPU time is read when the first line is out."""
    case = WITH_ONE[case_name]
    connections = [Connection(port, case.request or b"?") for _ in range(case.connections)]
    if case.requests == 0:
        # With TLS 1.3 an answer says that the server's handshake is done too.
        for connection in connections:
            connection.ask()
            connection.read()
        hold()
    elif connections:
        tell(lambda: ask_again_at_once(connections, requests, case.answer_bytes))
    else:
        tell(lambda: handshakes(port, requests, case))


if __name__ == "__main__":
    allow_many_descriptors()
    main(sys.argv[1], *map(int, sys.argv[2:]))
