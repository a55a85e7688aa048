"""Which thread is the reactor's, and methods that one thread at a time may run.

Twisted has one reactor and so one I/O thread.  Here any thread that runs a loop has a
reactor of its own, so the question "is this the I/O thread?" asks whether this thread
runs one; the thread registered the old way counts as well.
"""

from __future__ import annotations

import threading as threadingmodule
from _thread import RLock
from collections.abc import Callable
from functools import wraps
from typing import Any

from txloop import _host
from txloop._public import publish

__all__ = [
    "DummyLock",
    "XLock",
    "getThreadID",
    "init",
    "ioThread",
    "isInIOThread",
    "registerAsIOThread",
    "synchronize",
    "threaded",
    "threadingmodule",
    "unpickle_lock",
]

# There are always threads; Twisted's name for that.
threaded = True

# The thread that called registerAsIOThread() last; reactors do when they run.
ioThread: int | None = None


# ---- the I/O thread ------------------------------------------------------------


def isInIOThread() -> bool:
    """True if this thread is a reactor's: it runs a loop, or it is the one registered last."""
    return _host.running_loop() is not None or ioThread == getThreadID()


def registerAsIOThread() -> None:
    """Count the calling thread as the reactor's, also while no loop runs in it."""
    global ioThread  # Twisted's name for it; programs read and tests set it
    ioThread = getThreadID()


def getThreadID() -> int:
    """The identifier of the calling thread; a later thread may have the same again."""
    return threadingmodule.get_ident()


def init(with_threads: int = 1) -> None:
    """Nothing, since threads are always there.

    Raises:
        RuntimeError: You asked for none.
    """
    if not with_threads:
        raise RuntimeError("Cannot uninitialize threads")


# ---- locks ---------------------------------------------------------------------


class DummyLock:
    """Stood for a lock where there were no threads; unpickles as a real one."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (unpickle_lock, ())


class XLock(RLock):  # type: ignore[misc]  # typeshed says final, CPython does not
    """A re-entrant lock that can be pickled: as a new one that nobody holds."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (unpickle_lock, ())


def unpickle_lock() -> XLock:
    """A new lock, in the place of a pickled one."""
    return XLock()


# ---- synchronized methods ------------------------------------------------------

# Held while an instance gets its lock, so that two threads do not make one each.
_synchLockCreator = XLock()


def synchronize(*klasses: type) -> None:
    """Let one thread at a time run certain methods of an instance.

    Args:
        klasses: Classes; their attribute ``synchronized`` lists the names of the methods.
            An instance has one lock for all of them, so they may call each other.
    Raises:
        AttributeError: A class has no such attribute.
        KeyError: A class does not define a method of that name itself.
    """
    for klass in klasses:
        for name in klass.synchronized:  # type: ignore[attr-defined]  # the AttributeError above
            setattr(klass, name, _sync(klass.__dict__[name]))


def _sync(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def synchronized(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _lock_of(self):
            return method(self, *args, **kwargs)

    return synchronized


def _lock_of(instance: Any) -> XLock:
    if not hasattr(instance, "_threadable_lock"):
        with _synchLockCreator:
            if not hasattr(instance, "_threadable_lock"):  # nobody made it while we waited
                instance._threadable_lock = XLock()
    lock: XLock = instance._threadable_lock
    return lock


publish(__name__, __all__)
