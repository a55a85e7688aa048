"""twisted.internet.epollreactor: programs ask for it by name and mean the default reactor."""

from __future__ import annotations

from txloop._public import publish
from txloop.internet._default_reactor import install_default
from txloop.internet._reactor_face import AsyncioReactor as EPollReactor

__all__ = ["EPollReactor", "install"]


def install() -> None:
    """Make the default reactor the reactor; it is."""
    install_default()


publish(__name__, ["install"])
