"""What is asked of the servers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One kind of request.

    Attributes:
        kind: How the server answers (_servers.py).
        request: What the client sends.
        answer_bytes: The length of an answer.
        connections: So many at once.
        requests: So many a round; 0 only holds idle connections.
    """

    kind: str
    request: bytes
    answer_bytes: int
    connections: int
    requests: int


CASES = {
    "echo 64 B": Case("echo", b"e" * 64, 64, 50, 20_000),
    "echo 1 KiB": Case("echo", b"e" * 1024, 1024, 50, 20_000),
    "16 writes of 64 B": Case("writes", b"w", 1024, 50, 8_000),
    "header 64 B, body 60,000 B": Case("body", b"b", 60_064, 20, 5_000),
    "connect, echo, close": Case("close", b"c" * 64, 64, 1, 2_000),
    "idle memory": Case("echo", b"", 0, 2_000, 0),
}
