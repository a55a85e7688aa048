# ruff: noqa: PT009  (trial's assertions are what is tried)
"""Tests whose names say how they must end: test_OUTCOME_what.

trial runs on the very Deferred, Failure, log and reactor that are under test.  If
these lose errors, failing tests pass; here that would be seen.
"""

from twisted.internet import defer, protocol, reactor, task
from twisted.python import failure, log
from twisted.trial import unittest


def soon(result=None):
    """A Deferred that fires in a later turn."""
    return task.deferLater(reactor, 0, lambda: result)


class AtOnce(unittest.TestCase):
    def test_success_plain(self):
        self.assertTrue(True)

    def test_failure_assertion(self):
        self.assertEqual("one", "two")

    def test_error_exception(self):
        raise RuntimeError("on purpose")

    def test_skip_asked(self):
        raise unittest.SkipTest("on purpose")

    def test_todo_failing(self):
        self.fail("on purpose")

    test_todo_failing.todo = "on purpose"


class Later(unittest.TestCase):
    def test_success_deferred(self):
        return soon()

    def test_failure_deferred(self):
        return soon().addCallback(lambda _: self.fail("on purpose"))

    def test_error_deferred(self):
        return soon().addCallback(lambda _: 1 / 0)

    def test_error_errback(self):
        return defer.fail(failure.Failure(KeyError("on purpose")))

    async def test_success_coroutine(self):
        self.assertEqual(await soon(3), 3)

    async def test_failure_coroutine(self):
        self.assertEqual(await soon(3), 4)

    @defer.inlineCallbacks
    def test_error_generator(self):
        yield soon()
        raise ValueError("on purpose")

    def test_error_timeout(self):
        return defer.Deferred()

    test_error_timeout.timeout = 0.2

    def test_success_expected_failure(self):
        return self.assertFailure(soon().addCallback(lambda _: 1 / 0), ZeroDivisionError)

    def test_failure_missing_failure(self):
        return self.assertFailure(soon(), ZeroDivisionError)


class Left(unittest.TestCase):
    """What a test leaves behind fails it."""

    def test_error_delayed_call(self):
        reactor.callLater(60, lambda: None)

    def test_error_port(self):
        reactor.listenTCP(0, protocol.Factory(), interface="127.0.0.1")

    def test_success_port_closed(self):
        return reactor.listenTCP(0, protocol.Factory(), interface="127.0.0.1").stopListening()

    def test_error_unhandled(self):
        defer.fail(RuntimeError("on purpose"))

    def test_error_logged(self):
        log.err(RuntimeError("on purpose"))

    def test_success_flushed(self):
        log.err(RuntimeError("on purpose"))
        self.assertEqual(len(self.flushLoggedErrors(RuntimeError)), 1)

    def test_error_cleanup(self):
        self.addCleanup(lambda: 1 / 0)

    def test_error_callback_of_the_reactor(self):
        reactor.callLater(0, lambda: 1 / 0)
        return task.deferLater(reactor, 0.01, lambda: None)
