"""Child processes: the classes behind spawnProcess, and the list of children to be waited for.

Programs use them through the reactor; some name them, to subclass or to test for them:

    Process                      what spawnProcess returns: an IProcessTransport
    PTYProcess                   … with ``usePTY=True``
    ProcessReader, ProcessWriter  our ends of its pipes

They touch an event loop, so they live in the adapter and are loaded from it when they
are first asked for; importing this module loads no event loop.

A child is waited for by its reactor's loop.  Where that does not run, `reapAllProcesses`
does it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from txloop import _host
from txloop._public import publish
from txloop.internet._child_descriptors import _getFileActions, _listOpenFDs
from txloop.internet.error import ProcessExitedAlready
from txloop.python import log

if TYPE_CHECKING:
    BaseProcess: Any
    Process: Any
    ProcessReader: Any
    ProcessWriter: Any
    PTYProcess: Any

__all__ = [
    "BaseProcess",
    "PTYProcess",
    "Process",
    "ProcessExitedAlready",
    "ProcessReader",
    "ProcessWriter",
    "_getFileActions",
    "_listOpenFDs",
    "reapAllProcesses",
    "reapProcessHandlers",
    "registerReapProcessHandler",
    "unregisterReapProcessHandler",
]

_CONCRETE = frozenset({"BaseProcess", "PTYProcess", "Process", "ProcessReader", "ProcessWriter"})

# Process id -> the transport of a child that runs, or has not been waited for.  One for the
# whole process, as children are; each entry is written and removed by its reactor's thread.
reapProcessHandlers: dict[int, Any] = {}


def registerReapProcessHandler(pid: int, process: Any) -> None:
    """Note a child to be waited for; one that has exited by now is told so at once.

    Args:
        pid: Its process id.
        process: Its reapProcess() waits for it, its processEnded(status) is told.
    Raises:
        RuntimeError: It is noted already.
    """
    if pid in reapProcessHandlers:
        raise RuntimeError("Try to register an already registered process.")
    try:
        found, status = os.waitpid(pid, os.WNOHANG)
    except Exception:
        log.err(None, f"while waiting for child {pid}")
        found = 0
    if found:
        process.processEnded(status)
    else:
        reapProcessHandlers[pid] = process


def unregisterReapProcessHandler(pid: int, process: Any) -> None:
    """It was waited for.

    Raises:
        RuntimeError: It is not noted.
    """
    if reapProcessHandlers.get(pid) is not process:
        raise RuntimeError("Try to unregister a process not registered.")
    del reapProcessHandlers[pid]


def reapAllProcesses() -> None:
    """Wait for every child that has exited, without blocking."""
    for process in list(reapProcessHandlers.values()):
        process.reapProcess()


def __getattr__(name: str) -> Any:
    if name not in _CONCRETE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = _host.host().concrete(f"process.{name}")
    return found


publish(__name__, [name for name in __all__ if name not in _CONCRETE])
