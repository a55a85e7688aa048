"""How a module of the overlay comes into being: two small loaders.

    ServeLoader("txloop.internet.defer")   the name becomes another, finished object
    PackageLoader("…")                     an empty package; only where no Twisted is installed

Not here: which name is served how (_finder.py).
"""

from __future__ import annotations

import importlib
import sys
from importlib.abc import Loader
from types import ModuleType


class ServeLoader(Loader):
    """Make the imported name stand for *source*, a module of txloop (or its reactor).

    The import system prepares a fresh module, runs us, and takes what stands in
    ``sys.modules`` afterwards.  So we put txloop's object there and leave the object
    itself untouched.  (To hand it out from create_module instead would overwrite its
    ``__spec__``, and could not serve the reactor, which is no module.)
    """

    def __init__(self, source: str) -> None:
        self._source = source

    def create_module(self, spec: object) -> None:
        """Let the import system make its own; exec_module replaces it."""

    def exec_module(self, module: ModuleType) -> None:
        """Import *source* and put it in the place of *module*."""
        importlib.import_module(self._source)
        sys.modules[module.__name__] = sys.modules[self._source]


class PackageLoader(Loader):
    """Make a package that is empty but for *contents*."""

    def __init__(self, contents: dict[str, object]) -> None:
        self._contents = contents

    def create_module(self, spec: object) -> None:
        """Let the import system make it."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill it."""
        vars(module).update(self._contents)
