"""Loops of our own: which kind, and how they end.

``TXLOOP_LOOP`` names the kind: ``auto`` (uvloop if it is installed, the default),
``asyncio`` or ``uvloop``.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
from collections.abc import Callable

KINDS = ("auto", "asyncio", "uvloop")


def loop_factory(kind: str | None = None) -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes a loop of that kind; None asks ``TXLOOP_LOOP``.

    Raises:
        ValueError: no such kind.
        ImportError: uvloop is asked for and not installed.
    """
    asked = kind if kind is not None else os.environ.get("TXLOOP_LOOP") or "auto"
    if asked not in KINDS:
        raise ValueError(f"no such kind of event loop: {asked!r} (one of {', '.join(KINDS)})")
    if asked == "asyncio" or (asked == "auto" and importlib.util.find_spec("uvloop") is None):
        return asyncio.new_event_loop
    import uvloop  # an extra, and it costs some ms: only when it is wanted

    make: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return make


def loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Every kind there is here, by its name."""
    kinds = ["asyncio"] if importlib.util.find_spec("uvloop") is None else ["asyncio", "uvloop"]
    return {kind: loop_factory(kind) for kind in kinds}


def new_loop() -> asyncio.AbstractEventLoop:
    """A loop of the kind that ``TXLOOP_LOOP`` names."""
    return loop_factory()()


def close_loop(loop: asyncio.AbstractEventLoop) -> None:
    """End a loop of ours whose reactor is gone, or at the interpreter's exit."""
    if not loop.is_closed() and not loop.is_running():
        loop.close()
