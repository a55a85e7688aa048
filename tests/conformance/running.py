"""One test module, from its first test to its last, whatever becomes of the process.

A test that ends the process (a crash, os._exit) or stands still is recorded as
"crash" or "timeout", and a new process goes on behind it.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

WORKER = Path(__file__).with_name("worker.py")
# Over all of a module's processes; the slowest module takes 20 s on stock.
MODULE_LIMIT_SECONDS = 180.0
# Without any test beginning or ending; a single one is given 20 s by the worker.
SILENCE_LIMIT_SECONDS = 45.0
POLL_SECONDS = 0.05
# ReactorBuilder's classes end in the name of their reactor; so that both runs' ids agree, ours take stock's.
STOCK_REACTOR = "twisted.internet.epollreactor.EPollReactor"
OUR_REACTOR = "txloop.AsyncioReactor"

Command = Callable[[Path, int], list[str]]


@dataclass
class ModuleRun:
    """What became of a module's tests.

    Attributes:
        outcomes: test id -> "success", "skip", "todo", "unexpected success", "failure",
            "error", "crash" or "timeout".
        reasons: test id -> the end of the traceback or the skip's reason; not for successes.
        ours: The twisted.* modules that were txloop's, when the last test was over.
        stock: Those that were the installed Twisted's.
    """

    outcomes: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    ours: list[str] = field(default_factory=list)
    stock: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def passed(self) -> set[str]:
        """The ids of the tests that passed."""
        return {test for test, outcome in self.outcomes.items() if outcome == "success"}


def run_module(python: Path, module: str, environment: Mapping[str, str], *, overlay: bool) -> ModuleRun:
    """Run all tests of *module* in *python*."""
    reactor = OUR_REACTOR if overlay else STOCK_REACTOR

    def command(notes: Path, first: int) -> list[str]:
        words = [str(python), "-P", str(WORKER), module, str(notes), reactor, str(first)]
        return [*words, "overlay"] if overlay else words

    return run_worker(command, module, environment)


def run_worker(command: Command, module: str, environment: Mapping[str, str]) -> ModuleRun:
    """Run a worker to its last test, as often as that takes.

    Args:
        command: Called with the file for the worker's notes, and with how many tests it shall
            leave out; gives its command line.
        module: What to call all of it, if not one test begins.
    """
    run, begun, first = ModuleRun(), time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="txloop-conformance-", ignore_cleanup_errors=True) as folder:
        while True:
            notes = Path(folder) / f"notes-{first}"
            notes.touch()
            ended = _watch(command(notes, first), notes, environment, folder, begun + MODULE_LIMIT_SECONDS)
            started, whole = _take_notes(notes, run, module, ended)
            first += started
            if whole or not started or time.monotonic() > begun + MODULE_LIMIT_SECONDS:
                break
    run.seconds = time.monotonic() - begun
    return run


def _watch(
    command: list[str], notes: Path, environment: Mapping[str, str], folder: str, deadline: float
) -> str:
    """Run *command* to its end or its limit; "crash" or "timeout", for the test then under way."""
    output = Path(folder) / "output"
    with output.open("ab") as sink:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL,
            stdout=sink, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        size, since = 0, time.monotonic()
        try:
            while process.poll() is None:
                time.sleep(POLL_SECONDS)
                now = time.monotonic()
                if (grown := notes.stat().st_size) != size:
                    size, since = grown, now
                if now > deadline or now - since > SILENCE_LIMIT_SECONDS:
                    return f"timeout: {output.read_text(errors='replace')[-1500:]}"
        finally:
            _end_group(process)
    return f"crash: status {process.returncode}: {output.read_text(errors='replace')[-1500:]}"


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the worker and what its tests left running: it leads a group of its own."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _take_notes(notes: Path, run: ModuleRun, module: str, ended: str) -> tuple[int, bool]:
    """Add *notes* to *run*; how many tests were begun, and whether the module is through."""
    started, under_way, whole = 0, None, False
    for line in notes.read_text().splitlines():
        kind, *rest = json.loads(line)
        if kind == "start":
            started, under_way = started + 1, rest[0]
        elif kind == "end":
            _record(run, rest[0], rest[1], rest[2])
            under_way = None
        elif kind == "loaded":
            run.ours, run.stock = rest
        else:
            whole = True
    if not whole and (under_way is not None or not started):
        _record(run, under_way or f"{module} as a whole", ended.partition(":")[0], ended)
    return started, whole


def _record(run: ModuleRun, test: str, outcome: str, reason: str) -> None:
    test = test.replace(
        f"_{OUR_REACTOR.rpartition('.')[2]}Tests", f"_{STOCK_REACTOR.rpartition('.')[2]}Tests"
    )
    if run.outcomes.get(test, "success") == "success":
        run.outcomes[test] = outcome
        if outcome != "success":
            run.reasons[test] = reason
