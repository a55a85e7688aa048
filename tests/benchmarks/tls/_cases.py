"""What is asked of the servers, and what is hoped for."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks._table import Aim


@dataclass(frozen=True)
class Case:
    """One kind of request.

    Attributes:
        kind: How the server answers (_servers.py).
        request: What the client sends.
        answer_bytes: The length of an answer.
        connections: So many at once; 0: a new one for each request.
        requests: So many a full round; 0 only holds idle connections.
        aims: For the server's CPU time a request.
        what: A request's name.
    """

    kind: str
    request: bytes
    answer_bytes: int
    connections: int
    requests: int
    aims: tuple[Aim, ...] = ()
    what: str = "request"


OURS = "txloop/uvloop"


def against(raw: float, epoll: float | None = None) -> tuple[Aim, ...]:
    """What a case shall hold on uvloop: against uvloop's own TLS, and against Twisted's."""
    aims = (Aim(OURS, "raw/uvloop", raw),)
    return aims if epoll is None else (*aims, Aim(OURS, "twisted/epoll", epoll))


CASES = {
    "echo 1 KiB": Case("echo", b"e" * 1024, 1024, 20, 10_000, against(0.95, 2.2)),
    "echo 64 KiB": Case("echo", b"e" * 65_536, 65_536, 10, 3_000, against(0.95, 2.2)),
    "download 1 MiB": Case("down", b"d", 1_048_576, 4, 300, against(0.95, 2.2)),
    "64 writes of 1 KiB": Case("writes", b"w", 65_536, 10, 3_000, against(10)),
    "handshake": Case("echo", b"h", 1, 0, 1_000, what="handshake"),
    "echo 1 KiB, CertificateOptions": Case("options", b"e" * 1024, 1024, 20, 10_000),
    "idle memory": Case("echo", b"", 0, 300, 0, (Aim(OURS, "raw/uvloop", 1.2),)),
}

# Before memory is counted: TLS is loaded then, and has been tried.
ONE = "one connection"
WITH_ONE = {**CASES, ONE: Case("echo", b"", 0, 1, 0)}
