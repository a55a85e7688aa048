"""The pytest plugin: a test that used txloop and left something behind is told so.

    txloop_leaks = error      the test fails, with a line for each thing left
    txloop_leaks = warn       the same lines as a warning (the default)
    txloop_leaks = off

Left behind are ports, connections, watched descriptors and delayed calls of a reactor
that still ran when the test ended, threads, and errors that were logged and not taken by
the fixture `flush_logged_errors`, unhandled ones of Deferreds among them.

It stands beside pytest-asyncio, uses nothing private of it, and does nothing in a run
that never imports txloop.  Not here: what is looked at (_leaks.py).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from txloop_pytest._leaks import LeakWatch

__all__ = ["LeakWarning"]

_WATCH = pytest.StashKey[LeakWatch]()
_CHOICES = ("error", "warn", "off")


class LeakWarning(UserWarning):
    """A test left something behind (``txloop_leaks = warn``)."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one setting."""
    help_text = "what becomes of a test that leaves ports, calls … behind: error, warn, off"
    parser.addini("txloop_leaks", help_text, default="warn")


def pytest_configure(config: pytest.Config) -> None:
    """A misspelt setting is an error at once, not silence."""
    if config.getini("txloop_leaks") not in _CHOICES:
        raise pytest.UsageError(f"txloop_leaks is one of {', '.join(_CHOICES)}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Look around before the first fixture."""
    if item.config.getini("txloop_leaks") != "off":
        item.stash[_WATCH] = LeakWatch()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Look again after the last one; the loop of an asyncio test ends in between."""
    watch = item.stash.get(_WATCH, None)
    if watch is not None:
        watch.test_ends()
    try:
        result = yield
    finally:
        left = watch.all_ended() if watch is not None else []
    if left:
        _tell(item, "left behind:\n  " + "\n  ".join(left))
    return result


@pytest.fixture
def flush_logged_errors(request: pytest.FixtureRequest) -> Callable[..., list[Any]]:
    """``flush_logged_errors(*types)``: the Failures logged so far, of these types or of all.

    What it returns is no leak any more.  Trial's ``flushLoggedErrors`` does the same.
    """
    watch = request.node.stash.get(_WATCH, None)
    return watch.errors.flush if watch is not None else lambda *types: []


def _tell(item: pytest.Item, text: str) -> None:
    if item.config.getini("txloop_leaks") == "error":
        pytest.fail(text, pytrace=False)
    warnings.warn(LeakWarning(f"{item.nodeid} {text}"), stacklevel=2)
