"""What stands in a Deferred's chain besides the user's functions, and how the chain is shown."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from txloop.internet._deferred_errors import CancelledError, TimeoutError
from txloop.internet._waiter import WAKES
from txloop.python.failure import Failure

if TYPE_CHECKING:
    from txloop.internet.defer import Deferred
    from txloop.internet.interfaces import IReactorTime

# An entry whose `callback` is a Deferred waiting for the one it stands in.
CHAINED: Final = object()


class Gave:
    """Stands in a chain for a callback that was called already, and gives what that gave."""

    def __init__(self, result: Any) -> None:
        self.result = result

    def __call__(self, _: Any) -> Any:
        return self.result


def passthru(arg: Any) -> Any:
    """The argument, as it is."""
    return arg


def pass_on(result: Any, d: Deferred[Any]) -> None:
    """The link of `Deferred.chainDeferred`: fire *d* with *result*."""
    d._chainedTo = None
    if isinstance(result, Failure):
        d.errback(result)
    else:
        d.callback(result)


def add_timeout(
    d: Deferred[Any],
    timeout: float,
    clock: IReactorTime,
    on_timeout_cancel: Callable[[Any, float], Any] | None,
) -> Deferred[Any]:
    """`Deferred.addTimeout`: a delayed call that cancels, and two links."""
    timed_out = False

    def time_out() -> None:
        nonlocal timed_out
        timed_out = True
        d.cancel()

    def tell(result: Any) -> Any:
        if timed_out:
            return (on_timeout_cancel or _cancelled_is_timed_out)(result, timeout)
        return result

    def stop_the_clock(result: Any) -> Any:
        if delayed.active():
            delayed.cancel()
        return result

    delayed = clock.callLater(timeout, time_out)
    d.addBoth(tell)
    return d.addBoth(stop_the_clock)


def _cancelled_is_timed_out(result: Any, timeout: float) -> Any:
    if isinstance(result, Failure) and result.check(CancelledError):
        raise TimeoutError(timeout, "Deferred")
    return result


def warn_of_itself(callback: Callable[..., Any]) -> None:
    """Warn, at *callback*'s own line, that it returned the Deferred it was attached to."""
    if type(callback) is Gave:
        return  # warned when it was called
    message = (
        "Callback returned the Deferred it was attached to; this breaks the callback chain "
        "and will raise an exception in the future."
    )
    code = getattr(callback, "__code__", None)
    if code is None:
        warnings.warn(message, DeprecationWarning, stacklevel=3)
    else:
        warnings.warn_explicit(message, DeprecationWarning, code.co_filename, code.co_firstlineno)


def as_twisted_shows_it(entry: tuple[Any, Any, Any]) -> tuple[Any, Any]:
    """*entry* as ``((callback, args, kwargs), (errback, args, kwargs))``."""
    callback, errback, extra = entry
    if extra is WAKES or extra is CHAINED:
        return ((callback, (), {}), (callback, (), {}))
    args, kwargs, err_args, err_kwargs = extra or ((), {}, (), {})
    return (
        (passthru if callback is None else callback, args, kwargs),
        (passthru if errback is None else errback, err_args, err_kwargs),
    )
