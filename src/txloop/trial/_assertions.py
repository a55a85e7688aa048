"""Trial's assertions: unittest's, with trial's older names, and some that return what they looked at.

Source of names, results and texts: Twisted 26.10, by running them.
"""

from __future__ import annotations

import inspect
import os
import unittest
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn

from txloop.internet.defer import Deferred, ensureDeferred
from txloop.python.failure import Failure
from txloop.python.reflect import fullyQualifiedName

__all__ = ["FailTest"]

# unittest and pytest leave frames of such modules out of tracebacks.
__unittest = True


class FailTest(AssertionError):
    """An assertion failed."""


class _AssertRaises:
    """``with self.assertRaises(KeyError) as caught:``; `exception` is what was raised."""

    exception: Any = None

    def __init__(self, test: _Assertions, expected: Any) -> None:
        self._test = test
        self._expected = expected
        self._name = getattr(expected, "__name__", None) or repr(expected)
        self._returned: Any = None

    def call(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call it; the exception that it raised."""
        with self:
            self._returned = function(*args, **kwargs)
        return self.exception

    def __enter__(self) -> _AssertRaises:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if raised is None:
            self._test.fail(f"{self._name} not raised ({self._returned!r} returned)")
        if not isinstance(raised, self._expected):
            failure = Failure(raised, exc_tb=trace)
            name = fullyQualifiedName(type(raised))
            self._test.fail(f"{name} raised instead of {self._name}:\n {failure.getTraceback()}")
        self.exception = raised
        return True


class _Assertions(unittest.TestCase):
    """The assertions.  Where one takes *msg*, that is told, alone or behind the usual text."""

    failureException: type[BaseException] = FailTest

    def fail(self, msg: object | None = None) -> NoReturn:
        """Fail, saying *msg*."""
        raise self.failureException(msg)

    # ---- these return what they looked at first ---------------------------------------

    def assertFalse(self, condition: Any, msg: object | None = None) -> Any:
        """It is false."""
        super().assertFalse(condition, msg)
        return condition

    def assertTrue(self, condition: Any, msg: object | None = None) -> Any:
        """It is true."""
        super().assertTrue(condition, msg)
        return condition

    def assertEqual(self, first: Any, second: Any, msg: object | None = None) -> Any:
        """They are equal."""
        super().assertEqual(first, second, msg)
        return first

    def assertNotEqual(self, first: Any, second: Any, msg: object | None = None) -> Any:
        """They are not equal."""
        return self._hold(first != second, msg, f"{first!r} == {second!r}", first)

    def assertIs(self, first: Any, second: Any, msg: object | None = None) -> Any:
        """They are the same object."""
        return self._hold(first is second, msg, f"{first!r} is not {second!r}", first)

    def assertIsNot(self, first: Any, second: Any, msg: object | None = None) -> Any:
        """They are two objects."""
        return self._hold(first is not second, msg, f"{first!r} is {second!r}", first)

    def assertIn(self, containee: Any, container: Any, msg: object | None = None) -> Any:
        """*container* has *containee* in it."""
        return self._hold(containee in container, msg, f"{containee!r} not in {container!r}", containee)

    def assertNotIn(self, containee: Any, container: Any, msg: object | None = None) -> Any:
        """*container* has it not."""
        return self._hold(containee not in container, msg, f"{containee!r} in {container!r}", containee)

    def assertAlmostEqual(
        self,
        first: Any,
        second: Any,
        places: int | None = 7,
        msg: object | None = None,
        delta: Any = None,
    ) -> Any:
        """Rounded to *places*, or within *delta*, they are equal."""
        near = self._near(first, second, places, delta)
        return self._hold(near, msg, f"{first!r} != {second!r} within {places!r} places", first)

    def assertNotAlmostEqual(
        self,
        first: Any,
        second: Any,
        places: int | None = 7,
        msg: object | None = None,
        delta: Any = None,
    ) -> Any:
        """Rounded they are still not equal."""
        near = self._near(first, second, places, delta)
        return self._hold(not near, msg, f"{first!r} == {second!r} within {places!r} places", first)

    def assertApproximates(self, first: Any, second: Any, tolerance: Any, msg: object | None = None) -> Any:
        """They differ by *tolerance* at most."""
        return self._hold(abs(first - second) <= tolerance, msg, f"{first} ~== {second}", first)

    def assertSubstring(self, substring: Any, astring: Any, msg: object | None = None) -> Any:
        """*astring* has *substring* in it."""
        return self.assertIn(substring, astring, msg)

    def assertNotSubstring(self, substring: Any, astring: Any, msg: object | None = None) -> Any:
        """It has it not."""
        return self.assertNotIn(substring, astring, msg)

    def assertIsInstance(self, instance: Any, classOrTuple: Any, message: object | None = None) -> None:
        """It is one of these."""
        if not isinstance(instance, classOrTuple):
            text = f"{instance!r} is not an instance of {classOrTuple!r}"
            self.fail(text if message is None else f"{text}: {message}")

    def assertNotIsInstance(self, instance: Any, classOrTuple: Any) -> None:  # type: ignore[override]
        """It is none of these."""
        if isinstance(instance, classOrTuple):
            self.fail(f"{instance!r} is an instance of {classOrTuple!r}")

    # ---- exceptions and warnings ------------------------------------------------------

    def assertRaises(  # type: ignore[override]
        self, exception: Any, f: Callable[..., Any] | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        """*f* raises it; without *f*, the block of the ``with`` does.

        Returns:
            The exception; without *f* a context manager, which has it as `exception`.
        """
        context = _AssertRaises(self, exception)
        return context if f is None else context.call(f, args, kwargs)

    def assertWarns(  # type: ignore[override]
        self,
        category: type[Warning],
        message: str,
        filename: str,
        f: Callable[..., Any],
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Calling *f* warns, with this category and text, on behalf of that file.

        Returns:
            What *f* returned.
        """
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            result = f(*args, **kwargs)
        if not seen:
            self.fail("No warnings emitted")
        first = seen[0]
        for other in seen[1:]:
            if (str(other.message), other.category) != (str(first.message), first.category):
                self.fail(f"Can't handle different warnings: {first} and {other}")
        self.assertEqual(str(first.message), message)
        self.assertIs(first.category, category)
        warned_of = first.filename.removesuffix("c")
        expected = filename.removesuffix("c")
        self.assertTrue(
            os.path.abspath(warned_of) == os.path.abspath(expected),
            f"Warning in {first.filename!r}, expected {filename!r}",
        )
        return result

    # ---- Deferreds that have fired, or not --------------------------------------------

    def successResultOf(self, deferred: Any) -> Any:
        """The result that *deferred* (or a coroutine) has by now; fails if it has none, or failed."""
        deferred = _as_deferred(deferred)
        results: list[Any] = []
        deferred.addBoth(results.append)
        if not results:
            self.fail(f"Success result expected on {deferred!r}, found no result instead")
        result = results[0]
        if isinstance(result, Failure):
            self.fail(
                f"Success result expected on {deferred!r}, found failure result instead:\n"
                f"{result.getTraceback()}"
            )
        return result

    def failureResultOf(self, deferred: Any, *expectedExceptionTypes: type[BaseException]) -> Failure:
        """The Failure that *deferred* (or a coroutine) has by now, of one of these types if any are given."""
        deferred = _as_deferred(deferred)
        results: list[Any] = []
        deferred.addBoth(results.append)
        if not results:
            self.fail(f"Failure result expected on {deferred!r}, found no result instead")
        result = results[0]
        if not isinstance(result, Failure):
            self.fail(f"Failure result expected on {deferred!r}, found success result ({result!r}) instead")
        if expectedExceptionTypes and not result.check(*expectedExceptionTypes):
            names = " or ".join(fullyQualifiedName(kind) for kind in expectedExceptionTypes)
            self.fail(
                f"Failure of type ({names}) expected on {deferred!r}, found type {result.type!r} instead: "
                f"{result.getTraceback()}"
            )
        return result

    def assertNoResult(self, deferred: Any) -> None:
        """*deferred* has not fired.  It may later; nothing is changed by asking."""
        deferred = _as_deferred(deferred)
        results: list[Any] = []

        def saw(result: Any) -> Any:
            results.append(result)
            return result

        deferred.addBoth(saw)
        if results:
            if isinstance(results[0], Failure):
                deferred.addErrback(lambda _: None)  # told here, and that is enough
            self.fail(f"No result expected on {deferred!r}, found {results[0]!r} instead")

    # ---- ours -------------------------------------------------------------------------

    def _hold(self, holds: object, msg: object | None, text: str, returned: Any) -> Any:
        if not holds:
            self.fail(text if msg is None else msg)
        return returned

    @staticmethod
    def _near(first: Any, second: Any, places: int | None, delta: Any) -> bool:
        if first == second:
            return True
        if delta is not None:
            return bool(abs(first - second) <= delta)
        return bool(round(second - first, 7 if places is None else places) == 0)

    # ---- older names --------------------------------------------------------------------

    assertNot = assertFalse
    failIf = assertFalse  # type: ignore[assignment]
    failUnlessFalse = assertFalse
    assert_ = assertTrue  # type: ignore[assignment]
    failUnless = assertTrue  # type: ignore[assignment]
    failUnlessTrue = assertTrue
    assertEquals = assertEqual
    failUnlessEqual = assertEqual
    failUnlessEquals = assertEqual
    assertNotEquals = assertNotEqual
    failIfEqual = assertNotEqual
    failIfEquals = assertNotEqual
    assertIdentical = assertIs
    failUnlessIdentical = assertIs
    assertNotIdentical = assertIsNot
    failIfIdentical = assertIsNot
    failUnlessIn = assertIn
    failIfIn = assertNotIn
    assertAlmostEquals = assertAlmostEqual
    failUnlessAlmostEqual = assertAlmostEqual
    assertNotAlmostEquals = assertNotAlmostEqual
    failIfAlmostEqual = assertNotAlmostEqual
    failIfAlmostEquals = assertNotAlmostEqual
    failUnlessApproximates = assertApproximates
    failUnlessSubstring = assertSubstring
    failIfSubstring = assertNotSubstring
    failUnlessIsInstance = assertIsInstance
    failIfIsInstance = assertNotIsInstance
    failUnlessRaises = assertRaises  # type: ignore[assignment]
    failUnlessWarns = assertWarns


def _as_deferred(thing: Any) -> Deferred[Any]:
    if isinstance(thing, Deferred):
        return thing
    if inspect.iscoroutine(thing) or inspect.isgenerator(thing):
        return ensureDeferred(thing)
    deferred: Deferred[Any] = thing  # whatever has its methods
    return deferred
