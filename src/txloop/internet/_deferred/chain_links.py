"""What stands in a Deferred's chain besides the user's functions, and how the chain is shown."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

from txloop.internet._deferred.errors import AlreadyCalledError, CancelledError, TimeoutError
from txloop.internet._deferred.marks import CHAINED, WAKES
from txloop.python.failure import Failure

if TYPE_CHECKING:
    from txloop.internet._deferred.defer import Deferred
    from txloop.internet.interfaces import IReactorTime


def passthru(arg: Any) -> Any:
    """The argument, as it is."""
    return arg


def calling(thing: Any) -> Callable[[Any], Any]:
    """A callback that fails as calling *thing* does: a tuple or None, which mean more in a chain."""
    return lambda result: thing(result)


def pass_on(result: Any, d: Deferred[Any]) -> None:
    """The link of `Deferred.chainDeferred`: fire *d* with *result*."""
    d._chained_by_hand = None
    if isinstance(result, Failure):
        d.errback(result)
    else:
        d.callback(result)


def add_timeout(
    self: Deferred[Any],
    timeout: float,
    clock: IReactorTime,
    onTimeoutCancel: Callable[[Any, float], Any] | None = None,
) -> Deferred[Any]:
    """Cancel this Deferred if it has not fired *timeout* seconds from now, on *clock*.

    Args:
        timeout: Seconds.
        clock: The reactor, or a `task.Clock`.
        onTimeoutCancel: After a timeout it gets the result and the seconds, and what
            it returns is the result.  Without it a CancelledError becomes
            ``TimeoutError(timeout, "Deferred")``, another result stays.
    Returns:
        This Deferred.
    """
    timed_out = False

    def time_out() -> None:
        nonlocal timed_out
        timed_out = True
        self.cancel()

    def tell(result: Any) -> Any:
        if timed_out:
            return (onTimeoutCancel or _cancelled_is_timed_out)(result, timeout)
        return result

    def stop_the_clock(result: Any) -> Any:
        if delayed.active():
            delayed.cancel()
        return result

    delayed = clock.callLater(timeout, time_out)
    self.addBoth(tell)
    return self.addBoth(stop_the_clock)


def _cancelled_is_timed_out(result: Any, timeout: float) -> Any:
    if isinstance(result, Failure) and result.check(CancelledError):
        raise TimeoutError(timeout, "Deferred")
    return result


def warn_of_itself(callback: Callable[..., Any]) -> Failure | None:
    """Warn, at *callback*'s own line, that it returned the Deferred it was attached to.

    Returns:
        The Failure of that warning where warnings are errors, else None.
    """
    message = (
        "Callback returned the Deferred it was attached to; this breaks the callback chain "
        "and will raise an exception in the future."
    )
    code = getattr(callback, "__code__", None)
    try:
        if code is None:
            warnings.warn(message, DeprecationWarning, stacklevel=3)
        else:
            warnings.warn_explicit(message, DeprecationWarning, code.co_filename, code.co_firstlineno)
    except DeprecationWarning:
        return Failure()
    return None


def unfired_behind(d: Deferred[Any], kind: type[Deferred[Any]]) -> Deferred[Any] | None:
    """The Deferred that has not fired and that *d*, which has, waits for, be it over others.

    Args:
        kind: Deferred; this module cannot import it.
    Returns:
        None if *d* waits for none.
    Raises:
        RecursionError: They wait for each other.
    """
    passed: set[int] = set()
    while d.called:
        passed.add(id(d))
        inner = d.result
        if not isinstance(inner, kind) or inner is d:
            return None
        if id(inner) in passed:
            raise RecursionError("these Deferreds wait for each other: nobody can fire or cancel them")
        d = inner
    return d


def drop_through(last: object, entries: list[Any]) -> None:
    """Take off *entries* all up to *last*, with it: in one go, for there may be very many."""
    entries.reverse()
    while entries.pop() is not last:
        pass
    entries.reverse()


def refuse_second_result(d: Deferred[Any]) -> None:
    """Raise AlreadyCalledError, unless *d* was cancelled and this is the call that did not know."""
    if d._suppressAlreadyCalled:
        d._suppressAlreadyCalled = False
        return
    places = "" if d._debugInfo is None else d._debugInfo._getDebugTracebacks()
    if places:
        raise AlreadyCalledError("\n" + places)
    raise AlreadyCalledError


@recursive_repr("<Deferred ...>")
def describe(d: Deferred[Any]) -> str:
    """The repr() of *d*."""
    text = f"<{d.__class__.__name__} at {id(d):#x}"
    waited_for = d._chainedTo
    if waited_for is not None:
        return f"{text} waiting on Deferred at {id(waited_for):#x}>"
    if d.called:
        return f"{text} current result: {d.result!r}>"
    return text + ">"


def entries_as_twisted_shows_them(d: Deferred[Any]) -> list[Any]:
    """The entries that have not run, each ``((callback, args, kwargs), (errback, args, kwargs))``.

    Deprecated, as in Twisted since 25.5; a copy, so adding to it adds nothing.
    """
    base = next(each for each in type(d).__mro__ if "callbacks" in vars(each))
    name = f"{base.__module__}.{base.__name__}.callbacks"
    warnings.warn(f"{name} was deprecated in Twisted 25.5.0", DeprecationWarning, stacklevel=2)
    return [_as_twisted_shows_it(entry) for entry in d._callbacks]


def _as_twisted_shows_it(entry: Any) -> tuple[Any, Any]:
    """*entry* as ``((callback, args, kwargs), (errback, args, kwargs))``."""
    callback, errback, extra = entry if type(entry) is tuple else (entry, None, None)
    if extra is WAKES or extra is CHAINED:
        return ((callback, (), {}), (callback, (), {}))
    args, kwargs, err_args, err_kwargs = extra or ((), {}, (), {})
    return (
        (passthru if callback is None else callback, args, kwargs),
        (passthru if errback is None else errback, err_args, err_kwargs),
    )
