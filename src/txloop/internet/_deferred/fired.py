"""Deferreds that have fired, small functions that chains are made of, and the debug switch."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Coroutine
from types import CoroutineType
from typing import Any, ParamSpec, TypeVar, overload

from txloop.internet._deferred import debug_info
from txloop.internet._deferred.chain_links import passthru as passthru
from txloop.internet._deferred.coroutines import ensureDeferred
from txloop.internet._deferred.debug_info import log
from txloop.internet._deferred.defer import Deferred
from txloop.internet._deferred.errors import TimeoutError
from txloop.internet._deferred.succeed import succeed as succeed
from txloop.python.failure import Failure

_T = TypeVar("_T")
_P = ParamSpec("_P")


def fail(result: Failure | BaseException | None = None) -> Deferred[Any]:
    """A Deferred that has failed with *result*, a Failure or an exception.

    Args:
        result: None means the exception being handled.
    Raises:
        NoCurrentExceptionError: *result* is None and no exception is being handled.
    """
    d: Deferred[Any] = Deferred()
    d.errback(result)
    return d


def execute(callable: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]:
    """Call it now; a Deferred that has fired with what it returned or raised."""
    try:
        result = callable(*args, **kwargs)
    except BaseException:
        return fail()
    return succeed(result)


@overload
def maybeDeferred(f: Callable[_P, Deferred[_T]], *args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]: ...
@overload
def maybeDeferred(
    f: Callable[_P, Coroutine[Any, Any, _T]], *args: _P.args, **kwargs: _P.kwargs
) -> Deferred[_T]: ...
@overload
def maybeDeferred(f: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]: ...
def maybeDeferred(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
    """Call *f* now; a Deferred of its result, whatever *f* is.

    Returns:
        *f*'s own Deferred if it returns one; a coroutine is started; a value or an
        exception is wrapped in a Deferred that has fired.
    """
    try:
        result = f(*args, **kwargs)
    except BaseException:
        return fail(Failure(captureVars=Deferred.debug))
    if isinstance(result, Deferred):
        return result
    if isinstance(result, Failure):
        return fail(result)
    if type(result) is CoroutineType:
        return ensureDeferred(result)
    return succeed(result)


def logError(err: Failure) -> Failure:
    """An errback that logs the failure, at level critical, and passes it on."""
    log.failure("", err)
    return err


def timeout(deferred: Deferred[object]) -> None:
    """Fail *deferred* with ``TimeoutError("Callback timed out")``.  Deprecated for `Deferred.addTimeout`."""
    door = timeout.__module__
    warnings.warn(
        f"{door}.timeout was deprecated in Twisted 17.1.0; please use {door}.Deferred.addTimeout instead",
        DeprecationWarning,
        stacklevel=2,
    )
    deferred.errback(Failure(TimeoutError("Callback timed out")))


# ---- debug mode -----------------------------------------------------------------


def setDebugging(on: bool) -> None:
    """Record, from now on or no more, where each Deferred is made and first fired.

    It is on from the start under ``PYTHONASYNCIODEBUG`` and ``-X dev``.  Deferreds made while a
    loop in debug mode runs in their thread are recorded in any case, once that loop has had to do
    with txloop: its reactor was asked for, or something waited in it for a Deferred.
    """
    Deferred.debug = bool(on)
    debug_info.record_if(getDebugging if on else None)


def getDebugging() -> bool:
    """True when `setDebugging` is on."""
    return Deferred.debug


setDebugging(debug_info.asked_for_by_the_environment())
