"""Started and stopped a hundred times, nothing is left: no descriptor, thread, timer, object."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable

import pytest

import txloop
from embedding.work import Work, objects_by_type, open_descriptors, turns
from support import ROOT, child_environment, python

TIMES = 100
# The first rounds fill caches: imports, name lookups, types' attribute tables.
WARM_UP = 10

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the descriptors")


class Watch:
    """What there is after the warm-up; `assert_nothing_grew` compares.

    A leak of one object a round is `TIMES` objects; what grows less is somebody's cache.
    """

    def __init__(self) -> None:
        self._objects = objects_by_type()  # first: it collects the garbage
        self._descriptors = open_descriptors()
        self._threads = set(threading.enumerate())

    def assert_nothing_grew(self) -> None:
        now = objects_by_type()
        assert open_descriptors() - self._descriptors == set()
        assert set(threading.enumerate()) - self._threads == set()
        grown = {name: now[name] - self._objects.get(name, 0) for name in now}
        assert {name: count for name, count in grown.items() if count >= TIMES / 2} == {}


@pytest.mark.parametrize("orderly", [True, False], ids=["running", "loop's end"])
def test_a_loop_each_time(orderly: bool, loop_name: str, new_loop: Callable[[], object]) -> None:
    """asyncio.run, a hundred times, with a bit of everything in it."""
    from conftest import LOOPS

    async def main() -> None:
        work = Work()
        if orderly:
            async with txloop.running():
                await work.do()
        else:
            await work.do()

    def once() -> None:
        with asyncio.Runner(loop_factory=LOOPS[loop_name]) as runner:
            runner.run(main())

    for _ in range(WARM_UP):
        once()
    watch = Watch()
    for _ in range(TIMES):
        once()
    watch.assert_nothing_grew()


STANDALONE = """
import sys
import txloop
from embedding.test_start_and_stop import TIMES, WARM_UP, Watch
from embedding.work import Work
from txloop.python import log

log.startLogging(open("/dev/null", "w"), setStdout=False)  # until then events, with all they name, are kept

def once(reactor):
    work = Work()
    def end(result):
        for call in reactor.getDelayedCalls():
            call.cancel()  # after stop() they stay, as in Twisted
        reactor.stop()
    reactor.callWhenRunning(lambda: txloop.ensureDeferred(work.do()).addBoth(end))
    reactor.run()
    work.assert_ended(Work.AT_THE_LOOPS_END)

kept = txloop.AsyncioReactor()
which = {"same": lambda: kept, "new": txloop.AsyncioReactor}[sys.argv[1]]
for _ in range(WARM_UP):
    once(which())
watch = Watch()
for _ in range(TIMES):
    once(which())
watch.assert_nothing_grew()
print("nothing grew")
"""


@pytest.mark.parametrize("which", ["same", "new"])
def test_reactor_run_and_stop(which: str, loop_name: str) -> None:
    """Twisted's way: one reactor run again and again, or a new one each time; signal handlers too."""
    environment = child_environment(TXLOOP_LOOP=loop_name)
    environment["PYTHONPATH"] += os.pathsep + str(ROOT / "tests")
    done = python("-c", STANDALONE, which, environment=environment)
    assert (done.stdout, done.stderr) == ("nothing grew\n", "")


@pytest.mark.asyncio
async def test_in_one_loop() -> None:
    """`async with running()`, a hundred times in one loop; timers are among the objects."""

    async def once() -> None:
        work = Work()
        async with txloop.running():
            await work.do()
        work.assert_ended(Work.AT_THE_END_OF_RUNNING)
        await turns()

    for _ in range(WARM_UP):
        await once()
    watch = Watch()
    for _ in range(TIMES):
        await once()
    watch.assert_nothing_grew()
    scheduled = getattr(asyncio.get_running_loop(), "_scheduled", [])  # asyncio's; uvloop's are objects above
    assert [each for each in scheduled if not each.cancelled()] == []
