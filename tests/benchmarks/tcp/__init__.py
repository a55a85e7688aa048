"""TCP: server CPU a request, requests a second, latency, memory a connection.

The figures are the scheduler's count of the server's nanoseconds (/proc/<pid>/schedstat)
divided by the requests of the round; what the client did besides asking is not in it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from benchmarks._run import CLIENT_CORE, Run, Server, start
from benchmarks._table import Table
from benchmarks.tcp._cases import CASES, Case

SERVERS = "benchmarks.tcp._servers"


class Seen(NamedTuple):
    """One round with one peer."""

    cpu_us: float  # the server's, a request
    a_second: float
    reads: float  # a request
    idle: float  # the client's share of the time
    latencies_us: list[float]


def tables(run: Run, only: list[str] | None = None) -> Iterator[Table]:
    """Every case's tables, or those of *only* some; a quick run opens no ten thousand connections."""
    for name, case in CASES.items():
        if name in only if only is not None else run.share == 1 or case.connections < 10_000:
            yield from memory(name, case, run) if case.requests == 0 else requests(name, case, run)


def requests(name: str, case: Case, run: Run) -> Iterator[Table]:
    """CPU time, throughput and latency of one case."""
    wanted = max(run.requests(case.requests), case.connections)
    with run.servers(SERVERS, case.kind) as servers:
        seen = run.interleaved(servers, lambda peer: one_round(name, servers[peer], wanted))
    yield Table(
        "tcp",
        name,
        "µs of server CPU a request",
        {peer: [each.cpu_us for each in rounds] for peer, rounds in seen.items()},
        remarks={
            peer: f"{statistics.median(each.reads for each in rounds):.2f} reads a request, "
            f"client idle {statistics.median(each.idle for each in rounds):.0%}"
            for peer, rounds in seen.items()
        },
        aims=case.aims,
    )
    yield Table(
        "tcp",
        name,
        "requests a second",
        {peer: [each.a_second for each in rounds] for peer, rounds in seen.items()},
        more_is_better=True,
    )
    if case.kind != "close":
        for percent in (50, 99):
            yield Table(
                "tcp",
                name,
                f"µs, {percent}th percentile of one request at a time",
                {
                    peer: [percentile(each.latencies_us, percent) for each in rounds]
                    for peer, rounds in seen.items()
                },
            )


def percentile(values: list[float], percent: int) -> float:
    """The value that so many percent do not exceed."""
    return statistics.quantiles(values, n=100)[percent - 1]


def one_round(name: str, server: Server, requests: int) -> Seen:
    """A client asks, and the server's nanoseconds are read before and after."""
    asking = start(
        sys.executable,
        "benchmarks.tcp._client",
        name,
        server.where,
        requests,
        core=CLIENT_CORE,
        stdin=subprocess.PIPE,
    )
    assert asking.stdin is not None
    assert asking.stdout is not None

    def go_on() -> Any:
        assert asking.stdin is not None
        assert asking.stdout is not None
        asking.stdin.write("\n")
        asking.stdin.flush()
        return json.loads(asking.stdout.readline())

    with asking:
        asking.stdout.readline()
        before_ns = server.cpu_ns()
        told = go_on()
        cpu_ns = server.cpu_ns() - before_ns
        latencies = go_on()
    return Seen(
        cpu_ns / 1000 / told["requests"],
        told["requests"] / told["seconds"],
        told["reads"] / told["requests"],
        told["idle"],
        [each / 1000 for each in latencies],
    )


def memory(name: str, case: Case, run: Run) -> Iterator[Table]:
    """Bytes a connection; memory grows once, so each round has a server of its own."""

    def one(peer: str) -> float:
        server = Server(run.peers[peer], SERVERS, peer, case.kind)
        try:
            before = server.memory_bytes()
            holding = start(
                sys.executable,
                "benchmarks.tcp._client",
                name,
                server.where,
                0,
                core=CLIENT_CORE,
                stdin=subprocess.PIPE,
            )
            with holding:
                assert holding.stdout is not None
                holding.stdout.readline()
                used = server.memory_bytes() - before
                assert holding.stdin is not None
                holding.stdin.close()
        finally:
            server.end()
        return used / case.connections

    yield Table("tcp", name, "B a connection", run.interleaved(run.peers, one, warm_up=False), aims=case.aims)
