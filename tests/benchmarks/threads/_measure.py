"""One peer's threads: ``python -m benchmarks.threads._measure PEER CALLS``; microseconds, as JSON."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from benchmarks._run import reactor_of


def measure(reactor: Any, threads: Any, calls: int) -> dict[str, float]:
    """Round trips one after the other, then many at once; the reactor stops at the end."""
    figures: dict[str, float] = {}
    state = {"left": calls, "began": 0.0}

    def next_trip(_: object) -> None:
        state["left"] -= 1
        if state["left"]:
            threads.deferToThread(int).addCallback(next_trip)
        else:
            figures["deferToThread, one after the other"] = microseconds()
            state["left"], state["began"] = calls, time.perf_counter()
            threads.deferToThread(call_in)

    def microseconds() -> float:
        return (time.perf_counter() - state["began"]) / calls * 1e6

    def call_in() -> None:
        for _ in range(calls):
            reactor.callFromThread(arrived)

    def arrived() -> None:
        state["left"] -= 1
        if not state["left"]:
            figures["callFromThread, many at once"] = microseconds()
            reactor.stop()

    def begin() -> None:
        state["began"] = time.perf_counter()
        threads.deferToThread(int).addCallback(next_trip)

    reactor.callWhenRunning(begin)
    reactor.run()
    return figures


if __name__ == "__main__":
    reactor, modules = reactor_of(sys.argv[1])
    print(json.dumps(measure(reactor, modules("internet.threads"), int(sys.argv[2]))))
