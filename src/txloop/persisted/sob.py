"""Save an object to a file, and load it: by pickle, or by a Python file that makes it.

    IPersistable(application).save(tag="shutdown")    ->  web-shutdown.tap
    load("web-shutdown.tap", "pickle")                the object again
    loadValueFromFile("web.tac", "application")       what the file's ``application`` is

Both run code that the file chooses: only load files that you would run.

Source: file names, texts and order as of Twisted 26.10's twisted.persisted.sob, by running it.
"""

from __future__ import annotations

import importlib
import os
import pickle
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from zope.interface import implementer

from txloop._contract import Interface, adapt, checkable, contract
from txloop._public import neighbour, publish
from txloop.python import log

__all__ = ["IPersistable", "Persistant", "Persistent", "guessType", "load", "loadValueFromFile"]

# By the extension of a file: how it is loaded.
_KINDS = {
    ".tac": "python",
    ".etac": "python",
    ".py": "python",
    ".tap": "pickle",
    ".etap": "pickle",
    ".tas": "source",
    ".etas": "source",
}


@checkable
class IPersistable(Interface, metaclass=contract):
    """What can be saved to a file."""

    def setStyle(self, style: str) -> None:
        """How to save: ``"pickle"`` or ``"source"``."""

    def save(self, tag: str | None = None, filename: str | None = None, passphrase: Any = None) -> None:
        """Save to *filename*; without one, to a name made of the object's, *tag* and the style.

        Args:
            passphrase: Must be None; files were once encrypted.
        """


@implementer(IPersistable)
class Persistent:
    """Saves *original*, under *name* if no file is said."""

    style: str = "pickle"

    def __init__(self, original: Any, name: str) -> None:
        self.original = original
        self.name = name

    def setStyle(self, style: str) -> None:
        """How to save: ``"source"``; anything else is pickle."""
        self.style = style

    def save(self, tag: str | None = None, filename: str | None = None, passphrase: Any = None) -> None:
        """Save, to a new file first, which then takes the place of an old one.

        Raises:
            TypeError: A passphrase is given.
        """
        extension, dump = self._getStyle()
        if passphrase:
            raise TypeError("passphrase must be None")
        final, beside = self._getFilename(filename, extension, tag)
        log.msg(f"Saving {self.name} application to {final}...")
        self._saveTemp(beside, dump)
        os.replace(beside, final)
        log.msg("Saved.")

    def _getStyle(self) -> tuple[str, Callable[[Any, Any], None]]:
        """The extension, and what writes an object to a file."""
        if self.style == "source":
            aot = importlib.import_module(neighbour(__name__, "persisted.aot"))
            return "tas", aot.jellyToSource
        return "tap", lambda thing, file: pickle.dump(thing, file, 2)

    def _getFilename(self, filename: str | None, ext: str, tag: str | None) -> tuple[str, str]:
        """The file's name, and that of the new file until it is whole."""
        if filename:
            return filename, filename + "-2"
        stem = f"{self.name}-{tag}" if tag else self.name
        return f"{stem}.{ext}", f"{stem}-2.{ext}"

    def _saveTemp(self, filename: str, dumpFunc: Callable[[Any, Any], None]) -> None:
        with open(filename, "wb") as file:
            dumpFunc(self.original, file)


# Misspelt, and as old as Persistent.
Persistant = Persistent


class _EverythingEphemeral:
    """Stands in for ``__main__`` while a file is loaded.

    Whoever has kept it finds there afterwards what the real one has; what that has not is
    an object that is nothing, with a line in the log.

    Attributes:
        mainMod: The real one.
        initRun: True while the file is loaded: a missing name is an error then.
    """

    initRun = True

    def __init__(self, mainMod: ModuleType) -> None:
        self.mainMod = mainMod

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(self.mainMod, name)
        except AttributeError:
            if self.initRun:
                raise
            log.msg(f"Warning!  Loading from __main__: {name}")
            return _class_of_nothing()()


class _Nothing:
    """What an object of the old main module has become: it can be called, restored, and is nothing."""

    def __call__(self, *args: Any, **kwargs: Any) -> _Nothing:
        return self

    def __setstate__(self, state: Any) -> None:
        pass


def _class_of_nothing() -> type:
    try:
        found: type = importlib.import_module(neighbour(__name__, "persisted.styles")).Ephemeral
    except ModuleNotFoundError:  # txloop has no styles; Twisted's is used where it is installed
        return _Nothing
    return found


def load(filename: str, style: str) -> Any:
    """Load what `Persistent.save` has written.

    Args:
        style: ``"source"``, which needs an installed Twisted; anything else is pickle.
    Returns:
        The object; if it is persistable, it will be saved in the same style.
    """
    real = sys.modules["__main__"]
    # It is nothing itself: an object that keeps it and is saved again shall not save the module.
    stand_in: Any = type("_EverythingEphemeral", (_EverythingEphemeral, _class_of_nothing()), {})(real)
    sys.modules["__main__"] = stand_in
    try:
        value = _read(filename, style)
    finally:
        stand_in.initRun = False
        sys.modules["__main__"] = real
    _upgrade()
    persistable = adapt(IPersistable, value)
    if persistable is not None:
        persistable.setStyle(style)
    return value


def _read(filename: str, style: str) -> Any:
    with open(filename, "rb") as file:
        if style == "source":
            return importlib.import_module(neighbour(__name__, "persisted.aot")).unjellyFromSource(file)
        return pickle.load(file)


def _upgrade() -> None:
    # Objects that want upgrading (styles.Versioned) have loaded that module themselves.
    styles = sys.modules.get(neighbour(__name__, "persisted.styles"))
    if styles is not None:
        styles.doUpgrade()


def loadValueFromFile(filename: str, variable: str) -> Any:
    """Run a Python file and give the value it has left in *variable*.

    Raises:
        KeyError: There is none.
    """
    with open(filename, "rb") as file:
        source = file.read()
    namespace: dict[str, Any] = {"__file__": filename}
    exec(compile(source, filename, "exec"), namespace, namespace)
    return namespace[variable]


def guessType(filename: str) -> str:
    """``"python"``, ``"pickle"`` or ``"source"``, by the extension.

    Raises:
        KeyError: Another one.
    """
    return _KINDS[os.path.splitext(filename)[1]]


publish(__name__, __all__)
