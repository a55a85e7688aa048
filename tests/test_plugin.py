"""Plugins.  Source of the claims: Twisted 26.10, twisted.plugin, by running it."""

from __future__ import annotations

import importlib
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from zope.interface import Interface

from support import child_environment, python
from txloop import plugin
from txloop.internet.interfaces import IStreamServerEndpointStringParser

Flush = Callable[..., list[Any]]

GOOD = '''
"""The module."""
from zope.interface import implementer
from txloop.plugin import IPlugin
from plugged_interfaces import IThing
@implementer(IThing, IPlugin)
class Good:
    "A good thing."
good = Good()
@implementer(IThing)
class NoPlugin: ...
other = NoPlugin()
'''
INTERFACES = """
from zope.interface import Interface
class IThing(Interface): ...
class IOther(Interface): ...
"""
PACKAGE = """
from txloop.plugin import pluginPackagePaths
__path__.extend(pluginPackagePaths(__name__))
"""
CACHE = "dropin-txloop.cache"


class Plugged:
    """A plugins package with two folders, the second beside the first on sys.path."""

    def __init__(self, folder: Path) -> None:
        self.second = folder / "b" / "plugged"
        first = folder / "a" / "plugged"
        for each in (first, self.second):
            each.mkdir(parents=True)
        (first / "__init__.py").write_text(PACKAGE)
        (folder / "a" / "plugged_interfaces.py").write_text(INTERFACES)
        self.write("good", GOOD)

    def write(self, name: str, source: str) -> None:
        path = self.second / f"{name}.py"
        path.write_text(source)
        os.utime(path, (1, 1))  # long before any cache
        importlib.invalidate_caches()

    @property
    def package(self) -> ModuleType:
        return importlib.import_module("plugged")

    def interface(self, name: str) -> type[Interface]:
        interface: type[Interface] = getattr(importlib.import_module("plugged_interfaces"), name)
        return interface

    def things(self) -> list[str]:
        return [type(thing).__name__ for thing in plugin.getPlugins(self.interface("IThing"), self.package)]


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugged]:
    made = Plugged(tmp_path)
    for folder in ("b", "a"):
        monkeypatch.syspath_prepend(tmp_path / folder)
    yield made
    for name in [name for name in sys.modules if name.partition(".")[0] in ("plugged", "plugged_interfaces")]:
        del sys.modules[name]


def test_plugins_of_every_folder_are_found_by_their_interface(plugged: Plugged) -> None:
    assert plugged.things() == ["Good"]
    assert list(plugin.getPlugins(plugged.interface("IOther"), plugged.package)) == []


def test_the_cache_describes_plugins(plugged: Plugged) -> None:
    [cached] = plugin.getCache(plugged.package)["good"].plugins
    assert repr(cached) == "<CachedPlugin 'good'/'plugged.good' (provides 'IThing, IPlugin')>"
    assert cached.description == "A good thing."
    assert cached.dropin.description == "The module."


def test_with_a_cache_a_module_is_imported_only_when_it_is_wanted(plugged: Plugged) -> None:
    plugin.getCache(plugged.package)
    del sys.modules["plugged.good"]
    assert list(plugin.getPlugins(plugged.interface("IOther"), plugged.package)) == []
    assert "plugged.good" not in sys.modules
    assert plugged.things() == ["Good"]
    assert "plugged.good" in sys.modules


def test_new_and_removed_modules_are_noticed(plugged: Plugged) -> None:
    plugin.getCache(plugged.package)
    plugged.write("late", GOOD)
    assert sorted(plugin.getCache(plugged.package)) == ["good", "late"]
    (plugged.second / "good.py").unlink()
    assert sorted(plugin.getCache(plugged.package)) == ["late"]
    with open(plugged.second / CACHE, "rb") as file:
        assert sorted(pickle.load(file)) == ["late"]


def test_a_changed_module_is_read_again(plugged: Plugged) -> None:
    plugin.getCache(plugged.package)
    plugged.write("good", GOOD.replace("good =", "better ="))
    later = (plugged.second / CACHE).stat().st_mtime + 10
    os.utime(plugged.second / "good.py", (later, later))
    del sys.modules["plugged.good"]
    assert [each.name for each in plugin.getCache(plugged.package)["good"].plugins] == ["better"]


def test_a_broken_module_is_logged_and_left_out(plugged: Plugged, flush_logged_errors: Flush) -> None:
    plugged.write("bad", "1 / 0")
    assert plugged.things() == ["Good"]
    assert [failure.type for failure in flush_logged_errors()] == [ZeroDivisionError]


def test_a_cache_that_cannot_be_read_is_made_anew(plugged: Plugged) -> None:
    (plugged.second / CACHE).write_bytes(b"junk")
    assert plugged.things() == ["Good"]
    with open(plugged.second / CACHE, "rb") as file:
        assert list(pickle.load(file)) == ["good"]


def test_a_cache_that_cannot_be_written_is_no_error(plugged: Plugged) -> None:
    (plugged.second / CACHE).mkdir()
    assert plugged.things() == ["Good"]
    assert [path.name for path in plugged.second.glob("dropin*")] == [CACHE]


def test_a_folder_with_an_init_file_is_a_package_of_its_own(plugged: Plugged) -> None:
    assert str(plugged.second) in plugin.pluginPackagePaths("plugged")
    (plugged.second / "__init__.py").touch()
    assert str(plugged.second) not in plugin.pluginPackagePaths("plugged")


def test_our_own_plugins_are_found_without_naming_a_package() -> None:
    prefixes = {parser.prefix for parser in plugin.getPlugins(IStreamServerEndpointStringParser)}
    assert {"tcp6", "tls", "stdio", "systemd"} <= prefixes


THIRD_PARTY = """
from zope.interface import implementer
from twisted.plugin import IPlugin
from twisted.internet.interfaces import IStreamServerEndpointStringParser
from twisted.internet.endpoints import serverFromString
@implementer(IPlugin, IStreamServerEndpointStringParser)
class Parser:
    prefix = "third"
    def parseStreamServer(self, reactor, port): return serverFromString(reactor, "tcp6:" + port)
parser = Parser()
"""
PROGRAM = """
from twisted.internet import endpoints, reactor
print(type(endpoints.serverFromString(reactor, "third:80")).__name__)
"""


def test_a_third_partys_plugin_for_twisted_is_found_by_txloop_run(tmp_path: Path) -> None:
    folder = tmp_path / "twisted" / "plugins"
    folder.mkdir(parents=True)
    (folder / "third.py").write_text(THIRD_PARTY)
    (tmp_path / "program.py").write_text(PROGRAM)
    environment = child_environment()
    environment["PYTHONPATH"] += os.pathsep + str(tmp_path)
    for _cache in ("written", "read"):
        ran = python("-m", "txloop", "run", tmp_path / "program.py", environment=environment)
        assert (ran.stdout, ran.stderr) == ("TCP6ServerEndpoint\n", "")
    assert (folder / "dropin.cache").exists()
