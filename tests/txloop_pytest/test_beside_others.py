"""Beside other plugins, and in a run that has nothing to do with txloop."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from pytest_projects import BOTH_LOOPS, PLUGINS, run_project
from support import python
from txloop_pytest import loop_factories

LOOPS = len(loop_factories())

HOST = """
import asyncio
import sys

import pytest
import pytest_asyncio

@pytest_asyncio.fixture(loop_scope="{scope}", scope="{scope}")
async def service():
    yield asyncio.get_running_loop()

@pytest.mark.asyncio(loop_scope="{scope}")
class TestHost:
    async def test_coroutine(self, service):
        assert asyncio.get_running_loop() is service
        assert await asyncio.to_thread(sum, [1, 2]) == 3

    async def test_again(self, service):
        assert asyncio.get_running_loop() is service
        asyncio.get_running_loop().call_later(60, print)

def test_plain():
    pass
"""

WITH_TXLOOP = """
from txloop.internet import defer, protocol, reactor, task

@pytest.mark.asyncio(loop_scope="{scope}")
class TestTxloop:
    async def test_port(self, service):
        factory = protocol.Factory.forProtocol(protocol.Protocol)
        port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        await task.deferLater(reactor, 0.001, lambda: None)
        await defer.maybeDeferred(port.stopListening)

    @defer.inlineCallbacks
    def test_inline_callbacks(self, service):
        assert (yield task.deferLater(reactor, 0.001, lambda: 5)) == 5
"""

WITHOUT_TXLOOP = """
def test_stays_without():
    assert not [name for name in sys.modules if name == "txloop" or name.startswith(("txloop.", "zope"))]
"""


@pytest.mark.parametrize("scope", ["function", "class", "module", "package", "session"])
@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_coroutine_tests_of_every_scope_on_both_loops(tmp_path: Path, mode: str, scope: str) -> None:
    done = run_project(
        tmp_path,
        (HOST + WITH_TXLOOP).format(scope=scope),
        ini=f"asyncio_mode = {mode}\ntxloop_leaks = error\nfilterwarnings = error",
        conftest=BOTH_LOOPS,
    )
    assert done.outcomes == {"passed": 4 * LOOPS + 1}, done.output


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_a_run_without_txloop_stays_without(tmp_path: Path, mode: str) -> None:
    """Nothing imported, nothing reported, no test run twice; in txloop_mode auto too."""
    done = run_project(
        tmp_path,
        (HOST + WITHOUT_TXLOOP).format(scope="module"),
        ini=f"asyncio_mode = {mode}\ntxloop_mode = auto\ntxloop_leaks = error\nfilterwarnings = error",
    )
    assert done.outcomes == {"passed": 4}, done.output


def test_a_run_without_pytest_asyncio_works(tmp_path: Path) -> None:
    done = run_project(
        tmp_path,
        """
        import pytest
        from txloop.internet import defer, reactor

        def test_plain(reactor, clock, memory_reactor, memory_pair):
            reactor.callLater(1, print).cancel()

        @pytest.mark.txloop
        def test_that_nobody_can_run():
            return defer.succeed(None)
        """,
        ini="addopts = --strict-markers",
        plugins=("txloop_pytest",),
        arguments=("-W", "ignore::pytest.PytestConfigWarning"),  # pytest-asyncio's setting
    )
    assert done.outcomes == {"passed": 1, "failed": 1}
    assert "You need to install a suitable plugin for your async framework" in done.output


def test_loading_it_loads_nothing_but_itself() -> None:
    """What a run pays that never uses it."""
    done = python(
        "-c",
        "import sys, pytest; before = set(sys.modules); import txloop_pytest; "
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before}))",
    )
    assert done.stdout == "['txloop_pytest']\n", done.stdout


ANYIO = """
import pytest
from txloop.internet import defer, reactor as ambient, task
from txloop.internet.defer import inlineCallbacks

pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return "asyncio"

@inlineCallbacks
def test_inline_callbacks(reactor):
    assert reactor is ambient
    assert (yield task.deferLater(reactor, 0.001, lambda: 5)) == 5

@pytest.mark.txloop
def test_returns_a_deferred():
    return task.deferLater(ambient, 0.001, lambda: 5)

async def test_coroutine(reactor):
    assert await task.deferLater(reactor, 0.001, lambda: 5) == 5
"""


@pytest.mark.parametrize("others", [(), ("pytest_asyncio.plugin",)])
def test_anyios_plugin_runs_them_too(tmp_path: Path, others: tuple[str, ...]) -> None:
    """Alone, or beside pytest-asyncio in its strict mode: the mark says whose they are."""
    done = run_project(
        tmp_path,
        ANYIO,
        ini="txloop_leaks = error\nfilterwarnings =\n    error\n    ignore:Unknown config option",
        plugins=("anyio.pytest_plugin", "txloop_pytest", *others),
    )
    assert done.outcomes == {"passed": 3}, done.output


XDIST = """
import pytest
from txloop.internet import reactor, task

@pytest.mark.txloop
@pytest.mark.parametrize("number", range(6))
def test_it(number):
    return task.deferLater(reactor, 0.001, lambda: number)

@pytest.mark.txloop
def test_leaks():
    reactor.callLater(60, print)
    return task.deferLater(reactor, 0.001, lambda: None)
"""


@pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed")
def test_xdists_workers_run_and_report(tmp_path: Path) -> None:
    done = run_project(
        tmp_path,
        XDIST,
        ini="txloop_leaks = error",
        conftest=BOTH_LOOPS,
        plugins=(*PLUGINS, "xdist.plugin"),
        arguments=("-n", "2"),
    )
    assert done.outcomes == {"passed": 7 * LOOPS, "error": LOOPS}, done.output
    assert "made at test_project.py:12 in test_leaks: reactor.callLater(60, print)" in done.output
