"""Call the command: ``python -m benchmarks.programs._amp_client PORT CALLS``; seconds, on stdout.

Twisted's own, on epoll, against every server.
"""

from __future__ import annotations

import sys
import time
from typing import Any

from benchmarks._run import reactor_of
from benchmarks.programs._amp_commands import add_command

AT_ONCE = 10


def main(port: int, calls: int) -> None:
    """Ten calls under way until all are answered."""
    reactor, modules = reactor_of("twisted/epoll")
    amp, protocol, command = modules("protocols.amp"), modules("internet.protocol"), add_command()
    state = {"begun": 0, "done": 0, "at": 0.0}

    def call(connected: Any) -> None:
        state["begun"] += 1
        connected.callRemote(command, left=state["begun"], right=1).addCallback(answered, connected)

    def answered(_: object, connected: Any) -> None:
        state["done"] += 1
        if state["begun"] < calls:
            call(connected)
        elif state["done"] == calls:
            print(time.perf_counter() - state["at"], flush=True)
            reactor.stop()

    def begin(connected: Any) -> None:
        state["at"] = time.perf_counter()
        for _ in range(AT_ONCE):
            call(connected)

    creator = protocol.ClientCreator(reactor, amp.AMP)
    creator.connectTCP("127.0.0.1", port).addCallback(begin)
    reactor.run()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
