"""Programs run for their output, functions called with warnings silenced."""

from __future__ import annotations

import signal
import warnings
from typing import Any

import pytest

from txloop.internet import error, utils
from txloop.internet.defer import Deferred

SHELL = "/bin/sh"


class TestPrograms:
    @pytest.mark.asyncio
    async def test_the_output_comes_whatever_the_exit_code(self) -> None:
        assert await utils.getProcessOutput(SHELL, ["-c", "echo out; exit 3"]) == b"out\n"

    @pytest.mark.asyncio
    async def test_error_output_is_an_error_that_says_how_it_ends(self) -> None:
        with pytest.raises(OSError, match=r"got stderr: b'err\\n'") as caught:
            await utils.getProcessOutput(SHELL, ["-c", "echo err >&2; exit 3"])
        ended: Any = caught.value
        with pytest.raises(error.ProcessTerminated) as how:
            await ended.processEnded
        assert how.value.exitCode == 3

    @pytest.mark.asyncio
    async def test_error_output_is_part_of_it_if_wanted(self) -> None:
        command = ["-c", "echo err >&2; echo out"]  # by two pipes: either may be read first
        got = await utils.getProcessOutput(SHELL, command, errortoo=True)
        assert sorted(got.splitlines()) == [b"err", b"out"]

    @pytest.mark.asyncio
    async def test_the_value_is_the_exit_code(self) -> None:
        assert await utils.getProcessValue(SHELL, ["-c", "exit 3"]) == 3
        assert await utils.getProcessValue(SHELL, ["-c", "kill -9 $$"]) is None

    @pytest.mark.asyncio
    async def test_everything_at_once_with_its_input(self) -> None:
        command = ["-c", "cat; echo err >&2; exit 3"]
        got = await utils.getProcessOutputAndValue(SHELL, command, stdinBytes=b"in\n")
        assert got == (b"in\n", b"err\n", 3)

    @pytest.mark.asyncio
    async def test_after_a_signal_everything_is_a_failure(self) -> None:
        failures: list[Any] = []
        done = utils.getProcessOutputAndValue(SHELL, ["-c", "echo out; kill -9 $$"])
        await done.addErrback(failures.append)
        assert failures[0].value == (b"out\n", b"", signal.SIGKILL)

    @pytest.mark.asyncio
    async def test_environment_and_directory_are_passed_on(self) -> None:
        got = await utils.getProcessOutput(SHELL, ["-c", "echo $A; pwd"], env={"A": "b"}, path="/")
        assert got == b"b\n/\n"

    @pytest.mark.asyncio
    async def test_a_program_that_is_not_there_is_raised(self) -> None:
        with pytest.raises(FileNotFoundError):
            utils.getProcessOutput("/nonexistent")


class TestWarnings:
    def test_only_what_is_named_is_silenced_and_only_meanwhile(self) -> None:
        def warn() -> int:
            warnings.warn("a noise", UserWarning, stacklevel=1)
            return 5

        quiet = utils.suppressWarnings(warn, (("ignore", "a noise"), {}))
        assert (quiet(), quiet.__name__) == (5, "warn")
        with pytest.warns(UserWarning, match="a noise"):
            warn()

    def test_until_the_deferred_fires(self) -> None:
        waiting: Deferred[Any] = Deferred()
        before = list(warnings.filters)
        utils.runWithWarningsSuppressed([(("ignore", "late noise"), {})], lambda: waiting)
        warnings.warn("late noise", UserWarning, stacklevel=1)
        waiting.callback(None)
        assert list(warnings.filters) == before
        with pytest.warns(UserWarning, match="late noise"):
            warnings.warn("late noise", UserWarning, stacklevel=1)

    def test_an_error_takes_the_filters_away_too(self) -> None:
        before = list(warnings.filters)
        with pytest.raises(ZeroDivisionError):
            utils.runWithWarningsSuppressed([(("ignore", "x"), {})], lambda: 1 // 0)
        assert list(warnings.filters) == before
