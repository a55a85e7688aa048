"""The client: ``python -m benchmarks.transports._client KIND WHERE SIZE SOCKETS REQUESTS``.

At most one request is under way on each of its sockets.  It prints a line when it is
ready, waits for one, and prints as JSON what it saw: requests, seconds, and idle, the
share of them that it was off the processor (near 0 it would be the bottleneck).
"""

from __future__ import annotations

import json
import socket
import sys
import time

# A datagram may get lost, over loopback too; so long is waited for it before it is asked again.
LOST_SECONDS = 1.0


def open_socket(kind: str, where: str) -> socket.socket:
    """One, connected to the server."""
    if kind == "udp":
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.settimeout(LOST_SECONDS)
        made.connect(("127.0.0.1", int(where)))
    else:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.connect(where)
    return made


def answer(asked: socket.socket, request: bytes) -> None:
    """Read one whole answer."""
    missing = len(request)
    while missing:
        try:
            missing -= len(asked.recv(262_144))
        except TimeoutError:
            asked.send(request)


def main(kind: str, where: str, size: int, count: int, requests: int) -> None:
    """Ask on all sockets, read the answers of all, and again."""
    request = b"e" * size
    sockets = [open_socket(kind, where) for _ in range(count)]
    print("ready", flush=True)
    sys.stdin.readline()
    done, began, busy = 0, time.perf_counter(), time.process_time()
    while done < requests:
        for each in sockets:
            each.sendall(request)
        for each in sockets:
            answer(each, request)
        done += len(sockets)
    seconds = time.perf_counter() - began
    idle = 1 - (time.process_time() - busy) / seconds
    print(json.dumps({"requests": done, "seconds": seconds, "idle": idle}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
