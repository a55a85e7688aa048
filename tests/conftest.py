"""What all tests share: both event loops, and nobody leaves anything behind.

    async def test_x():  (marked asyncio)     runs on asyncio and, where it is installed, on uvloop;
                                              those of some files on ProactorStandIn too
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
from typing import NoReturn

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


class ProactorStandIn(asyncio.SelectorEventLoop):
    """Stands in for Windows' proactor loop: what that one refuses, this one does too.

    Watching descriptors and signal handlers are refused; asyncio's own transports, which go past
    these methods, work.
    """

    def add_reader(self, *args: object) -> NoReturn:
        raise NotImplementedError("this loop watches no descriptors")

    add_writer = add_reader

    def add_signal_handler(self, *args: object) -> NoReturn:
        raise NotImplementedError("this loop has no signal handlers")


# What must work without watching descriptors: their asyncio tests run on the stand-in too.
ON_STAND_IN = {
    "test_delayed_calls.py",
    "test_guest.py",
    "test_over_asyncio.py",
    "test_over_twisted.py",
    "test_snapshot.py",
    "test_start_tls.py",
    "test_tcp_ports.py",
    "test_tcp_streams.py",
    "test_tls.py",
    "test_tls_suite.py",
    "test_udp.py",
    "test_zero_set_up.py",
}


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """pytest-asyncio's hook: each asyncio test once on each loop, the loop's name in its id."""
    return {**LOOPS, "stand-in": ProactorStandIn} if item.path.name in ON_STAND_IN else LOOPS


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
