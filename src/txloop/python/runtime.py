"""On which kind of system does this run?"""

from __future__ import annotations

import ctypes
import os
import sys
import time
import warnings
from collections.abc import Callable

from txloop._public import publish

__all__ = ["Platform", "knownPlatforms", "platform", "platformType", "seconds", "shortPythonVersion"]


def shortPythonVersion() -> str:
    """The interpreter's version as ``3.12.1``."""
    return ".".join(map(str, sys.version_info[:3]))


#: `os.name` to the kind of system.
knownPlatforms: dict[str, str] = {
    "nt": "win32",
    "ce": "win32",
    "posix": "posix",
    "java": "java",
    "org.python.modules.os": "java",
}

#: The kind of this system; None if it is none that we know.
platformType: str | None = knownPlatforms.get(os.name)


class Platform:
    """A system, by default this one.

    Args:
        name: As `os.name` has it.
        platform: As `sys.platform` has it.
    """

    type: str | None = platformType
    seconds: Callable[[], float] = staticmethod(time.time)
    _platform: str | None = sys.platform

    def __init__(self, name: str | None = None, platform: str | None = None) -> None:
        if name is not None:
            self.type = knownPlatforms.get(name)
        if platform is not None:
            self._platform = platform

    def isKnown(self) -> bool:
        """True if it is of a kind that we know."""
        return self.type is not None

    def getType(self) -> str | None:
        """``"posix"``, ``"win32"`` or ``"java"``; None for another."""
        return self.type

    def isMacOSX(self) -> bool:
        """True on macOS."""
        return self._platform == "darwin"

    def isLinux(self) -> bool:
        """True on Linux."""
        return bool(self._platform) and str(self._platform).startswith("linux")

    def isWindows(self) -> bool:
        """True on Windows."""
        return self.type == "win32"

    def isWinNT(self) -> bool:
        """Deprecated: use `isWindows`."""
        warnings.warn(
            "twisted.python.runtime.Platform.isWinNT was deprecated in Twisted 13.0. "
            "Use Platform.isWindows instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.isWindows()

    def isVista(self) -> bool:
        """True on Windows Vista and its like (version 6)."""
        version = getattr(sys, "getwindowsversion", None)
        return version is not None and version()[0] == 6

    def isDocker(self, _initCGroupLocation: str = "/proc/1/cgroup") -> bool:
        """True inside a Docker container, as far as the control group of process 1 tells."""
        if not self.isLinux():
            return False
        try:
            with open(_initCGroupLocation) as groups:
                # number:controllers:path
                return any(line.split(":", 2)[-1].startswith("/docker/") for line in groups)
        except OSError:
            return False

    def supportsThreads(self) -> bool:
        """Always True."""
        return True

    def supportsINotify(self) -> bool:
        """True if the C library can watch files (Linux's inotify)."""
        try:
            return hasattr(ctypes.CDLL(None), "inotify_init")
        except (OSError, TypeError):  # TypeError: Windows wants a name
            return False

    def _supportsSymlinks(self) -> bool:
        """True if any user may make symbolic links: Windows lets only some."""
        return not self.isWindows()


platform: Platform = Platform()

seconds: Callable[[], float] = time.time

publish(__name__, __all__)
