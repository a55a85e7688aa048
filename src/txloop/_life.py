"""The life of a stream connection, as a table.

    makeConnection        NEW -> OPEN
    loseConnection()      OPEN -> CLOSING     queued bytes still leave, more are accepted
    abortConnection()     -> ABORTING         nothing leaves any more; the end comes next turn
    anything final        -> CLOSED           connectionLost is being delivered, once

Twisted's three attributes are computed from it:

                connected   disconnecting   disconnected
    NEW         no          no              no
    OPEN        yes         no              no
    CLOSING     yes         yes             no
    ABORTING    yes         no              no
    CLOSED      no          no              yes

(Twisted's own ``disconnecting`` stays true after the end of a connection that was
asked to close.  Who reads it then has read ``disconnected`` or been told already.)

Not here: what each side of the connection may still carry (IHalfCloseableProtocol)
and when bytes leave (_write_gate.py).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final


class Life(enum.Enum):
    """What a connection is now."""

    NEW = "new"  # no wire yet: a client that is still connecting
    OPEN = "open"
    CLOSING = "closing"  # loseConnection() asked; queued bytes still leave
    ABORTING = "aborting"  # abortConnection() asked; connectionLost comes in the next turn
    CLOSED = "closed"  # connectionLost delivered; nothing more happens

    # Members are single objects: their identity will do.  Enum's own hash is a Python call,
    # three of them a connection.
    __hash__ = object.__hash__


class LifeEvent(enum.Enum):
    """What happened to it."""

    WIRE_MADE = "wire made"
    LOSE_ASKED = "lose asked"
    ABORT_ASKED = "abort asked"
    ENDED = "ended"  # queue empty after lose, peer's FIN, reset, user code raised, reactor's shutdown

    __hash__ = object.__hash__


_NEW, _OPEN, _CLOSING, _ABORTING, _CLOSED = Life

LIFE: Final[Mapping[tuple[Life, LifeEvent], Life]] = {
    (_NEW, LifeEvent.WIRE_MADE): _OPEN,
    (_NEW, LifeEvent.LOSE_ASKED): _NEW,  # nothing to lose; connectors have stopConnecting()
    (_NEW, LifeEvent.ABORT_ASKED): _NEW,
    (_NEW, LifeEvent.ENDED): _CLOSED,  # the attempt failed
    (_OPEN, LifeEvent.LOSE_ASKED): _CLOSING,
    (_OPEN, LifeEvent.ABORT_ASKED): _ABORTING,
    (_OPEN, LifeEvent.ENDED): _CLOSED,
    (_CLOSING, LifeEvent.LOSE_ASKED): _CLOSING,  # asking twice is allowed
    (_CLOSING, LifeEvent.ABORT_ASKED): _ABORTING,
    (_CLOSING, LifeEvent.ENDED): _CLOSED,
    (_ABORTING, LifeEvent.LOSE_ASKED): _ABORTING,
    (_ABORTING, LifeEvent.ABORT_ASKED): _ABORTING,
    (_ABORTING, LifeEvent.ENDED): _CLOSED,
    (_CLOSED, LifeEvent.LOSE_ASKED): _CLOSED,  # after the end every request is a no-op
    (_CLOSED, LifeEvent.ABORT_ASKED): _CLOSED,
}  # missing: a second wire, an end after the end.  Those are our bugs.

CONNECTED: Final = frozenset({_OPEN, _CLOSING, _ABORTING})


def next_life(now: Life, event: LifeEvent) -> Life:
    """The state after *event*.

    Raises:
        RuntimeError: that cannot happen in this state: a bug in txloop.
    """
    try:
        return LIFE[now, event]
    except KeyError:
        raise RuntimeError(f"{event.name} while {now.name}: please report this bug in txloop") from None
