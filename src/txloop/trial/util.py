"""Helpers of trial's test cases: the attributes they look up, and what an unclean reactor is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from txloop._made_at import made_at_text
from txloop._public import publish

__all__ = [
    "DEFAULT_TIMEOUT",
    "DEFAULT_TIMEOUT_DURATION",
    "DirtyReactorAggregateError",
    "acquireAttribute",
    "suppress",
]

# Seconds that each of setUp, the test, each cleanup and tearDown may take.
DEFAULT_TIMEOUT_DURATION = 120.0

# Stands for "the test says nothing about its timeout".
DEFAULT_TIMEOUT = object()

_NO_DEFAULT: Any = object()


class DirtyReactorAggregateError(Exception):
    """A test left delayed calls, ports or connections in the reactor.

    Args:
        delayedCalls: The calls that were still to come.
        selectables: What was still open.
    """

    def __init__(self, delayedCalls: Iterable[Any], selectables: Iterable[Any] | None = None) -> None:
        self.delayedCalls: list[Any] = list(delayedCalls)
        self.selectables: list[Any] = list(selectables or ())
        super().__init__(self.delayedCalls, self.selectables)
        self._text = self._told()  # now: they are taken away next

    def __str__(self) -> str:
        return self._text

    def _told(self) -> str:
        parts = ["Reactor was unclean."]
        if self.delayedCalls:
            parts.append("DelayedCalls: (set twisted.internet.base.DelayedCall.debug = True to debug)")
            parts += [f"{call}{made_at_text(call)}" for call in self.delayedCalls]
        if self.selectables:
            parts.append("Selectables:")
            parts += [f"{each}{made_at_text(each)}" for each in self.selectables]
        return "\n".join(parts)


def suppress(action: str = "ignore", **kwarg: Any) -> tuple[tuple[str], dict[str, Any]]:
    """One entry for a test's attribute `suppress`: the arguments of ``warnings.filterwarnings``."""
    return (action,), kwarg


def acquireAttribute(objects: Sequence[Any], attr: str, default: Any = _NO_DEFAULT) -> Any:
    """The attribute *attr* of the first of *objects* that has it.

    Raises:
        AttributeError: none has it, and there is no *default*.
    """
    for each in objects:
        if hasattr(each, attr):
            return getattr(each, attr)
    if default is not _NO_DEFAULT:
        return default
    raise AttributeError(f"attribute {attr!r} not found in {objects!r}")


publish(__name__, __all__)
