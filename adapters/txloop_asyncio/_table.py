"""The rows of the host table that need a reactor.

Each row loads its room at the first call: a program that only awaits Deferreds
loads this package for its futures and must not pay for sockets and threads.  A room is
looked up once: tests of others empty sys.modules while the reactor runs.
"""

from __future__ import annotations

import importlib
from contextlib import AbstractAsyncContextManager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from txloop_asyncio.reactor import LoopReactor

# What Twisted programs construct or subclass by name, and the room that holds it.
CONCRETE = {
    "process.BaseProcess": ("txloop_asyncio.process", "ChildLife"),
    "process.PTYProcess": ("txloop_asyncio.process", "PTYProcess"),
    "process.Process": ("txloop_asyncio.process", "Process"),
    "process.ProcessReader": ("txloop_asyncio.process", "ProcessReader"),
    "process.ProcessWriter": ("txloop_asyncio.process", "ProcessWriter"),
    "stdio.StandardIO": ("txloop_asyncio.stdio", "StandardIO"),
    "ssl.Client": ("txloop_asyncio.tcp", "Client"),
    "ssl.Connector": ("txloop_asyncio.ssl", "Connector"),
    "ssl.Port": ("txloop_asyncio.ssl", "Port"),
    "ssl.Server": ("txloop_asyncio.tcp", "Server"),
    "tcp.BaseClient": ("txloop_asyncio.tcp", "BaseClient"),
    "tcp.Port": ("txloop_asyncio.tcp", "Port"),
    "tcp.Client": ("txloop_asyncio.tcp", "Client"),
    "tcp.Server": ("txloop_asyncio.tcp", "Server"),
    "tcp.Connection": ("txloop_asyncio.tcp", "Connection"),
    "tcp.Connector": ("txloop_asyncio.tcp", "Connector"),
    "unix.Client": ("txloop_asyncio.unix", "Client"),
    "unix.ConnectedDatagramPort": ("txloop_asyncio.unix", "ConnectedDatagramPort"),
    "unix.Connector": ("txloop_asyncio.unix", "Connector"),
    "unix.DatagramPort": ("txloop_asyncio.unix", "DatagramPort"),
    "unix.Port": ("txloop_asyncio.unix", "Port"),
    "unix.Server": ("txloop_asyncio.unix", "Server"),
    "unix._SendmsgMixin": ("txloop_asyncio.unix", "_SendmsgMixin"),
    "udp.MulticastMixin": ("txloop_asyncio._datagrams.multicast", "MulticastMixin"),
    "udp.MulticastPort": ("txloop_asyncio._datagrams.multicast", "MulticastPort"),
    "udp.Port": ("txloop_asyncio.udp", "Port"),
}


@cache
def _room(name: str) -> Any:
    return importlib.import_module(f"txloop_asyncio.{name}")


def ambient_reactor() -> Any:
    """The reactor that `txloop.internet.reactor` means here and now."""
    return _room("ambient").ambient_reactor()


def reactor_for_threads() -> Any:
    """The reactor that a call from a thread is for: one that runs elsewhere comes before a new one here."""
    return _room("ambient").reactor_for_threads()


def make_reactor(loop: asyncio.AbstractEventLoop | None = None) -> LoopReactor:
    """A reactor of its own, or the one of *loop*."""
    reactor: LoopReactor = _room("ambient").make_reactor(loop)
    return reactor


def install(loop: asyncio.AbstractEventLoop | None = None) -> None:
    """Bind the process's default reactor to *loop*."""
    _room("ambient").install(loop)


def propose_loop() -> None:
    """Make the default reactor's loop now, for code that runs before the reactor."""
    _room("ambient").propose_loop()


def install_reactor(reactor: Any) -> None:
    """Make a foreign reactor the ambient one."""
    _room("ambient").install_reactor(reactor)


def run(main: Any, *, loop: str = "auto", debug: bool | None = None) -> Any:
    """`txloop.run`."""
    return _room("shutdown").run(main, loop=loop, debug=debug)


def running(*, shutdown_timeout_seconds: float = 10) -> AbstractAsyncContextManager[LoopReactor]:
    """`txloop.running`, giving the reactor itself; src puts its face on."""
    manager: AbstractAsyncContextManager[LoopReactor] = _room("shutdown").running(
        shutdown_timeout_seconds=shutdown_timeout_seconds
    )
    return manager


def asyncio_protocol(protocol: Any) -> asyncio.BaseProtocol:
    """`txloop.as_asyncio_protocol`."""
    from txloop_asyncio._over_asyncio import asyncio_protocol as wear

    return wear(protocol)


def take_transport(transport: Any, protocol: Any, received: bytes) -> Any:
    """`txloop.take_transport`."""
    from txloop_asyncio._over_asyncio import take_transport as take

    return take(transport, protocol, received)


def take_streams(reader: Any, writer: Any, protocol: Any) -> Any:
    """`txloop.take_streams`."""
    from txloop_asyncio._over_asyncio import take_streams as take

    return take(reader, writer, protocol)


def twisted_protocol(protocol: Any) -> Any:
    """`txloop.as_twisted_protocol`."""
    from txloop_asyncio._over_twisted import OverTwisted

    return OverTwisted(protocol)


def stream_protocol(client_connected_cb: Any, limit: int) -> Any:
    """asyncio's protocol of streams; `streams()` gives both."""
    from txloop_asyncio._over_twisted import StreamProtocol

    return StreamProtocol(client_connected_cb, limit)


def concrete(name: str) -> Any:
    """The class behind a name like ``"tcp.Port"``.

    Raises:
        KeyError: no such class is built.
    """
    module, attribute = CONCRETE[name]
    return getattr(importlib.import_module(module), attribute)
