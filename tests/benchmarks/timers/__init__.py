"""Timers: callLater, cancel, reset and chains of them, beside the bare loops' own."""

from __future__ import annotations

import json
from collections.abc import Iterator

from benchmarks._run import SERVER_CORE, Run, start
from benchmarks._table import Aim, Table

AIMS = {
    "call + cancel": [Aim("txloop/uvloop", "twisted/epoll", 2), Aim("txloop/asyncio", "twisted/epoll", 2)],
    "call + cancel, 100 a turn": [Aim("txloop/uvloop", "twisted/epoll", 2)],
    "reset to later": [Aim("txloop/uvloop", "twisted/epoll", 1), Aim("txloop/asyncio", "twisted/epoll", 1)],
    "chain of callLater(0)": [
        Aim("txloop/uvloop", "twisted/epoll", 2),
        Aim("txloop/asyncio", "twisted/epoll", 1.3),
    ],
}


def tables(run: Run) -> Iterator[Table]:
    """One for each use of timers; a peer's process measures them all, once a round."""
    measured = run.interleaved(run.loops, lambda peer: figures_of(peer, run.peers[peer]), warm_up=False)
    names = dict.fromkeys(name for rounds in measured.values() for each in rounds for name in each)
    for name in names:
        rounds = {
            peer: [each[name] for each in figures] for peer, figures in measured.items() if name in figures[0]
        }
        yield Table("timers", name, "ns of CPU a call", rounds, aims=AIMS.get(name, []))


def figures_of(peer: str, python: str) -> dict[str, float]:
    """One round of one peer."""
    measuring = start(python, "benchmarks.timers._measure", peer, core=SERVER_CORE)
    told, _ = measuring.communicate()
    figures: dict[str, float] = json.loads(told)
    return figures
