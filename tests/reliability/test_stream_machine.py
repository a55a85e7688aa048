"""Stream transports against a model, and against real Twisted: random scripts made by hypothesis.

Memory (loopbackAsync), TCP, UNIX, TLS and TCP that becomes TLS, on both loops, with writes up to a
mebibyte toward ends that read and ends that do not.  Each turn is compared with the model
(stream_model.py) as soon as it is played; with real Twisted at hand the whole script is
played there too, by the same player in a process of its own, and the traces must be equal.

Differences from Twisted, each with its reason: what the player writes down in one way for both
(stream_player.py: a producer paused at each write; which exception refuses a second producer),
what `without_late_errors` leaves out, and from where a script is "murky" (stream_model.py).
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conftest import LOOPS
from reliability.stream_model import ANY, Model
from reliability.stream_player import KINDS, Call, Library, Script, Seen, Stage, Trace
from support import child_environment, twisted_python
from txloop import AsyncioReactor

pytest.importorskip("OpenSSL", reason="the TLS context that both libraries take is pyOpenSSL's")

# Always the same ones; `python -m reliability` asks for more.
EXAMPLES = int(os.environ.get("TXLOOP_RELIABILITY_EXAMPLES", "12"))

SIZES = st.sampled_from([1, 100, 5_000, 66_000, 300_000, 1 << 20])
# Toward an end that does not read: the kernel takes the small ones, and nobody need wait; a large one
# is more than it takes.
SMALL_OR_HUGE_SIZES = st.sampled_from([1, 100, 1_000, 1 << 20])


def calls(kind: str, sizes: st.SearchStrategy[int]) -> st.SearchStrategy[list[Call]]:
    """What an end may do in one turn."""
    names = ["unregister", "lose"]
    if kind != "memory":
        names += ["pause", "resume", "resume", "abort"]
    if kind in ("tcp", "unix"):
        names.append("half_close")
    one = st.one_of(
        st.tuples(st.just("write"), sizes),
        st.tuples(st.just("write_sequence"), st.lists(st.sampled_from([0, 1, 100]), max_size=3)),
        st.tuples(st.sampled_from(names), st.none()),
        st.tuples(st.just("register"), st.sampled_from(["push", "pull"])),
    )
    return st.lists(one, min_size=1, max_size=4)


class Twin:
    """Real Twisted in a child process, which plays the same scripts."""

    def __init__(self, python: str) -> None:
        environment = child_environment()
        del environment["PYTHONPATH"]
        self._process = subprocess.Popen(
            [python, str(Path(__file__).with_name("stream_player.py")), "twisted"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # errors it logs about sockets that are gone
            text=True,
        )

    def play(self, kind: str, half_closeable: bool, script: Script) -> Trace:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([kind, half_closeable, script]) + "\n")
        self._process.stdin.flush()
        trace: Trace = json.loads(self._process.stdout.readline())
        return trace

    def end(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def twin() -> Iterator[Twin | None]:
    python = twisted_python()
    if python is None:
        yield None
        return
    made = Twin(python)
    yield made
    made.end()


def without_late_errors(seen: Seen) -> Seen:
    """Calls after the end raise AttributeError or ValueError in Twisted; here every one is silent."""
    events = [each for each in seen["events"] if not each.endswith(("AttributeError", "ValueError"))]
    return {**seen, "events": events}


def agrees(seen: Seen, expected: Seen) -> bool:
    return all(value is ANY or seen[name] == value for name, value in expected.items())


def machine_of(
    kind: str, library: Library, twin: Twin | None, told: list[Any]
) -> type[RuleBasedStateMachine]:
    """The machine's class for one kind of transport.

    Args:
        told: What the loop's exception handler is told.
    """

    class StreamMachine(RuleBasedStateMachine):
        stage: Any = None

        @initialize(half_closeable=st.booleans())
        def connect(self, half_closeable: bool) -> None:
            self.half_closeable = half_closeable
            self.script: Script = []
            self.trace: Trace = []
            self.clear_turns: int | None = None
            self.model = Model(kind, half_closeable)
            self.stage = Stage(library, kind, half_closeable)

        def play(self, number: int, made: list[Call]) -> None:
            expected = self.model.play_turn(number, made)
            seen = self.stage.play_turn(number, made)
            self.script.append((number, made))
            self.trace.append(seen)
            for is_seen, is_expected in zip(seen, expected, strict=True):
                assert agrees(is_seen, is_expected), f"\nseen     {seen}\nexpected {expected}"
            if self.model.murky and self.clear_turns is None:
                self.clear_turns = len(self.script) - 1

        @rule(number=st.integers(0, 1), made=calls(kind, SIZES))
        @precondition(lambda self: not any(end.paused for end in self.model.ends))
        def turn(self, number: int, made: list[Call]) -> None:
            self.play(number, made)

        @rule(number=st.integers(0, 1), made=calls(kind, SMALL_OR_HUGE_SIZES))
        @precondition(lambda self: any(end.paused for end in self.model.ends))
        def turn_while_one_does_not_read(self, number: int, made: list[Call]) -> None:
            self.play(number, made)

        @rule(plain=SIZES, written=st.lists(st.tuples(st.just("write"), SIZES), max_size=3))
        @precondition(
            lambda self: kind == "starttls" and self.model.kind == "tcp" and self.model.is_untouched()
        )
        def the_server_says_so_and_both_start_tls(self, plain: int, written: list[Call]) -> None:
            self.play(1, [("write", plain), ("start_tls", None), *written])

        @rule(number=st.integers(0, 1), written=st.lists(st.tuples(st.just("write"), SIZES), max_size=3))
        @precondition(
            lambda self: kind == "starttls" and self.model.kind == "tcp" and self.model.is_untouched()
        )
        def both_start_tls(self, number: int, written: list[Call]) -> None:
            self.play(number, [("start_tls", None), *written])

        @rule()
        @precondition(lambda self: self.model.paused_and_full() is not None)
        def it_reads_again(self) -> None:
            number = self.model.paused_and_full()
            assert number is not None
            self.play(number, [("resume", None)])

        @rule(number=st.integers(0, 1), producer=st.sampled_from(["push", "pull", None]), first=st.booleans())
        @precondition(lambda self: kind != "memory" and self.model.is_untouched())
        def one_stops_reading_and_the_other_writes_more_than_fits(
            self, number: int, producer: str | None, first: bool
        ) -> None:
            self.play(1 - number, [("pause", None)])
            registers: list[Call] = [("register", producer)] if producer else []
            write: Call = ("write", 1 << 20)
            self.play(number, [*registers, write] if first else [write, *registers, ("write", 1)])

        def teardown(self) -> None:
            if self.stage is None:
                return
            last = self.stage.end()
            assert all(end.is_lost for end in self.stage.ends), "an aborted connection never ends"
            assert told == [], self.script
            events = [event for turn in [*self.trace, last] for end in turn for event in end["events"]]
            assert [event for event in events if event.isupper()] == []
            if twin is not None:
                theirs = twin.play(kind, self.half_closeable, self.script)
                for at, ours in enumerate(self.trace[: self.clear_turns]):
                    assert ours == [without_late_errors(end) for end in theirs[at]], self.script[: at + 1]

    return StreamMachine


@pytest.mark.parametrize("kind", KINDS)
def test_every_script_gives_the_trace_of_the_model_and_of_twisted(
    kind: str, loop_name: str, twin: Twin | None
) -> None:
    loop = LOOPS[loop_name]()
    told: list[Any] = []
    loop.set_exception_handler(lambda loop, context: told.append(context))
    library = Library("txloop", AsyncioReactor(loop))
    try:
        run_state_machine_as_test(
            machine_of(kind, library, twin, told),
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=12,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        loop.close()
