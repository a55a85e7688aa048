"""Which tests are run on pytest-asyncio's loop, in each of its modes and scopes, on both loops.

The projects are somebody else's: they run in processes of their own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_projects import BOTH_LOOPS, run_project
from txloop_pytest import loop_factories

LOOPS = len(loop_factories())

STRICTEST = "txloop_leaks = error\nfilterwarnings = error\n"

HEADER = """
import asyncio

import pytest
from txloop.internet import defer, task
from txloop.internet.defer import inlineCallbacks
from txloop.internet import reactor as ambient

def soon(result=None):
    asyncio.get_running_loop()
    return task.deferLater(ambient, 0.001, lambda: result)
"""

MARKED = """
@pytest.mark.asyncio
@inlineCallbacks
def test_inline_callbacks(reactor):
    assert reactor is ambient
    assert (yield soon(5)) == 5

@pytest.mark.txloop
def test_returns_a_deferred():
    return soon()

@pytest.mark.txloop
@pytest.mark.xfail(raises=ZeroDivisionError, strict=True)
def test_fails_later():
    return soon().addCallback(lambda _: 1 / 0)

@pytest.mark.txloop
def test_returns_a_coroutine():
    return asyncio.sleep(0)

@pytest.mark.txloop
async def test_coroutine():
    await soon()

@pytest.mark.txloop
def test_returns_nothing():
    asyncio.get_running_loop()

class TestClass:
    def setup_method(self):
        self.made = "here"

    @pytest.mark.txloop
    @pytest.mark.parametrize("number", [1, 2])
    def test_method(self, number, reactor):
        return soon().addCallback(lambda _: self.made.upper())

class TestStatic:
    @staticmethod
    @pytest.mark.txloop
    def test_static():
        return soon()

@pytest.mark.txloop
class TestMarkedClass:
    @inlineCallbacks
    def test_method(self):
        yield soon()

def test_plain():
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
"""


@pytest.mark.parametrize("asyncio_mode", ["strict", "auto"])
def test_marked_tests_run_on_pytest_asyncios_loop(tmp_path: Path, asyncio_mode: str) -> None:
    done = run_project(
        tmp_path,
        HEADER + MARKED,
        ini=f"asyncio_mode = {asyncio_mode}\naddopts = --strict-markers\n{STRICTEST}",
        conftest=BOTH_LOOPS,
    )
    assert done.outcomes == {"passed": 9 * LOOPS + 1, "xfailed": LOOPS}, done.output


INLINE_CALLBACKS = """
@inlineCallbacks
def test_it():
    assert (yield soon(5)) == 5
"""


def test_an_inline_callbacks_test_is_collected_as_a_coroutine_test(tmp_path: Path) -> None:
    """So pytest-asyncio's auto mode runs it, and in strict mode it is told about like one without a mark."""
    assert run_project(tmp_path, HEADER + INLINE_CALLBACKS, ini="asyncio_mode = auto").outcomes == {
        "passed": 1
    }
    strict = run_project(tmp_path, HEADER + INLINE_CALLBACKS, ini="asyncio_mode = strict")
    assert strict.status == 1
    assert "async def functions are not natively supported" in strict.output


AUTOMATIC = """
from functools import wraps

def decorated(test):
    @wraps(test)
    def run(*args):
        return test(*args)
    return run

def test_returns_a_deferred():
    return soon()

@decorated
def test_decorated():
    return soon()

@inlineCallbacks
def test_inline_callbacks():
    yield soon()

def test_plain():
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()

def test_leaves_early():
    if not asyncio.run(asyncio.sleep(0, result=True)):
        return
    assert asyncio.run(asyncio.sleep(0, result=5)) == 5
"""


@pytest.mark.parametrize("asyncio_mode", ["strict", "auto"])
def test_in_auto_mode_no_mark_is_needed_and_plain_tests_stay_plain(tmp_path: Path, asyncio_mode: str) -> None:
    done = run_project(
        tmp_path,
        HEADER + AUTOMATIC,
        ini=f"asyncio_mode = {asyncio_mode}\ntxloop_mode = auto\n{STRICTEST}",
    )
    assert done.outcomes == {"passed": 5}, done.output


SCOPES = """
loops = set()

@pytest.mark.txloop(loop_scope="{scope}")
class TestOne:
    def test_a(self, clock):
        loops.add(asyncio.get_running_loop())
        d = soon()
        return asyncio.ensure_future(clock.advance(0.001)) and d

    @inlineCallbacks
    def test_b(self, reactor):
        loops.add(asyncio.get_running_loop())
        yield soon()

@pytest.mark.txloop(loop_scope="{scope}")
class TestTwo:
    def test_c(self):
        loops.add(asyncio.get_running_loop())
        return soon()

def test_so_many_loops():
    assert len(loops) == {number}
"""


@pytest.mark.parametrize(
    ("scope", "number"), [("function", 3), ("class", 2), ("module", 1), ("package", 1), ("session", 1)]
)
def test_the_mark_takes_every_loop_scope(tmp_path: Path, scope: str, number: int) -> None:
    done = run_project(
        tmp_path,
        HEADER + SCOPES.format(scope=scope, number=number),
        ini=STRICTEST,
    )
    assert done.outcomes == {"passed": 4}, done.output


def test_loop_factories_are_both_loops_by_name() -> None:
    """For a project's own hook; uvloop where it is installed."""
    factories = loop_factories()
    loops = {name: make() for name, make in factories.items()}
    for loop in loops.values():
        loop.close()
    assert type(loops["asyncio"]).__module__.startswith("asyncio")
    if "uvloop" in loops:
        assert type(loops["uvloop"]).__module__ == "uvloop"
