"""What trial's test cases and their results promise each other."""

from __future__ import annotations

from typing import Any

from zope.interface import Attribute, Interface

__all__ = ["IReporter", "ITestCase"]


class ITestCase(Interface):
    """A test that can be run."""

    failureException = Attribute("What a failed assertion raises.")
    skip = Attribute("Why it is not run; absent or None if it is.")

    def __call__(result: Any) -> None:
        """Run, and tell *result*."""

    def countTestCases() -> int:
        """How many tests this is."""

    def id() -> str:
        """Its full name, ``package.module.Class.test_method``."""

    def run(result: Any) -> None:
        """As calling it."""

    def shortDescription() -> str:
        """One line."""


class IReporter(Interface):
    """A result that is told of errors by Failures, and of todos.  (Others get ``sys.exc_info()`` tuples.)"""

    shouldStop = Attribute("True if no more tests should be run.")
    testsRun = Attribute("How many have been.")

    def startTest(test: Any) -> None:
        """*test* begins."""

    def stopTest(test: Any) -> None:
        """*test* has ended."""

    def addSuccess(test: Any) -> None:
        """It passed."""

    def addError(test: Any, failure: Any) -> None:
        """Something went wrong that is no failed assertion."""

    def addFailure(test: Any, failure: Any) -> None:
        """An assertion failed."""

    def addExpectedFailure(test: Any, failure: Any, todo: Any = None) -> None:
        """It failed as its `todo` says."""

    def addUnexpectedSuccess(test: Any, todo: Any = None) -> None:
        """It passed though its `todo` says it would not."""

    def addSkip(test: Any, reason: str) -> None:
        """It was not run, or not to its end."""

    def wasSuccessful() -> bool:
        """True so long as nothing failed."""

    def done() -> None:
        """No more tests will come."""
