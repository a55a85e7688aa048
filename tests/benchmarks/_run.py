"""One run of the benchmark: who takes part, how long, and the servers' processes.

Servers are processes of their own, all alive at once, pinned to one core; the clients that
load them run on another.  Rounds are interleaved, peer by peer, so that what else
the machine does hits all alike.  Two identical servers in one run differ by up to 2 %: below
that a ratio says nothing.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from benchmarks._table import BARE, Table

ROOT = Path(__file__).resolve().parents[2]
PATHS = os.pathsep.join(str(ROOT / part) for part in ("src", "adapters", "tests"))
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
SERVER_CORE, CLIENT_CORE = CORES[0], CORES[-1]


T = TypeVar("T")


def start(python: str, module: str, *arguments: object, core: int, **pipes: Any) -> subprocess.Popen[str]:
    """*python* -m *module*, pinned, with this checkout's sources; its stdout is a pipe."""
    process = subprocess.Popen(
        [python, "-m", module, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": PATHS},
        **pipes,
    )
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, {core})
    return process


class Server:
    """A peer's process; its first line on stdout says where it is to be found.

    Attributes:
        where: That line: a port number, or a path.
    """

    def __init__(self, python: str, module: str, *arguments: object) -> None:
        self._process = start(python, module, *arguments, core=SERVER_CORE)
        assert self._process.stdout is not None
        self.where = self._process.stdout.readline().strip()
        if not self.where:
            raise RuntimeError(f"{python} -m {module} {' '.join(map(str, arguments))} did not start")

    def cpu_ns(self) -> int:
        """Nanoseconds on the processor so far, all its threads' (the scheduler's own count)."""
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
        assert self._process.stdout is not None
        self._process.stdout.close()


@dataclass(frozen=True)
class Run:
    """Who takes part, and for how long.

    Attributes:
        peers: By name, ``library/loop``, the interpreter.
        rounds: So many count.
        share: Of the requests a full round has.
        twisted_python: An interpreter with Twisted; None if there is none.
    """

    peers: Mapping[str, str]
    rounds: int
    share: float
    twisted_python: str | None

    @property
    def loops(self) -> dict[str, str]:
        """The peers that have one."""
        return {peer: python for peer, python in self.peers.items() if peer != BARE}

    @property
    def reactors(self) -> dict[str, str]:
        """The peers that have a reactor."""
        return {peer: python for peer, python in self.loops.items() if not peer.startswith("raw/")}

    def requests(self, full: int) -> int:
        """How many a round has."""
        return max(50, int(full * self.share))

    @contextmanager
    def servers(self, module: str, *arguments: object) -> Iterator[dict[str, Server]]:
        """One of each peer, ``module PEER arguments``, until the block ends."""
        started: dict[str, Server] = {}
        try:
            for peer, python in self.peers.items():
                started[peer] = Server(python, module, peer, *arguments)
            yield started
        finally:
            for server in started.values():
                server.end()

    def in_one_process(self, module: str) -> Iterator[Table]:
        """The tables of *module*, whose peers take turns within one process that has them all."""
        python = self.twisted_python or sys.executable
        measuring = start(python, module, "--rounds", self.rounds, "--share", self.share, core=SERVER_CORE)
        assert measuring.stdout is not None
        with measuring:
            for line in measuring.stdout:
                yield Table.from_json(json.loads(line))
        if measuring.returncode:
            raise RuntimeError(f"{python} -m {module} ended with {measuring.returncode}")

    def interleaved(
        self, peers: Iterable[str], measure: Callable[[str], T], warm_up: bool = True
    ) -> dict[str, list[T]]:
        """*measure* of each peer, in turns; the first turn only warms up."""
        names = list(peers)
        figures: dict[str, list[T]] = {peer: [] for peer in names}
        for number in range(-1 if warm_up else 0, self.rounds):
            for peer in names:
                figure = measure(peer)
                if number >= 0:
                    figures[peer].append(figure)
        return figures


def has(python: str, module: str) -> bool:
    """*python* can import *module*."""
    if python == sys.executable:
        return importlib.util.find_spec(module) is not None
    return subprocess.run([python, "-c", f"import {module}"], stderr=subprocess.DEVNULL).returncode == 0


def reactor_of(peer: str) -> tuple[Any, Callable[[str], Any]]:
    """In a peer's own process: its reactor, and what imports a module of its library.

    Args:
        peer: ``txloop/…`` or ``twisted/…``, with the loop.
    """
    library, _, loop = peer.partition("/")
    if library == "txloop":
        os.environ["TXLOOP_LOOP"] = loop
    elif loop != "epoll":
        installing = importlib.import_module("twisted.internet.asyncioreactor")
        installing.install(importlib.import_module(loop).new_event_loop())
    package = importlib.import_module(f"{library}.internet")
    importlib.import_module(f"{library}.internet.reactor")
    return package.reactor, lambda name: importlib.import_module(f"{library}.{name}")


def find_peers(twisted_python: str | None) -> dict[str, str]:
    """Who can run here."""
    here = sys.executable
    loops = ["asyncio", *(["uvloop"] if has(here, "uvloop") else [])]
    peers = {f"{library}/{loop}": here for library in ("raw", "txloop") for loop in loops}
    if hasattr(select, "epoll"):
        peers = {BARE: here, **peers}
    if twisted_python is not None:
        loops = ["epoll", "asyncio", *(["uvloop"] if has(twisted_python, "uvloop") else [])]
        peers |= {f"twisted/{loop}": twisted_python for loop in loops}
    return peers


def add_options(parser: argparse.ArgumentParser) -> None:
    """What every part of the benchmark takes."""
    parser.add_argument("--rounds", type=int, help="rounds that count (7; 3 with --quick)")
    parser.add_argument("--share", type=float, help="of a round's requests (1.0; 0.1 with --quick)")
    parser.add_argument("--quick", action="store_true", help="few and short rounds")
    parser.add_argument("--peer", action="append", help="only these, for example txloop/uvloop")
    parser.add_argument(
        "--twisted-python",
        default=os.environ.get("TXLOOP_TWISTED_PYTHON"),
        help="an interpreter with Twisted; TXLOOP_TWISTED_PYTHON, or this one if it has it",
    )


def run_of(options: argparse.Namespace) -> Run:
    """What the options ask for."""
    twisted_python = options.twisted_python
    if twisted_python is None and has(sys.executable, "twisted"):
        twisted_python = sys.executable
    peers = find_peers(twisted_python)
    wanted = options.peer or list(peers)
    return Run(
        {peer: python for peer, python in peers.items() if peer in wanted},
        options.rounds or (3 if options.quick else 7),
        options.share or (0.1 if options.quick else 1.0),
        twisted_python,
    )


def print_as_json(tables: Callable[[int, float], Iterable[Table]]) -> None:
    """The other end of `Run.in_one_process`: what such a module's ``__main__`` does."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--share", type=float, default=1.0)
    options = parser.parse_args()
    for table in tables(options.rounds, options.share):
        print(json.dumps(table.as_json()), flush=True)
