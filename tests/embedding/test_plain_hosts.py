"""Old code in asyncio programs, each way people run a loop by themselves.

Nothing is set up and nothing torn down by hand: what the loop does at its own end is all.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import txloop
from embedding.work import Work
from support import CHILD_TIMEOUT_SECONDS, ROOT, child_environment

NewLoop = Callable[[], asyncio.AbstractEventLoop]
Main = Coroutine[Any, Any, Any]


def run_by(loop_name: str) -> Callable[[Main], Any]:
    """asyncio.run, or uvloop.run."""
    if loop_name == "asyncio":
        return asyncio.run
    import uvloop

    return uvloop.run


def test_asyncio_run_and_uvloop_run_twice_in_a_process(loop_name: str) -> None:
    for _ in range(2):
        work = Work()
        run_by(loop_name)(work.do())
        work.assert_ended(Work.AT_THE_LOOPS_END)


def test_with_running_connections_close_in_order(loop_name: str) -> None:
    work = Work()

    async def main() -> None:
        async with txloop.running():
            await work.do()
        work.assert_ended(Work.AT_THE_END_OF_RUNNING)

    run_by(loop_name)(main())
    work.assert_ended(Work.AT_THE_END_OF_RUNNING)


def test_asyncio_runner_runs_several_mains_in_one_loop(new_loop: NewLoop) -> None:
    """Between them everything stays as it is: it is one loop, with one reactor."""
    work = Work()

    async def second() -> None:
        assert txloop.reactor.snapshot()["life"] == "running"
        reader, writer = await asyncio.open_connection("127.0.0.1", work.port)
        writer.write(b"still there\r\n")
        assert await reader.readline() == b"STILL THERE\r\n"
        writer.close()
        await writer.wait_closed()
        while len(work.events) < 2:
            await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(work.do())
        runner.run(second())
        assert work.events == ["worked", "ConnectionDone"]
    work.assert_ended(("worked", "ConnectionDone", "before", "ConnectionLost", "during", "after"))


def test_a_loop_driven_by_hand_ends_with_shutdown_asyncgens(new_loop: NewLoop) -> None:
    work = Work()
    loop = new_loop()
    loop.run_until_complete(work.do())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    work.assert_ended(Work.AT_THE_LOOPS_END)


def in_thread(main: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=main)
    thread.start()
    return thread


def test_a_loop_in_a_thread(loop_name: str) -> None:
    work = Work()
    in_thread(lambda: run_by(loop_name)(work.do())).join(CHILD_TIMEOUT_SECONDS)
    work.assert_ended(Work.AT_THE_LOOPS_END)


def test_two_loops_in_two_threads_at_once(loop_name: str) -> None:
    """Each has a reactor of its own; the one ends while the other goes on."""
    both_work, first_is_over = threading.Barrier(2), threading.Event()
    works, reactors = [Work(), Work()], set()

    async def main(number: int) -> None:
        await works[number].do()
        reactors.add(id(txloop.reactor._now()))
        await asyncio.to_thread(both_work.wait, 20)
        if number == 1:
            await asyncio.to_thread(first_is_over.wait, 20)
            works[0].assert_ended(Work.AT_THE_LOOPS_END)
            assert txloop.reactor.running
            assert len(txloop.reactor.snapshot()["connections"]) == 2

    threads = [in_thread(lambda number=number: run_by(loop_name)(main(number))) for number in range(2)]  # type: ignore[misc]
    threads[0].join(CHILD_TIMEOUT_SECONDS)
    first_is_over.set()
    threads[1].join(CHILD_TIMEOUT_SECONDS)
    for work in works:
        work.assert_ended(Work.AT_THE_LOOPS_END)
    assert len(reactors) == 2


def test_a_long_lived_loop_in_a_thread_is_fed_from_outside(new_loop: NewLoop) -> None:
    """asyncio.run_coroutine_threadsafe, and the reactor's own callFromThread."""
    loop, work = new_loop(), Work()
    thread = in_thread(loop.run_forever)
    asyncio.run_coroutine_threadsafe(work.do(), loop).result(20)
    reactor = txloop.AsyncioReactor(loop)
    called = threading.Event()
    reactor.callFromThread(called.set)
    assert called.wait(20)
    asyncio.run_coroutine_threadsafe(loop.shutdown_asyncgens(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)
    work.assert_ended(Work.AT_THE_LOOPS_END)


OWNER_OF_SIGNALS = """
import asyncio, os, signal, sys
from embedding.work import Work

async def main():
    loop, asked, work = asyncio.get_running_loop(), asyncio.Event(), Work()
    loop.add_signal_handler(signal.SIGTERM, asked.set)
    await work.do()
    print("ready", flush=True)
    await asked.wait()
    print("the host stops", flush=True)
    return work

runner = asyncio.run
if sys.argv[1] == "uvloop":
    import uvloop
    runner = uvloop.run
work = runner(main())
work.assert_ended(Work.AT_THE_LOOPS_END)
print(*work.events)
"""


def test_a_host_that_owns_the_signal_handlers_keeps_them(loop_name: str) -> None:
    """SIGTERM is the host's event; txloop ends with the loop, and the status is the host's."""
    environment = child_environment()
    environment["PYTHONPATH"] += os.pathsep + str(ROOT / "tests")
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", OWNER_OF_SIGNALS, loop_name],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=CHILD_TIMEOUT_SECONDS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    assert output == "the host stops\nworked before ConnectionLost during after\n"
    assert "Traceback" not in errors
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_handlers_set_before_and_during_stay_set(number: signal.Signals, loop_name: str) -> None:
    def mine(*_: object) -> None: ...

    def another(*_: object) -> None: ...

    before = signal.signal(number, mine)
    try:

        async def main() -> None:
            async with txloop.running():
                await Work().do()
                if number != signal.SIGINT:  # asyncio.run puts its own there
                    assert signal.getsignal(number) is mine
                signal.signal(number, another)
            assert signal.getsignal(number) is another

        run_by(loop_name)(main())
    finally:
        signal.signal(number, before)
