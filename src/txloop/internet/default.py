"""The default reactor's `install`, which has nothing left to do: importing `reactor` is enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from txloop._public import publish
from txloop.internet.asyncioreactor import install as _install

__all__ = ["install"]


def install() -> None:
    """Make the default reactor the reactor; it is."""
    _install()


def _getInstallFunction(platform: Any) -> Callable[[], None]:
    """The function that installs the best reactor for *platform*: everywhere the same one."""
    return install


publish(__name__, __all__)
