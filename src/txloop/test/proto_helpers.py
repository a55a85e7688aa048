"""The old name of `txloop.internet.testing`: each use of it warns, as in Twisted."""

from __future__ import annotations

import warnings
from typing import Any

from txloop._public import public_address
from txloop.internet import testing

__all__ = list(testing.__all__)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    here, there = public_address(__name__), public_address(testing.__name__)
    warnings.warn(
        f"{here}.{name} was deprecated in Twisted 19.7.0: Please use {there}.{name} instead.",
        DeprecationWarning,
        stacklevel=2,
    )
    return getattr(testing, name)
