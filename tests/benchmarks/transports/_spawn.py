"""One peer's children: ``python -m benchmarks.transports._spawn PEER COUNT``; how many a second.

Each does nothing, has pipes for its standard descriptors, and is started when the end of
the one before was told.
"""

from __future__ import annotations

import asyncio
import importlib
import shutil
import sys
import time
from typing import Any

from benchmarks._run import reactor_of

TRUE = shutil.which("true") or "/bin/true"


async def raw(count: int) -> float:
    """As asyncio has it; the seconds for so many, after one that loads what is loaded late."""
    pipe = asyncio.subprocess.PIPE
    began = 0.0
    for _ in range(1 + count):
        child = await asyncio.create_subprocess_exec(TRUE, stdin=pipe, stdout=pipe, stderr=pipe)
        await child.communicate()
        began = began or time.perf_counter()
    return time.perf_counter() - began


def twisted_style(reactor: Any, protocol: Any, count: int) -> float:
    """As a Twisted program has it; likewise."""
    left, began = count, 0.0

    class Next(protocol.ProcessProtocol):  # type: ignore[misc]
        def processEnded(self, reason: Any) -> None:
            nonlocal left, began
            if not began:
                began = time.perf_counter()
            else:
                left -= 1
            if left:
                reactor.spawnProcess(Next(), TRUE, ["true"], env=None)
            else:
                reactor.stop()

    reactor.callWhenRunning(lambda: reactor.spawnProcess(Next(), TRUE, ["true"], env=None))
    reactor.run()
    return time.perf_counter() - began


def main(peer: str, count: int) -> None:
    """Start so many."""
    library, _, loop_name = peer.partition("/")
    if library == "raw":
        loop = importlib.import_module(loop_name).new_event_loop()
        asyncio.set_event_loop(loop)
        seconds = loop.run_until_complete(raw(count))
    else:
        reactor, modules = reactor_of(peer)
        seconds = twisted_style(reactor, modules("internet.protocol"), count)
    print(count / seconds)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
