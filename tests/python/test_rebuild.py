"""Modules loaded anew.  Source of the claims: Twisted 26.10's twisted.python.rebuild, by running it."""

from __future__ import annotations

import importlib
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from txloop.python import rebuild

OLD = """
class A:
    def f(self): return "old"
class Gone: pass
class Base: pass
def fn(a=1): return "old", a
kept = 1
"""
NEW = """
class A:
    def f(self): return "new"
class Base:
    def g(self): return "new base"
def fn(a=2): return "new", a
"""

_numbers = itertools.count()


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module whose source is OLD."""
    name = f"to_rebuild_{next(_numbers)}"
    (tmp_path / f"{name}.py").write_text(OLD)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield importlib.import_module(name)
    del sys.modules[name]


Rewrite = Callable[[ModuleType, str], None]


@pytest.fixture
def rewrite() -> Rewrite:
    def write(module: ModuleType, source: str) -> None:
        path = Path(str(module.__file__))
        path.write_text(source)
        os.utime(path, (next(_numbers) + 1e9,) * 2)

    return write


def test_what_was_made_with_the_old_code_has_the_new(module: Any, rewrite: Rewrite) -> None:
    instance, function = module.A(), module.fn
    subclass = type("Sub", (module.Base,), {})
    rewrite(module, NEW)
    assert rebuild.rebuild(module, doLog=0) is module
    assert (instance.f(), function(), module.fn()) == ("new", ("new", 2), ("new", 2))
    assert isinstance(instance, module.A)
    assert subclass().g() == "new base"
    assert module.kept == 1


def test_other_modules_globals_become_the_new_things(module: Any, rewrite: Rewrite) -> None:
    other = ModuleType("other")
    other.A, other.fn = module.A, module.fn  # type: ignore[attr-defined]
    sys.modules["other_of_rebuild"] = other
    try:
        rewrite(module, NEW)
        rebuild.rebuild(module, doLog=0)
        assert other.A is module.A  # type: ignore[attr-defined]
        assert other.fn is module.fn  # type: ignore[attr-defined]
    finally:
        del sys.modules["other_of_rebuild"]


def test_a_source_that_cannot_be_loaded_changes_nothing(module: Any, rewrite: Rewrite) -> None:
    instance = module.A()
    rewrite(module, "def broken(:")
    with pytest.raises(SyntaxError):
        rebuild.rebuild(module, doLog=0)
    assert (instance.f(), type(instance)) == ("old", module.A)


def test_an_instance_that_cannot_have_the_new_class_is_named(module: Any, rewrite: Rewrite) -> None:
    instance = module.A()
    rewrite(module, "class A:\n    __slots__ = ('a',)\n")
    with pytest.raises(rebuild.RebuildError, match=r"Can't update .*A object"):
        rebuild.rebuild(module, doLog=0)
    assert instance.f() == "old"


def test_a_module_may_refuse(module: Any) -> None:
    module.ALLOW_TWISTED_REBUILD = False
    with pytest.raises(RuntimeError, match="I am not allowed to be rebuilt"):
        rebuild.rebuild(module)


def test_who_is_sensitive_learns_of_it(module: Any, rewrite: Rewrite) -> None:
    sensitive = rebuild.Sensitive()
    sensitive.rebuildUpToDate()
    assert not sensitive.needRebuildUpdate()
    old, bound = module.A, module.A().f
    rewrite(module, NEW)
    rebuild.rebuild(module, doLog=0)
    assert sensitive.needRebuildUpdate()
    assert sensitive.latestVersionOf(old) is module.A
    assert sensitive.latestVersionOf(bound)() == "new"
    assert sensitive.latestVersionOf(module.fn) is module.fn
    assert sensitive.latestVersionOf(3) == 3
    assert rebuild.latestClass(Exception) is Exception
    assert rebuild.latestFunction(module.fn) is module.fn
