"""TCP: server CPU a request, requests a second, latency, memory a connection.

The figures are the scheduler's count of the server's nanoseconds (/proc/<pid>/schedstat)
divided by the requests of the round; what the client did besides asking is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._rounds import client, one_round, tables_of
from benchmarks._run import Run, Server
from benchmarks._table import Table
from benchmarks.tcp._cases import CASES, IDLE, Case

SERVERS, CLIENT = "benchmarks.tcp._servers", "benchmarks.tcp._client"


def tables(run: Run, only: list[str] | None = None) -> Iterator[Table]:
    """Every case's tables, or those of *only* some; a quick run opens no ten thousand connections."""
    for name, case in CASES.items():
        if name in only if only is not None else run.share == 1 or case.connections < 10_000:
            yield from memory(name, case, run) if case.requests == 0 else requests(name, case, run)


def requests(name: str, case: Case, run: Run) -> Iterator[Table]:
    """CPU time, throughput and latency of one case."""
    wanted = max(run.requests(case.requests), case.connections)
    with run.servers(SERVERS, case.kind) as servers:
        seen = run.interleaved(
            servers, lambda peer: one_round(servers[peer], CLIENT, name, servers[peer].where, wanted)
        )
    yield from tables_of("tcp", name, seen, case.aims)


def memory(name: str, case: Case, run: Run) -> Iterator[Table]:
    """Bytes a connection; memory grows once, so each round has a server of its own.

    What a process has freed since its start holds the first hundreds of connections, and how
    much that is says nothing about them: so as many as IDLE are open before it is counted.
    """

    def one(peer: str) -> float:
        server = Server(run.peers[peer], SERVERS, peer, case.kind)
        try:
            with client(CLIENT, IDLE, server.where, 0):
                before = server.memory_bytes()
                with client(CLIENT, name, server.where, 0):
                    used = server.memory_bytes() - before
        finally:
            server.end()
        return used / case.connections

    yield Table("tcp", name, "B a connection", run.interleaved(run.peers, one, warm_up=False), aims=case.aims)
