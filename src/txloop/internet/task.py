"""Work that is spread over time.

LoopingCall     a function every so many seconds                     (_looping.py)
Cooperator      long work in steps, between other events             (_cooperator.py)
deferLater      one call later, as a Deferred                        (here)
react           a program that is one Deferred long                  (_react.py)
Clock           time that a test moves on by hand                    (_clock.py)
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, Protocol, TypeVar, overload

from txloop._public import publish
from txloop.internet._clock import Clock
from txloop.internet._cooperator import (
    CooperativeTask,
    Cooperator,
    NotPaused,
    SchedulerError,
    SchedulerStopped,
    TaskDone,
    TaskFailed,
    TaskFinished,
    TaskStopped,
    coiterate,
    cooperate,
)
from txloop.internet._cooperator import _Timer as _Timer
from txloop.internet._looping import LoopingCall
from txloop.internet._react import react
from txloop.internet.defer import Deferred, maybeDeferred

# Times closer than this are one: for code that compares a clock's times itself.
_EPSILON = 1e-8

__all__ = [
    "Clock",
    "CooperativeTask",
    "Cooperator",
    "LoopingCall",
    "NotPaused",
    "SchedulerError",
    "SchedulerStopped",
    "TaskDone",
    "TaskFailed",
    "TaskFinished",
    "TaskStopped",
    "coiterate",
    "cooperate",
    "deferLater",
    "react",
]

_P = ParamSpec("_P")
_T = TypeVar("_T")


class _CallLater(Protocol):
    """What deferLater needs of an IReactorTime."""

    def callLater(self, delay: float, callable: Callable[..., Any], *args: Any, **kw: Any) -> Any: ...


@overload
def deferLater(clock: _CallLater, delay: float) -> Deferred[None]: ...
@overload
def deferLater(
    clock: _CallLater,
    delay: float,
    callable: Callable[_P, Deferred[_T]],
    *args: _P.args,
    **kw: _P.kwargs,
) -> Deferred[_T]: ...
@overload
def deferLater(
    clock: _CallLater,
    delay: float,
    callable: Callable[_P, Coroutine[Any, Any, _T]],
    *args: _P.args,
    **kw: _P.kwargs,
) -> Deferred[_T]: ...
@overload
def deferLater(
    clock: _CallLater,
    delay: float,
    callable: Callable[_P, _T],
    *args: _P.args,
    **kw: _P.kwargs,
) -> Deferred[_T]: ...
def deferLater(
    clock: _CallLater,
    delay: float,
    callable: Callable[..., Any] | None = None,
    *args: Any,
    **kw: Any,
) -> Deferred[Any]:
    """Call *callable* after *delay* seconds.

    Args:
        clock: An IReactorTime: the reactor, or a `Clock`.
        delay: Seconds, 0 or more.
        callable: None: only wait.
    Returns:
        Fires with what it returned, or with the result of the Deferred or coroutine that
        it returned; fails with what it raised.  Cancelling it cancels the delayed call.
    Source: Twisted 26.10, internet.task.deferLater.
    """

    def cancel_the_call(cancelled: Deferred[Any]) -> None:
        if call.active():  # the end of a reactor has cancelled it already
            call.cancel()

    d: Deferred[Any] = Deferred(cancel_the_call)
    if callable is not None:
        d.addCallback(lambda _: maybeDeferred(callable, *args, **kw))
    call = clock.callLater(delay, d.callback, None)
    return d


publish(__name__, __all__)
