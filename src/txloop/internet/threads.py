"""Between threads and the reactor: Deferreds for blocking calls, and blocking calls for Deferreds.

    in the reactor's thread                in another thread
    deferToThread(f, x)               ->   f(x) in the reactor's pool
    the Deferred fires                <-   its result or its failure
    f(x) in a later turn              <-   blockingCallFromThread(reactor, f, x)
    its result, its Deferred's result ->   returned or raised there

Calls run in a copy of their caller's `contextvars` context, either way.
Not here: the pool (python/threadpool.py).
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterable, Mapping, Sequence
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar, cast

from txloop import _host
from txloop.internet import defer
from txloop.internet._reactor_face import AsyncioReactor
from txloop.internet.interfaces import IReactorFromThreads
from txloop.python.failure import Failure
from txloop.python.threadpool import ThreadPool

__all__ = ["blockingCallFromThread", "callMultipleInThread", "deferToThread", "deferToThreadPool"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

# One call as callMultipleInThread takes it: the function, its arguments, its keywords.
_Call = tuple[Callable[..., object], Sequence[Any], Mapping[str, Any]]


def deferToThreadPool(
    reactor: IReactorFromThreads,
    threadpool: ThreadPool,
    f: Callable[_P, _R],
    *args: _P.args,
    **kwargs: _P.kwargs,
) -> defer.Deferred[_R]:
    """Call ``f(*args, **kwargs)`` in a thread of *threadpool*.

    Args:
        reactor: In whose thread the Deferred fires.
    Returns:
        A Deferred of what *f* returns, or of the Failure it raised, with its traceback.
        Cancelling it gives CancelledError at once; the thread is not interrupted, what
        it brings then is dropped.
    Source: Twisted 26.10, twisted.internet.threads.deferToThreadPool.
    """
    outcome: defer.Deferred[_R] = defer.Deferred()
    home = _meant_here(reactor)

    def tell(ok: bool, result: _R | Failure) -> None:
        home.callFromThread(outcome.callback if ok else outcome.errback, result)

    threadpool.callInThreadWithCallback(tell, f, *args, **kwargs)
    return outcome


def deferToThread(f: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> defer.Deferred[_R]:
    """`deferToThreadPool` with the current reactor and its own pool.

    Source: Twisted 26.10, twisted.internet.threads.deferToThread.
    """
    from txloop.internet import reactor  # the reactor is asked for when it is needed, never at import

    return deferToThreadPool(reactor, reactor.getThreadPool(), f, *args, **kwargs)


def callMultipleInThread(tupleList: Iterable[_Call]) -> None:
    """Make several calls in one thread of the current reactor's pool, one after the other.

    Args:
        tupleList: ``(function, arguments, keyword arguments)`` each.  The first that
            raises is logged, and those behind it are not made.
    Source: Twisted 26.10, twisted.internet.threads.callMultipleInThread, by running it.
    """
    from txloop.internet import reactor  # as in deferToThread

    reactor.callInThread(_call_each, tupleList)


def blockingCallFromThread(
    reactor: IReactorFromThreads,
    f: Callable[_P, _R] | Callable[_P, defer.Deferred[_R]],
    *a: _P.args,
    **kw: _P.kwargs,
) -> _R:
    """Call ``f(*a, **kw)`` in the reactor's thread and wait for its result here.

    Args:
        f: May return a Deferred, a coroutine or anything else that can be awaited; then
            its result is waited for.
    Returns:
        The result, for ever waited for: if the reactor is stopped before, nobody wakes us.
    Raises:
        RuntimeError: The calling thread is the one that runs this reactor, so nothing
            could ever be returned.  (Twisted hangs here.)
        Exception: Whatever *f* or its Deferred raised, with the traceback it had there.
    Source: Twisted 26.10, twisted.internet.threads.blockingCallFromThread.
    """
    _refuse_own_thread(reactor)
    answers: SimpleQueue[_R | Failure] = SimpleQueue()

    def call_there() -> None:
        # put() answers None, so the Deferred ends without a failure that nobody handles.
        outcome = cast("defer.Deferred[_R]", defer.maybeDeferred(f, *a, **kw))
        outcome.addBoth(answers.put)

    reactor.callFromThread(contextvars.copy_context().run, call_there)
    answer = answers.get()
    if isinstance(answer, Failure):
        answer.raiseException()
    return answer


def _call_each(calls: Iterable[_Call]) -> None:
    for function, args, kwargs in calls:
        function(*args, **kwargs)


def _meant_here(reactor: IReactorFromThreads) -> IReactorFromThreads:
    """*reactor*; of the ambient one what it means in this thread: in another it may mean another."""
    return cast("IReactorFromThreads", reactor._now()) if isinstance(reactor, AsyncioReactor) else reactor


def _refuse_own_thread(reactor: Any) -> None:
    """Raise if *reactor* runs on the loop that this very thread is inside of.

    Another reactor's loop may run here: then waiting is unwise but it does end.  A reactor
    without a loop (a test's fake one) may call at once, so it is let through.
    """
    here = _host.running_loop()
    # _asyncioEventloop: by that name Twisted's own asyncio reactor shows its loop, and ours too.
    if here is not None and getattr(reactor, "_asyncioEventloop", None) is here:
        raise RuntimeError(
            "blockingCallFromThread was called in the reactor's own thread, where it would wait for ever; "
            "call the function there, or await its Deferred"
        )
