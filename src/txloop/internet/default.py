"""The default reactor's `install`, which has nothing left to do: importing `reactor` is enough."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from txloop import _host
from txloop._public import public_address, publish

__all__ = ["install"]


def install() -> None:
    """Make the default reactor the reactor; it is."""
    _host.host().install()
    importlib.import_module(public_address("txloop.internet.reactor"))  # now it is there, by that name


def _getInstallFunction(platform: Any) -> Callable[[], None]:
    """The function that installs the best reactor for *platform*: everywhere the same one."""
    return install


publish(__name__, __all__)
