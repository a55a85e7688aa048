"""Legacy programs as they are: twisted.web under wrk, a RESP server under redis-benchmark, AMP.

The servers are written for Twisted.  The txloop peers run them over the overlay in
the same interpreter, which has Twisted beside: twisted.web is Twisted's own in all of them.
A figure is the server's CPU time a request; the load generators are Debian's.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
from collections.abc import Callable, Iterator

from benchmarks._run import CLIENT_CORE, Run, Server, start
from benchmarks._table import Aim, Table

SERVERS = "benchmarks.programs._servers"


def tables(run: Run) -> Iterator[Table]:
    """One for each program whose load generator is installed."""
    if run.twisted_python is None:
        return
    over_twisted = Run(
        dict.fromkeys(run.reactors, run.twisted_python),
        run.rounds,
        run.share,
        run.twisted_python,
    )
    for program, (tool, title, load, aims) in PROGRAMS.items():
        if tool is None or shutil.which(tool):
            yield measured(over_twisted, program, title, load, aims)


Load = Callable[[Server, Run], tuple[int, float]]


def measured(run: Run, program: str, title: str, load: Load, aims: list[Aim]) -> Table:
    """Every peer's server under the same load."""

    def one(peer: str) -> tuple[float, float]:
        server = servers[peer]
        before_ns = server.cpu_ns()
        requests, seconds = load(server, run)
        return (server.cpu_ns() - before_ns) / 1000 / requests, requests / seconds

    with run.servers(SERVERS, program) as servers:
        seen = run.interleaved(run.peers, one)
    return Table(
        "programs",
        title,
        "µs of server CPU a request",
        {peer: [cpu for cpu, _ in rounds] for peer, rounds in seen.items()},
        remarks={
            peer: f"{statistics.median(a_second for _, a_second in rounds):,.0f} requests/s"
            for peer, rounds in seen.items()
        },
        aims=aims,
    )


# ---- the loads: (requests, seconds) ---------------------------------------------------


def wrk(server: Server, run: Run) -> tuple[int, float]:
    """Fifty connections that ask for the page again and again."""
    seconds = max(1, round(3 * run.share))
    arguments = ["-t1", "-c50", f"-d{seconds}s", f"http://127.0.0.1:{server.where}/"]
    told = pinned(["wrk", *arguments])
    found = re.search(r"(\d+) requests in ([\d.]+)s", told)
    if found is None:
        raise RuntimeError(f"wrk said {told!r}")
    return int(found[1]), float(found[2])


def redis_benchmark(server: Server, run: Run) -> tuple[int, float]:
    """Fifty clients that SET."""
    requests = run.requests(40_000)
    arguments = ["-p", server.where, "-t", "set", "-n", str(requests), "-c", "50", "--csv"]
    told = pinned(["redis-benchmark", *arguments])
    found = re.search(r'"SET","([\d.]+)"', told)
    if found is None:
        raise RuntimeError(f"redis-benchmark said {told!r}")
    return requests, requests / float(found[1])


def amp(server: Server, run: Run) -> tuple[int, float]:
    """Calls of one remote command, ten at a time."""
    assert run.twisted_python is not None
    calls = run.requests(5_000)
    calling = start(
        run.twisted_python, "benchmarks.programs._amp_client", server.where, calls, core=CLIENT_CORE
    )
    told, _ = calling.communicate()
    return calls, float(told)


def pinned(command: list[str]) -> str:
    """What *command*, on the clients' core, printed."""
    taskset = ["taskset", "-c", str(CLIENT_CORE)] if shutil.which("taskset") else []
    return subprocess.run([*taskset, *command], capture_output=True, text=True, check=True).stdout


PROGRAMS: dict[str, tuple[str | None, str, Load, list[Aim]]] = {
    "web": (
        "wrk",
        "twisted.web, hello world, under wrk",
        wrk,
        [Aim("txloop/uvloop", "twisted/epoll", 1.5)],
    ),
    "resp": (
        "redis-benchmark",
        "key_value_server.py, SET, under redis-benchmark",
        redis_benchmark,
        [],
    ),
    "amp": (None, "AMP, calls of one command", amp, []),
}
