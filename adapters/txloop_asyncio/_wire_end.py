"""How the peer meets the end of a connection: what the kernel is told before the loop closes the wire.

    end_for_the_peer(wire)     FIN, in this turn; a close() alone would be RST if bytes are unread
    reset_when_closed(wire)    RST: an abort must not be taken for a clean end

The loops close a turn later and say nothing of either.
"""

from __future__ import annotations

import socket
import struct
from typing import Any

_LINGER_FOR_NOTHING = struct.pack("ii", 1, 0)


def end_for_the_peer(wire: Any) -> None:
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


def reset_when_closed(wire: Any) -> None:
    """Have the kernel drop what it holds and send RST as soon as the loop closes the wire."""
    try:
        wire.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_FOR_NOTHING)
    except (OSError, AttributeError):
        pass  # closed already
