"""twisted.internet's module names: one public door each; the rooms behind are _underscore modules.

`txloop.internet.reactor` is no file: it is the ambient reactor itself, as in Twisted.
Importing it makes no loop and installs nothing.
"""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from txloop.internet._reactor_face import AsyncioReactor

    reactor: AsyncioReactor

_REACTOR = f"{__name__}.reactor"


class _ReactorFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes `import txloop.internet.reactor` give the reactor, and only then load what it needs."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Ours is one name."""
        return importlib.util.spec_from_loader(fullname, self) if fullname == _REACTOR else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Let the import system make one, to be replaced."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the reactor in the module's place."""
        from txloop.internet import asyncioreactor  # noqa: F401  # whose name its class gives as its home
        from txloop.internet._reactor_face import ambient_face

        face: Any = ambient_face()
        sys.modules[_REACTOR] = face


if not any(type(finder).__name__ == _ReactorFinder.__name__ for finder in sys.meta_path):
    sys.meta_path.append(_ReactorFinder())
