"""The client: ``python -m benchmarks.transports._client KIND WHERE SIZE SOCKETS REQUESTS``.

What it prints says _load.py.
"""

from __future__ import annotations

import socket
import sys

from benchmarks._load import SPACE, ask_again_at_once, tell

# A datagram may get lost, over loopback too; so long is waited for it before it is asked again.
LOST_SECONDS = 1.0


def open_socket(kind: str, where: str) -> socket.socket:
    """One, connected to the server."""
    if kind == "udp":
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.connect(("127.0.0.1", int(where)))
    else:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.connect(where)
    return made


class Asking:
    """A socket that asks."""

    def __init__(self, connected: socket.socket, request: bytes) -> None:
        self._socket = connected
        self._request = request
        self.fileno = connected.fileno

    def ask(self) -> None:
        """Send the request."""
        self._socket.sendall(self._request)

    def read(self) -> int:
        """Read what has come."""
        return self._socket.recv_into(SPACE)


def main(kind: str, where: str, size: int, count: int, requests: int) -> None:
    """Ask on all sockets."""
    sockets = [Asking(open_socket(kind, where), b"e" * size) for _ in range(count)]
    patience = LOST_SECONDS if kind == "udp" else None
    tell(lambda: ask_again_at_once(sockets, requests, size, patience))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
