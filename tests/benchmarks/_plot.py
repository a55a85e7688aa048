"""A picture of a run: how many times as good as each peer txloop on uvloop is.

Bars begin at 1, as good: to the right txloop is better, to the left the peer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

from benchmarks._table import Table

matplotlib.use("Agg")

from matplotlib import pyplot

# Letters as letters: a small file, and the same for the same figures.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "txloop"})

OURS = "txloop/uvloop"
AGAINST = {"twisted/epoll": "#1f77b4", "twisted/asyncio": "#9ecae1", "raw/uvloop": "#ff7f0e"}


def draw(tables: Sequence[Table], file: Path) -> None:
    """One bar a workload and peer; 1 is as good, more is better."""
    shown = [table for table in tables if OURS in table.rounds and "percentile" not in table.unit]
    shown = [table for table in shown if not table.more_is_better and any(p in table.rounds for p in AGAINST)]
    figure, axes = pyplot.subplots(figsize=(9, 1 + 0.55 * len(shown)), layout="constrained")
    height = 0.8 / len(AGAINST)
    for number, (peer, colour) in enumerate(AGAINST.items()):
        rows = [(row, table) for row, table in enumerate(shown) if peer in table.rounds]
        spreads = [table.advantage(OURS, peer) for _, table in rows]
        axes.barh(
            [row + number * height for row, _ in rows],
            [spread.median - 1 for spread in spreads],
            height,
            left=1,
            color=colour,
            label=f"against {peer}",
        )
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_xticks([0.5, 1, 2, 3, 5, 10], ["½", "1: equal", "2", "3", "5", "10"])
    axes.set_yticks(
        [row + height for row in range(len(shown))], [f"{table.group}: {table.title}" for table in shown]
    )
    axes.set_ylim(len(shown) - 0.3, -0.7)
    axes.set_xlabel("times as good: txloop on uvloop")
    figure.legend(loc="outside upper center", ncols=len(AGAINST))
    figure.savefig(file, metadata={"Date": None} if file.suffix == ".svg" else None)
