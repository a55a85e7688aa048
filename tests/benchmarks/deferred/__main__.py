"""Print what Deferreds cost: ``python -m benchmarks.deferred`` in ``tests``.

Every line is the best of many short interleaved rounds in this one process, on one CPU: ours
and its peer take turns, and what the machine does besides only ever adds time, so the least
is what the code costs.  A ratio above 1 is in our favour.

    without a loop, and in a running loop of each kind    beside Twisted's, if it is importable
    await in a task                                        beside a plain Future of the loop

``--quick`` does few rounds; ``--rounds N`` sets their number.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib
import os
import platform
import sys
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from benchmarks.deferred.cases import CASES, Often
from txloop.internet import defer

# Long enough that reading the clock (about 50 ns) does not count, short enough that many
# rounds are interrupted by nobody.
ROUND_NANOSECONDS = 1_000_000

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
try:
    import uvloop
except ImportError:
    pass
else:
    LOOPS["uvloop"] = uvloop.new_event_loop


def nanoseconds_each(often: Often, times: int) -> float:
    started = perf_counter_ns()
    often(times)
    return (perf_counter_ns() - started) / times


def times_a_round(often: Often) -> int:
    nanoseconds_each(often, 200)
    return max(10, int(ROUND_NANOSECONDS / nanoseconds_each(often, 200)))


def least(peers: list[Often], rounds: int) -> list[float]:
    """The least time of each of *peers*, which take turns."""
    times = [times_a_round(often) for often in peers]
    best = [float("inf")] * len(peers)
    gc.collect()
    for _ in range(rounds):
        for n, often in enumerate(peers):
            best[n] = min(best[n], nanoseconds_each(often, times[n]))
    return best


def compare_with_twisted(twisted: Any, rounds: int, in_loop: bool) -> None:
    for name, case, aim, aim_in_loop in CASES:
        aimed = aim_in_loop if in_loop else aim
        ours, *theirs = least([case(module) for module in (defer, twisted) if module], rounds)
        if theirs:
            ratio = theirs[0] / ours
            verdict = "" if ratio >= aimed else "   below"
            print(f"  {name:30}{ours:8.0f} ns {theirs[0]:8.0f} ns {ratio:6.2f}  (aim {aimed}){verdict}")
        else:
            print(f"  {name:30}{ours:8.0f} ns")


async def awaits_a_future(times: int) -> float:
    """Nanoseconds to make one, fire it from the loop's next turn and await it."""
    loop = asyncio.get_running_loop()
    started = perf_counter_ns()
    for _ in range(times):
        future = loop.create_future()
        loop.call_soon(future.set_result, 1)
        await future
    return (perf_counter_ns() - started) / times


async def awaits_a_deferred(times: int) -> float:
    loop = asyncio.get_running_loop()
    deferred = defer.Deferred
    started = perf_counter_ns()
    for _ in range(times):
        d: Any = deferred()
        loop.call_soon(d.callback, 1)
        await d
    return (perf_counter_ns() - started) / times


async def compare_with_future(aim: float, rounds: int) -> None:
    future = deferred = float("inf")
    for _ in range(rounds):
        future = min(future, await awaits_a_future(300))
        deferred = min(deferred, await awaits_a_deferred(300))
    ratio = deferred / future
    verdict = "" if ratio <= aim else "   above"
    line = f"  {'await in a task':30}{deferred:8.0f} ns {future:8.0f} ns {ratio:6.2f} x the future"
    print(f"{line}  (aim {aim}){verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deferred", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="20 rounds")
    options = parser.parse_args()
    rounds = 20 if options.quick else options.rounds
    try:
        twisted = importlib.import_module("twisted.internet.defer")
    except ImportError:
        twisted = None
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    gc.freeze()  # what was imported is not looked through again by each collection
    peer = "Twisted " + importlib.import_module("twisted").__version__ if twisted else "no Twisted here"
    print(f"Python {platform.python_version()}, {peer}, {rounds} rounds; ours, theirs, ratio")
    print("no loop")
    compare_with_twisted(twisted, rounds, in_loop=False)
    for name, make_loop in LOOPS.items():
        print(f"inside a running {name} loop")

        async def inside(aim: float = 1.3 if name == "asyncio" else 1.75) -> None:
            compare_with_twisted(twisted, rounds, in_loop=True)
            await compare_with_future(aim, rounds)

        loop = make_loop()
        loop.run_until_complete(inside())
        loop.close()


if __name__ == "__main__":
    sys.exit(main())
