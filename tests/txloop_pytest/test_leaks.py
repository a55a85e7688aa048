"""The leak report: what is told of a test that leaves something, and that nothing is told otherwise.

Each test runs pytest on a little project of its own, in its own process.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from support import child_environment, python

HEADER = """
import pytest
from txloop.internet import defer, protocol, reactor, threads

def listen():
    return reactor.listenTCP(0, protocol.Factory.forProtocol(protocol.Protocol), interface="127.0.0.1")
"""


def run_project(
    folder: Path, tests: str, *, leaks: str | None = "error", header: str = HEADER
) -> subprocess.CompletedProcess[str]:
    setting = "" if leaks is None else f"txloop_leaks = {leaks}\n"
    (folder / "pytest.ini").write_text(f"[pytest]\nasyncio_mode = auto\n{setting}")
    (folder / "test_project.py").write_text(header + tests)
    # No other plugins of this environment: they take a second to load.
    plugins = ("-p", "pytest_asyncio.plugin", "-p", "txloop_pytest", "-p", "no:cacheprovider")
    environment = child_environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    return python("-m", "pytest", *plugins, "-q", cwd=folder, environment=environment)


LEAKS = {
    "port": "async def test_it(): listen()",
    "delayed call": "async def test_it(): reactor.callLater(60, print)",
    "logged error": "async def test_it(): defer.fail(ZeroDivisionError())",
    "connection": """
async def test_it():
    port = listen()
    await protocol.ClientCreator(reactor, protocol.Protocol).connectTCP("127.0.0.1", port.getHost().port)
    await defer.maybeDeferred(port.stopListening)
""",
}


@pytest.mark.parametrize("kind", LEAKS)
def test_what_is_left_is_named_and_the_test_fails(tmp_path: Path, kind: str) -> None:
    done = run_project(tmp_path, LEAKS[kind])
    assert done.returncode == 1
    assert re.search(rf"left behind:\n  {kind}: ", done.stdout), done.stdout


CLEAN = {
    "closed by the test": "async def test_it(): await defer.maybeDeferred(listen().stopListening)",
    "closed by a fixture": """
import pytest_asyncio
@pytest_asyncio.fixture
async def port():
    port = listen()
    yield port
    await defer.maybeDeferred(port.stopListening)
async def test_it(port): pass
""",
    "threads of the pool": "async def test_it(): assert await threads.deferToThread(sum, [1, 2]) == 3",
    "errors that were taken": """
async def test_it(flush_logged_errors):
    defer.fail(ZeroDivisionError())
    assert flush_logged_errors(KeyError) == []
    assert len(flush_logged_errors(ZeroDivisionError)) == 1
""",
}


@pytest.mark.parametrize("how", CLEAN)
def test_who_leaves_nothing_hears_nothing(tmp_path: Path, how: str) -> None:
    done = run_project(tmp_path, CLEAN[how])
    assert done.returncode == 0, done.stdout


def test_the_default_is_a_warning(tmp_path: Path) -> None:
    done = run_project(tmp_path, LEAKS["port"], leaks=None)
    assert done.returncode == 0
    assert "LeakWarning: test_project.py::test_it left behind:" in done.stdout


def test_off_is_off(tmp_path: Path) -> None:
    done = run_project(tmp_path, LEAKS["port"], leaks="off")
    assert done.returncode == 0
    assert "left behind" not in done.stdout


def test_a_misspelt_setting_is_refused_with_the_choices(tmp_path: Path) -> None:
    done = run_project(tmp_path, "def test_it(): pass", leaks="eror")
    assert done.returncode == 4
    assert "error, warn, off" in done.stderr


def test_a_run_without_txloop_stays_without(tmp_path: Path) -> None:
    done = run_project(
        tmp_path,
        "def test_it(): assert {'txloop', 'txloop.internet', 'zope.interface'}.isdisjoint(sys.modules)",
        header="import sys\n",
    )
    assert done.returncode == 0, done.stdout
