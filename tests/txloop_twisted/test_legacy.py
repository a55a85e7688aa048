"""What older programs ask for by name: reactors, names found by accident, names long gone."""

from __future__ import annotations

import importlib
import warnings

import pytest

from support import python

INSTALL = "import txloop_twisted; txloop_twisted.install()\n"


def run(program: str) -> list[str]:
    done = python("-P", "-c", INSTALL + program)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.splitlines()


# ---- reactors by name ------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "class_name"),
    [
        ("epollreactor", "EPollReactor"),
        ("pollreactor", "PollReactor"),
        ("selectreactor", "SelectReactor"),
        ("kqreactor", "KQueueReactor"),
        ("asyncioreactor", "AsyncioSelectorReactor"),
    ],
)
def test_every_reactor_that_is_installed_by_name_is_the_one_reactor(module: str, class_name: str) -> None:
    program = f"""
from twisted.internet import {module}
{module}.install()
import sys
from twisted.internet import reactor
print(isinstance(reactor, {module}.{class_name}), reactor is sys.modules["twisted.internet.reactor"])
{module}.install()
reactor.callWhenRunning(reactor.stop)
reactor.run()
print("ran", {module}.install.__module__)
"""
    assert run(program) == ["True True", f"ran twisted.internet.{module}"]


def test_the_default_is_the_module_that_twisted_would_choose_and_has_a_class_of_its_name() -> None:
    """Source: pytest-twisted takes the reactor's class from default.install's module, by its name."""
    program = """
import inspect
from twisted.internet import default
module = inspect.getmodule(default.install)
name = module.__name__.rpartition(".")[2]
print([each for each in dir(module) if each.lower() == name])
"""
    assert run(program) in (["['EPollReactor']"], ["['SelectReactor']"], ["['PollReactor']"])


def test_the_programs_own_loop_is_the_one_that_runs() -> None:
    program = """
import asyncio
from twisted.internet import asyncioreactor, error
loop = asyncio.new_event_loop()
asyncioreactor.install(loop)
from twisted.internet import reactor
print(reactor._asyncioEventloop is loop)
reactor.callWhenRunning(lambda: (print(asyncio.get_running_loop() is loop), reactor.stop()))
reactor.run()
other = asyncio.new_event_loop()
try: asyncioreactor.install(other)
except error.ReactorAlreadyInstalledError: print("refused")
other.close()
loop.close()
"""
    assert run(program) == ["True", "True", "refused"]


def test_a_foreign_reactor_is_honoured() -> None:
    program = """
from twisted.internet import main, testing
mine = testing.MemoryReactorClock()
main.installReactor(mine)
from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import Factory
print(reactor is mine)
serverFromString(reactor, "tcp:8007").listen(Factory())
print(mine.tcpServers[0][0])
"""
    assert run(program) == ["True", "8007"]


# ---- names ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "internet.defer.failure",
        "internet.defer._DefGen_Return",
        "internet.process.ProcessExitedAlready",
        "internet.selectreactor._select",
        "internet.task._EPSILON",
        "internet.tcp.CannotListenError",
        "internet.tcp.ECONNABORTED",
        "internet.udp.log",
        "python.compat._PY3",
        "python.constants.NamedConstant",
        "python.constants.Names",
        "python.constants.ValueConstant",
        "python.constants.Values",
        "python.log.util",
    ],
)
def test_names_that_programs_find_there_by_accident_or_out_of_habit(name: str) -> None:
    """Source: a survey of packages that import Twisted; each is used by at least one."""
    module, _, attribute = name.rpartition(".")
    with warnings.catch_warnings(action="error"):
        assert getattr(importlib.import_module(f"txloop.{module}"), attribute) is not None


def test_the_package_itself_has_its_version_in_both_forms() -> None:
    program = """
import twisted, twisted.copyright
print(twisted.version.short() == twisted.__version__ == twisted.copyright.version, twisted.version.package)
"""
    assert run(program) == ["True Twisted"]
