"""txloop: Twisted's core on asyncio and uvloop.

Here is the short list that people start from; everything else has Twisted's place:
`twisted.internet.defer` is `txloop.internet.defer`, and ``help()`` of each tells the rest.

In an asyncio program, inside its running loop, without any set-up:

    reactor                      the running loop's: ``reactor.listenTCP(8007, factory)``
    await deferred               as it is; in Deferred code, yield coroutines, Tasks and Futures as they are
    async with running():        an orderly end: connections are asked to close, threads joined
    async with service_running(application):       a .tac file's services, started and stopped in order
    async with listening("tcp:8007", factory):     a port for the length of the block
    open_connection("tls:host:443"), start_server, open_streams      asyncio's streams over endpoints
    as_asyncio_protocol, take_streams, take_transport                an old protocol on asyncio's connections
    as_twisted_protocol, as_twisted_factory                          an asyncio.Protocol on Twisted's
    as_coroutine, as_deferred    where an API insists on one of them: ``create_task(as_coroutine(d))``

In a program of its own: ``reactor.run()`` as ever, again and again; or ``run(main())``, asyncio.run on the
loop that TXLOOP_LOOP names.  AsyncioReactor(loop) is the reactor of one particular loop.

What old code is made of: Deferred, inlineCallbacks, ensureDeferred, Failure, Protocol, Factory, LineReceiver;
and Clock, for its tests (``help(txloop_pytest)`` tells more of those).

Old modules, whose imports say twisted: ``txloop run program.py``, or before they are imported
``txloop_twisted.install()``.  ``txloop check folder`` says what they need, ``txloop demo`` shows something.

Each name is loaded when it is first used, so importing txloop costs nothing and loads no event loop.
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
    from txloop.internet._deferred.bridges import as_coroutine, as_deferred
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
    "as_coroutine": "txloop.internet._deferred.bridges",
    "as_deferred": "txloop.internet._deferred.bridges",
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
