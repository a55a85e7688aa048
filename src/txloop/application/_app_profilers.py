"""``twistd --profile=FILE``: run the reactor under a profiler of the standard library.

Source: files and texts as of Twisted 26.10's twisted.application.app, by running it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any, ClassVar

from txloop.python import log

__all__ = ["AppProfiler", "CProfileRunner", "ProfileRunner"]


class _BasicProfiler:
    """Profiles a reactor's run.

    Args:
        profileOutput: The file to write.
        saveStats: Whether that is to be the profiler's own format; else it is text.
    """

    # The module whose class Profile is used.
    _module = ""

    def __init__(self, profileOutput: str, saveStats: bool) -> None:
        self.profileOutput = profileOutput
        self.saveStats = saveStats

    def run(self, reactor: Any) -> None:
        """Run *reactor* to its end and write what was measured, also if it ends in an error.

        Raises:
            SystemExit: The profiler's module is not installed.
        """
        try:
            profile = importlib.import_module(self._module).Profile()
        except ImportError as missing:
            self._reportImportError(self._module, missing)
        try:
            profile.runcall(reactor.run)
        finally:
            self._write(profile)

    def _write(self, profile: Any) -> None:
        if self.saveStats:
            profile.dump_stats(self.profileOutput)
        else:
            with open(self.profileOutput, "w") as stream, redirect_stdout(stream):
                profile.print_stats()

    def _reportImportError(self, module: str, e: Exception) -> Any:
        text = (
            f"Failed to import module {module}: {e}\n"
            f"Your system seems to leave {module} out of its Python; install it, or do without --profile."
        )
        log.msg(text)
        raise SystemExit(text)


class ProfileRunner(_BasicProfiler):
    """With the module `profile`, which is slow and written in Python."""

    _module = "profile"


class CProfileRunner(_BasicProfiler):
    """With the module `cProfile`."""

    _module = "cProfile"


class AppProfiler:
    """Chooses the profiler that the command line names.

    Args:
        options: With ``profile``, ``savestats`` and ``profiler``.
    Raises:
        SystemExit: There is no profiler of that name.
    """

    profilers: ClassVar[dict[str, type[_BasicProfiler]]] = {
        "profile": ProfileRunner,
        "cprofile": CProfileRunner,
    }

    def __init__(self, options: Any) -> None:
        name = options.get("profiler", "cprofile").lower()
        self.profiler = name
        kind = self.profilers.get(name)
        if kind is None:
            raise SystemExit(f"Unsupported profiler name: {options.get('profiler')}")
        self.run: Callable[[Any], None] = kind(
            options.get("profile", False), options.get("savestats", False)
        ).run
