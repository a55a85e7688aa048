"""The platform's own reactor module, by name: importing `reactor` needs none of it.

Which one is asked for makes no difference; programs and tests look where `install` lives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from txloop.internet import epollreactor, pollreactor, selectreactor
from txloop.python.runtime import platform

__all__ = ["install"]


def _getInstallFunction(platform: Any) -> Callable[[], None]:
    """The `install` of *platform*'s reactor module, as Twisted chooses it."""
    if platform.isLinux():
        return epollreactor.install
    if platform.getType() == "posix" and not platform.isMacOSX():
        return pollreactor.install
    return selectreactor.install


install: Callable[[], None] = _getInstallFunction(platform)
