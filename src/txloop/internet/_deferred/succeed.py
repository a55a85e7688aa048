"""A Deferred that has fired: what is made most often, so it has a short cut."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

from txloop.internet._deferred import debug_info
from txloop.internet._deferred.debug_info import settle
from txloop.internet._deferred.defer import Deferred
from txloop.internet._deferred.marks import AT_HAND, NOTHING_TO_CALL, PLAIN

_T = TypeVar("_T")

_blank = partial(object.__new__, Deferred)


def succeed(result: _T) -> Deferred[_T]:
    """A Deferred that has fired with *result*."""
    d: Deferred[_T]
    if debug_info.recording is None:
        # The constructor, written out: the call of one costs a fifth of this.
        d = _blank()
        d.paused = 0
        d._canceller = None
        d._runningCallbacks = False
        d._debugInfo = None
    else:
        d = Deferred()
    d.called = True
    d.result = result
    if type(result) in PLAIN:
        d._callbacks = AT_HAND
    else:
        d._callbacks = NOTHING_TO_CALL
        settle(d)
    return d


# CPython keeps attributes in an array as long as their names are among those that a class's first
# thirty instances had, else in a dict of the instance's own.  So the first Deferred has them all
# (benchmarks.deferred: a chain cost a quarter more otherwise).
_first: Deferred[None] = succeed(None)
_first._answered = _first._chained_by_hand = None
_first._suppressAlreadyCalled = False
del _first
