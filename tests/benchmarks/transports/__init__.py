"""Beside TCP: datagrams, UNIX sockets and children.

Echoes are measured as TCP's are: the server's nanoseconds on the processor (the
scheduler's count) divided by the requests of the round.  Children are started one
after the other; that is the time until the end of each was told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from benchmarks._rounds import Seen, one_round, tables_of
from benchmarks._run import SERVER_CORE, Run, Server, start
from benchmarks._table import Aim, Table

OURS = "txloop/uvloop"
CLIENT = "benchmarks.transports._client"


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

    def asked(server: Server) -> Seen:
        return one_round(server, CLIENT, case.kind, server.where, case.size, case.sockets, requests)

    with run.servers("benchmarks.transports._servers", case.kind) as servers:
        seen = run.interleaved(servers, lambda peer: asked(servers[peer]))
    yield from tables_of("transports", name, seen, case.aims)


def children(run: Run) -> Table:
    """How long a child takes that does nothing, from its start to its end's being told.

    Not Twisted on uvloop: there no end of a child is ever told.
    """
    count = run.requests(500)

    def one(peer: str) -> float:
        spawning = start(run.peers[peer], "benchmarks.transports._spawn", peer, count, core=SERVER_CORE)
        told, _ = spawning.communicate()
        return float(told)

    peers = [peer for peer in run.loops if peer != "twisted/uvloop"]
    rounds = run.interleaved(peers, one, warm_up=False)
    return Table("transports", "children, one after the other", "a second", rounds, more_is_better=True)
