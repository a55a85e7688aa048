"""One peer's timers, measured in this process: ``python -m benchmarks.timers._measure PEER``.

It prints nanoseconds of CPU time a call, as JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any

from benchmarks._run import reactor_of

CALLS = 20_000


def measure_reactor(name: str) -> dict[str, float]:
    """All figures; one inside the other's callbacks, since Twisted cannot run twice."""
    reactor, _ = reactor_of(name)
    figures: dict[str, float] = {}
    state = {"left": 0, "begin": 0.0, "turns": 0}

    def nothing() -> None:
        pass

    def call_and_cancel() -> None:
        begin = time.process_time()
        for _ in range(CALLS):
            reactor.callLater(30, nothing).cancel()
        figures["call + cancel"] = (time.process_time() - begin) / CALLS * 1e9
        state["begin"], state["turns"] = time.process_time(), CALLS // 100
        reactor.callLater(0, hundred_a_turn)

    def hundred_a_turn() -> None:
        """As a server does: timeouts set and cancelled, with turns of the loop between."""
        for _ in range(100):
            reactor.callLater(30, nothing).cancel()
        state["turns"] -= 1
        if state["turns"]:
            reactor.callLater(0, hundred_a_turn)
        else:
            figures["call + cancel, 100 a turn"] = (time.process_time() - state["begin"]) / CALLS * 1e9
            reset()

    def reset() -> None:
        call = reactor.callLater(30, nothing)
        begin = time.process_time()
        for _ in range(CALLS):
            call.reset(30)
        figures["reset to later"] = (time.process_time() - begin) / CALLS * 1e9
        call.cancel()
        state["left"], state["begin"] = CALLS, time.process_time()
        reactor.callLater(0, chain)

    def chain() -> None:
        state["left"] -= 1
        if state["left"]:
            reactor.callLater(0, chain)
        else:
            figures["chain of callLater(0)"] = (time.process_time() - state["begin"]) / CALLS * 1e9
            reactor.stop()

    reactor.callWhenRunning(call_and_cancel)
    reactor.run()
    return figures


def measure_loop(name: str) -> dict[str, float]:
    """The bare loop's own timers."""
    loop: Any = importlib.import_module(name).new_event_loop()
    figures: dict[str, float] = {}
    state = {"left": CALLS, "begin": 0.0}

    def call_and_cancel() -> None:
        begin = time.process_time()
        for _ in range(CALLS):
            loop.call_later(30, chain).cancel()
        figures["call + cancel"] = (time.process_time() - begin) / CALLS * 1e9
        state["begin"] = time.process_time()
        loop.call_soon(chain)

    def chain() -> None:
        state["left"] -= 1
        if state["left"]:
            loop.call_soon(chain)
        else:
            figures["chain of callLater(0)"] = (time.process_time() - state["begin"]) / CALLS * 1e9
            loop.stop()

    loop.call_soon(call_and_cancel)
    loop.run_forever()
    loop.close()
    return figures


if __name__ == "__main__":
    library, _, loop_name = sys.argv[1].partition("/")
    print(json.dumps(measure_loop(loop_name) if library == "raw" else measure_reactor(sys.argv[1])))
