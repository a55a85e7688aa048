"""Versions with comparison, as `incremental` has them; Twisted's place for the names."""

from __future__ import annotations

from incremental import IncomparableVersions, Version, getVersionString

__all__ = ["IncomparableVersions", "Version", "getVersionString"]
