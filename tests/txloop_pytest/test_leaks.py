"""The leak report: what is told of a test that leaves something, and that nothing is told otherwise.

Each test runs pytest on a little project of its own, in its own process.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_projects import Run, run_project

HEADER = """
import threading

import pytest
import pytest_asyncio
from txloop.internet import defer, protocol, reactor, threads
from txloop.python import log

def listen():
    return reactor.listenTCP(0, protocol.Factory.forProtocol(protocol.Protocol), interface="127.0.0.1")
"""


def run(folder: Path, tests: str, *, leaks: str | None = "error", header: str = HEADER) -> Run:
    setting = "" if leaks is None else f"txloop_leaks = {leaks}\n"
    return run_project(folder, header + tests, ini=f"asyncio_mode = auto\n{setting}")


# The line that is named is the one that says "here".
LEAKS = {
    "port": """
async def test_it():
    reactor.listenTCP(0, protocol.Factory(), interface="127.0.0.1")  # here
""",
    "delayed call": """
async def test_it():
    reactor.callLater(60, print)  # here
""",
    "connection": """
async def test_it():
    port = listen()
    creator = protocol.ClientCreator(reactor, protocol.Protocol)
    await creator.connectTCP("127.0.0.1", port.getHost().port)  # here
    await defer.maybeDeferred(port.stopListening)
""",
    "thread": """
async def test_it():
    threading.Thread(target=threading.Event().wait, daemon=True).start()  # here
    reactor.callLater(0, print)
    await defer.succeed(None)
""",
    "logged error": """
async def test_it():
    log.err(ZeroDivisionError())  # here
""",
}
ERRORS = {
    "of a Deferred that nobody handled": """
async def test_it():
    defer.fail(ZeroDivisionError())  # here
""",
    "raised in a delayed call": """
def job():
    1 / 0  # here
async def test_it():
    done = defer.Deferred()
    reactor.callLater(0, job)
    reactor.callLater(0, done.callback, None)
    await done
""",
    "in a test without a loop": """
def test_it():
    defer.fail(ZeroDivisionError())  # here
""",
}


def lines_left(done: Run) -> list[str]:
    return re.findall(r"^  ((?:port|connection|delayed call|thread|logged error): .*)$", done.output, re.M)


@pytest.mark.parametrize("kind", LEAKS)
def test_what_is_left_is_named_with_its_line_and_the_test_fails(tmp_path: Path, kind: str) -> None:
    done = run(tmp_path, LEAKS[kind])
    assert done.status == 1, done.output
    left = lines_left(done)
    assert left, done.output
    line = (HEADER + LEAKS[kind]).split("# here")[0].count("\n") + 1
    assert any(each.startswith(f"{kind}: ") and f" at test_project.py:{line} in " in each for each in left), (
        left
    )


@pytest.mark.parametrize("where", ERRORS)
def test_an_error_is_named_with_the_line_that_raised_or_logged_it(tmp_path: Path, where: str) -> None:
    (left,) = lines_left(run(tmp_path, ERRORS[where]))
    line = (HEADER + ERRORS[where]).split("# here")[0].count("\n") + 1
    assert left.startswith("logged error: ")
    assert f" at test_project.py:{line} in " in left


def test_the_line_is_shown_and_where_a_thread_is_now(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
def wait_for_ever():
    threading.Event().wait()
async def test_it():
    reactor.callLater(60, print)
    threading.Thread(target=wait_for_ever, daemon=True, name="sleepy").start()
""",
    )
    call, thread = lines_left(done)
    assert call.endswith("in test_it: reactor.callLater(60, print)")
    assert thread.startswith("thread: sleepy, made at test_project.py:")
    assert ", now at test_project.py:" in thread
    assert thread.endswith("in wait_for_ever: threading.Event().wait()")


def test_a_thread_is_told_of_a_test_that_touched_a_reactor_and_of_no_other(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """
def begin(name):
    threading.Thread(target=threading.Event().wait, daemon=True, name=name).start()
def test_touches():
    reactor.running
    begin("touches")
def test_does_not():
    begin("does not")
""",
    )
    (left,) = lines_left(done)
    assert left.startswith("thread: touches, made at test_project.py:")


def test_what_a_test_without_a_loop_leaves_is_told_and_gone_for_the_next(tmp_path: Path) -> None:
    """The default reactor keeps what it is asked until a loop adopts it: that must not be the next test's."""
    done = run(
        tmp_path,
        """
def test_leaves():
    reactor.callLater(0, log.err, ZeroDivisionError())
    listen()
async def test_begins_with_nothing():
    assert list(reactor.getDelayedCalls()) == []
    assert reactor.snapshot()["ports"] == []
""",
    )
    assert done.outcomes == {"passed": 2, "error": 1}
    assert sorted(each.partition(":")[0] for each in lines_left(done)) == ["delayed call", "port"]


@pytest.mark.parametrize("left", ["listen()", "reactor.callLater(60, print)"])
def test_a_loop_that_goes_on_is_looked_at_after_each_test(tmp_path: Path, left: str) -> None:
    done = run(
        tmp_path,
        f"""
pytestmark = pytest.mark.asyncio(loop_scope="module")
async def test_first(): pass
async def test_leaves(): {left}
async def test_last(): reactor.callLater(0, print).cancel()
""",
    )
    assert done.outcomes == {"passed": 3, "error": 1}
    assert "ERROR at teardown of test_leaves" in done.output


CLEAN = {
    "closed by the test": "async def test_it(): await defer.maybeDeferred(listen().stopListening)",
    "closed by a fixture": """
@pytest_asyncio.fixture
async def port():
    port = listen()
    yield port
    await defer.maybeDeferred(port.stopListening)
async def test_it(port): pass
""",
    "held by a module's fixture": """
pytestmark = pytest.mark.asyncio(loop_scope="module")
@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def port():
    port = listen()
    reactor.callLater(60, print)
    yield port
async def test_one(port): pass
async def test_two(port): pass
""",
    "threads of the pool": "async def test_it(): assert await threads.deferToThread(sum, [1, 2]) == 3",
    "threads of a pool that goes on": """
import asyncio
pytestmark = pytest.mark.asyncio(loop_scope="module")
async def test_one(): assert await threads.deferToThread(sum, [1, 2]) == 3
async def test_two(): assert await asyncio.to_thread(sum, [1, 2]) == 3
""",
    "threads of a test that touched no reactor": """
def test_it(): threading.Thread(target=threading.Event().wait, daemon=True).start()
""",
    "errors that were taken": """
async def test_it(flush_logged_errors):
    defer.fail(ZeroDivisionError())
    assert flush_logged_errors(KeyError) == []
    assert len(flush_logged_errors(ZeroDivisionError)) == 1
""",
    "a reactor of its own": """
import txloop
def test_it():
    own = txloop.AsyncioReactor()
    own.callLater(60, print)
    own.callLater(0, own.stop)
    own.run()
""",
}


@pytest.mark.parametrize("how", CLEAN)
def test_who_leaves_nothing_hears_nothing(tmp_path: Path, how: str) -> None:
    done = run(tmp_path, CLEAN[how])
    assert done.status == 0, done.output


def test_the_default_is_a_warning(tmp_path: Path) -> None:
    done = run(tmp_path, LEAKS["port"], leaks=None)
    assert done.status == 0
    assert "LeakWarning: test_project.py::test_it left behind:" in done.output


def test_off_is_off(tmp_path: Path) -> None:
    done = run(tmp_path, LEAKS["port"], leaks="off")
    assert done.status == 0
    assert "left behind" not in done.output


@pytest.mark.parametrize(
    ("name", "choices"), [("txloop_leaks", "error, warn, off"), ("txloop_mode", "strict, auto")]
)
def test_a_misspelt_setting_is_refused_with_the_choices(tmp_path: Path, name: str, choices: str) -> None:
    done = run_project(tmp_path, "def test_it(): pass", ini=f"{name} = eror")
    assert done.status == 4
    assert choices in done.errors
