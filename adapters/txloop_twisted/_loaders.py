"""How a module of the overlay comes into being: three small loaders.

    ServeLoader("txloop.internet.defer")   the name becomes another, finished object
    ReactorLoader()                        the same for the reactor, which programs replace
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


class ReactorLoader(ServeLoader):
    """Make twisted.internet.reactor txloop's, and let txloop use what a program puts in its place.

    Tests patch ``twisted.internet.reactor`` with a fake; TimeoutMixin, react() … ask for
    the reactor when they need it and must meet the fake.
    """

    def __init__(self) -> None:
        super().__init__("txloop.internet.reactor")

    def exec_module(self, module: ModuleType) -> None:
        """As ServeLoader; from now on the package twisted.internet hands its ``reactor`` on.

        As in Twisted, ``default.install`` is asked to choose the reactor, which programs
        and tests replace.
        """
        super().exec_module(module)
        sys.modules["twisted.internet"].__class__ = InternetPackage
        importlib.import_module("txloop.internet.default").install()


class InternetPackage(ModuleType):
    """The package twisted.internet, an installed one's too: its ``reactor`` is also txloop's."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "reactor":
            setattr(sys.modules["txloop.internet"], name, value)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name == "reactor":
            # Nobody's choice then: the next import of it binds txloop's own again.
            vars(sys.modules["txloop.internet"]).pop(name, None)


class PackageLoader(Loader):
    """Make a package that is empty but for *contents*."""

    def __init__(self, contents: dict[str, object]) -> None:
        self._contents = contents

    def create_module(self, spec: object) -> None:
        """Let the import system make it."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill it."""
        vars(module).update(self._contents)
