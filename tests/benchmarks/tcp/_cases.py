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
        connections: So many at once.
        requests: So many a full round; 0 only holds idle connections.
        aims: For the server's CPU time a request.
    """

    kind: str
    request: bytes
    answer_bytes: int
    connections: int
    requests: int
    aims: tuple[Aim, ...] = ()


OURS = "txloop/uvloop"


def echo(size: int, connections: int, requests: int, *aims: Aim) -> Case:
    """A request of *size* bytes that comes back."""
    return Case("echo", b"e" * size, size, connections, requests, aims)


def against_twisted(epoll: float) -> tuple[Aim, ...]:
    """What every echo shall hold, with its own factor against Twisted's epoll reactor."""
    return (
        Aim(OURS, "raw/uvloop", 0.97),
        Aim(OURS, "twisted/epoll", epoll),
        Aim(OURS, "twisted/asyncio", 3),
        Aim("txloop/asyncio", "raw/asyncio", 0.95),
    )


IDLE = "idle memory"
LITTLE_MORE_MEMORY = (Aim(OURS, "raw/uvloop", 1 / 1.25),)

CASES = {
    "echo 64 B": echo(64, 50, 20_000, *against_twisted(2.3)),
    "echo 1 KiB": echo(1024, 50, 20_000, *against_twisted(2.1)),
    "echo 64 KiB": echo(65_536, 20, 5_000, *against_twisted(2.1)),
    "echo 1 MiB": echo(1_048_576, 4, 300),
    "16 writes of 64 B": Case(
        "writes",
        b"w",
        1024,
        50,
        8_000,
        (Aim(OURS, "raw/uvloop", 9), Aim(OURS, "twisted/epoll", 2.3)),
    ),
    "header 64 B, body 60,000 B": Case("body", b"b", 60_064, 20, 5_000, (Aim(OURS, "raw/uvloop", 1.6),)),
    "lines of 62 B, 20 at once": Case("lines", (b"l" * 60 + b"\r\n") * 20, 20 * 62, 50, 4_000),
    "connect, echo, close": Case(
        "close",
        b"c" * 64,
        64,
        1,
        2_000,
        (Aim(OURS, "raw/uvloop", 0.9), Aim(OURS, "twisted/epoll", 1.5)),
    ),
    "echo 64 B, 10 connections": echo(64, 10, 20_000),
    "echo 64 B, 1,000 connections": echo(64, 1_000, 20_000),
    "echo 64 B, 10,000 connections": echo(64, 10_000, 20_000),
    IDLE: Case("echo", b"", 0, 2_000, 0, LITTLE_MORE_MEMORY),
    "idle memory, 10,000 connections": Case("echo", b"", 0, 10_000, 0, LITTLE_MORE_MEMORY),
}
