"""Attributes replaced for a while.

patcher = MonkeyPatcher((module, "name", value))
patcher.runWithPatches(f)      or      with patcher: …
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from txloop._public import publish

__all__ = ["MonkeyPatcher"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


class MonkeyPatcher:
    """Replaces attributes and puts them back.

    Args:
        patches: ``(object, name, value)`` each.
    """

    def __init__(self, *patches: tuple[Any, str, Any]) -> None:
        self._patchesToApply: list[tuple[Any, str, Any]] = []
        # What was there before, the last one replaced at the end.
        self._originals: list[tuple[Any, str, Any]] = []
        for patch in patches:
            self.addPatch(*patch)

    def addPatch(self, obj: Any, name: str, value: Any) -> None:
        """One more: *name* of *obj* will be *value*."""
        self._patchesToApply.append((obj, name, value))

    def patch(self) -> None:
        """Replace them all.

        Raises:
            AttributeError: One does not exist; those before it are replaced.
        """
        for thing, name, value in self._patchesToApply:
            if not self._alreadyPatched(thing, name):
                self._originals.append((thing, name, getattr(thing, name)))
            setattr(thing, name, value)

    def restore(self) -> None:
        """Put them all back."""
        while self._originals:
            thing, name, value = self._originals.pop()
            setattr(thing, name, value)

    def runWithPatches(self, f: Callable[_P, _T], *args: _P.args, **kw: _P.kwargs) -> _T:
        """Call *f* while they are replaced."""
        self.patch()
        try:
            return f(*args, **kw)
        finally:
            self.restore()

    def __enter__(self) -> None:
        self.patch()

    def __exit__(self, *error: object) -> None:
        self.restore()

    def _alreadyPatched(self, obj: Any, name: str) -> bool:
        return any(thing is obj and each == name for thing, each, _ in self._originals)


publish(__name__, __all__)
