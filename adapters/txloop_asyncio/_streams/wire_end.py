"""How the peer meets the end of a connection: what the kernel is told before the loop closes the wire.

    all has left     FIN, in this turn; a close() alone would be RST if bytes are unread
    dropped          FIN, in this turn, and what is queued is gone
    reset            RST: an abort must not be taken for a clean end
    bytes queued     they leave first

The loops close a turn later and say nothing of all this.
"""

from __future__ import annotations

import socket
import struct
from typing import Any

# What was queued when the peer ended its side may go on leaving so long.  Twisted drops it,
# loops wait for ever; a client that says `request, FIN` wants its answer.  Arbitrary.
LEAVE_SECONDS = 30.0

_LINGER_FOR_NOTHING = struct.pack("ii", 1, 0)


def close_wire(wire: Any, *, reset: bool, drop: bool) -> bool:
    """Close it.

    Args:
        reset: With RST; goes with *drop*.
        drop: With what is queued; else that leaves first.
    Returns:
        Whether it is over; False if something still leaves.
    """
    if reset:
        _reset_when_closed(wire)
    elif drop or wire.get_write_buffer_size() == 0:
        _end_for_the_peer(wire)
    if drop:
        wire.abort()
        return True
    is_over: bool = wire.get_write_buffer_size() == 0
    wire.close()
    return is_over


def _end_for_the_peer(wire: Any) -> None:
    """Shut both ways down, unless the wire is being closed already."""
    seen = None if wire.is_closing() else wire.get_extra_info("socket")
    if seen is None:
        return
    # Neither loop's view of the socket may do this.  The C class below `socket.socket`, on the
    # same descriptor, may, and costs a tenth of a copy; of the address family it asks nothing.
    bare = socket.SocketType(socket.AF_INET, socket.SOCK_STREAM, 0, seen.fileno())
    try:
        bare.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the peer has gone first
    finally:
        bare.detach()


def _reset_when_closed(wire: Any) -> None:
    """Have the kernel drop what it holds and send RST as soon as the loop closes the wire."""
    try:
        wire.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_FOR_NOTHING)
    except (OSError, AttributeError):
        pass  # closed already
