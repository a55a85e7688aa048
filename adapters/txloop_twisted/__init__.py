"""The overlay: ``import twisted.internet.defer`` gives ``txloop.internet.defer``.

    txloop_twisted.install()      from here on; before the first import of twisted
    txloop_twisted.uninstall()    back to what was before
    with txloop_twisted.overlay():          both, around a block
    python -m txloop_twisted prog.py        around a whole program, as `txloop run prog.py`
    txloop_twisted.inherit()                from here on in the Python processes started, too

No Twisted is needed.  Where it is installed, txloop's core goes under it, and
twisted.web, conch, trial, treq … run on top, unchanged.  Modules are aliased, never
copied: each class exists once, under both names.

Theory of operation: _finder.py decides what a name means, _loaders.py makes it so,
_labels.py has the objects say Twisted's names, _complete.py lists the modules that
replace an installed Twisted's, _children.py hands all this on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from txloop_twisted._children import disinherit, inherit
from txloop_twisted._complete import COMPLETE
from txloop_twisted._finder import NotPartOfTxloop, OverlayFinder
from txloop_twisted._labels import label_as_twisted, label_as_txloop
from txloop_twisted._loaders import InternetPackage

__all__ = ["NotPartOfTxloop", "disinherit", "inherit", "install", "installed", "overlay", "uninstall"]

_finder: OverlayFinder | None = None
# Modules named twisted… that were there before us: the empty part of an installed Twisted.
_found_loaded: dict[str, ModuleType] = {}


def install() -> None:
    """Serve txloop's modules under Twisted's names, in this process.  A second call does nothing.

    Raises:
        RuntimeError: Core modules of the real Twisted are already loaded; the text names them.
            Two Deferreds would exist side by side, and isinstance and zope adapters miss
            silently.  Nothing is changed.
    """
    global _finder
    if _finder is not None:
        return
    _refuse_if_too_late()
    finder = OverlayFinder()
    _found_loaded.update(_loaded_twisted())
    if not finder.beside_twisted:
        # A bare namespace package, perhaps of a plugin's folder: ours is found instead.
        _forget_loaded_twisted()
    sys.meta_path.insert(0, finder)
    _finder = finder
    label_as_twisted(finder.serves)


def uninstall() -> None:
    """Let ``twisted`` mean again what it did.  Without an overlay, do nothing.

    Every module named ``twisted…`` that was loaded meanwhile leaves ``sys.modules``; objects
    that programs took from them live on, as txloop's.
    """
    global _finder
    if _finder is None:
        return
    sys.meta_path.remove(_finder)
    _finder = None
    _forget_loaded_twisted()
    for name, module in _found_loaded.items():
        sys.modules[name] = module
        if type(module) is InternetPackage:
            module.__class__ = ModuleType  # type: ignore[assignment] # mypy takes the test for final
    _found_loaded.clear()
    label_as_txloop()


def installed() -> bool:
    """Is the overlay in place?"""
    return _finder is not None


@contextmanager
def overlay() -> Iterator[None]:
    """The overlay around a block; one that was there already stays."""
    if installed():
        yield
        return
    install()
    try:
        yield
    finally:
        uninstall()


def _loaded_twisted() -> dict[str, ModuleType]:
    return {
        name: module
        for name, module in sys.modules.items()
        if name == "twisted" or name.startswith("twisted.")
    }


def _refuse_if_too_late() -> None:
    core = {f"twisted.{name}" for name in COMPLETE}
    real = sorted(core & _loaded_twisted().keys())
    if real:
        raise RuntimeError(
            f"txloop_twisted.install() comes too late: the real {', '.join(real)} "
            f"{'is' if len(real) == 1 else 'are'} loaded already. Install the overlay before anything "
            "imports twisted, or start the program with `txloop run`."
        )


def _forget_loaded_twisted() -> None:
    for name, module in _loaded_twisted().items():
        above, _, child = name.rpartition(".")
        package = _found_loaded.get(above)
        if name not in _found_loaded and package is not None and getattr(package, child, None) is module:
            delattr(package, child)
        del sys.modules[name]
