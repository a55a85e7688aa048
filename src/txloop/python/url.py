"""twisted.python.url, which Twisted has moved to the package hyperlink: the same class.

Needs the extra ``txloop[url]``.
"""

from __future__ import annotations

from hyperlink import URL

__all__ = ["URL"]
