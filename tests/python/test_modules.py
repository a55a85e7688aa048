"""Modules without importing them.  Source of the claims: Twisted 26.10's modules, by running it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZipFile

import pytest

from txloop.python import modules
from txloop.python.zippath import ZipPath

SOURCES = {
    "pack/__init__.py": "loaded = []",
    "pack/deep/__init__.py": "",
    "pack/deep/leaf.py": "x = 1",
    "pack/side.py": "raise ImportError('never')",
    "pack/not a module.py": "",
    "pack/no_package/inner.py": "",
    "top.py": "class A:\n    b = 1",
    "top.pyc": "",
}
ALL = ["pack", "pack.deep", "pack.deep.leaf", "pack.side", "top"]


@pytest.fixture(params=["folder", "archive"])
def entry(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An entry for a path, a folder or a zip archive, with SOURCES in it."""
    if request.param == "archive":
        with ZipFile(tmp_path / "code.zip", "w") as archive:
            for name, source in SOURCES.items():
                archive.writestr(name, source)
        return str(tmp_path / "code.zip")
    for name, source in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(source)
    return str(tmp_path)


@pytest.fixture
def clean() -> Iterator[None]:
    """What tests import is forgotten."""
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_all_modules_are_found_and_none_is_loaded(entry: str) -> None:
    path = modules.PythonPath([entry], {})
    assert [module.name for module in path.walkModules()] == ALL
    assert [module.name for module in path.iterModules()] == ["pack", "top"]
    assert not any(module.isLoaded() for module in path.walkModules())


def test_a_module_knows_its_file_and_its_source_comes_first(entry: str) -> None:
    path = modules.PythonPath([entry], {})
    assert path["top"].filePath.basename() == "top.py"
    assert path["pack.deep"].filePath.basename() == "__init__.py"
    assert path["pack.deep.leaf"].filePath.getContent() == b"x = 1"
    assert isinstance(path["top"].filePath, ZipPath) == entry.endswith(".zip")
    assert (path["pack"].isPackage(), path["top"].isPackage()) == (True, False)
    assert path["pack"]["deep"] == path["pack.deep"]


def test_what_is_not_there_is_a_key_error(entry: str) -> None:
    path = modules.PythonPath([entry], {})
    assert "pack.side" in path
    assert "pack.nothing" not in path
    for name in ("nothing", "pack.nothing", "pack.no_package", "top.A"):
        with pytest.raises(KeyError):
            path[name]


def test_a_folder_that_does_not_exist_has_no_modules(tmp_path: Path) -> None:
    assert list(modules.PythonPath([str(tmp_path / "none")], {}).walkModules()) == []


@pytest.mark.usefixtures("clean")
def test_loading_gives_the_module_or_the_default(entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(entry)
    top = modules.getModule("top")
    with pytest.raises(NotImplementedError, match="non-loaded modules"):
        list(top.iterAttributes())
    assert isinstance(top.load(), ModuleType)
    assert top.isLoaded()
    (a,) = [each for each in top.iterAttributes() if each.name == "top.A"]
    assert (a.isLoaded(), a.onObject, a.load()) == (True, top, sys.modules["top"].A)
    assert "top.A.b" in [each.name for each in a.iterAttributes()]
    broken = modules.getModule("pack")["side"]
    assert broken.load(None) is None
    with pytest.raises(ImportError, match="never"):
        broken.load()


@pytest.mark.usefixtures("clean")
def test_what_a_package_adds_to_its_path_is_found_once_it_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text(f"__path__.append({str(tmp_path / 'elsewhere')!r})")
    (tmp_path / "elsewhere" / "added.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    pack = modules.getModule("pack")
    assert [each.name for each in pack.walkModules()] == ["pack"]
    assert [each.name for each in pack.walkModules(importPackages=True)] == ["pack", "pack.added"]


def test_namespace_packages_are_modules_too(tmp_path: Path) -> None:
    """Twisted's raises a TypeError."""
    assert "zope.interface" in [each.name for each in modules.getModule("zope").iterModules()]


def test_the_parts_say_what_they_are(entry: str) -> None:
    path: Any = modules.PythonPath([entry], {})
    (found,) = path.iterEntries()
    assert repr(found).startswith("PathEntry<")
    assert repr(path["top"]) == "PythonModule<'top'>"
    assert repr(path) == f"PythonPath([{entry!r}],{{}})"
    with pytest.raises(NotImplementedError):
        iter(path["top"])
