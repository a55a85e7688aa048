"""SynchronousTestCase: trial's test case without a reactor.

    startTest
      not run at all            the attribute skip says why (of the method, class or module)
      setUp
      the test method           unless setUp raised
      cleanups                  the last one added first
      tearDown                  unless setUp raised
      logged errors             each that nobody flushed is an error of this test
    addSuccess                  if nothing was told so far
    stopTest

Each step is one `_call`; that is all that TestCase (_asynctest.py) does differently.
Source of the order and texts: Twisted 26.10, by running such tests.
"""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
import unittest
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from txloop.python.deprecate import getDeprecationWarningString
from txloop.python.failure import Failure
from txloop.trial import util
from txloop.trial._assertions import _Assertions
from txloop.trial._observing import Warnings, _LogObserver
from txloop.trial._results import Telling
from txloop.trial._todo import Todo, makeTodo

__all__ = ["SynchronousTestCase", "_LogObserver"]

# unittest and pytest leave frames of such modules out of tracebacks.
__unittest = True

SkipTest = unittest.SkipTest

# Longer names of modules, classes and methods are cut in the names of temporary folders.
_LONGEST_NAME = 32

_logObserver = _LogObserver()


class _Patch:
    """One attribute that was replaced."""

    def __init__(self, holder: Any, attribute: str, value: Any) -> None:
        self._holder, self._attribute = holder, attribute
        self._before = getattr(holder, attribute)
        setattr(holder, attribute, value)

    def restore(self) -> None:
        """Put the old value back."""
        setattr(self._holder, self._attribute, self._before)


class SynchronousTestCase(_Assertions):
    """A test case whose tests return when they are done.

    Attributes (each looked for on the test method, then the class, then the module):
        skip: Why the test is not run.
        todo: Why it is expected to fail: ``"reason"`` or ``(Error, "reason")``.
        suppress: Warnings not to be heard: a list of `util.suppress`.
    """

    def __init__(self, methodName: str = "runTest") -> None:
        super().__init__(methodName)
        self._testMethodName: str = methodName
        self._own_cleanups: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []
        self._own_warnings = Warnings()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return hash((type(self), id(self)))

    # ---- for the tests ----------------------------------------------------------------

    def runTest(self) -> None:
        """Nothing: so that one can be made without a test."""

    def addCleanup(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Call it after the test, before tearDown; the last one added comes first."""
        self._own_cleanups.append((f, args, kwargs))

    def patch(self, obj: Any, attribute: str, value: Any) -> _Patch:
        """Set *obj*'s attribute for the rest of this test.  The answer's ``restore()`` undoes it earlier."""
        patch = _Patch(obj, attribute, value)
        self.addCleanup(patch.restore)
        return patch

    def mktemp(self) -> str:
        """A new path that nothing is at yet, in a folder of this test's own, below ``_trial_temp``."""
        names = (type(self).__module__, type(self).__name__, self._testMethodName)
        folder = os.path.join("_trial_temp", *(name[:_LONGEST_NAME] for name in names))
        os.makedirs(folder, exist_ok=True)
        return os.path.join(os.path.relpath(tempfile.mkdtemp("", "", folder)), "temp")

    def flushLoggedErrors(self, *errorTypes: type[BaseException]) -> list[Failure]:
        """Take the errors logged so far, of these types or all: they do not fail the test any more."""
        return _logObserver.flushErrors(*errorTypes)

    def flushWarnings(
        self, offendingFunctions: Iterable[Callable[..., Any]] | None = None
    ) -> list[dict[str, Any]]:
        """Take the warnings so far: of the lines of these functions, or all.

        Returns:
            Dictionaries with message (text), category, filename and lineno, in the order
            they were issued.  What is left at the end of the test is warned of there.
        """
        return self._own_warnings.flush(offendingFunctions)

    def callDeprecated(self, version: Any, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call *f*, which is deprecated since *version*, or ``(version, replacement)``; and warns so.

        Returns:
            What *f* returned.
        """
        version, replacement = version if isinstance(version, tuple) else (version, None)
        result = f(*args, **kwargs)
        told = self.flushWarnings([self.callDeprecated])
        if not told:
            self.fail(f"{f!r} is not deprecated.")
        self.assertEqual(getDeprecationWarningString(f, version, replacement=replacement), told[0]["message"])
        return result

    def shortDescription(self) -> str:
        """The first line of the test's docstring, or its name."""
        return super().shortDescription() or self._testMethodName

    # ---- what the attributes say ---------------------------------------------------------

    def getSkip(self) -> tuple[bool, str | None]:
        """Is it skipped, and why?  unittest's decorators count too."""
        for each in (self._test_method, type(self)):
            if getattr(each, "__unittest_skip__", False):
                return True, getattr(each, "__unittest_skip_why__", "")
        reason = util.acquireAttribute(self._parents, "skip", None)
        return reason is not None, reason

    def getTodo(self) -> Todo | None:
        """Is it expected to fail?"""
        said = util.acquireAttribute(self._parents, "todo", None)
        return None if said is None else makeTodo(said)

    def getSuppress(self) -> Sequence[Any]:
        """Which warnings are not to be heard."""
        said: Sequence[Any] = util.acquireAttribute(self._parents, "suppress", [])
        return said

    # ---- running ---------------------------------------------------------------------------

    def run(self, result: Any = None) -> Any:
        """Run the test and tell *result*, an IReporter or any unittest result."""
        if result is None:
            result = self.defaultTestResult()
        telling = Telling(self, result)
        telling.begin()
        try:
            skipped, reason = self.getSkip()
            if skipped:
                telling.skip(reason)
                return result
            self._run_observed(telling)
            if telling.passed:
                telling.success()
        finally:
            telling.end()
        return result

    def _run_observed(self, telling: Telling) -> None:
        self._own_warnings = Warnings()
        _logObserver._add()
        try:
            self._run_steps(telling)
            self._clean(telling)
            for failure in _logObserver.flushErrors():
                telling.error(failure)
        finally:
            _logObserver.flushErrors()
            _logObserver._clearIgnores()
            _logObserver._remove()
        self._own_warnings.pass_on()

    def _run_steps(self, telling: Telling) -> None:
        todo = self.getTodo()
        failure = self._step(self.setUp, "setUp")
        is_set_up = failure is None
        if failure is None:
            failure = self._step(self._test_method, self._testMethodName)
            if failure is None and todo is not None:
                telling.unexpected(todo)
        if failure is not None:
            self._tell(telling, failure, todo)
        self._run_cleanups(telling)
        if is_set_up:
            failure = self._step(self.tearDown, "tearDown")
            if failure is not None:
                self._tell(telling, failure, None)

    def _run_cleanups(self, telling: Telling) -> None:
        while self._own_cleanups:
            function, args, kwargs = self._own_cleanups.pop()
            failure = self._step(lambda: function(*args, **kwargs), "cleanup")  # noqa: B023  # called now
            if failure is not None:
                telling.error(failure)

    def _tell(self, telling: Telling, failure: Failure, todo: Todo | None) -> None:
        if failure.check(SkipTest):
            telling.skip(failure.value)
        elif todo is not None and todo.expected(failure):
            telling.expected(failure, todo)
        elif failure.check(self.failureException, AssertionError):
            telling.failed(failure)
        else:
            telling.error(failure)

    def _step(self, function: Callable[..., Any], name: str) -> Failure | None:
        """One step; what went wrong."""
        if inspect.isgeneratorfunction(function):
            return Failure(TypeError(f"{function!r} is a generator function and therefore will never run"))
        with self._own_warnings.collecting(self.getSuppress()):
            try:
                return self._call(function, name)
            except KeyboardInterrupt:
                raise  # whoever pressed it wants the run to end
            except BaseException:
                return Failure()

    def _call(self, function: Callable[..., Any], name: str) -> Failure | None:
        function()
        return None

    def _clean(self, telling: Telling) -> None:
        """After the last step: nothing to clean without a reactor."""

    # ---- ours ------------------------------------------------------------------------------

    @property
    def _test_method(self) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self, self._testMethodName)
        return method

    @property
    def _parents(self) -> list[Any]:
        return [self._test_method, self, sys.modules.get(type(self).__module__)]
