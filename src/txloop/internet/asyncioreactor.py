"""twisted.internet.asyncioreactor: here every reactor is one."""

from __future__ import annotations

import importlib
from typing import Any

from txloop import _host
from txloop._public import public_address, publish
from txloop.internet._reactor_face import AsyncioReactor

__all__ = ["AsyncioSelectorReactor", "install"]

AsyncioSelectorReactor = AsyncioReactor


def install(eventloop: Any = None) -> None:
    """Bind the process's default reactor to *eventloop*.

    Without one, and outside a running loop, a loop is made that `reactor.run()` will run,
    and is the thread's current one until then, as with Twisted: tasks and futures may be
    made for it before.

    Raises:
        ReactorAlreadyInstalledError: it is bound to another loop.
    """
    if eventloop is None:
        _host.host().propose_loop()
    else:
        _host.host().install(eventloop)
    importlib.import_module(public_address("txloop.internet.reactor"))  # now it is there, by that name


publish(__name__, __all__)
