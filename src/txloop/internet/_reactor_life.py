"""The life of a reactor, as a table.

    run()         IDLE -> STARTING     "startup" triggers are due
                  STARTING -> RUNNING  … their `before` ones are through
    stop()        -> STOPPING          "shutdown" triggers are due; still running until `during`
    crash()       -> IDLE              from anywhere; so ends a shutdown too

Twisted's three attributes are computed from it:

                  running   _started   _stopped
    IDLE          no        no         yes
    STARTING      no        yes        no
    RUNNING       yes       yes        no
    STOPPING      yes       yes        yes
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final


class ReactorLife(enum.Enum):
    """What a reactor is now."""

    IDLE = "idle"  # not running: never started, or ended; may run (again)
    STARTING = "starting"  # run() was called; the startup event is under way
    RUNNING = "running"
    STOPPING = "stopping"  # stop() was called; the shutdown event is under way


class ReactorEvent(enum.Enum):
    """What happened to it."""

    RUN_ASKED = "run asked"
    STARTED = "started"
    STOP_ASKED = "stop asked"
    CRASHED = "crashed"


_IDLE, _STARTING, _RUNNING, _STOPPING = ReactorLife

REACTOR_LIFE: Final[Mapping[tuple[ReactorLife, ReactorEvent], ReactorLife]] = {
    (_IDLE, ReactorEvent.RUN_ASKED): _STARTING,
    (_STARTING, ReactorEvent.STARTED): _RUNNING,
    (_STARTING, ReactorEvent.STOP_ASKED): _STOPPING,  # a startup trigger may stop it
    (_STOPPING, ReactorEvent.STARTED): _STOPPING,  # … and startup goes on behind it
    (_RUNNING, ReactorEvent.STOP_ASKED): _STOPPING,
    (_IDLE, ReactorEvent.STARTED): _IDLE,  # a startup trigger crashed it
    (_IDLE, ReactorEvent.CRASHED): _IDLE,  # crash() may always be called
    (_STARTING, ReactorEvent.CRASHED): _IDLE,
    (_RUNNING, ReactorEvent.CRASHED): _IDLE,
    (_STOPPING, ReactorEvent.CRASHED): _IDLE,
}  # missing: running twice, stopping twice or when idle.  Those are the caller's errors, and
# the reactor says so before it asks here.


def next_life(now: ReactorLife, event: ReactorEvent) -> ReactorLife:
    """The state after *event*.

    Raises:
        AssertionError: the table has no such pair, which is txloop's mistake.
    """
    try:
        return REACTOR_LIFE[now, event]
    except KeyError:
        raise AssertionError(f"{event.name} while {now.name}: please report this bug in txloop") from None
