"""The line that made something: how it is kept on that thing, and how it is told.

Only while somebody remembers for it (adapters/txloop_asyncio/_reactor/origins.py, asked by the
pytest plugin) do ports, connections, delayed calls and threads carry their line.
"""

from __future__ import annotations

import linecache
import os
from typing import NamedTuple

# The attribute that a remembered thing carries.
MADE_AT = "_made_at"


class Origin(NamedTuple):
    """A line of the program.

    Attributes:
        path: The file; empty if only the event loop and txloop were on the stack (a
            connection that was accepted, say).
        line: Its line there.
        function: Inside this function.
        owner: On whose behalf: what `remember` was told.
    """

    path: str
    line: int
    function: str
    owner: object


def origin_of(thing: object) -> Origin | None:
    """Where *thing* was made, if that was noted.

    What the event loop made for somebody has the line of that: a connection that of its
    connectTCP, or of the port that accepted it.
    """
    origin: Origin | None = getattr(thing, MADE_AT, None)
    if origin is not None and not origin.path:
        maker = getattr(thing, "connector", None) or getattr(thing, "server", None)
        line: Origin | None = getattr(maker, MADE_AT, None)
        if line is not None:
            return line._replace(owner=origin.owner)
    return origin


def line_text(origin: Origin) -> str:
    """`tests/test_chat.py:12 in test_login: reactor.callLater(60, print)`."""
    path = os.path.relpath(origin.path) if os.path.isabs(origin.path) else origin.path
    shown = origin.path if path.startswith(os.pardir) else path
    text = linecache.getline(origin.path, origin.line).strip()
    return f"{shown}:{origin.line} in {origin.function}" + (f": {text}" if text else "")


def made_at_text(thing: object) -> str:
    """`, made at test_chat.py:12 in …`; empty if nobody remembered."""
    origin = origin_of(thing)
    if origin is None:
        return ""
    return f", made at {line_text(origin)}" if origin.path else ", made by the event loop"
