"""The pytest plugin: Twisted-style tests beside pytest-asyncio's, and nobody leaves anything behind.

It is loaded by itself where txloop and pytest are installed, and does nothing in a run
that never imports txloop.  Coroutine tests are pytest-asyncio's business, in its strict
and its auto mode, with its loop scopes; what this plugin adds:

    @inlineCallbacks                     is collected as the coroutine test that it would be today:
    def test_login(reactor): …           mark it, or have asyncio_mode = auto, as for any other

    @pytest.mark.txloop                  a test that returns a Deferred; it runs on pytest-asyncio's
    def test_login(): return d           loop.  No mark "asyncio" is needed beside it; what that
                                         takes, this takes: @pytest.mark.txloop(loop_scope="module")

    txloop_mode = auto                   (in pytest.ini, default strict) every @inlineCallbacks test
                                         and every plain test that returns a value is such a test

    class TestLogin(txloop.trial.unittest.TestCase)      needs none of this

Fixtures:

    reactor                 the reactor of the loop that the test runs in; a fixture that asks for it
                            has that loop from its beginning to its end
    clock                   time that stands still: ``await clock.advance(30)`` makes callLater,
                            deferLater, LoopingCall and asyncio.sleep happen, in order
    memory_reactor          notes what it is asked to listen to and connect to; has a clock's time
    memory_pair             ``client, server = memory_pair(Client(), Server())``: two protocols,
                            connected in memory; ``memory_pair.pump()`` carries the bytes
    flush_logged_errors     the Failures logged so far, which count no more as left behind

Left behind: ports, connections, watched descriptors and delayed calls that a test made
and did not end; threads; and errors that were logged and not taken by
`flush_logged_errors`, unhandled ones of Deferreds among them.  Each is named with the
line that made it.

    txloop_leaks = error    the test fails
    txloop_leaks = warn     a warning (the default)
    txloop_leaks = off

To run every asyncio test on asyncio and on uvloop, in your conftest.py (the plugin never
does it for you: it would double other people's tests):

    def pytest_asyncio_loop_factories(config, item):
        return txloop_pytest.loop_factories()

Not here: which tests become coroutine tests (_coroutine_tests.py), what is looked at
(_leaks.py), the fixtures (_fixtures.py).
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Generator, Mapping
from typing import Any

import pytest

from txloop_pytest._coroutine_tests import (
    bind_coroutine_tests,
    collect_as_coroutine_test,
    has_pytest_asyncio,
)
from txloop_pytest._fixtures import clock, flush_logged_errors, memory_pair, memory_reactor, reactor
from txloop_pytest._leaks import WATCH, LeakWatch, forget_origins, looking_away, tells_of_errors_itself

__all__ = [
    "LeakWarning",
    "clock",
    "flush_logged_errors",
    "loop_factories",
    "memory_pair",
    "memory_reactor",
    "reactor",
]

_LEAKS = ("error", "warn", "off")
_MODES = ("strict", "auto")


class LeakWarning(UserWarning):
    """A test left something behind (``txloop_leaks = warn``)."""


def loop_factories() -> Mapping[str, Callable[[], Any]]:
    """For pytest-asyncio's hook: ``{"asyncio": …, "uvloop": …}``, uvloop only where it is installed."""
    from txloop_asyncio._reactor.loops import loop_factories

    return loop_factories()


# ---- pytest's hooks -------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two settings."""
    parser.addini(
        "txloop_leaks",
        "what becomes of a test that leaves ports, calls … behind: error, warn, off",
        default="warn",
    )
    parser.addini(
        "txloop_mode",
        "strict: tests that return Deferreds are marked txloop; auto: no need",
        default="strict",
    )


def pytest_configure(config: pytest.Config) -> None:
    """A misspelt setting is an error at once, not silence."""
    for name, choices in (("txloop_leaks", _LEAKS), ("txloop_mode", _MODES)):
        if config.getini(name) not in choices:
            raise pytest.UsageError(f"{name} is one of {', '.join(choices)}")
    config.addinivalue_line(
        "markers", "txloop: the test returns a Deferred; run it on pytest-asyncio's loop (takes loop_scope)"
    )
    if has_pytest_asyncio(config):
        from txloop_pytest import _in_loops

        config.pluginmanager.register(_in_loops, "txloop_pytest._in_loops")


def pytest_unconfigure() -> None:
    """Put back what was watched."""
    forget_origins()


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: Any, name: str, obj: object) -> Any:
    """A test that returns a Deferred is one that is a coroutine function."""
    return collect_as_coroutine_test(collector, name, obj)


@pytest.hookimpl(specname="pytest_pycollect_makeitem", wrapper=True, trylast=True)
def pytest_pycollect_makeitem_innermost(collector: Any, name: str, obj: object) -> Generator[None, Any, Any]:
    """The items that pytest made of such a function, before another plugin looks at them."""
    return bind_coroutine_tests((yield), obj)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Look around before the first fixture."""
    if item.config.getini("txloop_leaks") != "off":
        item.stash[WATCH] = LeakWatch()
    yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Generator[None, object, object]:
    """What a fixture of a wider scope makes is not its first test's."""
    if fixturedef.scope == "function":
        return (yield)
    with looking_away():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Look again after the last one; the loop of an asyncio test ends in between."""
    watch = item.stash.get(WATCH, None)
    if watch is None or "txloop" not in sys.modules:
        yield
        return
    if tells_of_errors_itself(getattr(item, "cls", None)):
        watch.errors.flush()
    watch.test_ends()
    try:
        yield
    finally:
        left = watch.all_ended()
    if left:
        _tell(item, "left behind:\n  " + "\n  ".join(left))


def _tell(item: pytest.Item, text: str) -> None:
    if item.config.getini("txloop_leaks") == "error":
        pytest.fail(text, pytrace=False)
    warnings.warn(LeakWarning(f"{item.nodeid} {text}"), stacklevel=2)
