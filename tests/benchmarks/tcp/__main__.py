"""Server CPU a request over TCP, every peer beside the others.  From `tests`: ``python -m benchmarks.tcp``.

Servers are processes of their own, all alive at once, pinned to one core; the client is
another process on another core.  Rounds are interleaved, case by case, so that what
else the machine does hits all alike.  The figure is the scheduler's count of the
server's nanoseconds (/proc/<pid>/schedstat) divided by the requests of the round.

Two identical servers in one run differ by up to 2 %: below that a ratio says nothing.
Linux only.  Twisted is taken from ``--twisted-python``, TXLOOP_TWISTED_PYTHON or this interpreter.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.tcp._cases import CASES, Case

HERE = Path(__file__).resolve()
ROOT = HERE.parents[3]
PATHS = os.pathsep.join(str(ROOT / part) for part in ("src", "adapters", "tests"))
SERVER_CORE, CLIENT_CORE = 0, 1


class Server:
    """A running peer, for one kind of request."""

    def __init__(self, peer: str, kind: str, python: str) -> None:
        self._process = subprocess.Popen(
            [python, "-m", "benchmarks.tcp._servers", peer, kind],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": PATHS},
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def cpu_ns(self) -> int:
        """Nanoseconds on the processor so far, all its threads'."""
        tasks = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks)

    def memory_bytes(self) -> int:
        """Private memory now."""
        text = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text()
        fields = dict(line.split(":") for line in text.splitlines()[1:])
        return 1024 * sum(int(fields[name].split()[0]) for name in ("Private_Clean", "Private_Dirty"))

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()


def client(name: str, port: int, connections: int, requests: int) -> subprocess.Popen[str]:
    """A client process for one round."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.tcp._client", name, str(port), str(connections), str(requests)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": PATHS},
        preexec_fn=lambda: os.sched_setaffinity(0, {CLIENT_CORE}),
    )


def one_round(name: str, case: Case, server: Server, requests: int) -> tuple[float, float]:
    """(ns a request, reads a request), or (bytes a connection, 0) for idle memory."""
    if case.requests == 0:
        before = server.memory_bytes()
        holding = client(name, server.port, case.connections, 0)
        assert holding.stdout is not None
        assert holding.stdin is not None
        holding.stdout.readline()
        used = (server.memory_bytes() - before) / case.connections
        holding.stdin.close()
        holding.wait()
        return used, 0.0
    before_ns = server.cpu_ns()
    asking = client(name, server.port, case.connections, requests)
    done, reads = map(int, asking.communicate()[0].split())
    return (server.cpu_ns() - before_ns) / done, reads / done


def measure(name: str, case: Case, peers: dict[str, str], rounds: int, share: float) -> None:
    """Print one table."""
    # Idle memory grows once: fresh servers for each round there.
    fresh = case.requests == 0
    servers = {} if fresh else {peer: Server(peer, case.kind, python) for peer, python in peers.items()}
    figures: dict[str, list[tuple[float, float]]] = {peer: [] for peer in peers}
    requests = max(200, int(case.requests * share))
    try:
        for number in range(rounds + (0 if fresh else 1)):
            for peer, python in peers.items():
                server = Server(peer, case.kind, python) if fresh else servers[peer]
                figure = one_round(name, case, server, requests)
                if fresh:
                    server.end()
                if fresh or number:  # the first round warms up
                    figures[peer].append(figure)
    finally:
        for server in servers.values():
            server.end()
    report(name, figures, unit="B a connection" if fresh else "µs a request")


def report(name: str, figures: dict[str, list[tuple[float, float]]], unit: str) -> None:
    """Medians, with least and most, and the ratios that the aims are about."""
    print(f"\n{name}: {unit}")
    scale = 1 if unit.startswith("B") else 1000
    medians = {peer: statistics.median(value for value, _ in rows) for peer, rows in figures.items()}
    for peer, rows in figures.items():
        values = [value / scale for value, _ in rows]
        line = f"  {peer:16} {medians[peer] / scale:9.2f}  ({min(values):.2f}–{max(values):.2f})"
        if scale == 1000:
            line += f"  reads {statistics.median(reads for _, reads in rows):.2f}"
        for against in ("raw/asyncio", "raw/uvloop", "twisted/epoll"):
            if peer.startswith("txloop") and against in medians:
                ratios = [
                    theirs / ours for (ours, _), (theirs, _) in zip(rows, figures[against], strict=True)
                ]
                ratio = medians[against] / medians[peer]
                line += f"  {against} ÷ this {ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
        print(line, flush=True)


def find_peers(twisted_python: str | None) -> dict[str, str]:
    """Which peers can run here, and with which interpreter."""
    here = sys.executable
    uvloop_here = importlib.util.find_spec("uvloop") is not None
    peers = {"raw/asyncio": here, "txloop/asyncio": here}
    if uvloop_here:
        peers |= {"raw/uvloop": here, "txloop/uvloop": here}
    if twisted_python is None and importlib.util.find_spec("twisted") is not None:
        twisted_python = here
    if twisted_python is not None:
        peers |= {"twisted/epoll": twisted_python, "twisted/asyncio": twisted_python}
        if uvloop_here:
            peers["twisted/uvloop"] = twisted_python
    return peers


def main() -> None:
    """Run the cases asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count (7)")
    parser.add_argument("--share", type=float, default=1.0, help="of the requests a round (1.0)")
    parser.add_argument("--case", action="append", choices=list(CASES), help="only these")
    parser.add_argument("--peer", action="append", help="only these, for example txloop/uvloop")
    parser.add_argument("--twisted-python", default=os.environ.get("TXLOOP_TWISTED_PYTHON"))
    options = parser.parse_args()
    peers = find_peers(options.twisted_python)
    if options.peer:
        peers = {peer: python for peer, python in peers.items() if peer in options.peer}
    for name, case in CASES.items():
        if not options.case or name in options.case:
            measure(name, case, peers, options.rounds, options.share)


if __name__ == "__main__":
    main()
