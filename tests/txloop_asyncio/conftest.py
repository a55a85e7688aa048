"""Fixtures of several files here."""

from __future__ import annotations

from tls_peer import dial, server_side

__all__ = ["dial", "server_side"]
