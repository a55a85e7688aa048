"""twisted.internet.selectreactor: programs ask for it by name and mean the default reactor."""

from __future__ import annotations

from select import select as _select  # programs wrap it to measure; here nobody calls it

from txloop._public import publish
from txloop.internet._default_reactor import install_default
from txloop.internet._reactor_face import AsyncioReactor as SelectReactor

__all__ = ["SelectReactor", "_select", "install"]


def install() -> None:
    """Make the default reactor the reactor; it is."""
    install_default()


publish(__name__, ["install"])
