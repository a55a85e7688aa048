"""A Deferred that has fired: what is made most often, so it has a short cut."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from txloop.internet._deferred import debug_info
from txloop.internet._deferred.debug_info import settle, stack_of_caller
from txloop.internet._deferred.defer import Deferred
from txloop.internet._deferred.marks import AT_HAND, PLAIN

_T = TypeVar("_T")

_blank = partial(object.__new__, Deferred)


# Whoever fires with one of these needs no care.  None are, while somebody debugs.
_carefree: frozenset[type] = PLAIN


def succeed(result: _T) -> Deferred[_T]:
    """A Deferred that has fired with *result*."""
    d: Deferred[_T]
    if type(result) in _carefree:
        # The constructor, written out: the call of one costs a fifth of this.
        d = _blank()
        d.paused = 0
        d._callbacks = AT_HAND
        d._canceller = None
        d._runningCallbacks = False
        d._debugInfo = None
        d.called = True
        d.result = result
        return d
    d = Deferred()
    d.called = True
    d.result = result
    if d._debugInfo is not None:
        d._debugInfo.invoker = stack_of_caller(1)
    settle(d)
    return d


# ---- while somebody debugs ---------------------------------------------------------

_init: Final = Deferred.__init__


def _init_with_place(self: Deferred[Any], canceller: Callable[[Deferred[Any]], object] | None = None) -> None:
    """Deferred's constructor then."""
    _init(self, canceller)
    debug_info.note_creation(self)


def _debug(on: bool) -> None:
    global _carefree
    _carefree = frozenset() if on else PLAIN
    Deferred.__init__ = _init_with_place if on else _init  # type: ignore[method-assign]


debug_info.when_recording_changes.append(_debug)

# CPython keeps attributes in an array as long as their names are among those that a class's first
# thirty instances had, else in a dict of the instance's own.  So the first Deferred has them all
# (benchmarks.deferred: a chain cost a quarter more otherwise).
_first: Deferred[None] = succeed(None)
_first._answered = _first._chained_by_hand = None
_first._suppressAlreadyCalled = False
del _first
