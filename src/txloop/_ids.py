"""The numbers by which snapshots and log events know a connection or a port.

Given when they are first asked for, so that a connection nobody asks about has none.
"""

from __future__ import annotations

import itertools
from typing import Any

_ids = itertools.count(1)
_ID = "_txloop_id"


def id_of(thing: Any) -> int:
    """The number of *thing*, unique in this process."""
    known: int | None = vars(thing).get(_ID)
    if known is None:
        known = vars(thing)[_ID] = next(_ids)
    return known
