"""Timers of Twisted, txloop and the bare loops, side by side in one run.

    python compare.py [--rounds 5] [--twisted /path/to/python-with-twisted]

Each round runs each peer once, in a process of its own, so that what else the machine
does falls on all of them; printed is the median, in ns a call.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

PEERS = ("twisted-epoll", "txloop-asyncio", "txloop-uvloop", "asyncio", "uvloop")
FIGURES = ("call + cancel", "call + cancel, 100 a turn", "reset", "callLater(0) chain")
MEASURE = Path(__file__).with_name("measure.py")


def run(peer: str, python: str) -> dict[str, float]:
    """The figures of one peer, once."""
    done = subprocess.run([python, str(MEASURE), peer], capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--twisted", default=os.environ.get("TXLOOP_TWISTED_PYTHON"))
    options = parser.parse_args()
    peers = [peer for peer in PEERS if options.twisted or not peer.startswith("twisted")]
    # The same interpreter for all, where Twisted's has txloop's dependencies too.
    python = options.twisted or sys.executable
    taken: dict[str, list[dict[str, float]]] = {peer: [] for peer in peers}
    for _ in range(options.rounds):
        for peer in peers:
            taken[peer].append(run(peer, python))
    print(f"{'ns':28}" + "".join(f"{peer:>16}" for peer in peers))
    for figure in FIGURES:
        medians = [
            statistics.median([each[figure] for each in taken[peer]]) if figure in taken[peer][0] else None
            for peer in peers
        ]
        print(f"{figure:28}" + "".join(f"{'-' if each is None else round(each):>16}" for each in medians))


if __name__ == "__main__":
    main()
