"""Several Deferreds as one.

    DeferredList([a, b])     when all have results:  [(True, value), (False, failure)]
    gatherResults([a, b])    when all have results:  [value, value]; the first failure fails it
    race([a, b])             when one has a result:  (index, value); the others are cancelled

What may stand in the list: Deferreds, and whatever can be awaited (coroutines, which are
started, Tasks, Futures).
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from typing import Any, TypeVar, cast

from txloop.internet._deferred.bridges import as_deferred
from txloop.internet._deferred.debug_info import log
from txloop.internet._deferred.defer import Deferred
from txloop.python.failure import Failure

# The two marks a DeferredList puts before each result.
SUCCESS = True
FAILURE = False

_T = TypeVar("_T")

# Twisted's names for what a DeferredList fires with; its test-suite imports them.
_DeferredListSingleResultT = tuple[_T, int]
_DeferredListResultListT = list[tuple[bool, _T]]


class FirstError(Exception):
    """The first of several Deferreds that failed, when one failure is enough.

    Attributes:
        subFailure: Its Failure.
        index: Its place among the Deferreds.
    """

    def __init__(self, failure: Failure, index: int) -> None:
        super().__init__(failure, index)
        self.subFailure = failure
        self.index = index

    def __repr__(self) -> str:
        return f"FirstError[#{self.index}, {self.subFailure.value!r}]"

    def __str__(self) -> str:
        return f"FirstError[#{self.index}, {self.subFailure}]"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FirstError):
            return NotImplemented
        return (self.index, self.subFailure) == (other.index, other.subFailure)

    def __hash__(self) -> int:
        return hash((self.index, self.subFailure))


class FailureGroup(Exception):
    """All of several Deferreds failed, when one result would have been enough.

    Attributes:
        failures: Their Failures, in the Deferreds' order.
    """

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__()
        self.failures = failures


class DeferredList(Deferred[list[tuple[bool, _T]]]):
    """Fires when all of several Deferreds have results, or on one if so asked.

    Each of them passes its result on to callbacks added later, as if it were in no list.

    Args:
        deferredList: The Deferreds (or other awaitables).
        fireOnOneCallback: Fire with (value, index) of the first that succeeds.
        fireOnOneErrback: Fail with FirstError of the first that fails.
        consumeErrors: Handle their failures here: each goes on with None, and none is
            reported as unhandled.
    Attributes:
        resultList: The results so far, None for those to come.
        finishedCount: How many have results.
    Fires with:
        ``[(True, value), (False, failure), …]`` in the order of *deferredList*; at once if
        that is empty, except with *fireOnOneCallback*, which then never fires.
    Source: Twisted 26.10, internet.defer.DeferredList.
    """

    fireOnOneCallback: bool = False
    fireOnOneErrback: bool = False

    def __init__(
        self,
        deferredList: Iterable[Awaitable[_T]],
        fireOnOneCallback: bool = False,
        fireOnOneErrback: bool = False,
        consumeErrors: bool = False,
    ) -> None:
        super().__init__()
        # What takes callbacks is taken as it is: tests put doubles of Deferreds here.
        self._deferredList = [
            cast(Any, each) if hasattr(each, "addCallbacks") else as_deferred(each) for each in deferredList
        ]
        self.resultList: list[Any] = [None] * len(self._deferredList)
        self.finishedCount: int = 0
        # Set before any of them may fire, which is in the loop below.
        self.fireOnOneCallback = fireOnOneCallback
        self.fireOnOneErrback = fireOnOneErrback
        self.consumeErrors = consumeErrors
        if not self._deferredList and not fireOnOneCallback:
            self.callback(self.resultList)
        for index, each in enumerate(self._deferredList):
            each.addCallbacks(
                self._has_result,
                self._has_result,
                callbackArgs=(index, SUCCESS),
                errbackArgs=(index, FAILURE),
            )

    def _has_result(self, result: Any, index: int, succeeded: bool) -> Any:
        self.resultList[index] = (succeeded, result)
        self.finishedCount += 1
        if not self.called:
            if succeeded and self.fireOnOneCallback:
                self.callback(cast(Any, (result, index)))
            elif not succeeded and self.fireOnOneErrback:
                self.errback(Failure(FirstError(result, index)))
            elif self.finishedCount == len(self.resultList):
                self.callback(self.resultList)
        return None if self.consumeErrors and not succeeded else result

    def cancel(self) -> None:
        """Cancel all that have no result yet; nothing if this has fired already.

        Those that answer with a failure (most do) are in the list as failed.
        """
        if not self.called:
            _cancel_all(self._deferredList)


def gatherResults(deferredList: Iterable[Awaitable[_T]], consumeErrors: bool = False) -> Deferred[list[_T]]:
    """The values of all, in order.

    Args:
        deferredList: The Deferreds (or other awaitables).
        consumeErrors: Report no failure of theirs as unhandled; the first is told by the
            Deferred returned in any case.
    Returns:
        Fires with the list of values, fails with FirstError as soon as one fails (the
        others go on).  Cancelling it cancels them all.
    Source: Twisted 26.10, internet.defer.gatherResults.
    """
    both = DeferredList(deferredList, fireOnOneErrback=True, consumeErrors=consumeErrors)
    return both.addCallback(_values_of)


def _values_of(results: list[tuple[bool, _T]]) -> list[_T]:
    return [value for _, value in results]


def race(ds: Sequence[Awaitable[_T]]) -> Deferred[tuple[int, _T]]:
    """The first value; the others are cancelled then, and what they say is ignored.

    Returns:
        Fires with (index, value) of the first that succeeds; fails with FailureGroup if all
        fail.  Cancelling it cancels them all.  With none at all it never fires.
    Source: Twisted 26.10, internet.defer.race.
    """
    runners = [as_deferred(each) for each in ds]
    first: Deferred[tuple[int, _T]] = Deferred(lambda _: _cancel_all(runners))
    failures: list[Failure | None] = [None] * len(runners)
    won = False

    def succeeded(value: _T, index: int) -> None:
        nonlocal won
        if won:
            return
        won = True
        # Before the winner is told: its callbacks find the others at rest.
        _cancel_all(each for each in runners if each is not runners[index])
        first.callback((index, value))

    def failed(failure: Failure, index: int) -> None:
        failures[index] = failure
        if not won and None not in failures:
            first.errback(Failure(FailureGroup(cast("list[Failure]", failures))))

    for index, each in enumerate(runners):
        each.addCallbacks(succeeded, failed, callbackArgs=(index,), errbackArgs=(index,))
    return first


def _cancel_all(deferreds: Iterable[Deferred[Any]]) -> None:
    """Cancel each; a canceller that raises is logged and does not spare the others."""
    for d in deferreds:
        try:
            d.cancel()
        except BaseException:
            log.failure("Exception raised from user supplied canceller")
