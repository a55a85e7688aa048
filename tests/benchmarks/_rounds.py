"""One round with one server: a client asks, and the server's nanoseconds are read before and after."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, Any, NamedTuple, cast

from benchmarks._run import CLIENT_CORE, Server, start
from benchmarks._table import Aim, Table


class Seen(NamedTuple):
    """One round with one peer."""

    cpu_us: float  # the server's, a request
    a_second: float
    reads: float  # a request
    idle: float  # the client's share of the time
    latencies_us: list[float]  # of single requests, if the client measures them


class Client:
    """A client's process: it does its next step for each line that it is sent, and prints what it saw."""

    def __init__(self, to_it: IO[str], from_it: IO[str]) -> None:
        self._to_it = to_it
        self._from_it = from_it
        self._from_it.readline()  # it is ready

    def go_on(self) -> Any:
        """Let it do the next step; what it saw."""
        self._to_it.write("\n")
        self._to_it.flush()
        return json.loads(self._from_it.readline())


@contextmanager
def client(module: str, *arguments: object) -> Iterator[Client]:
    """One that is connected and waits; it ends with the block."""
    process = start(sys.executable, module, *arguments, core=CLIENT_CORE, stdin=subprocess.PIPE)
    to_it = cast(IO[str], process.stdin)
    with process:
        yield Client(to_it, cast(IO[str], process.stdout))
        to_it.close()


def one_round(server: Server, module: str, *arguments: object) -> Seen:
    """The client *module* asks *server*."""
    with client(module, *arguments) as asking:
        before_ns = server.cpu_ns()
        told = asking.go_on()
        cpu_ns = server.cpu_ns() - before_ns
        latencies_ns = asking.go_on()
    requests = told["requests"]
    return Seen(
        cpu_ns / 1000 / requests,
        requests / told["seconds"],
        told["reads"] / requests,
        told["idle"],
        [each / 1000 for each in latencies_ns],
    )


def tables_of(
    group: str,
    title: str,
    seen: Mapping[str, Sequence[Seen]],
    aims: Sequence[Aim] = (),
    what: str = "request",
) -> Iterator[Table]:
    """What the rounds of all peers say: CPU time, throughput, and latencies if there are any.

    Args:
        aims: For the CPU time.
        what: A request's name.
    """
    remarks = {
        peer: f"{statistics.median(each.reads for each in rounds):.2f} reads a {what}, "
        f"client idle {statistics.median(each.idle for each in rounds):.0%}"
        for peer, rounds in seen.items()
    }

    def each(figure: Any) -> dict[str, list[float]]:
        return {peer: [figure(one) for one in rounds] for peer, rounds in seen.items()}

    cpu = each(lambda one: one.cpu_us)
    yield Table(group, title, f"µs of server CPU a {what}", cpu, remarks=remarks, aims=aims)
    yield Table(group, title, f"{what}s a second", each(lambda one: one.a_second), more_is_better=True)
    if all(one.latencies_us for rounds in seen.values() for one in rounds):
        for percent in (50, 99):
            unit = f"µs, {percent}th percentile of one {what} at a time"
            yield Table(group, title, unit, each(lambda one: percentile(one.latencies_us, percent)))  # noqa: B023


def percentile(values: list[float], percent: int) -> float:
    """The value that so many percent do not exceed."""
    return statistics.quantiles(values, n=100)[percent - 1]
