"""The client, a process of its own: ``python -m benchmarks.tcp._client CASE PORT REQUESTS``.

It has at most one request under way on each connection and stops after so many answers.
What it saw is printed as JSON: requests; reads, the calls that brought bytes (with TCP over
loopback and a reader that is always ready, about the segments of the answers); seconds;
idle, the share of them it was off the processor: near 0 it would be the bottleneck;
latencies of single requests, one under way at a time, in nanoseconds.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import sys
import time
from typing import Any

from benchmarks.tcp._cases import CASES, Case

SINGLE_REQUESTS = 500

# What comes is read into the same place: new memory for each read costs more than the read.
SPACE = [bytearray(262_144)]


def connect(port: int) -> socket.socket:
    """To the server; the kernel may still be busy with the connections before."""
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def hold(port: int, connections: int) -> None:
    """Open idle connections and keep them until stdin ends."""
    kept = [connect(port) for _ in range(connections)]
    print(len(kept), flush=True)
    sys.stdin.read()


def connect_and_close(port: int, requests: int, request: bytes) -> tuple[int, int]:
    """One connection a request: connect, send, read to the end."""
    reads = 0
    for _ in range(requests):
        with connect(port) as connection:
            connection.sendall(request)
            while connection.recv(65536):
                reads += 1
    return requests, reads


class Asking:
    """Open connections, and requests on them.

    Bare descriptors, in step: a client that answers each event by itself is slower than
    the servers, and what is measured then is how they fall asleep and wake up.
    """

    def __init__(self, case: Case, port: int) -> None:
        self._case = case
        self._connections = [connect(port) for _ in range(case.connections)]
        for connection in self._connections:
            connection.settimeout(None)
        self._numbers = [connection.fileno() for connection in self._connections]

    def answer(self, number: int) -> int:
        """Read one; returns in how many reads."""
        missing, reads = self._case.answer_bytes, 0
        while missing:
            missing -= os.readv(number, SPACE)
            reads += 1
        return reads

    def ask(self, number: int) -> None:
        """Send one.  (A large one is answered while it is sent, and fits into the kernel's buffers.)"""
        rest = memoryview(self._case.request)
        while rest:
            rest = rest[os.write(number, rest) :]

    def together(self, requests: int) -> tuple[int, int]:
        """A request on each connection, then the answers of all, and again."""
        done = reads = 0
        while done < requests:
            for number in self._numbers:
                self.ask(number)
            for number in self._numbers:
                reads += self.answer(number)
            done += len(self._numbers)
        return done, reads

    def one_by_one(self, requests: int) -> list[int]:
        """How long each takes, in nanoseconds, on one connection."""
        number = self._numbers[0]
        latencies = []
        for _ in range(requests):
            began = time.perf_counter_ns()
            self.ask(number)
            self.answer(number)
            latencies.append(time.perf_counter_ns() - began)
        return latencies


def main(case_name: str, port: int, requests: int) -> None:
    """Run one case; the server's CPU time is read when the first line is out."""
    case = CASES[case_name]
    if case.requests == 0:
        hold(port, case.connections)
        return
    asking = Asking(case, port) if case.kind != "close" else None
    print("ready", flush=True)
    sys.stdin.readline()
    began, busy = time.perf_counter(), time.process_time()
    if asking is not None:
        done, reads = asking.together(requests)
    else:
        done, reads = connect_and_close(port, requests, case.request)
    seconds = time.perf_counter() - began
    seen: dict[str, Any] = {
        "requests": done,
        "reads": reads,
        "seconds": seconds,
        "idle": 1 - (time.process_time() - busy) / seconds,
    }
    print(json.dumps(seen), flush=True)
    sys.stdin.readline()
    print(json.dumps(asking.one_by_one(SINGLE_REQUESTS) if asking is not None else []))


if __name__ == "__main__":
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    main(sys.argv[1], *map(int, sys.argv[2:]))
