"""twisted.internet.kqreactor: programs ask for it by name and mean the default reactor."""

from __future__ import annotations

from txloop.internet._reactor_face import AsyncioReactor as KQueueReactor
from txloop.internet.default import install

__all__ = ["KQueueReactor", "install"]
