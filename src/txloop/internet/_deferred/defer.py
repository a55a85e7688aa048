"""Deferred: a result that is not here yet, and the chain of functions waiting for it.

    d.addCallback(f)             f(result) runs inside d.callback(result), not later
    f returns a value            the next callback gets it
    f raises, returns a Failure  the next errback gets a Failure
    f returns a Deferred e       d waits for e; e's result goes on in d
    await d                      in an asyncio task as in a Deferred coroutine

Theory of operation.  A Deferred holds a list of entries and, once it is called, the
result of the last one that ran.  `_runCallbacks` takes entries off the list one after
another.  The first may be the function that addCallback() was given; all others are tuples
``(callback, errback, extra)``, and what such a one is, its `extra` says:

    None                 two plain functions; None instead of one passes the result on
    (a, k, b, l)         the same with further arguments: callback(result, *a, **k), …
    CHAINED              `callback` is a Deferred that waits for this one: it takes the result
    WAKES                `callback` is a waiter (a coroutine of some kind): it is woken

The loop iterates over the list while callbacks may add to it, and forgets the list at its
end; where it has to stop half-way it drops what it has seen, up to the entry it stands at.
So each entry must be there only once: a tuple is; a function may be given twice, hence only
the first stands for itself.  (To take off, to count or to copy is slower: benchmarks.deferred.)

A Deferred that takes over goes on at once, before the rest of this list, as if it had been
called from here; yet it is not called: it becomes the one the loop works at, and this one
waits on a stack.  So does the Deferred of a coroutine that was woken and has ended; this one
is running meanwhile and keeps its result.  That is why chains may be 100,000 links long.

`paused` counts what holds a Deferred up: calls of `pause`, and one for the Deferred it
waits for.  ``_runningCallbacks`` is True while the loop works at this Deferred, so that
a callback added by a callback joins the end of the list.

Frames.  A failure holds its traceback, that holds the frames of this file, and they must
not hold the failure, or nothing of it would be freed without the garbage collector.
So the functions here that stand on the stack while user code runs forget what they held.

Not here: everything built on it; internet/defer.py lists the rooms.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Mapping
from functools import partial
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Concatenate,
    Final,
    Generic,
    ParamSpec,
    Self,
    TypeVar,
    overload,
)

from txloop.internet._deferred import debug_info
from txloop.internet._deferred.chain_links import (
    add_timeout,
    calling,
    describe,
    drop_through,
    entries_as_twisted_shows_them,
    pass_on,
    refuse_second_result,
    unfired_behind,
    warn_of_itself,
)
from txloop.internet._deferred.debug_info import DebugInfo, caught_while_recording, settle, stack_of_caller
from txloop.internet._deferred.errors import CancelledError
from txloop.internet._deferred.future_links import as_future, from_future
from txloop.internet._deferred.marks import AT_HAND, CHAINED, HANDED_ON, NOTHING_TO_CALL, PLAIN, WAKES
from txloop.internet._deferred.waiter import Waiter
from txloop.python import failure
from txloop.python.failure import Failure

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Future

_T = TypeVar("_T")
_SelfResultT = TypeVar("_SelfResultT")
_NextResultT = TypeVar("_NextResultT")
_P = ParamSpec("_P")

_blank_failure = partial(Failure.__new__, Failure)
_NO_KEYWORDS: Final[dict[str, Any]] = {}
_TUPLE: Final[Any] = tuple  # checkers know that no callback is one; programs do not

# Twisted's list of Deferred's subclasses, for programs that read it.
_DEFERRED_SUBCLASSES: Final[list[type[Deferred[Any]]]] = []


class Deferred(Generic[_SelfResultT]):
    """A result that comes later, and what is to be done with it.

    Args:
        canceller: Called with this Deferred when `cancel` is asked before it fired.
            It may fire it; if it does not, it fires with CancelledError.
    Attributes:
        called: True once it has fired.
        result: The result of the last callback that ran; a Failure while it failed.  Only
            there once it has fired.
        paused: How many pauses hold it up.
        debug: On the class: record where each Deferred is made and fired.
    Source: Twisted 26.10, twisted.internet.defer.Deferred.
    """

    # The constructor sets what is read for every Deferred (on CPython 3.11 reading a
    # class-level default costs 16 ns, setting and reading one's own 6); these are read rarely.
    debug: ClassVar[bool] = False
    result: Any
    _chained_by_hand: Deferred[Any] | None = None  # by chainDeferred(); for the repr
    # True after a cancel() without a canceller: whoever was to fire this Deferred does
    # not know, and may call once, in vain.
    _suppressAlreadyCalled = False
    # The failure that some coroutine was given: it counts as handled, wherever it goes.
    _answered: Failure | None = None

    def __init__(self, canceller: Callable[[Deferred[Any]], object] | None = None) -> None:
        self.called: bool = False
        self.paused: int = 0
        self._callbacks: Any = NOTHING_TO_CALL
        self._canceller = canceller
        self._runningCallbacks = False
        self._debugInfo: DebugInfo | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        _DEFERRED_SUBCLASSES.append(cls)

    @property
    def _chainedTo(self) -> Deferred[Any] | None:
        """The Deferred it waits for."""
        waits = self.paused and self.called and isinstance(self.result, Deferred)
        return self.result if waits else self._chained_by_hand

    # ---- add to the chain ------------------------------------------------

    def addCallbacks(
        self,
        callback: Callable[..., Any],
        errback: Callable[..., Any] | None = None,
        callbackArgs: tuple[Any, ...] = (),
        callbackKeywords: Mapping[str, Any] = _NO_KEYWORDS,
        errbackArgs: tuple[Any, ...] = (),
        errbackKeywords: Mapping[str, Any] = _NO_KEYWORDS,
    ) -> Deferred[Any]:
        """Add a link: *callback* for a success, *errback* for a failure, never one after the other.

        Args:
            callback: Called as ``callback(result, *callbackArgs, **callbackKeywords)``.
            errback: Called as ``errback(failure, *errbackArgs, **errbackKeywords)``;
                None passes a failure on.
        Returns:
            This Deferred.
        """
        extra = None
        if callbackArgs or callbackKeywords or errbackArgs or errbackKeywords:
            extra = (callbackArgs or (), callbackKeywords or {}, errbackArgs or (), errbackKeywords or {})
        return self._add((callback, errback, extra))

    # Type checkers take a callback that returns a Deferred for one that returns its result.
    @overload
    def addCallback(
        self, callback: Callable[Concatenate[_SelfResultT, _P], Failure], *args: _P.args, **kwargs: _P.kwargs
    ) -> Deferred[Any]: ...
    @overload
    def addCallback(
        self,
        callback: Callable[Concatenate[_SelfResultT, _P], Deferred[_NextResultT]],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_NextResultT]: ...
    @overload
    def addCallback(
        self,
        callback: Callable[Concatenate[_SelfResultT, _P], _NextResultT],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_NextResultT]: ...
    def addCallback(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
        """Add ``callback(result, *args, **kwargs)`` for a success; a failure passes by.

        It runs now if the result is here, else when it comes.

        Returns:
            This Deferred.
        """
        if args or kwargs:
            return self._add((callback, None, (args, kwargs, (), _NO_KEYWORDS)))
        # The commonest calls of all, so it is written out (benchmarks.deferred).
        if self._callbacks:
            self._callbacks.append((calling(None) if callback is None else callback, None, None))
        else:
            self._callbacks = [calling(callback) if type(callback) is _TUPLE else callback]
        if self.called:
            self._runCallbacks()
        return self

    @overload
    def addErrback(
        self, errback: Callable[Concatenate[Failure, _P], Failure], *args: _P.args, **kwargs: _P.kwargs
    ) -> Deferred[_SelfResultT]: ...
    @overload
    def addErrback(
        self,
        errback: Callable[Concatenate[Failure, _P], Deferred[_NextResultT]],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_SelfResultT | _NextResultT]: ...
    @overload
    def addErrback(
        self, errback: Callable[Concatenate[Failure, _P], _NextResultT], *args: _P.args, **kwargs: _P.kwargs
    ) -> Deferred[_SelfResultT | _NextResultT]: ...
    def addErrback(self, errback: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
        """Add ``errback(failure, *args, **kwargs)`` for a failure; a success passes by."""
        if args or kwargs:
            return self._add((None, errback, ((), _NO_KEYWORDS, args, kwargs)))
        if self._callbacks:
            self._callbacks.append((None, errback, None))
        else:
            self._callbacks = [(None, errback, None)]
        if self.called:
            self._runCallbacks()
        return self

    @overload
    def addBoth(
        self,
        callback: Callable[Concatenate[_SelfResultT | Failure, _P], Deferred[_NextResultT]],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_NextResultT]: ...
    @overload
    def addBoth(
        self,
        callback: Callable[Concatenate[_SelfResultT | Failure, _P], _NextResultT],
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> Deferred[_NextResultT]: ...
    def addBoth(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Deferred[Any]:
        """Add ``callback(result_or_failure, *args, **kwargs)``, for either."""
        return self._add((callback, callback, (args, kwargs, args, kwargs) if args or kwargs else None))

    def _add(self, entry: tuple[Any, Any, Any]) -> Self:
        if self._callbacks:
            self._callbacks.append(entry)
        else:
            self._callbacks = [entry]
        if self.called:
            self._runCallbacks()
        return self

    def chainDeferred(self, d: Deferred[_SelfResultT]) -> Deferred[None]:
        """Fire *d* with this Deferred's result; what follows here gets None.

        Cancelling *d* does not cancel this one.  To wait for a Deferred inside a chain,
        return it from a callback instead.
        """
        d._chained_by_hand = self
        return self.addBoth(pass_on, d)

    addTimeout = add_timeout

    # ---- fire ------------------------------------------------------------

    def callback(self, result: _SelfResultT | Failure) -> None:
        """Give the result: all callbacks run now, before this returns.

        Args:
            result: Anything but a Deferred.  A Failure starts the errbacks.
        Raises:
            AlreadyCalledError: it has its result already, which is not changed.
            AssertionError: *result* is a Deferred.
        """
        failed = False
        if type(result) not in PLAIN:
            if isinstance(result, Deferred):
                raise AssertionError(
                    "callback() takes the result itself, not a Deferred: "
                    "return the Deferred from a callback, or use other.chainDeferred(this)"
                )
            failed = isinstance(result, Failure)
        # What `_startRunCallbacks` does, written out: every Deferred comes here.
        if self.called:
            refuse_second_result(self)
            return
        self.called = True
        self.result = result
        if self._canceller is not None:
            self._canceller = None
        if self._debugInfo is not None:
            self._debugInfo.invoker = stack_of_caller(1)
        callbacks = self._callbacks
        if len(callbacks) > 1:
            self._runCallbacks(failed)
        elif callbacks:
            # Mostly the only entry is who waits for this: that needs no loop.
            entry = callbacks[0]
            if type(entry) is not tuple or self.paused:
                self._runCallbacks(failed)
            elif entry[2] is WAKES:
                self._callbacks = NOTHING_TO_CALL
                self._runningCallbacks = True
                ready = entry[0].wake(self, result, failed)
                if ready is not None:
                    ready._runCallbacks()
                    self.result = None
                self._runningCallbacks = False
                if self._callbacks:
                    self._runCallbacks()
            elif entry[2] is CHAINED:
                self._callbacks = NOTHING_TO_CALL
                self.result = None
                ready = entry[0]
                ready.result = result
                ready.paused -= 1
                ready._runCallbacks(failed)
            else:
                self._runCallbacks(failed)
            entry = ready = None
        elif failed:
            self._runCallbacks(failed)
        elif not self.paused:
            self._callbacks = AT_HAND
        del self, result, callbacks  # see Frames, above

    def errback(self, fail: Failure | BaseException | None = None) -> None:
        """Give a failure: all errbacks run now.

        Args:
            fail: A Failure, or an exception; None means the one being handled.
        Raises:
            AlreadyCalledError: it has its result already, which is not changed.
            NoCurrentExceptionError: *fail* is None and no exception is being handled.
        """
        if not isinstance(fail, Failure):
            fail = Failure(fail, captureVars=self.debug)
        if self.debug and self._debugInfo is None and not self.called:
            self._debugInfo = DebugInfo()  # debugging was turned on after this was made
        self._startRunCallbacks(fail)
        del self, fail

    def _startRunCallbacks(self, result: object) -> None:
        """Become called with *result*, of which no class is refused."""
        if self.called:
            refuse_second_result(self)
            return
        self.called = True
        self.result = result
        if self._canceller is not None:
            self._canceller = None
        if self._debugInfo is not None:
            self._debugInfo.invoker = stack_of_caller(2)
        if self._callbacks or type(result) not in PLAIN:
            self._runCallbacks()
        del self, result

    # ---- hold up, give up ------------------------------------------------

    def pause(self) -> None:
        """Run no callbacks until `unpause` was called as often as this."""
        self.paused += 1
        if self._callbacks is AT_HAND:
            self._callbacks = NOTHING_TO_CALL

    def unpause(self) -> None:
        """Undo one `pause`; the last one runs what has waited."""
        self.paused -= 1
        if self.paused <= 0 and self.called:
            self._runCallbacks()

    def cancel(self) -> None:
        """Ask whoever works for this result to stop.

        Not fired yet: the canceller is called; if it does not fire this Deferred, it
        fires with CancelledError.  Waiting for another Deferred: that one is cancelled.
        Otherwise nothing happens.

        Raises:
            RecursionError: this one and others wait for each other.
        """
        if self.called:
            unfired = unfired_behind(self, Deferred)
            if unfired is not None:
                unfired.cancel()  # a subclass may have its own
            return
        canceller = self._canceller
        try:
            if canceller is None:
                self._suppressAlreadyCalled = True
            elif canceller(self) is HANDED_ON:
                return
            if not self.called:
                self.errback(Failure._withoutTraceback(CancelledError()))
        finally:
            del self, canceller  # see Frames, above

    # ---- the loop --------------------------------------------------------

    def _runCallbacks(self, failed: bool | None = None) -> None:
        """Run what can run, here and in the Deferreds that wait for this one.

        The name is Twisted's: tools that shorten tracebacks look for it in this file.
        """
        result = self.result
        if failed is None:
            failed = type(result) not in PLAIN and isinstance(result, Failure)
        current: Deferred[Any] = self
        interrupted: list[Deferred[Any]] | None = None
        # True if a traceback may have this frame: then it must not hold anything (see Frames, above).
        exposed = False
        while True:
            ready: Deferred[Any] | None = None
            if not current.paused and not current._runningCallbacks:
                current._runningCallbacks = True
                if failed:
                    exposed = True
                    if current._debugInfo is not None:
                        current._debugInfo.failResult = None
                entries = current._callbacks
                for entry in entries:
                    try:
                        if type(entry) is not tuple:
                            if failed:
                                continue
                            result = entry(result)
                        else:
                            callback, errback, extra = entry
                            if extra is None:
                                if failed:
                                    callback = errback
                                if callback is None:
                                    continue
                                failed = False
                                result = callback(result)
                            elif extra is CHAINED:
                                ready = callback
                                ready.result = result
                                ready.paused -= 1
                                current.result = None
                                current._runningCallbacks = False
                                break
                            elif extra is WAKES:
                                exposed = True
                                ready = callback.wake(current, result, failed)
                                if ready is not None:
                                    result = ready.result
                                    failed = type(result) not in PLAIN and isinstance(result, Failure)
                                    break
                                failed = False
                                result = current.result
                            elif failed:
                                if errback is None:
                                    continue
                                failed = False
                                result = errback(result, *extra[2], **extra[3])
                            else:
                                if callback is None:
                                    continue
                                result = callback(result, *extra[0], **extra[1])
                    except BaseException as error:
                        exposed = failed = True
                        if (
                            debug_info.recording is None
                            and not isinstance(error, Failure)
                            and not failure._debug_mode
                        ):
                            # `failure_of_caught`, written out.
                            result = _blank_failure()
                            result.value = error
                            result.tb = error.__traceback__
                        else:
                            result = caught_while_recording(current, error)
                        current.result = result
                        continue
                    current.result = result
                    if type(result) in PLAIN:
                        continue
                    if type(result) is not Deferred:
                        failed = isinstance(result, Failure)
                        if failed or not isinstance(result, Deferred):
                            continue
                    if result.called:
                        if result is current:
                            warned = warn_of_itself(callback if type(entry) is tuple else entry)
                            if warned is not None:
                                current.result = result = warned
                                failed = True
                                continue
                        elif not result.paused:
                            inner, result = result, result.result
                            inner.result = None  # this one is responsible for it now
                            if inner._debugInfo is not None:
                                inner._debugInfo.failResult = None
                            current.result = result
                            failed = isinstance(result, Failure)
                            continue
                    current.paused += 1
                    if result._callbacks:
                        result._callbacks.append((current, None, CHAINED))
                    else:
                        result._callbacks = [(current, None, CHAINED)]
                    break
                else:
                    current._callbacks = entries = NOTHING_TO_CALL
                if entries and entries.pop(0) is not entry:
                    drop_through(entry, entries)
                if ready is not None:
                    if current._callbacks or current._runningCallbacks:
                        interrupted = interrupted or []
                        interrupted.append(current)
                    current = ready
                    continue
                current._runningCallbacks = False
                if failed:
                    settle(current)
            if not interrupted:
                break
            current = interrupted.pop()
            if current._runningCallbacks:
                current._runningCallbacks = False
                current.result = None
            result = current.result
            failed = type(result) not in PLAIN and isinstance(result, Failure)
        if exposed:
            result = callback = errback = extra = entries = entry = inner = warned = None  # type: ignore[assignment]
            self = current = None  # type: ignore[assignment]

    # ---- await -----------------------------------------------------------

    def __iter__(self) -> Generator[Any, Any, _SelfResultT]:
        """Wait for the result: ``await d``, or ``yield from d`` in a generator.

        A Deferred that has fired does not make its caller wait, but for one that was
        cancelled: who learns of it as which CancelledError is up to what drives the caller.
        """
        if self._callbacks is AT_HAND:
            return self.result  # type: ignore[no-any-return]  # a cast() costs a fifth of this
        waiter = None
        try:
            while True:
                if self.called and not self.paused:
                    result = self.result
                    if not isinstance(result, Failure):
                        return result  # type: ignore[no-any-return]
                    if not isinstance(result.value, CancelledError):
                        self._answered = result
                        settle(self)
                        result.raiseException()
                waiter = Waiter()
                waiter._asyncio_future_blocking = True
                waiter.deferred = self
                waiter.woken_by_task = False
                value: Any = yield waiter
                if waiter.woken_by_task:
                    value = waiter.result if type(waiter.result) in PLAIN else waiter.answer()
                elif value is None and not (self.called and self.result is None):
                    continue  # who runs this by hand sends no result: look again
                return value  # type: ignore[no-any-return]
        finally:
            self = result = waiter = None  # type: ignore[assignment]  # see Frames, above

    __await__ = __iter__

    # ---- the rest --------------------------------------------------------

    callbacks: property = property(entries_as_twisted_shows_them)
    __repr__ = describe

    def asFuture(self, loop: AbstractEventLoop) -> Future[_SelfResultT]:
        """A Future of *loop* that gets this Deferred's result; the Deferred goes on with None.

        Cancelling the Future cancels the Deferred, in the loop's next turn.  RuntimeError: *loop* is closed.
        """
        return as_future(self, loop)

    @classmethod
    def fromFuture(cls, future: Future[_SelfResultT]) -> Deferred[_SelfResultT]:
        """A Deferred that fires with *future*'s result, in the turn after it is there.

        Cancelling the Deferred cancels the Future.  One of a closed loop fails with RuntimeError.
        """
        return from_future(cls, future)

    @classmethod
    def fromCoroutine(cls, coro: Coroutine[Any, Any, _T] | Generator[Any, Any, _T]) -> Deferred[_T]:
        """Start *coro* now and give a Deferred of what it returns; see `ensureDeferred`.

        Raises:
            NotACoroutineError: *coro* is neither a coroutine nor a generator.
        """
        return cls._from_coroutine(coro)

    # Put here by coroutines.py, which builds on this class.
    _from_coroutine: ClassVar[Callable[[Any], Deferred[Any]]]


_DEFERRED_SUBCLASSES.append(Deferred)
