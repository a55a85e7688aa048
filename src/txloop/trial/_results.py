"""How a test's outcome is told: to trial's results by Failures, to others by exc_info tuples.

results that provide IReporter     Failures and Todo objects
pytest's items                     tuples; the reason of a todo, which they have a place for
unittest's results                 tuples
"""

from __future__ import annotations

import inspect
from types import TracebackType
from typing import Any

from txloop.python.failure import Failure
from txloop.trial._todo import Todo
from txloop.trial.itrial import IReporter

__all__ = ["Telling"]

# unittest and pytest leave frames of such modules out of tracebacks.
__unittest = True


class Telling:
    """Tells one test's *result*.

    Attributes:
        passed: Nothing was told so far that speaks against it.
    """

    def __init__(self, test: Any, result: Any) -> None:
        self._test = test
        self._result = result
        self.passed = True

    def begin(self) -> None:
        """The test begins."""
        self._result.startTest(self._test)

    def end(self) -> None:
        """It has ended."""
        self._result.stopTest(self._test)

    def success(self) -> None:
        """It passed."""
        self._result.addSuccess(self._test)

    def skip(self, reason: Any) -> None:
        """It was skipped."""
        self.passed = False
        self._result.addSkip(self._test, str(reason))

    def failed(self, failure: Failure) -> None:
        """An assertion failed."""
        self.passed = False
        self._result.addFailure(self._test, self._error(failure))

    def error(self, failure: Failure) -> None:
        """Something else went wrong."""
        self.passed = False
        self._result.addError(self._test, self._error(failure))

    def expected(self, failure: Failure, todo: Todo) -> None:
        """It failed as *todo* says."""
        self.passed = False
        tell = self._result.addExpectedFailure
        tell(self._test, self._error(failure), *([todo] if _takes(tell, 3) else []))

    def unexpected(self, todo: Todo) -> None:
        """It passed, and *todo* says it would not."""
        self.passed = False
        tell = self._result.addUnexpectedSuccess
        tell(self._test, *([todo] if _takes(tell, 2) else []))

    def _error(self, failure: Failure) -> Any:
        if IReporter.providedBy(self._result):
            return failure
        trace = failure.getTracebackObject()
        return failure.type, failure.value, trace or _trace_of_raising(failure.value)


def _trace_of_raising(error: BaseException) -> TracebackType | None:
    """A traceback for an error that was never raised: runners expect one."""
    try:
        raise error
    except BaseException as raised:
        return raised.__traceback__


def _takes(method: Any, number: int) -> bool:
    """Can it be called with so many arguments?"""
    try:
        inspect.signature(method).bind(*range(number))
    except TypeError:
        return False
    return True
