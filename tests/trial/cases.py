"""Trial-style tests of every kind; run, it prints what a unittest result hears of each.

    python -m txloop_twisted cases.py      on txloop, under Twisted's names
    python cases.py                        on real Twisted, where that is installed

test_cases.py compares both with what is written there.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import unittest as standard
import warnings

from twisted.internet import defer, protocol, reactor, threads
from twisted.python import log
from twisted.trial import unittest, util

happened: list[object] = []


def later(result: object = None) -> defer.Deferred:
    d: defer.Deferred = defer.Deferred()
    reactor.callLater(0.001, d.callback, result)
    return d


def note(what: object) -> None:
    happened.append(what)


def divide(_: object = None) -> None:
    1 / 0  # noqa: B018


class Deferreds(unittest.TestCase):
    """Everything may return a Deferred."""

    def setUp(self):
        return later().addCallback(lambda _: note("set up"))

    def tearDown(self):
        return later().addCallback(lambda _: note("torn down"))

    def test_passes(self):
        return later().addCallback(lambda _: note("tested"))

    def test_fails(self):
        return later(1).addCallback(self.assertEqual, 2)

    def test_error(self):
        return later().addCallback(divide)

    def test_raises(self):
        divide()

    def test_skip(self):
        raise unittest.SkipTest("in the test")

    def test_skip_later(self):
        def skip(_):
            raise unittest.SkipTest("later")

        return later().addCallback(skip)

    def test_skip_attribute(self):
        note("never")

    test_skip_attribute.skip = "says the attribute"

    def test_todo(self):
        return later().addCallback(divide)

    test_todo.todo = "some day"

    def test_todo_with_that_error(self):
        divide()

    test_todo_with_that_error.todo = (ZeroDivisionError, "some day")

    def test_todo_with_another_error(self):
        divide()

    test_todo_with_another_error.todo = ([KeyError, ValueError], "some day")

    def test_timeout(self):
        return defer.Deferred()

    test_timeout.timeout = 0.02

    def test_generator(self):
        yield later()

    @defer.inlineCallbacks
    def test_inline_callbacks(self):
        error = yield self.assertFailure(later().addCallback(divide), ZeroDivisionError)
        note(type(error).__name__)

    async def test_coroutine(self):
        await later()
        note("awaited")

    def test_no_failure(self):
        return self.assertFailure(defer.succeed(5), KeyError)

    def test_another_failure(self):
        return self.assertFailure(defer.fail(IndexError("i")), KeyError)

    def test_cleanups(self):
        self.addCleanup(note, "added first")
        self.addCleanup(lambda: later().addCallback(lambda _: note("a Deferred")))
        self.addCleanup(self.addCleanup, note, "added by a cleanup")

    def test_cleanups_that_fail(self):
        self.addCleanup(divide)
        self.addCleanup(lambda: defer.fail(ValueError("v")))
        self.fail("and the test")

    def test_logged_error(self):
        log.err(ZeroDivisionError("logged"))

    def test_unhandled_error(self):
        defer.fail(ZeroDivisionError("unhandled"))

    def test_flushed_errors(self):
        log.err(ZeroDivisionError("z"))
        log.err(KeyError("k"))
        note([each.type.__name__ for each in self.flushLoggedErrors(KeyError)])
        note([each.type.__name__ for each in self.flushLoggedErrors()])

    def test_delayed_call_left(self):
        reactor.callLater(50, note, "never")

    def test_port_left(self):
        reactor.listenTCP(0, protocol.Factory(), interface="127.0.0.1")

    def test_thread(self):
        return threads.deferToThread(lambda: "in a thread").addCallback(note)

    def test_reactor_runs_while_it_is_waited_for(self):
        note(reactor.running)
        return later().addCallback(lambda _: note(reactor.running))

    def test_patch(self):
        before = os.sep
        self.addCleanup(lambda: note(os.sep == before))
        self.patch(os, "sep", "patched")
        self.addCleanup(lambda: note(os.sep))

    def test_mktemp(self):
        path = self.mktemp()
        note((os.path.isabs(path), os.path.exists(path), os.path.isdir(os.path.dirname(path))))
        note(path != self.mktemp())


class SetUpFails(unittest.TestCase):
    def setUp(self):
        self.addCleanup(note, "cleaned up")
        return later().addCallback(divide)

    def tearDown(self):
        note("never")

    def test_it(self):
        note("never")


class SetUpSkips(unittest.TestCase):
    def setUp(self):
        raise unittest.SkipTest("in setUp")

    def test_it(self):
        note("never")


class TearDownFails(unittest.TestCase):
    def tearDown(self):
        return later().addCallback(divide)

    def test_it(self):
        pass


class SkippedClass(unittest.TestCase):
    skip = "says the class"

    def test_it(self):
        note("never")


class Synchronous(unittest.SynchronousTestCase):
    """No reactor."""

    def test_passes(self):
        note("tested")

    def test_success_result(self):
        note(self.successResultOf(defer.succeed(3)))

    def test_success_result_of_a_coroutine(self):
        async def coroutine():
            return 9

        note(self.successResultOf(coroutine()))

    def test_success_result_missing(self):
        self.successResultOf(defer.Deferred())

    def test_success_result_failed(self):
        self.successResultOf(defer.fail(KeyError("w")))

    def test_failure_result(self):
        note(self.failureResultOf(defer.fail(KeyError("w")), KeyError).value.args)

    def test_failure_result_missing(self):
        self.failureResultOf(defer.Deferred())

    def test_failure_result_succeeded(self):
        self.failureResultOf(defer.succeed(4), KeyError)

    def test_failure_result_of_another_type(self):
        self.failureResultOf(defer.fail(KeyError("w")), ValueError, TypeError)

    def test_no_result(self):
        d: defer.Deferred = defer.Deferred()
        self.assertNoResult(d)
        d.callback(5)
        note(self.successResultOf(d))

    def test_no_result_but_there_is(self):
        self.assertNoResult(defer.succeed(4))

    def test_no_result_but_it_failed(self):
        self.assertNoResult(defer.fail(KeyError("k")))

    def test_raises(self):
        note(self.assertRaises(KeyError, {}.__getitem__, "a").args)
        with self.assertRaises(KeyError) as caught:
            {}["b"]
        note(caught.exception.args)

    def test_raises_nothing(self):
        self.assertRaises(KeyError, lambda: 5)

    def test_raises_nothing_in_the_block(self):
        with self.assertRaises(KeyError):
            pass

    def test_warns(self):
        def warn(answer):
            warnings.warn("hey", DeprecationWarning, stacklevel=1)
            return answer

        note(self.assertWarns(DeprecationWarning, "hey", __file__, warn, 7))

    def test_warns_not(self):
        self.assertWarns(DeprecationWarning, "hey", __file__, note, "called")

    def test_warns_otherwise(self):
        def warn(text, kind):
            warnings.warn(text, kind, stacklevel=1)

        for text, kind, file in (
            ("other", DeprecationWarning, __file__),
            ("hey", UserWarning, __file__),
            ("hey", DeprecationWarning, "elsewhere"),
        ):
            raised = self.assertRaises(
                self.failureException, self.assertWarns, DeprecationWarning, "hey", file, warn, text, kind
            )
            note(str(raised).replace(__file__, "FILE"))

    def test_flushed_warnings(self):
        def inside():
            warnings.warn("inside", UserWarning, stacklevel=1)

        warnings.warn("outside", DeprecationWarning, stacklevel=1)
        inside()
        for functions in ([inside], None, None):
            note([(each["message"], each["category"].__name__) for each in self.flushWarnings(functions)])

    def test_warnings_left(self):
        warnings.warn("left", UserWarning, stacklevel=1)

    def test_suppressed_warnings(self):
        warnings.warn("suppressed", UserWarning, stacklevel=1)
        note(self.flushWarnings())

    test_suppressed_warnings.suppress = [util.suppress(category=UserWarning)]

    def test_assertions(self):
        """Each, where it fails: what it says."""
        for name, *arguments in (
            ("assertEqual", 1, 2),
            ("assertEqual", 1, 2, "msg"),
            ("assertEqual", [1, 2], [1, 3]),
            ("assertNotEqual", 1, 1),
            ("assertNotEqual", 1, 1, "msg"),
            ("assertTrue", 0),
            ("assertFalse", 1, "msg"),
            ("assertIdentical", [], []),
            ("assertNotIdentical", 1, 1),
            ("assertIs", [], [], "msg"),
            ("assertIsNot", 1, 1),
            ("assertIn", 1, [2]),
            ("assertIn", 1, [2], "msg"),
            ("assertNotIn", 1, [1]),
            ("assertIsInstance", 1, str),
            ("assertIsInstance", 1, str, "msg"),
            ("assertNotIsInstance", 1, int),
            ("assertSubstring", "a", "b"),
            ("assertNotSubstring", "a", "abc"),
            ("assertAlmostEqual", 1.0, 2.0),
            ("assertNotAlmostEqual", 1.0, 1.0),
            ("assertApproximates", 1, 5, 2),
            ("assertIsNone", 1, "msg"),
            ("assertGreater", 1, 2),
            ("assertCountEqual", [1], [2]),
            ("assertRegex", "a", "b"),
            ("fail", "msg"),
            ("fail",),
            ("failIf", 1),
            ("failUnless", 0),
            ("failUnlessEqual", 1, 2),
            ("assertEquals", 1, 2),
            ("assertNot", 1),
            ("assert_", 0),
        ):
            try:
                getattr(self, name)(*arguments)
            except unittest.FailTest as failed:
                note(f"{name}: {failed}")

    def test_returned(self):
        """Each, where it holds: what it returns."""
        for name, *arguments in (
            ("assertEqual", 1, 1.0),
            ("assertTrue", 5),
            ("assertFalse", 0),
            ("assertIn", 1, [1]),
            ("assertIdentical", 1, 1),
            ("assertIsInstance", 1, int),
            ("assertSubstring", "a", "abc"),
            ("assertApproximates", 1, 2, 2),
            ("assertNotEqual", 1, 2),
        ):
            note(f"{name}: {getattr(self, name)(*arguments)!r}")

    def test_todo_helpers(self):
        note(repr(unittest.makeTodo("why")))
        note(repr(unittest.makeTodo((KeyError, "why"))))
        note((self.id(), self.shortDescription(), self.countTestCases(), self == type(self)("test_passes")))


class Result(standard.TestResult):
    """Writes down what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def hear(self, what: str, error: object = None) -> None:
        said = "" if error is None else f" {error[0].__name__}: {error[1]}"  # type: ignore[index]
        self.heard.append(what + said)

    def addSuccess(self, test):
        self.hear("success")

    def addError(self, test, error):
        self.hear("error", error)

    def addFailure(self, test, error):
        self.hear("failure", error)

    def addSkip(self, test, reason):
        self.hear(f"skip {reason}")

    def addExpectedFailure(self, test, error):
        self.hear("expected", error)

    def addUnexpectedSuccess(self, test):
        self.hear("unexpected success")


def run(test) -> str:
    happened.clear()
    result = Result()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        test.run(result)
    outside = [str(each.message) for each in warned if each.category is UserWarning]
    parts = [*result.heard, *map(str, happened), *(f"warning outside: {each}" for each in outside)]
    text = " | ".join(parts).replace("\n", "\\n").replace("twisted.trial.unittest.", "")
    # What differs from run to run: addresses, ports, times left.
    return re.sub(r"0x[0-9a-f]+|(?<=on )\d{4,5}|[\d.]+(?=s\])", "X", text)


def main() -> None:
    os.chdir(tempfile.mkdtemp())
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # what the log says of errors
    for case in (Deferreds, SetUpFails, SetUpSkips, TearDownFails, SkippedClass, Synchronous):
        for name in standard.TestLoader().getTestCaseNames(case):
            print(f"{case.__name__}.{name}: {run(case(name))}", flush=True)


if __name__ == "__main__":
    main()
