"""The one door from txloop's shapes to an event loop.

    src asks                              an adapter answers
    _host.running_loop()              ->  asyncio's running loop, or None
    _host.host().new_future(loop)     ->  a future of that loop
    _host.host().concrete("tcp.Port") ->  the class Twisted programs construct

`src` never imports an event loop.  What it needs of one stands in the table
`Host`; the adapter `txloop_asyncio` fills it and is loaded, by that fixed name,
at the first need.  Loading is not a choice of ours to make early: importing
asyncio costs 70 ms, and a program that only uses Deferreds pays none of it.
While asyncio itself is not in ``sys.modules`` no loop can be running, so the
question "which loop runs?" is answered without loading anything.

Not here: what the answers are used for (internet/_deferred/waiter.py, internet/_deferred/driver.py,
internet/_reactor_face.py, _faces.py).
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any, Protocol, cast

ADAPTER = "txloop_asyncio"

# A loop, a future and a task are the adapter's; src only carries them around.
Loop = Any
Future = Any
Task = Any


class Host(Protocol):
    """What src may ask of the event loop's side: one typed table."""

    # ---- futures and tasks (adapters/txloop_asyncio/futures.py) ------------

    CancelledError: type[BaseException]
    InvalidStateError: type[Exception]

    def running_loop(self) -> Loop | None: ...
    def new_future(self, loop: Loop) -> Future: ...
    def ensure_future(self, awaitable: Any, loop: Loop | None = None) -> Future: ...
    def current_task(self, loop: Loop) -> Task | None: ...
    def run_as_current(
        self, loop: Loop, task: Task, step: Callable[[Any, Any, bool], bool], result: Any, failed: bool
    ) -> bool: ...
    def register_task(self, task: Task) -> None: ...
    def meet_loop(self) -> Any: ...
    def report_unhandled(self, context: dict[str, Any]) -> None: ...

    # ---- the reactor (adapters/txloop_asyncio/_table.py) -------------------

    def ambient_reactor(self) -> Any: ...
    def reactor_for_threads(self) -> Any: ...
    def make_reactor(self, loop: Loop | None = None) -> Any: ...
    def install(self, loop: Loop | None = None) -> None: ...
    def propose_loop(self) -> None: ...
    def install_reactor(self, reactor: Any) -> None: ...
    def concrete(self, name: str) -> Any: ...
    def run(self, main: Any, *, loop: str = "auto", debug: bool | None = None) -> Any: ...
    def running(self, *, shutdown_timeout_seconds: float = 10) -> Any: ...

    # ---- one side's protocols over the other's transports (likewise) -------

    def asyncio_protocol(self, protocol: Any) -> Any: ...
    def take_transport(self, transport: Any, protocol: Any, received: bytes) -> Any: ...
    def take_streams(self, reader: Any, writer: Any, protocol: Any) -> Any: ...
    def twisted_protocol(self, protocol: Any) -> Any: ...
    def stream_protocol(self, client_connected_cb: Any, limit: int) -> Any: ...


_loaded: Host | None = None


def host() -> Host:
    """The adapter's table, loaded at the first call."""
    global _loaded, running_loop, run_as_current, register_task
    # Written once, by whoever asks first; the import lock serialises it.
    if _loaded is None:
        _loaded = cast(Host, importlib.import_module(ADAPTER).HOST)
        running_loop = _loaded.running_loop
        run_as_current = _loaded.run_as_current
        register_task = _loaded.register_task
    return _loaded


def _running_loop_before_loading() -> Loop | None:
    if "asyncio.events" not in sys.modules:
        return None
    return host().running_loop()


# Call it as ``_host.running_loop()``: loading the adapter replaces it by the loop
# module's own C function.
running_loop: Callable[[], Loop | None] = _running_loop_before_loading


def _ambient_reactor_before_loading() -> Any:
    return host().ambient_reactor()


# Call it as ``_host.ambient_reactor()``: the adapter puts its own function here when it loads
# its reactors, since every `reactor.callLater` of a program asks.
ambient_reactor: Callable[[], Any] = _ambient_reactor_before_loading

# These rows of the table are asked in every step of a coroutine: here without a lookup.
# They are there from the first loop on that running_loop() gave.
run_as_current: Callable[[Loop, Task, Callable[[Any, Any, bool], bool], Any, bool], bool]
register_task: Callable[[Task], None]


def loop_cancelled_error() -> type[BaseException] | tuple[()]:
    """The loop's CancelledError for an isinstance(); nothing is one while no loop module is loaded."""
    return host().CancelledError if "asyncio.events" in sys.modules else ()
