"""What holds for the calls below: a dictionary, set for the time of one call.

    context.call({"tenant": "acme"}, handle, request)     everything under handle()
    context.get("tenant")                                 … sees "acme"

The contexts of a thread are a stack; each has all keys of the one below.  This is older
than `contextvars` and independent of it: it ends with the call, so what is scheduled
inside (delayed calls, tasks) does not carry it.  The log reads who is speaking from it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from txloop._public import publish

__all__ = [
    "ContextTracker",
    "ThreadedContextTracker",
    "call",
    "defaultContextDict",
    "get",
    "installContextTracker",
    "setDefault",
    "stack_of_this_thread",
    "theContextTracker",
]

_Result = TypeVar("_Result")

# The lowest context of every thread.
defaultContextDict: dict[Any, Any] = {}

setDefault: Callable[[Any, Any], None] = defaultContextDict.__setitem__


class ContextTracker:
    """The contexts of one thread, a stack; ``contexts[-1]`` is the current one."""

    def __init__(self) -> None:
        self.contexts: list[dict[Any, Any]] = [defaultContextDict]

    def callWithContext(
        self, newContext: dict[Any, Any], func: Callable[..., _Result], *args: Any, **kw: Any
    ) -> _Result:
        """What ``func(*args, **kw)`` returns; *newContext* is added to the context while it runs."""
        contexts = self.contexts
        contexts.append({**contexts[-1], **newContext})
        try:
            return func(*args, **kw)
        finally:
            contexts.pop()

    def getContext(self, key: Any, default: Any = None) -> Any:
        """What the current context has for *key*."""
        return self.contexts[-1].get(key, default)


class ThreadedContextTracker:
    """A `ContextTracker` for each thread."""

    def __init__(self) -> None:
        self.storage: threading.local = threading.local()

    def currentContext(self) -> ContextTracker:
        """This thread's tracker."""
        try:
            tracker: ContextTracker = self.storage.ct
        except AttributeError:
            tracker = self.storage.ct = ContextTracker()
        return tracker

    def callWithContext(
        self, ctx: dict[Any, Any], func: Callable[..., _Result], *args: Any, **kw: Any
    ) -> _Result:
        """See `ContextTracker.callWithContext`."""
        return self.currentContext().callWithContext(ctx, func, *args, **kw)

    def getContext(self, key: Any, default: Any = None) -> Any:
        """See `ContextTracker.getContext`."""
        return self.currentContext().getContext(key, default)


class _Tracker(Protocol):
    """What `installContextTracker` takes."""

    def callWithContext(self, ctx: Any, func: Callable[..., Any], *args: Any, **kw: Any) -> Any: ...
    def getContext(self, key: Any, default: Any = None) -> Any: ...


def installContextTracker(ctr: _Tracker) -> None:
    """Let *ctr* answer `call` and `get` from now on.

    Who imported these two functions by name keeps the ones of before.
    """
    global theContextTracker, call, get  # Twisted's way to replace it, for programs that have their own
    theContextTracker = ctr
    call = ctr.callWithContext
    get = ctr.getContext


_our_tracker = ThreadedContextTracker()

theContextTracker: _Tracker = _our_tracker
call: Callable[..., Any] = theContextTracker.callWithContext
get: Callable[..., Any] = theContextTracker.getContext


def stack_of_this_thread() -> list[dict[Any, Any]]:
    """This thread's stack itself, for code that enters the same context again and again.

    A transport enters its owner's context for each chunk of data.  It prepares the
    dictionary once, appends it, calls, and pops it: a tenth of `call`'s price.
    The list stays the same for the life of the thread.
    """
    return _our_tracker.currentContext().contexts


def owner_of_this_turn() -> Any:
    """The connection, port or connector that the loop is calling in this thread; None if it calls none.

    Known in threads where a transport of ours has lived (_log_owner.py).
    """
    return getattr(stack_of_this_thread()[0], "owner", None)


publish(__name__, __all__)
