"""The fixtures.  Each loads txloop when a test asks for it, not before."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from txloop_pytest._leaks import WATCH

if TYPE_CHECKING:
    from txloop.internet._reactor_face import AsyncioReactor
    from txloop.internet.testing import MemoryReactorClock
    from txloop_asyncio.virtual_time import VirtualTime
    from txloop_pytest._memory_pair import MemoryPair


@pytest.fixture(name="reactor")
def reactor(request: pytest.FixtureRequest) -> AsyncioReactor:
    """The reactor: of the loop that the test runs in, or the process's default where none runs.

    A fixture of yours that opens ports or calls later should ask for it too: then it is
    over before that loop is.
    """
    from txloop.internet import reactor

    _watch_from_here(request)
    scope = _loop_scope_of(request)
    if scope is not None:
        request.getfixturevalue(name_in_loop("reactor", scope))
    return reactor


@pytest.fixture(name="clock")
def clock(request: pytest.FixtureRequest) -> Iterator[VirtualTime]:
    """Time that stands at 0 until the test moves it on; IReactorTime.

    ``await clock.advance(30)`` returns when all that is due in those 30 seconds has
    happened, each at its time and in order: `reactor.callLater`, `deferLater`,
    LoopingCall, and everything that waits by `asyncio.sleep` or `asyncio.timeout`.
    What the test itself awaits meanwhile must not need time: make it a task first.

    In a test without an event loop, ``clock.advance(30)`` does the same for the default
    reactor, at once.
    """
    scope = _loop_scope_of(request)
    if scope is None and inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        raise pytest.UsageError("the fixture clock needs pytest-asyncio, or a test that is no coroutine")
    if scope is not None:
        yield request.getfixturevalue(name_in_loop("clock", scope))
        return
    from txloop_asyncio.virtual_time import VirtualTime

    _watch_from_here(request)
    with VirtualTime().installed() as time:
        yield time


@pytest.fixture(name="memory_reactor")
def memory_reactor() -> MemoryReactorClock:
    """A reactor that only notes what it is asked: `tcpServers`, `tcpClients`, …; with a Clock's time."""
    from txloop.internet.testing import MemoryReactorClock

    return MemoryReactorClock()


@pytest.fixture(name="memory_pair")
def memory_pair() -> MemoryPair:
    """Connects two protocols in memory: ``client, server = memory_pair(Client(), Server())``."""
    from txloop_pytest._memory_pair import MemoryPair

    return MemoryPair()


@pytest.fixture(name="flush_logged_errors")
def flush_logged_errors(request: pytest.FixtureRequest) -> Callable[..., list[Any]]:
    """``flush_logged_errors(*types)``: the Failures logged so far, of these types or of all.

    What it returns is no leak any more.  Trial's ``flushLoggedErrors`` does the same.
    """
    watch = request.node.stash.get(WATCH, None)
    return watch.errors.flush if watch is not None else lambda *types: []


def name_in_loop(what: str, loop_scope: str) -> str:
    """The fixture that gives *what* in loops of that scope (_in_loops.py)."""
    return f"_txloop_{what}_of_{loop_scope}_loop"


def _watch_from_here(request: pytest.FixtureRequest) -> None:
    """txloop may just have been imported, for the first test that uses it."""
    watch = request.node.stash.get(WATCH, None)
    if watch is not None:
        watch.begin()


def _loop_scope_of(request: pytest.FixtureRequest) -> str | None:
    """The scope of the loop that pytest-asyncio runs the test in; None if it does not."""
    mark = request.node.get_closest_marker("asyncio")
    if mark is None or not inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        return None
    scope = mark.kwargs.get("loop_scope") or request.config.getini("asyncio_default_test_loop_scope")
    return str(scope or "function")
