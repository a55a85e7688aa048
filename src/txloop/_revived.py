"""Modules that Twisted had once and has dropped: old code imports them still, and txloop has them."""

from __future__ import annotations

REVIVED = frozenset({"twisted.python.constants"})
