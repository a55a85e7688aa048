"""What trial's test cases and their results promise each other."""

from __future__ import annotations

from typing import Any

from txloop._contract import Interface, checkable, contract

__all__ = ["IReporter", "ITestCase"]


@checkable
class ITestCase(Interface, metaclass=contract):
    """A test that can be run."""

    @property
    def failureException(self) -> Any:
        """What a failed assertion raises."""

    @property
    def skip(self) -> Any:
        """Why it is not run; absent or None if it is."""

    def __call__(self, result: Any) -> None:
        """Run, and tell *result*."""

    def countTestCases(self) -> int:
        """How many tests this is."""

    def id(self) -> str:
        """Its full name, ``package.module.Class.test_method``."""

    def run(self, result: Any) -> None:
        """As calling it."""

    def shortDescription(self) -> str:
        """One line."""


@checkable
class IReporter(Interface, metaclass=contract):
    """A result that is told of errors by Failures, and of todos.  (Others get ``sys.exc_info()`` tuples.)"""

    @property
    def shouldStop(self) -> Any:
        """True if no more tests should be run."""

    @property
    def testsRun(self) -> Any:
        """How many have been."""

    def startTest(self, test: Any) -> None:
        """*test* begins."""

    def stopTest(self, test: Any) -> None:
        """*test* has ended."""

    def addSuccess(self, test: Any) -> None:
        """It passed."""

    def addError(self, test: Any, failure: Any) -> None:
        """Something went wrong that is no failed assertion."""

    def addFailure(self, test: Any, failure: Any) -> None:
        """An assertion failed."""

    def addExpectedFailure(self, test: Any, failure: Any, todo: Any = None) -> None:
        """It failed as its `todo` says."""

    def addUnexpectedSuccess(self, test: Any, todo: Any = None) -> None:
        """It passed though its `todo` says it would not."""

    def addSkip(self, test: Any, reason: str) -> None:
        """It was not run, or not to its end."""

    def wasSuccessful(self) -> bool:
        """True so long as nothing failed."""

    def done(self) -> None:
        """No more tests will come."""
