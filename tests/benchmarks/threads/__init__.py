"""Threads: what a round trip of deferToThread costs, and calls from threads."""

from __future__ import annotations

import json
from collections.abc import Iterator

from benchmarks._run import SERVER_CORE, Run, start
from benchmarks._table import Table


def tables(run: Run) -> Iterator[Table]:
    """One for each figure; a peer's process measures all of them, once a round."""
    peers = list(run.reactors)
    calls = run.requests(5_000)

    def figures(peer: str) -> dict[str, float]:
        measuring = start(run.peers[peer], "benchmarks.threads._measure", peer, calls, core=SERVER_CORE)
        told, _ = measuring.communicate()
        seen: dict[str, float] = json.loads(told)
        return seen

    measured = run.interleaved(peers, figures, warm_up=False)
    for name in measured[peers[0]][0] if peers else ():
        rounds = {peer: [each[name] for each in seen] for peer, seen in measured.items()}
        yield Table("threads", name, "µs", rounds)
