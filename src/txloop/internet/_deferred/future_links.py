"""`Deferred.fromFuture` and `Deferred.asFuture`: Twisted's two bridges to one Future."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from txloop.internet._deferred.marks import HANDED_ON
from txloop.python.failure import Failure

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

    from txloop.internet._deferred.defer import Deferred

_T = TypeVar("_T")


def from_future(cls: type[Deferred[Any]], future: Future[_T]) -> Deferred[_T]:
    """`Deferred.fromFuture`."""

    def cancel(d: Deferred[_T]) -> object:
        future.cancel()
        return HANDED_ON  # the Future tells us in the loop's next turn

    def done(future: Future[_T]) -> None:
        if d.called:
            return
        try:
            result: _T | Failure = future.result()
        except BaseException:
            result = Failure()
        d._startRunCallbacks(result)

    d: Deferred[_T] = cls(cancel)
    if not future.done() and future.get_loop().is_closed():
        d.errback(RuntimeError(f"{future!r} can never be done: its event loop is closed"))
        return d
    future.add_done_callback(done)
    return d


def as_future(d: Deferred[_T], loop: AbstractEventLoop) -> Future[_T]:
    """`Deferred.asFuture`."""
    if loop.is_closed():
        raise RuntimeError(f"a Future of {loop!r} would never be done: the event loop is closed")
    future: Future[_T] = loop.create_future()

    def succeeded(result: _T) -> None:
        if not future.cancelled():
            future.set_result(result)

    def failed(failure: Failure) -> None:
        if not future.cancelled():
            future.set_exception(failure.value)

    def cancel_too(future: Future[_T]) -> None:
        if future.cancelled():
            d.cancel()

    future.add_done_callback(cancel_too)
    d.addCallbacks(succeeded, failed)
    return future
