"""TLS: server CPU a request or a handshake, memory an idle connection.

The peers' own TLS stands beside ours: the loops' for plain protocols, Twisted's over its
reactors.  Figures are the scheduler's count of the server's nanoseconds
(/proc/<pid>/schedstat); what the client did is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._rounds import client, one_round, tables_of
from benchmarks._run import Run, Server
from benchmarks._table import Table
from benchmarks.tls._cases import CASES, ONE, Case

SERVERS, CLIENT = "benchmarks.tls._servers", "benchmarks.tls._client"


def tables(run: Run, only: list[str] | None = None) -> Iterator[Table]:
    """Every case's tables, or those of *only* some."""
    for name, case in CASES.items():
        if only is None or name in only:
            yield from memory(name, case, run) if case.requests == 0 else requests(name, case, run)


def requests(name: str, case: Case, run: Run) -> Iterator[Table]:
    """CPU time and throughput of one case."""
    wanted = max(run.requests(case.requests), case.connections)
    with run.servers(SERVERS, case.kind) as servers:
        seen = run.interleaved(
            servers, lambda peer: one_round(servers[peer], CLIENT, name, servers[peer].where, wanted)
        )
    yield from tables_of("tls", name, seen, case.aims, case.what)


def memory(name: str, case: Case, run: Run) -> Iterator[Table]:
    """Bytes a connection; memory grows once, so each round has a server of its own."""

    def one(peer: str) -> float:
        server = Server(run.peers[peer], SERVERS, peer, case.kind)
        try:
            with client(CLIENT, ONE, server.where, 0):
                before = server.memory_bytes()
                with client(CLIENT, name, server.where, 0):
                    used = server.memory_bytes() - before
        finally:
            server.end()
        return used / case.connections

    yield Table("tls", name, "B a connection", run.interleaved(run.peers, one, warm_up=False), aims=case.aims)
