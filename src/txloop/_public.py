"""Give an object that lives in a back room its public address.

A shape module (`internet/endpoints.py`) is a door: its classes may be written in
underscore modules behind it.  Pickles, tracebacks, log namespaces and readers want
the public path, so each door ends with ``publish(__name__, __all__)``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable


def publish(door: str, names: Iterable[str]) -> None:
    """Set ``__module__`` of *door*'s own classes and functions to *door*.

    Objects from outside txloop (constants, zope's or the standard library's) keep theirs.
    """
    namespace = vars(sys.modules[door])
    for name in names:
        thing = namespace[name]
        home = getattr(thing, "__module__", None)
        if isinstance(home, str) and home != door and home.startswith("txloop.") and hasattr(thing, "__qualname__"):
            thing.__module__ = door
