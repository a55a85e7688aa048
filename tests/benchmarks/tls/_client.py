"""The client, a process of its own: ``python -m benchmarks.tls._client CASE PORT REQUESTS``.

It has at most one request under way on each connection and stops after so many answers.
What it saw is printed as JSON: requests; seconds; idle, the share of them it was off the
processor: near 0 it is the bottleneck, which throughput tells and the server's CPU time not.
"""

from __future__ import annotations

import json
import resource
import socket
import ssl
import sys
import time

from benchmarks.tls._cases import WITH_ONE, Case

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CONTEXT.check_hostname = False
CONTEXT.verify_mode = ssl.CERT_NONE


def connect(port: int) -> ssl.SSLSocket:
    """To the server, the handshake done on our side."""
    return CONTEXT.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=30))


def exchange(connections: list[ssl.SSLSocket], case: Case) -> None:
    """A request on each connection, then the answers of all."""
    for connection in connections:
        connection.sendall(case.request)
    for connection in connections:
        missing = case.answer_bytes
        while missing:
            got = len(connection.recv(262_144))
            if not got:
                raise EOFError("the server has closed")
            missing -= got


def handshakes(port: int, requests: int, case: Case) -> int:
    """A connection each, and one byte there and back: with TLS 1.3 the server is done after us."""
    for _ in range(requests):
        with connect(port) as connection:
            exchange([connection], case)
    return requests


def together(connections: list[ssl.SSLSocket], requests: int, case: Case) -> int:
    """As many rounds as make at least so many requests."""
    done = 0
    while done < requests:
        exchange(connections, case)
        done += len(connections)
    return done


def main(case_name: str, port: int, requests: int) -> None:
    """Run one case; the server's CPU time is read when the first line is out."""
    case = WITH_ONE[case_name]
    connections = [connect(port) for _ in range(case.connections)]
    if case.requests == 0:
        # With TLS 1.3 an answer says that the server's handshake is done too.
        for connection in connections:
            connection.sendall(b"?")
            connection.recv(1)
    print("ready", flush=True)
    if not sys.stdin.readline() or case.requests == 0:
        return
    began, busy = time.perf_counter(), time.process_time()
    done = together(connections, requests, case) if connections else handshakes(port, requests, case)
    seconds = time.perf_counter() - began
    idle = 1 - (time.process_time() - busy) / seconds
    print(json.dumps({"requests": done, "seconds": seconds, "idle": idle}), flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    main(sys.argv[1], *map(int, sys.argv[2:]))
