"""Waiting for one's turn: a lock, a semaphore, a queue, a lock file.

    yield lock.acquire() … lock.release()     by hand
    lock.run(function, …)                     around one call, and what its Deferred does
    async with lock: …                        around a block of a coroutine

Who waits is a Deferred; they are served in the order they came, and one that is
cancelled while it waits leaves the row.  All of this is for one thread.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeVar, overload

from txloop.internet._deferred.defer import Deferred
from txloop.internet._deferred.errors import TimeoutError
from txloop.internet._deferred.fired import fail, maybeDeferred, succeed
from txloop.python.failure import Failure
from txloop.python.lockfile import FilesystemLock

if TYPE_CHECKING:
    from typing import Self

    from txloop.internet.interfaces import IDelayedCall

_T = TypeVar("_T")
_P = ParamSpec("_P")


class _ConcurrencyPrimitive(ABC):
    """What DeferredLock and DeferredSemaphore share: `run`, ``async with``, and the row of waiters.

    Attributes:
        waiting: The Deferreds that wait to acquire it, first come first.
    """

    def __init__(self) -> None:
        self.waiting: list[Deferred[Self]] = []

    @abstractmethod
    def acquire(self) -> Deferred[Self]:
        """Wait for it; fires with this object.  Cancelling the Deferred leaves the row."""

    @abstractmethod
    def release(self: Self) -> None:
        """Give it back: the next waiter has it when this returns."""

    @overload
    def run(self, f: Callable[_P, Deferred[_T]], /, *args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]: ...
    @overload
    def run(
        self, f: Callable[_P, Coroutine[Any, Any, _T]], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> Deferred[_T]: ...
    @overload
    def run(self, f: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Deferred[_T]: ...
    def run(self, f: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Deferred[Any]:
        """Acquire, call *f*, release when its result, also a Deferred's, is there.

        Returns:
            Fires with *f*'s result or failure, after the release.
        """

        def acquired(_: object) -> Deferred[Any]:
            return maybeDeferred(f, *args, **kwargs).addBoth(self._release_and_pass_on)

        return self.acquire().addCallback(acquired)

    def _release_and_pass_on(self, result: Any) -> Any:
        self.release()
        return result

    def __aenter__(self) -> Deferred[Self]:
        """``async with``: acquire."""
        return self.acquire()

    def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> Deferred[Literal[False]]:
        """``async with``: release; exceptions pass."""
        self.release()
        return succeed(False)

    def _cancelAcquire(self, d: Deferred[Self]) -> None:
        """The canceller of a waiter: it leaves the row."""
        self.waiting.remove(d)


class DeferredLock(_ConcurrencyPrimitive):
    """Held by one at a time.

    Attributes:
        locked: Whether it is held.
    Source: Twisted 26.10, internet.defer.DeferredLock.
    """

    locked: bool = False

    def acquire(self) -> Deferred[Self]:
        """Wait until nobody holds it.

        Returns:
            Fires with this lock, which is then held: call `release` once.
        """
        d: Deferred[Self] = Deferred(self._cancelAcquire)
        if self.locked:
            self.waiting.append(d)
        else:
            self.locked = True
            d.callback(self)
        return d

    def release(self: Self) -> None:
        """Let the next waiter have it.

        Raises:
            AssertionError: nobody holds it.
        """
        if not self.locked:
            raise AssertionError("Tried to release an unlocked lock")
        if self.waiting:  # it stays locked: it changes hands
            self.waiting.pop(0).callback(self)
        else:
            self.locked = False


class DeferredSemaphore(_ConcurrencyPrimitive):
    """Held by *tokens* at a time.

    Attributes:
        tokens: How many more may have it now.
        limit: How many may have it at all.
    Raises:
        ValueError: *tokens* is less than 1.
    Source: Twisted 26.10, internet.defer.DeferredSemaphore.
    """

    def __init__(self, tokens: int) -> None:
        super().__init__()
        if tokens < 1:
            raise ValueError("DeferredSemaphore requires tokens >= 1")
        self.tokens: int = tokens
        self.limit = tokens

    def acquire(self) -> Deferred[Self]:
        """Wait until a token is there.

        Returns:
            Fires with this semaphore, one token taken: call `release` once.
        """
        d: Deferred[Self] = Deferred(self._cancelAcquire)
        if self.tokens <= 0:
            self.waiting.append(d)
        else:
            self.tokens -= 1
            d.callback(self)
        return d

    def release(self: Self) -> None:
        """Put a token back; the next waiter has it.

        Raises:
            AssertionError: all tokens are there already.
        """
        if self.tokens >= self.limit:
            raise AssertionError("Someone released me too many times: too many tokens!")
        if self.waiting:  # the token goes from hand to hand
            self.waiting.pop(0).callback(self)
        else:
            self.tokens += 1


class QueueOverflow(Exception):
    """`DeferredQueue.put` on a queue that is full."""


class QueueUnderflow(Exception):
    """`DeferredQueue.get` when as many wait already as may."""


class DeferredQueue(Generic[_T]):
    """Objects on their way from who has them to who waits for them.

    Args:
        size: How many objects may lie here unasked for; None is any number.
        backlog: How many `get` may wait for objects to come; None is any number.
    Attributes:
        pending: The objects that lie here.
        waiting: The Deferreds that wait for one.
    Source: Twisted 26.10, internet.defer.DeferredQueue.
    """

    def __init__(self, size: int | None = None, backlog: int | None = None) -> None:
        self.waiting: list[Deferred[_T]] = []
        self.pending: list[_T] = []
        self.size = size
        self.backlog = backlog

    def put(self, obj: _T) -> None:
        """Give *obj* to who has waited longest, or keep it for who comes.

        Raises:
            QueueOverflow: nobody waits and *size* objects are kept already.
        """
        if self.waiting:
            self.waiting.pop(0).callback(obj)
        elif self.size is None or len(self.pending) < self.size:
            self.pending.append(obj)
        else:
            raise QueueOverflow(f"{len(self.pending)} objects are kept and nobody waits: size is {self.size}")

    def get(self) -> Deferred[_T]:
        """The object that has lain here longest, or the next to come.

        Returns:
            Fires with it.  Cancelling the Deferred leaves the row.
        Raises:
            QueueUnderflow: none is here and *backlog* wait already.
        """
        if self.pending:
            return succeed(self.pending.pop(0))
        if self.backlog is not None and len(self.waiting) >= self.backlog:
            raise QueueUnderflow(f"{len(self.waiting)} wait for an object already: backlog is {self.backlog}")
        d: Deferred[_T] = Deferred(self._cancelGet)
        self.waiting.append(d)
        return d

    def _cancelGet(self, d: Deferred[_T]) -> None:
        """The canceller of a `get`: it leaves the row."""
        self.waiting.remove(d)


class AlreadyTryingToLockError(Exception):
    """`DeferredFilesystemLock.deferUntilLocked` while another of its calls waits."""


class DeferredFilesystemLock(FilesystemLock):
    """A FilesystemLock that can be waited for: it is tried once a second.

    Args:
        name: The file's path.
        scheduler: An IReactorTime; None is the reactor.
    Source: Twisted 26.10, internet.defer.DeferredFilesystemLock.
    """

    _interval = 1  # seconds; other processes hold such locks for long
    _tryLockCall: IDelayedCall | None = None
    _timeoutCall: IDelayedCall | None = None

    def __init__(self, name: str, scheduler: Any = None) -> None:
        super().__init__(name)
        if scheduler is None:
            from txloop.internet import reactor  # asked for when it is needed, never at import

            scheduler = reactor
        self._scheduler: Any = scheduler

    def deferUntilLocked(self, timeout: float | None = None) -> Deferred[None]:
        """Wait until this process has the lock.

        Args:
            timeout: Seconds; None waits for ever.
        Returns:
            Fires with None when it is locked.  Fails with TimeoutError after *timeout*, with
            AlreadyTryingToLockError if it is waited for already, and with what `lock` raised.
            Cancelling it stops trying.
        """
        if self._tryLockCall is not None:
            return fail(AlreadyTryingToLockError("deferUntilLocked isn't safe for concurrent use."))
        d: Deferred[None] = Deferred(lambda _: self._stop_trying())
        if timeout is not None:
            self._timeoutCall = self._scheduler.callLater(timeout, self._timed_out, d, timeout)
        self._try(d)
        return d

    def _try(self, d: Deferred[None]) -> None:
        self._tryLockCall = None
        try:
            locked = self.lock()
        except BaseException:
            self._stop_trying()
            d.errback()
            return
        if locked:
            self._stop_trying()
            d.callback(None)
        else:
            self._tryLockCall = self._scheduler.callLater(self._interval, self._try, d)

    def _timed_out(self, d: Deferred[None], timeout: float) -> None:
        self._timeoutCall = None
        self._stop_trying()
        d.errback(Failure(TimeoutError(f"Timed out acquiring lock: {self.name} after {timeout:f}s")))

    def _stop_trying(self) -> None:
        retry, self._tryLockCall = self._tryLockCall, None
        limit, self._timeoutCall = self._timeoutCall, None
        for call in (retry, limit):
            if call is not None:
                call.cancel()
