"""A crowd of plain sockets in a process of its own, for a server in another one.

    crowd.py stay PORT COUNT     connect all, each sends its number and reads it back: "echoed COUNT";
                                 at a line of input half of them reset their connections: "reset COUNT";
                                 at the next line the rest close
    crowd.py churn PORT COUNT    one after the other, in 4 threads: connect, send, read back, close

Addresses 127.0.0.1 to .32 in turn, so that there are enough pairs of ports.
"""

from __future__ import annotations

import resource
import socket
import struct
import sys
import threading

RESET = struct.pack("ii", 1, 0)
ADDRESSES = 32
THREADS = 4
TIMEOUT_SECONDS = 60


def connected(port: int, number: int) -> socket.socket:
    return socket.create_connection((f"127.0.0.{1 + number % ADDRESSES}", port), timeout=TIMEOUT_SECONDS)


def echoes(client: socket.socket, number: int) -> None:
    said = b"%09d" % number
    client.sendall(said)
    heard = b""
    while len(heard) < len(said):
        part = client.recv(64)
        assert part, f"connection {number} was ended"
        heard += part
    assert heard == said, f"connection {number} heard {heard!r}"


def stay(port: int, count: int) -> None:
    clients = []
    for number in range(count):
        client = connected(port, number)
        echoes(client, number)
        clients.append(client)
    print(f"echoed {count}", flush=True)
    sys.stdin.readline()
    for client in clients[::2]:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()
    print(f"reset {len(clients[::2])}", flush=True)
    sys.stdin.readline()
    for number, client in enumerate(clients):
        if number % 2:
            echoes(client, number)
            client.close()
    print("closed", flush=True)


def churn(port: int, count: int) -> None:
    failed: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for number in range(first, count, THREADS):
                with connected(port, number) as client:
                    echoes(client, number)
                    client.shutdown(socket.SHUT_WR)
                    assert client.recv(1) == b""
        except BaseException as raised:
            failed.append(raised)

    workers = [threading.Thread(target=work, args=(first,)) for first in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        raise failed[0]
    print(f"echoed {count}", flush=True)


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    {"stay": stay, "churn": churn}[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))
