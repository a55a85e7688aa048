"""Which reactor `reactor` is, here and now.

    inside a running loop      that loop's; made at first use and kept in the loop
    else, in some thread       the one that owns the thread: its pool's workers, asyncio.to_thread,
                               the thread that runs it
    else                       the only one that runs in this process
    else                       the process's default, made when it is first asked for

    several run, none owns us  an error: say which, by a reactor object

Making a reactor makes no loop.  What the default collected at import (ports, calls,
triggers) is adopted by the first loop of that thread that asks for its reactor.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

from txloop import _host
from txloop._public import public_address
from txloop.internet.error import ReactorAlreadyInstalledError
from txloop_asyncio._reactor.guest import Guest
from txloop_asyncio._reactor.standalone import new_loop_for
from txloop_asyncio._reactor.whereabouts import note_in_context, of_thread, owner_by_context, owner_by_thread
from txloop_asyncio._reactor.whereabouts import running as running_reactors
from txloop_asyncio.reactor import OF_LOOP, LoopReactor

_lock = threading.RLock()
# The process's default reactor, guarded by the lock; and a foreign one that was installed.
_default: LoopReactor | None = None
_foreign: Any = None


def ambient_reactor() -> Any:
    """The reactor that `txloop.internet.reactor` means here and now."""
    # Every callLater of a program asks, hence two ways that are fast.  Inside reactor.run() the
    # loop need not be asked (on 3.11 that is a system call).  Elsewhere the reactor that this
    # context used last is mostly that of the running loop.
    reactor = of_thread.runs
    if reactor is not None and _foreign is None:
        note_in_context(reactor)
        return reactor
    loop = asyncio._get_running_loop()
    reactor = owner_by_context()
    if reactor is not None and reactor.loop is loop and reactor.entry is not None and _foreign is None:
        return reactor
    return _find_ambient_reactor(loop)


# src asks here from now on, without a detour.
_host.ambient_reactor = ambient_reactor


def _find_ambient_reactor(loop: asyncio.AbstractEventLoop | None) -> Any:
    if _foreign is not None and (foreign := _installed_foreign()) is not None:
        return foreign
    if loop is None:
        return _reactor_elsewhere() or _default_reactor()
    reactor = reactor_of(loop)
    if reactor is None:
        reactor = _adopt_or_make(loop)
    if reactor.entry is None:
        Guest(reactor, loop).begin()
    note_in_context(reactor)
    return reactor


def reactor_for_threads() -> Any:
    """The reactor that `callFromThread` is for: one that exists comes before a new one.

    A thread that runs a loop of its own may well mean the reactor of another thread.
    """
    loop = asyncio._get_running_loop()
    if _installed_foreign() is not None or loop is None or reactor_of(loop) is not None:
        return ambient_reactor()
    return _reactor_elsewhere() or ambient_reactor()


def make_reactor(loop: asyncio.AbstractEventLoop | None = None) -> LoopReactor:
    """A new reactor with a loop of its own to come, or *loop*'s: one reactor a loop."""
    if loop is None:
        return LoopReactor()
    reactor = reactor_of(loop)
    if reactor is None:
        reactor = LoopReactor(loop)
        _enter_when_it_runs(reactor, loop)
    return reactor


def install(loop: asyncio.AbstractEventLoop | None = None) -> None:
    """Bind the default reactor to *loop*; without one there is nothing to do.

    Raises:
        ReactorAlreadyInstalledError: it is bound to another loop, or a foreign reactor is installed.
    """
    global _default
    with _lock:
        if _installed_foreign() is not None:
            raise ReactorAlreadyInstalledError("reactor already installed")
        if loop is None:
            return
        bound_to = None if _default is None else _default.loop
        if bound_to is not None and bound_to is not loop:
            raise ReactorAlreadyInstalledError("reactor already installed")
        known = reactor_of(loop)
        if known is not None:
            _default = known
            return
        default = _default_reactor()
        default.take_loop(loop, as_its_own=True)
        _enter_when_it_runs(default, loop)


def propose_loop() -> None:
    """Make the loop that the default reactor will run, and make it this thread's current one.

    Programs written for Twisted's asyncio reactor call ``install()`` and then give
    ``asyncio.get_event_loop()`` tasks and futures before ``reactor.run()``.  If the reactor
    is adopted by a running loop instead, the proposed one is just not used.

    Raises:
        ReactorAlreadyInstalledError: a foreign reactor is installed.
    """
    with _lock:
        if _installed_foreign() is not None:
            raise ReactorAlreadyInstalledError("reactor already installed")
        if asyncio._get_running_loop() is not None:
            return
        default = _default_reactor()
        if default.loop is None and default.proposed_loop is None:
            default.proposed_loop = new_loop_for(default)
            asyncio.set_event_loop(default.proposed_loop)


def install_reactor(reactor: Any) -> None:
    """Honour a foreign reactor, or refuse it: never ignore it.

    Our face passes everything on to it; who imports `reactor` from now on gets it bare.
    A program may take it out of ``sys.modules`` again.

    Raises:
        ReactorAlreadyInstalledError: one is installed, or ours is in use.
    """
    global _foreign
    name = public_address("txloop.internet.reactor")
    with _lock:
        in_use = _default is not None or bool(running_reactors())
        if _installed_foreign() is not None or (in_use and name in sys.modules):
            raise ReactorAlreadyInstalledError("reactor already installed")
        if not in_use:
            _foreign = reactor
        # else somebody has taken ours out of sys.modules: it goes on, under no name.
        sys.modules[name] = reactor
        package = sys.modules.get(name.rpartition(".")[0])
        if package is not None:
            package.reactor = reactor  # type: ignore[attr-defined]  # where `from … import reactor` looks


def reactor_of(loop: asyncio.AbstractEventLoop) -> LoopReactor | None:
    """The reactor of *loop*, if it has one."""
    held = getattr(loop, OF_LOOP, None)
    return None if held is None else held()


def known_default() -> LoopReactor | None:
    """The process's default reactor, if anybody has used it and no loop has adopted it."""
    return _default


# ---- ours ------------------------------------------------------------------------------


def _installed_foreign() -> Any:
    """The foreign reactor, unless it has been taken out of ``sys.modules``."""
    global _foreign
    if _foreign is not None and sys.modules.get(public_address("txloop.internet.reactor")) is not _foreign:
        _foreign = None
    return _foreign


def _reactor_elsewhere() -> LoopReactor | None:
    owner = owner_by_thread() or owner_by_context()
    if owner is not None:
        return owner
    running = running_reactors()
    if len(running) > 1:
        raise RuntimeError(
            f"{len(running)} reactors run in this process and this thread belongs to none of them: "
            "call a method of the one you mean, not of txloop.internet.reactor (inside its loop, "
            "txloop.AsyncioReactor(asyncio.get_running_loop()) is that one)"
        )
    return running[0] if running else None


def _default_reactor() -> LoopReactor:
    global _default
    with _lock:
        if _default is None or (_default.loop is not None and _default.loop.is_closed()):
            _default = LoopReactor()
        return _default


def _adopt_or_make(loop: asyncio.AbstractEventLoop) -> LoopReactor:
    """The default if it never ran and is this thread's; it becomes this loop's for good."""
    global _default
    with _lock:
        default = _default
        if default is not None and default.loop is None and default.home_thread == threading.get_ident():
            _default = None
            return default
    return LoopReactor()


def _enter_when_it_runs(reactor: LoopReactor, loop: asyncio.AbstractEventLoop) -> None:
    # Whoever runs the loop may not be reactor.run(): then the reactor is a guest in it.
    def enter() -> None:
        if reactor.entry is None:
            Guest(reactor, loop).begin()

    if asyncio._get_running_loop() is loop:
        enter()
    else:
        loop.call_soon(enter)
