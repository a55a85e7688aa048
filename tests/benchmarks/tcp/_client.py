"""The client, a process of its own: ``python -m benchmarks.tcp._client CASE PORT REQUESTS``.

It has at most one request under way on each connection; what it prints says _load.py.
"""

from __future__ import annotations

import os
import socket
import sys
import time

from benchmarks._load import SPACE, allow_many_descriptors, ask_again_at_once, hold, tell
from benchmarks.tcp._cases import CASES, Case

SINGLE_REQUESTS = 500


def connect(port: int) -> socket.socket:
    """To the server; the kernel may still be busy with the connections before."""
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def connect_and_close(port: int, requests: int, request: bytes) -> tuple[int, int]:
    """One connection a request: connect, send, read to the end."""
    reads = 0
    for _ in range(requests):
        with connect(port) as connection:
            connection.sendall(request)
            while connection.recv(65536):
                reads += 1
    return requests, reads


class Connection:
    """To the server.  A bare descriptor is used: a socket object is slower."""

    _space = (SPACE,)

    def __init__(self, case: Case, port: int) -> None:
        self._case = case
        self._socket = connect(port)
        self._socket.settimeout(None)
        self._number = self._socket.fileno()

    def fileno(self) -> int:
        """Its descriptor."""
        return self._number

    def ask(self) -> None:
        """Send a request.  (A large one is answered while it is sent, and fits into the kernel's buffers.)"""
        request = self._case.request
        sent = os.write(self._number, request)
        while sent < len(request):
            sent += os.write(self._number, memoryview(request)[sent:])

    def read(self) -> int:
        """Read what has come."""
        return os.readv(self._number, self._space)


def one_by_one(connection: Connection, answer_bytes: int) -> list[int]:
    """How long each request takes, in nanoseconds, on one connection."""
    latencies = []
    for _ in range(SINGLE_REQUESTS):
        missing, began = answer_bytes, time.perf_counter_ns()
        connection.ask()
        while missing:
            missing -= connection.read()
        latencies.append(time.perf_counter_ns() - began)
    return latencies


def main(case_name: str, port: int, requests: int) -> None:
    """Run one case; the server's CPU time is read when the first line is out."""
    case = CASES[case_name]
    if case.requests == 0:
        kept = [connect(port) for _ in range(case.connections)]
        hold()
        del kept
    elif case.kind == "close":
        tell(lambda: connect_and_close(port, requests, case.request))
    else:
        asking = [Connection(case, port) for _ in range(case.connections)]
        tell(
            lambda: ask_again_at_once(asking, requests, case.answer_bytes),
            lambda: one_by_one(asking[0], case.answer_bytes),
        )


if __name__ == "__main__":
    allow_many_descriptors()
    main(sys.argv[1], *map(int, sys.argv[2:]))
