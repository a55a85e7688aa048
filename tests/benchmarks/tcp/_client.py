"""The client, a process of its own: ``python -m benchmarks.tcp._client CASE PORT CONNECTIONS REQUESTS``.

It keeps one request under way on each connection and stops after so many answers.
It prints the number of requests and of read calls that brought bytes: with TCP over
loopback and a reader that is always ready, about the segments of the answers.
"""

from __future__ import annotations

import selectors
import socket
import sys

from benchmarks.tcp._cases import CASES


def hold(port: int, connections: int) -> None:
    """Open idle connections and keep them until stdin ends."""
    kept = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    print(len(kept), 0, flush=True)
    sys.stdin.read()


def connect_and_close(port: int, requests: int, request: bytes) -> int:
    """One connection a request: connect, send, read to the end."""
    reads = 0
    for _ in range(requests):
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(request)
            while connection.recv(65536):
                reads += 1
    return reads


def keep_asking(port: int, connections: int, requests: int, request: bytes, answer_bytes: int) -> int:
    """Many connections, on each a request at a time."""
    selector = selectors.EpollSelector()
    missing: dict[socket.socket, int] = {}
    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        missing[connection] = answer_bytes
        connection.send(request)
    done = reads = 0
    while done < requests:
        for key, _ in selector.select():
            connection = key.fileobj  # type: ignore[assignment]
            missing[connection] -= len(connection.recv(262_144))
            reads += 1
            if not missing[connection]:
                missing[connection] = answer_bytes
                done += 1
                connection.send(request)
    return reads


def main(case_name: str, port: int, connections: int, requests: int) -> None:
    """Run one case."""
    case = CASES[case_name]
    if case.kind == "close":
        reads = connect_and_close(port, requests, case.request)
    elif case.requests == 0:
        hold(port, connections)
        return
    else:
        reads = keep_asking(port, connections, requests, case.request, case.answer_bytes)
    print(requests, reads, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
