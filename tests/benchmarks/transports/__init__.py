"""Beside TCP: datagrams, UNIX sockets and children.

Echoes are measured as TCP's are: the server's nanoseconds on the processor (the
scheduler's count) divided by the requests of the round.  Children are started one
after the other; that is the time until the end of each was told.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from benchmarks._run import CLIENT_CORE, SERVER_CORE, Run, Server, start
from benchmarks._table import Aim, Table

OURS = "txloop/uvloop"


class Case(NamedTuple):
    """One kind of echo."""

    kind: str  # udp or unix
    size: int
    sockets: int
    requests: int
    aims: tuple[Aim, ...] = ()


TWICE_TWISTED = Aim(OURS, "twisted/epoll", 2)
# The system's calls are most of a datagram's cost: where raw uvloop itself is not twice as good as
# Twisted, neither can we be.
NEARLY_RAW = Aim(OURS, "raw/uvloop", 0.9)

CASES = {
    "UDP echo 64 B": Case("udp", 64, 20, 20_000, (TWICE_TWISTED, NEARLY_RAW)),
    "UDP echo 64 B, one at a time": Case("udp", 64, 1, 10_000, (TWICE_TWISTED, NEARLY_RAW)),
    "UDP echo 1 KiB": Case("udp", 1024, 20, 20_000, (TWICE_TWISTED, NEARLY_RAW)),
    "UNIX echo 1 KiB": Case("unix", 1024, 20, 20_000, (TWICE_TWISTED,)),
    "UNIX echo 64 KiB": Case("unix", 65_536, 20, 5_000),
}


class Seen(NamedTuple):
    """One round with one peer."""

    cpu_us: float  # the server's, a request
    a_second: float
    idle: float  # the client's share of the time


def tables(run: Run, only: list[str] | None = None) -> Iterator[Table]:
    """One for each echo and unit, or for those of *only* some; one for children."""
    for name, case in CASES.items():
        if only is None or name in only:
            yield from echoes(name, case, run)
    if only is None:
        yield children(run)


def echoes(name: str, case: Case, run: Run) -> Iterator[Table]:
    """CPU time and throughput of one case."""
    requests = run.requests(case.requests)
    with run.servers("benchmarks.transports._servers", case.kind) as servers:
        seen = run.interleaved(servers, lambda peer: one_round(case, servers[peer], requests))
    remarks = {
        peer: f"client idle {statistics.median(each.idle for each in rounds):.0%}"
        for peer, rounds in seen.items()
    }
    cpu = {peer: [each.cpu_us for each in rounds] for peer, rounds in seen.items()}
    yield Table("transports", name, "µs of server CPU a request", cpu, remarks=remarks, aims=case.aims)
    a_second = {peer: [each.a_second for each in rounds] for peer, rounds in seen.items()}
    yield Table("transports", name, "requests a second", a_second, more_is_better=True)


def one_round(case: Case, server: Server, requests: int) -> Seen:
    """A client asks, and the server's nanoseconds are read before and after."""
    asking = start(
        sys.executable,
        "benchmarks.transports._client",
        *(case.kind, server.where, case.size, case.sockets, requests),
        core=CLIENT_CORE,
        stdin=subprocess.PIPE,
    )
    assert asking.stdin is not None
    assert asking.stdout is not None
    with asking:
        asking.stdout.readline()
        before_ns = server.cpu_ns()
        asking.stdin.write("\n")
        asking.stdin.flush()
        told: dict[str, Any] = json.loads(asking.stdout.readline())
        cpu_ns = server.cpu_ns() - before_ns
    return Seen(cpu_ns / 1000 / told["requests"], told["requests"] / told["seconds"], told["idle"])


def children(run: Run) -> Table:
    """How long a child takes that does nothing, from its start to its end's being told.

    Not Twisted on uvloop: there no end of a child is ever told.
    """
    count = run.requests(500)

    def one(peer: str) -> float:
        spawning = start(run.peers[peer], "benchmarks.transports._spawn", peer, count, core=SERVER_CORE)
        told, _ = spawning.communicate()
        return float(told)

    peers = [peer for peer in run.peers if peer != "twisted/uvloop"]
    rounds = run.interleaved(peers, one, warm_up=False)
    return Table("transports", "children, one after the other", "a second", rounds, more_is_better=True)
