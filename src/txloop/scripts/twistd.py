"""``twistd``: run an application as a daemon, or with ``-n`` in the foreground.

    run()             parse sys.argv and do it
    runApp(options)   do it with options that are parsed

``txloop twistd`` is this command with Twisted's names served by txloop.
"""

from __future__ import annotations

import importlib
from typing import Any

from txloop._public import publish
from txloop.application import app
from txloop.python.runtime import platformType

_platform: Any = importlib.import_module(
    f"txloop.scripts.{'_twistw' if platformType == 'win32' else '_twistd_unix'}"
)
ServerOptions = _platform.ServerOptions
_SomeApplicationRunner = (
    _platform.WindowsApplicationRunner if platformType == "win32" else _platform.UnixApplicationRunner
)

__all__ = ["run", "runApp"]


def runApp(config: Any) -> None:
    """Load, start and run what *config* says; returns when the program ends.

    Ended by a signal, the process ends as that signal ends processes.
    """
    runner = _SomeApplicationRunner(config)
    runner.run()
    if runner._exitSignal is not None:
        app._exitWithSignal(runner._exitSignal)


def run() -> None:
    """The command: what sys.argv says."""
    app.run(runApp, ServerOptions)


publish(__name__, __all__)
