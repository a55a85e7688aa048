"""Deferreds: results that are not here yet.

    Deferred                                      defer.py; what stands in its chain: chain_links.py, marks.py
    succeed, fail, execute, maybeDeferred …       succeed.py, fired.py
    ensureDeferred, inlineCallbacks               coroutines.py; what runs them: driver.py, driver_task.py
    DeferredList, gatherResults, race             lists.py
    DeferredLock, DeferredSemaphore, …            locks.py
    what asyncio's tasks and Futures need         waiter.py, future_links.py, bridges.py

This is the door; each room is named beside what is in it, and is one of _deferred/.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from txloop._public import publish
from txloop.internet._deferred.coroutines import ensureDeferred, inlineCallbacks, returnValue
from txloop.internet._deferred.debug_info import DebugInfo
from txloop.internet._deferred.debug_info import log as log
from txloop.internet._deferred.defer import _DEFERRED_SUBCLASSES as _DEFERRED_SUBCLASSES
from txloop.internet._deferred.defer import Deferred
from txloop.internet._deferred.errors import (
    AlreadyCalledError,
    CancelledError,
    NotACoroutineError,
    TimeoutError,
)

# Programs reach these, too, through this module.
from txloop.internet._deferred.errors import _DefGen_Return as _DefGen_Return
from txloop.internet._deferred.fired import (
    execute,
    fail,
    getDebugging,
    logError,
    maybeDeferred,
    passthru,
    setDebugging,
    succeed,
    timeout,
)
from txloop.internet._deferred.lists import (
    FAILURE,
    SUCCESS,
    DeferredList,
    FailureGroup,
    FirstError,
    gatherResults,
    race,
)
from txloop.internet._deferred.lists import _DeferredListResultListT as _DeferredListResultListT
from txloop.internet._deferred.lists import _DeferredListSingleResultT as _DeferredListSingleResultT
from txloop.internet._deferred.locks import (
    AlreadyTryingToLockError,
    DeferredFilesystemLock,
    DeferredLock,
    DeferredQueue,
    DeferredSemaphore,
    QueueOverflow,
    QueueUnderflow,
)
from txloop.python import failure as failure
from txloop.python.failure import Failure as Failure

_T = TypeVar("_T")  # trial imports it from here

DeferredCallback: TypeAlias = Callable[..., object]
DeferredErrback: TypeAlias = Callable[..., object]

__all__ = [
    "FAILURE",
    "SUCCESS",
    "AlreadyCalledError",
    "AlreadyTryingToLockError",
    "CancelledError",
    "DebugInfo",
    "Deferred",
    "DeferredFilesystemLock",
    "DeferredList",
    "DeferredLock",
    "DeferredQueue",
    "DeferredSemaphore",
    "FailureGroup",
    "FirstError",
    "NotACoroutineError",
    "QueueOverflow",
    "QueueUnderflow",
    "TimeoutError",
    "ensureDeferred",
    "execute",
    "fail",
    "gatherResults",
    "getDebugging",
    "inlineCallbacks",
    "logError",
    "maybeDeferred",
    "passthru",
    "race",
    "returnValue",
    "setDebugging",
    "succeed",
    "timeout",
]

publish(__name__, __all__)
