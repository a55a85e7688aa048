"""The two plain reasons for a connection's end, and the installing of a reactor."""

from __future__ import annotations

from typing import Any

from txloop import _host
from txloop._public import publish
from txloop.internet import error

__all__ = ["CONNECTION_DONE", "CONNECTION_LOST", "installReactor"]

# What doRead() and doWrite() return to say that a connection has ended: compared by
# identity, hence one object each for the whole process.
CONNECTION_DONE = error.ConnectionDone("Connection done")
CONNECTION_LOST = error.ConnectionLost("Connection lost")


def installReactor(reactor: Any) -> None:
    """Make *reactor* what ``txloop.internet.reactor`` is from now on.

    Args:
        reactor: Any reactor: one of ours, a MemoryReactor, a GUI toolkit's.
    Raises:
        ReactorAlreadyInstalledError: A reactor was installed, or is in use, already.
    """
    _host.host().install_reactor(reactor)


publish(__name__, __all__)
