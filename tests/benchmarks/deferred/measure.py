"""Both libraries' Deferreds in this process, on one CPU.

A figure is the least of many short turns: ours and the peer's alternate, and what the
machine does besides only ever adds time, so the least is what the code costs.

    no loop, in asyncio, in uvloop    beside Twisted's, if it is importable
    await in a task                   beside a plain Future of the loop
"""

from __future__ import annotations

import asyncio
import gc
import importlib.util
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from time import perf_counter_ns
from typing import Any

from benchmarks._run import print_as_json
from benchmarks._table import Aim, Table
from benchmarks.deferred.cases import CASES, Often
from txloop.internet import defer

# Long enough that reading the clock (about 50 ns) does not count, short enough that many
# turns are interrupted by nobody.
TURN_NANOSECONDS = 1_000_000
TURNS = 30
AWAITS = 300

# An await costs at most so many plain Futures.
AWAIT_AIMS = {"asyncio": 1.3, "uvloop": 1.75}


def nanoseconds_each(often: Often, times: int) -> float:
    """One turn."""
    started = perf_counter_ns()
    often(times)
    return (perf_counter_ns() - started) / times


def times_a_turn(often: Often) -> int:
    """How many make a turn long enough."""
    nanoseconds_each(often, 200)
    return max(10, int(TURN_NANOSECONDS / nanoseconds_each(often, 200)))


def least(peers: list[Often], turns: int) -> list[float]:
    """The least time of each of *peers*, which take turns."""
    times = [times_a_turn(often) for often in peers]
    best = [float("inf")] * len(peers)
    gc.collect()
    for _ in range(turns):
        for number, often in enumerate(peers):
            best[number] = min(best[number], nanoseconds_each(often, times[number]))
    return best


def own_cases(module: Any) -> dict[str, Callable[[], Often]]:
    """The cases for one peer, by name, in bytecode of its own.

    CPython fits bytecode to the classes it meets; if the peers shared it, each would pay in
    every turn for having it fitted again, which no program does that uses only one.
    """
    spec = importlib.util.find_spec("benchmarks.deferred.cases")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return {name: partial(case, module) for name, case, *_ in loaded.CASES}


def compared(where: str, rounds: int, turns: int) -> Iterator[Table]:
    """Every case, beside Twisted's."""
    modules = {"txloop": defer}
    try:
        modules["twisted"] = importlib.import_module("twisted.internet.defer")
    except ImportError:
        pass
    cases = {peer: own_cases(module) for peer, module in modules.items()}
    for name, _, aim, aim_in_loop in CASES:
        figures: dict[str, list[float]] = {peer: [] for peer in modules}
        for _ in range(rounds):
            made = [cases[peer][name]() for peer in modules]
            for peer, best in zip(modules, least(made, turns), strict=True):
                figures[peer].append(best)
        aims = [Aim("txloop", "twisted", aim if where == "no loop" else aim_in_loop)]
        yield Table("deferred", f"{name}, {where}", "ns", figures, aims=aims)


async def awaits_a_future() -> float:
    """Nanoseconds to make one, fire it from the loop's next turn and await it."""
    loop = asyncio.get_running_loop()
    started = perf_counter_ns()
    for _ in range(AWAITS):
        future = loop.create_future()
        loop.call_soon(future.set_result, 1)
        await future
    return (perf_counter_ns() - started) / AWAITS


async def awaits_a_deferred() -> float:
    """The same with a Deferred."""
    loop = asyncio.get_running_loop()
    deferred = defer.Deferred
    started = perf_counter_ns()
    for _ in range(AWAITS):
        d: Any = deferred()
        loop.call_soon(d.callback, 1)
        await d
    return (perf_counter_ns() - started) / AWAITS


AWAITED: dict[str, Callable[[], Awaitable[float]]] = {"txloop": awaits_a_deferred, "future": awaits_a_future}


async def in_loop(name: str, rounds: int, turns: int) -> list[Table]:
    """Every case inside the loop that runs, and awaiting in a task of it."""
    figures: dict[str, list[float]] = {peer: [] for peer in AWAITED}
    for _ in range(rounds):
        best = dict.fromkeys(AWAITED, float("inf"))
        for _ in range(turns):
            for peer, awaits in AWAITED.items():
                best[peer] = min(best[peer], await awaits())
        for peer, nanoseconds in best.items():
            figures[peer].append(nanoseconds)
    aims = [Aim("txloop", "future", 1 / AWAIT_AIMS[name])]
    awaiting = Table("deferred", f"await in a task of {name}", "ns", figures, aims=aims)
    return [awaiting, *compared(f"in a running {name} loop", rounds, turns)]


def tables(rounds: int, share: float) -> Iterator[Table]:
    """All of them."""
    gc.freeze()  # what was imported is not looked through again by each collection
    turns = max(3, int(TURNS * share))
    yield from compared("no loop", rounds, turns)
    for name in AWAIT_AIMS:
        try:
            loop = importlib.import_module(name).new_event_loop()
        except ImportError:
            continue
        yield from loop.run_until_complete(in_loop(name, rounds, turns))
        loop.close()


if __name__ == "__main__":
    print_as_json(tables)
