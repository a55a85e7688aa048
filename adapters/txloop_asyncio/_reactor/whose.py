"""Which reactor a program means that names one where it constructs a transport itself.

``udp.Port(0, protocol, reactor=reactor)``: users hold faces, transports their target.
"""

from __future__ import annotations

from typing import Any


def reactor_behind(reactor: Any) -> Any:
    """The reactor behind a face, *reactor* itself if it is none, the ambient one for None."""
    if reactor is None:
        from txloop_asyncio.ambient import ambient_reactor  # it imports the reactor, which imports transports

        return ambient_reactor()
    behind = getattr(reactor, "_now", None)
    return reactor if behind is None else behind()
