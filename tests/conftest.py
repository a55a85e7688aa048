"""What all tests share: both event loops, and nobody leaves anything behind.

    async def test_x():  (marked asyncio)     runs on asyncio and, where it is installed, on uvloop
    def test_x(loop_name): …                  the same for tests that make their own loop or process
    @pytest.mark.needs_tool("nc")             not run where that program is missing
    @pytest.mark.needs_twisted                not run where no real Twisted is at hand

Leaks (ports, connections, delayed calls, threads, unhandled errors) are looked for by
txloop_pytest, which runs here as in anybody's tests, with its strictest setting.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Mapping

import pytest

from support import twisted_python

pytest_plugins = ["txloop_pytest"]

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
try:
    import uvloop
except ImportError:
    pass
else:
    LOOPS["uvloop"] = uvloop.new_event_loop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """pytest-asyncio's hook: each asyncio test once on each loop, the loop's name in its id."""
    return LOOPS


@pytest.fixture(params=list(LOOPS))
def loop_name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """ "asyncio", then "uvloop"; reactors without a loop and child processes take that kind meanwhile."""
    name: str = request.param
    monkeypatch.setenv("TXLOOP_LOOP", name)
    return name


@pytest.fixture
def new_loop(loop_name: str) -> Iterator[Callable[[], asyncio.AbstractEventLoop]]:
    """Makes loops of that kind; they are closed after the test."""
    made: list[asyncio.AbstractEventLoop] = []

    def make() -> asyncio.AbstractEventLoop:
        made.append(LOOPS[loop_name]())
        return made[-1]

    yield make
    for loop in made:
        loop.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what the machine cannot do, saying what is missing."""
    for mark in item.iter_markers("needs_tool"):
        if shutil.which(mark.args[0]) is None:
            pytest.skip(f"{mark.args[0]} is not installed")
    if item.get_closest_marker("needs_twisted") and twisted_python() is None:
        pytest.skip("TXLOOP_TWISTED_PYTHON names no interpreter with Twisted")
