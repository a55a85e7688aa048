"""Trial's test cases under pytest, under unittest, and under Twisted's name."""

from __future__ import annotations

import unittest as standard
from collections.abc import Callable
from pathlib import Path

import pytest
from zope.interface import implementer

from pytest_projects import run_project
from support import child_environment, python
from txloop.python import log
from txloop.python.failure import Failure
from txloop.trial import itrial, unittest, util

PROJECT = """
import asyncio
import warnings

from {home}.internet import defer, protocol, reactor
from {home}.python import log
from {home}.trial import unittest

def later():
    d = defer.Deferred()
    reactor.callLater(0.001, d.callback, None)
    return d

class TestIt(unittest.TestCase):
    def setUp(self): return later()
    def tearDown(self): return later()
    def test_passes(self): return later()
    def test_fails(self): return later().addCallback(lambda _: self.assertEqual(1, 2))
    def test_skip(self): raise unittest.SkipTest("why not")
    def test_todo(self): self.fail("as expected")
    test_todo.todo = "some day"
    def test_todo_passes(self): pass
    test_todo_passes.todo = "some day"
    def test_timeout(self): return defer.Deferred()
    test_timeout.timeout = 0.02
    def test_logged(self): log.err(ZeroDivisionError())
    def test_flushed(self):
        log.err(ZeroDivisionError())
        self.assertEqual(len(self.flushLoggedErrors()), 1)
    def test_leaks(self):
        reactor.callLater(60, print)  # here
    def test_begins_clean(self): self.assertEqual(list(reactor.getDelayedCalls()), [])
    async def test_asyncio(self):
        await asyncio.sleep(0.001)
        await later()

class TestSynchronous(unittest.SynchronousTestCase):
    def test_warnings(self):
        warnings.warn("w", UserWarning, stacklevel=1)
        self.assertEqual(len(self.flushWarnings()), 1)
    def test_mktemp(self): open(self.mktemp(), "w").close()
"""

OUTCOMES = {"failed": 5, "passed": 6, "skipped": 1, "xfailed": 1}


@pytest.mark.parametrize("home", ["txloop", "twisted"])
def test_under_pytest(tmp_path: Path, loop_name: str, home: str) -> None:
    """Beside pytest-asyncio, with the strictest settings; no Twisted installed, twisted.trial is txloop's."""
    done = run_project(
        tmp_path,
        PROJECT.format(home=home),
        ini="asyncio_mode = auto\ntxloop_leaks = error\nfilterwarnings = error\naddopts = -rA",
        conftest="import txloop_twisted\ntxloop_twisted.install()" if home == "twisted" else "",
        environment={"TXLOOP_LOOP": loop_name},
    )
    assert done.outcomes == OUTCOMES, done.output
    for told in (
        "SKIPPED [1] test_project.py:19: why not",
        "XFAIL test_project.py::TestIt::test_todo - some day",
        "Unexpected success: some day",
        "(test_timeout) still running at 0.02 secs",
        "FailTest: 1 != 2",
        "FAILED test_project.py::TestIt::test_logged - ZeroDivisionError",
    ):
        assert told in done.output, done.output


def test_what_a_test_leaves_is_named_with_its_line_under_pytest(tmp_path: Path) -> None:
    text = PROJECT.format(home="txloop")
    done = run_project(tmp_path, text, arguments=("-k", "leaks"))
    line = text.split("# here")[0].count("\n") + 1
    assert f"made at test_project.py:{line} in TestIt.test_leaks: reactor.callLater(60, print)" in done.output


def test_under_unittest(tmp_path: Path, loop_name: str) -> None:
    (tmp_path / "test_project.py").write_text(PROJECT.format(home="txloop"))
    done = python(
        "-m", "unittest", "test_project", cwd=tmp_path, environment=child_environment(TXLOOP_LOOP=loop_name)
    )
    assert "Ran 13 tests" in done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last == "FAILED (failures=1, errors=3, skipped=1, expected failures=1, unexpected successes=1)"


class Case(unittest.TestCase):
    """Run by hand below."""

    def runTest(self) -> None:
        log.err(ZeroDivisionError())

    def fails_as_expected(self) -> None:
        self.fail("x")

    fails_as_expected.todo = "some day"  # type: ignore[attr-defined]

    def presses_ctrl_c(self) -> None:
        raise KeyboardInterrupt


Case.__test__ = False  # type: ignore[attr-defined]


@implementer(itrial.IReporter)
class Reporter(standard.TestResult):
    """Is told as trial's reporters are."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []

    def addError(self, test: object, error: object) -> None:
        self.told.append(error)

    def addExpectedFailure(self, test: object, error: object, todo: object = None) -> None:
        self.told += [error, todo]


def test_trials_reporters_are_told_by_failures_and_todos(
    flush_logged_errors: Callable[..., list[Failure]],
) -> None:
    reporter = Reporter()
    Case().run(reporter)
    Case("fails_as_expected").run(reporter)
    error, failure, todo = reporter.told
    assert isinstance(error, Failure)
    assert error.check(ZeroDivisionError)
    assert isinstance(failure, Failure)
    assert failure.check(unittest.FailTest)
    assert isinstance(todo, unittest.Todo)
    assert todo.reason == "some day"
    assert len(flush_logged_errors(ZeroDivisionError)) == 1  # trial has it too, but this is a plain test


def test_ctrl_c_ends_the_run() -> None:
    """It is for whoever runs the tests, not an error of this one."""
    with pytest.raises(KeyboardInterrupt):
        Case("presses_ctrl_c").run(standard.TestResult())


def test_attributes_are_taken_from_the_first_that_has_them() -> None:
    class Has:
        answer = 42

    assert util.acquireAttribute([object(), Has], "answer") == 42
    assert util.acquireAttribute([object()], "answer", 5) == 5
    with pytest.raises(AttributeError, match="attribute 'answer' not found in"):
        util.acquireAttribute([object()], "answer")


def test_call_deprecated() -> None:
    from incremental import Version

    from txloop.python.deprecate import deprecated

    @deprecated(Version("txloop", 1, 2, 3))
    def old() -> str:
        return "still there"

    class Deprecated(unittest.SynchronousTestCase):
        def runTest(self) -> None:
            self.answer = self.callDeprecated(Version("txloop", 1, 2, 3), old)
            self.assertRaises(self.failureException, self.callDeprecated, Version("txloop", 1, 2, 3), len, "")

    case = Deprecated()
    result = standard.TestResult()
    case.run(result)
    assert (result.errors, result.failures) == ([], [])
    assert case.answer == "still there"
