"""Generators and coroutines on Deferreds: what programs call.

    @inlineCallbacks
    def old_style(): x = yield d         one GeneratorDriver a call
    ensureDeferred(new_style())          one CoroutineDriver a call

Not here: how they are run (driver.py, driver_task.py).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Coroutine, Generator
from contextvars import copy_context
from functools import wraps
from types import CodeType, CoroutineType, GeneratorType
from typing import Any, NoReturn, ParamSpec, TypeVar

from txloop import _host
from txloop.internet._deferred.defer import Deferred
from txloop.internet._deferred.driver import Driver, outcome_of_raised
from txloop.internet._deferred.driver_task import CoroutineDriver
from txloop.internet._deferred.errors import NotACoroutineError, _DefGen_Return
from txloop.internet._deferred.succeed import succeed

_T = TypeVar("_T")
_P = ParamSpec("_P")


class GeneratorDriver(Driver):
    """Runs one generator of `inlineCallbacks`."""

    def wait_for_other(self, yielded: Any) -> Any:
        """As Driver's; other awaitables are started as coroutines."""
        waits = super().wait_for_other(yielded)
        if waits is None and hasattr(type(yielded), "__await__"):
            return ensureDeferred(yielded if is_coroutine(yielded) else _await(yielded))
        return waits


async def _await(awaitable: Any) -> Any:
    return await awaitable


def is_coroutine(thing: object) -> bool:
    """True for what `ensureDeferred` can run: coroutines and generators, native or compiled."""
    return type(thing) is CoroutineType or isinstance(thing, (GeneratorType, Coroutine))


def inlineCallbacks(f: Callable[_P, Generator[Any, Any, _T]]) -> Callable[_P, Deferred[_T]]:
    """Make a generator function one that returns a Deferred; inside, ``yield d`` waits for *d*.

        @inlineCallbacks
        def greet(user):
            name = yield fetch_name(user)         # a Deferred, a Future, a coroutine …
            return f"hello {name}"

    What is yielded and cannot be waited for comes back at once.  A failure is raised at
    its ``yield``.  Cancelling the Deferred cancels what is waited for.

    Raises:
        TypeError: *f* was called and did not give a generator.
    Source: Twisted 26.10, twisted.internet.defer.inlineCallbacks.
    """

    @wraps(f)
    def unwind_generator(*args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]:
        try:
            generator = f(*args, **kwargs)
        except _DefGen_Return as returned:
            raise TypeError(
                f"inlineCallbacks requires {f!r} to produce a generator; "
                "instead caught returnValue being used in a non-generator"
            ) from returned
        if type(generator) is not GeneratorType and not isinstance(generator, GeneratorType):
            raise _no_generator(f, generator)
        return GeneratorDriver().start(generator, copy_context())

    return unwind_generator


# What all functions decorated with inlineCallbacks have in common.
_UNWINDING_CODE = next(each for each in inlineCallbacks.__code__.co_consts if isinstance(each, CodeType))


def is_inline_callbacks(function: object) -> bool:
    """Was *function* decorated with inlineCallbacks?  Asked by the pytest plugin."""
    return getattr(function, "__code__", None) is _UNWINDING_CODE


def _no_generator(f: object, got: object) -> TypeError:
    if type(got) is CoroutineType:
        got.close()  # or Python warns that it was never awaited
        advice = "call an async function with ensureDeferred(f())"
    else:
        advice = "there is no yield in it; maybe it wants no decorator"
    return TypeError(f"inlineCallbacks requires {f!r} to produce a generator; instead got {got!r} ({advice})")


def ensureDeferred(
    coro: Coroutine[Any, Any, _T] | Generator[Any, Any, _T] | Deferred[_T],
) -> Deferred[_T]:
    """Start a coroutine now and give a Deferred of what it returns.

    It runs at once, up to the first thing that is not there yet, and later from inside
    the ``callback()`` of what it waits for.  It may await Deferreds, Futures, Tasks and
    whatever else asyncio code awaits; while an event loop runs it is `asyncio.current_task()`.

    Args:
        coro: A coroutine, a generator, or a Deferred, which is returned as it is.
    Raises:
        NotACoroutineError: it is none of these.
    Source: Twisted 26.10, twisted.internet.defer.ensureDeferred.
    """
    if type(coro) is not CoroutineType:
        if isinstance(coro, Deferred):
            return coro
        if not is_coroutine(coro):
            raise NotACoroutineError(
                f"{coro!r} is not a coroutine or a Deferred: "
                "pass what calling an async function returns; txloop.as_deferred() takes any awaitable"
            )
        if type(coro) is GeneratorType:
            return GeneratorDriver().start(coro, copy_context())
    context = copy_context()
    loop = _host.running_loop()
    if loop is not None:
        return CoroutineDriver().start_in(loop, coro, context)
    # Nobody can ask now which task this is, so it needs no driver before it has to wait.
    driver = None
    send = coro.send
    try:
        yielded = context.run(send, None)
        driver = CoroutineDriver()
        return driver.start_suspended(coro, send, context, yielded)
    except StopIteration as stop:
        if driver is None:
            return succeed(stop.value)
        outcome = stop.value
    except BaseException as error:
        outcome = outcome_of_raised(error, coro)
    if driver is not None:
        driver.outcome = outcome
    try:
        return succeed(outcome)
    finally:
        # A failure's traceback has this frame.
        del coro, send, driver, outcome
        yielded = None


def returnValue(val: object) -> NoReturn:
    """Leave an inlineCallbacks generator with *val*.  Deprecated: ``return val`` does the same."""
    warnings.warn(
        f"{returnValue.__module__}.returnValue was deprecated in Twisted 24.7.0; "
        "please use standard return statement instead",
        DeprecationWarning,
        stacklevel=2,
    )
    raise _DefGen_Return(val)


def _from_coroutine(coro: Any) -> Deferred[Any]:
    """`Deferred.fromCoroutine`."""
    if not is_coroutine(coro):
        raise NotACoroutineError(f"{coro!r} is not a coroutine: pass what calling an async function returns")
    return ensureDeferred(coro)


Deferred._from_coroutine = staticmethod(_from_coroutine)
