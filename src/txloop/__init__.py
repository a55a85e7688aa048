"""txloop: Twisted's core on asyncio and uvloop.

The short list people start from; everything else has Twisted's place
(`twisted.internet.defer` is `txloop.internet.defer`).  Each name is loaded when it is
first used, so importing txloop costs nothing and loads no event loop.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from txloop._faces import (
        as_asyncio_protocol,
        as_twisted_factory,
        as_twisted_protocol,
        listening,
        open_connection,
        open_streams,
        start_server,
        take_streams,
        take_transport,
    )
    from txloop._run import run, running
    from txloop._service_running import service_running
    from txloop.internet import reactor
    from txloop.internet._bridges import as_coroutine, as_deferred
    from txloop.internet._reactor_face import AsyncioReactor
    from txloop.internet.defer import Deferred, ensureDeferred, inlineCallbacks
    from txloop.internet.protocol import Factory, Protocol
    from txloop.internet.task import Clock
    from txloop.protocols.basic import LineReceiver
    from txloop.python.failure import Failure

__all__ = [
    "AsyncioReactor",
    "Clock",
    "Deferred",
    "Factory",
    "Failure",
    "LineReceiver",
    "Protocol",
    "as_asyncio_protocol",
    "as_coroutine",
    "as_deferred",
    "as_twisted_factory",
    "as_twisted_protocol",
    "ensureDeferred",
    "inlineCallbacks",
    "listening",
    "open_connection",
    "open_streams",
    "reactor",
    "run",
    "running",
    "service_running",
    "start_server",
    "take_streams",
    "take_transport",
]

_HOME = {
    "AsyncioReactor": "txloop.internet.asyncioreactor",
    "Clock": "txloop.internet.task",
    "Deferred": "txloop.internet.defer",
    "Factory": "txloop.internet.protocol",
    "Failure": "txloop.python.failure",
    "LineReceiver": "txloop.protocols.basic",
    "Protocol": "txloop.internet.protocol",
    "as_asyncio_protocol": "txloop._faces",
    "as_coroutine": "txloop.internet._bridges",
    "as_deferred": "txloop.internet._bridges",
    "as_twisted_factory": "txloop._faces",
    "as_twisted_protocol": "txloop._faces",
    "ensureDeferred": "txloop.internet.defer",
    "inlineCallbacks": "txloop.internet.defer",
    "listening": "txloop._faces",
    "open_connection": "txloop._faces",
    "open_streams": "txloop._faces",
    "run": "txloop._run",
    "running": "txloop._run",
    "start_server": "txloop._faces",
    "take_streams": "txloop._faces",
    "take_transport": "txloop._faces",
    "service_running": "txloop._service_running",
}


def __getattr__(name: str) -> Any:
    if name == "reactor":
        value: Any = importlib.import_module("txloop.internet.reactor")
    elif name in _HOME:
        value = getattr(importlib.import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value  # asked once
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
