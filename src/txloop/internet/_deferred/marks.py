"""Objects that the Deferred's parts know by identity: what a chain is, what stands in it.

Not here: what is done about them (defer.py, driver.py, waiter.py).
"""

from __future__ import annotations

from typing import Any, Final

# How many results are Deferreds or Failures?  Few; most have one of these classes, and
# one look into a set is cheaper than two isinstance() calls.
PLAIN: Final[frozenset[type]] = frozenset([type(None), bool, int, float, str, bytes, tuple, list, dict, set])

# ---- instead of a list of entries ------------------------------------------

# The chain of a Deferred that has none.  Shared: most have none, or none any more.
NOTHING_TO_CALL: Final = ()

# The same where it is known, too, that the Deferred has fired, with no failure, and is not
# paused: one look tells who awaits it that the result is at hand (benchmarks.deferred: a tenth).
AT_HAND: Final[frozenset[Any]] = frozenset()

# ---- the last of an entry's three ------------------------------------------

# The entry's `callback` is a Deferred that waits for the one it stands in.
CHAINED: Final = object()

# The entry's `callback` has ``wake(deferred, result, failed)``: it returns a Deferred that
# became called by it, or None, and never raises.
WAKES: Final = object()

# ---- an answer ---------------------------------------------------------------

# What a canceller returns to say: whoever I asked will fire this Deferred.
HANDED_ON: Final = object()
