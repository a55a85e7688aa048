"""Which Twisted this is like, and whose work it is.

`version` is the version of Twisted whose interface txloop follows: programs compare with
it what they need.  txloop's own version is that of its distribution.
"""

from __future__ import annotations

from incremental import Version, getVersionString

__all__ = ["copyright", "disclaimer", "longversion", "version"]

_longversion = Version("Twisted", 26, 10, 0)

version: str = _longversion.short()
longversion: str = f"[{getVersionString(_longversion).replace(' ', ', version ')}]"
copyright = "Copyright (c) 2026 The txloop authors\nSee LICENSE for details."
disclaimer = f"""
txloop: Twisted's core on asyncio and uvloop
{copyright}
"""
