"""task.react: a program that is one Deferred long.  Source: Twisted 26.10, run and watched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from txloop.internet.defer import Deferred, NotACoroutineError, fail, succeed
from txloop.internet.error import ReactorNotRunning
from txloop.internet.task import react
from txloop.logger import LogLevel, capturedLogs


class HandReactor:
    """A reactor whose run() does, one after another, what the test has put in `events`."""

    def __init__(self, *events: Callable[[], object]) -> None:
        self.events = list(events)
        self.running = False
        self.stops = 0
        self.before_shutdown: list[Callable[[], object]] = []
        self.when_running: list[Callable[[], object]] = []

    def addSystemEventTrigger(self, phase: str, event: str, trigger: Callable[[], object]) -> None:
        assert (phase, event) == ("before", "shutdown")
        self.before_shutdown.append(trigger)

    def callWhenRunning(self, function: Callable[[], object]) -> None:
        if self.running:
            function()
        else:
            self.when_running.append(function)

    def run(self) -> None:
        self.running = True
        for function in self.when_running:
            function()
        while self.events:
            self.events.pop(0)()
        assert self.stops, "nothing stopped it"

    def stop(self) -> None:
        if self.stops:
            raise ReactorNotRunning
        self.stops += 1
        for trigger in self.before_shutdown:
            trigger()


def exit_code_of(main: Callable[..., Any], reactor: HandReactor, argv: tuple[object, ...] = ()) -> Any:
    with pytest.raises(SystemExit) as exited:
        react(main, argv, _reactor=reactor)
    return exited.value.code


def test_main_gets_the_reactor_and_its_arguments_before_the_reactor_runs() -> None:
    seen: list[object] = []
    reactor = HandReactor()

    def main(*args: object) -> Deferred[None]:
        seen.append((args, reactor.running))
        return succeed(None)

    assert exit_code_of(main, reactor, ("a", "b")) == 0
    assert seen == [((reactor, "a", "b"), False)]
    assert reactor.stops == 1


def test_the_reactor_runs_until_the_deferred_fires() -> None:
    result: Deferred[None] = Deferred()
    reactor = HandReactor(lambda: result.callback(None))
    assert exit_code_of(lambda _: result, reactor) == 0
    assert reactor.stops == 1


def test_main_may_be_a_coroutine_function() -> None:
    result: Deferred[None] = Deferred()

    async def main(_: object) -> int:
        await result
        return 3

    assert exit_code_of(main, HandReactor(lambda: result.callback(None))) == 0


def test_a_failure_is_logged_and_exits_with_1(flush_logged_errors: Callable[..., list[Any]]) -> None:
    with capturedLogs() as events:
        assert exit_code_of(lambda _: fail(ValueError("boom")), HandReactor()) == 1
    [event] = [event for event in events if event["log_level"] is LogLevel.critical]
    assert event["why"] == "main function encountered error"
    assert event["failure"].type is ValueError
    assert len(flush_logged_errors(ValueError)) == 1


@pytest.mark.parametrize("code", [0, 23, "a message"])
def test_a_system_exit_is_the_exit(code: object) -> None:
    assert exit_code_of(lambda _: fail(SystemExit(code)), HandReactor()) == code


def test_a_stop_from_elsewhere_ends_it_and_the_result_is_not_waited_for() -> None:
    reactor = HandReactor()
    reactor.events.append(reactor.stop)
    assert exit_code_of(lambda _: Deferred(), reactor) == 0


def test_a_result_during_shutdown_counts_and_stops_nothing_twice() -> None:
    result: Deferred[None] = Deferred()
    reactor = HandReactor()
    reactor.events += [reactor.stop, lambda: result.errback(SystemExit(5))]
    assert exit_code_of(lambda _: result, reactor) == 5
    assert reactor.stops == 1


def test_what_main_raises_passes_and_the_reactor_does_not_run() -> None:
    reactor = HandReactor()
    with pytest.raises(ZeroDivisionError):
        react(lambda _: 1 / 0, _reactor=reactor)  # type: ignore[arg-type, return-value]
    assert not reactor.running


def test_main_must_give_something_to_wait_for() -> None:
    with pytest.raises(NotACoroutineError):
        react(lambda _: None, _reactor=HandReactor())  # type: ignore[arg-type, return-value]


PROGRAM = """
    from txloop.internet import reactor, task

    async def main(given):
        assert given is reactor
        await task.deferLater(reactor, 0.01)
        assert reactor.running
        print("up", flush=True)
        if {forever}:
            await task.deferLater(reactor, 3600)
        raise SystemExit(9)

    task.react(main)
"""


@contextmanager
def run_program(forever: bool, loop_name: str) -> Iterator[subprocess.Popen[str]]:
    program = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM).format(forever=forever)],
        env={**os.environ, "TXLOOP_LOOP": loop_name, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with program:
        try:
            yield program
        finally:
            program.kill()  # if it still runs the test has failed; else Popen would wait for ever


def test_on_a_real_reactor_it_exits_with_mains_code(loop_name: str) -> None:
    with run_program(forever=False, loop_name=loop_name) as program:
        assert program.wait(timeout=20) == 9


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_on_a_real_reactor_a_signal_ends_it_cleanly(loop_name: str, number: signal.Signals) -> None:
    with run_program(forever=True, loop_name=loop_name) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "up\n"
        program.send_signal(number)
        assert program.wait(timeout=20) == 0


EARLY_CALLS = """
    import time
    from txloop.internet import reactor

    seen = []
    reactor.callLater(0, lambda: seen.append(("at once", reactor.running)))
    reactor.callLater(0.001, lambda: seen.append(("soon", reactor.running)))
    reactor.callWhenRunning(lambda: seen.append(("when running", reactor.running)))
    reactor.callLater(0.1, reactor.stop)
    time.sleep(0.01)  # both are due before it runs
    reactor.run()
    assert seen == [("when running", True), ("at once", True), ("soon", True)], seen
"""


def test_calls_that_are_due_before_the_reactor_runs_find_it_running(loop_name: str) -> None:
    """Source: Twisted 26.10, the same program."""
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(EARLY_CALLS)],
        env={**os.environ, "TXLOOP_LOOP": loop_name, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
