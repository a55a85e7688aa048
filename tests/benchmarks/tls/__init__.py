"""TLS: server CPU a request or a handshake, memory an idle connection.

The peers' own TLS stands beside ours: the loops' for plain protocols, Twisted's over its
reactors.  Figures are the scheduler's count of the server's nanoseconds
(/proc/<pid>/schedstat); what the client did is not in it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from benchmarks._run import CLIENT_CORE, Run, Server, start
from benchmarks._table import Table
from benchmarks.tls._cases import CASES, ONE, Case

SERVERS, CLIENT = "benchmarks.tls._servers", "benchmarks.tls._client"


class Seen(NamedTuple):
    """One round with one peer."""

    cpu_us: float  # the server's, a request
    a_second: float
    idle: float  # the client's share of the time


def tables(run: Run, only: list[str] | None = None) -> Iterator[Table]:
    """Every case's tables, or those of *only* some."""
    for name, case in CASES.items():
        if only is None or name in only:
            yield from memory(name, case, run) if case.requests == 0 else requests(name, case, run)


def requests(name: str, case: Case, run: Run) -> Iterator[Table]:
    """CPU time and throughput of one case."""
    wanted = max(run.requests(case.requests), case.connections)
    with run.servers(SERVERS, case.kind) as servers:
        seen = run.interleaved(servers, lambda peer: one_round(name, servers[peer], wanted))
    yield Table(
        "tls",
        name,
        f"µs of server CPU a {case.what}",
        {peer: [each.cpu_us for each in rounds] for peer, rounds in seen.items()},
        remarks={
            peer: f"client idle {statistics.median(each.idle for each in rounds):.0%}"
            for peer, rounds in seen.items()
        },
        aims=case.aims,
    )
    yield Table(
        "tls",
        name,
        f"{case.what}s a second",
        {peer: [each.a_second for each in rounds] for peer, rounds in seen.items()},
        more_is_better=True,
    )


@contextmanager
def client(name: str, port: str, requests: int) -> Iterator[Any]:
    """A client that is connected and waits; what it is called with is the next line it is to read."""
    asking = start(sys.executable, CLIENT, name, port, requests, core=CLIENT_CORE, stdin=subprocess.PIPE)
    assert asking.stdin is not None
    assert asking.stdout is not None
    with asking:
        asking.stdout.readline()
        yield asking
        asking.stdin.close()


def one_round(name: str, server: Server, requests: int) -> Seen:
    """A client asks, and the server's nanoseconds are read before and after."""
    with client(name, server.where, requests) as asking:
        before_ns = server.cpu_ns()
        asking.stdin.write("\n")
        asking.stdin.flush()
        told = json.loads(asking.stdout.readline())
        cpu_ns = server.cpu_ns() - before_ns
    return Seen(cpu_ns / 1000 / told["requests"], told["requests"] / told["seconds"], told["idle"])


def memory(name: str, case: Case, run: Run) -> Iterator[Table]:
    """Bytes a connection; memory grows once, so each round has a server of its own."""

    def one(peer: str) -> float:
        server = Server(run.peers[peer], SERVERS, peer, case.kind)
        try:
            with client(ONE, server.where, 0):
                before = server.memory_bytes()
                with client(name, server.where, 0):
                    used = server.memory_bytes() - before
        finally:
            server.end()
        return used / case.connections

    yield Table("tls", name, "B a connection", run.interleaved(run.peers, one, warm_up=False), aims=case.aims)
