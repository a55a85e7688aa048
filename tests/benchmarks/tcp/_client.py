"""The client, a process of its own: ``python -m benchmarks.tcp._client CASE PORT CONNECTIONS REQUESTS``.

It has at most one request under way on each connection and stops after so many answers.
It prints the number of requests and of read calls that brought bytes: with TCP over
loopback and a reader that is always ready, about the segments of the answers.
"""

from __future__ import annotations

import os
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
    """Many connections: a request on each, then the answers of all, and again.

    In step, with bare descriptors: a client that answers each event by itself is slower than
    the servers, and what is measured then is how they fall asleep and wake up.
    """
    opened = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    numbers = [connection.fileno() for connection in opened]
    read, write = os.read, os.write
    done = reads = 0
    while done < requests:
        for number in numbers:
            write(number, request)
        for number in numbers:
            missing = answer_bytes
            while missing:
                missing -= len(read(number, 262_144))
                reads += 1
        done += connections
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
    rounds = -(-requests // connections)
    print(requests if case.kind == "close" else rounds * connections, reads, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
