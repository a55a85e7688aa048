"""camelCase is Twisted's: the names that the linter lets through are names of Twisted 26.10.

`data/twisted_names.txt` was recorded by running that version (data/record_twisted_names.py).
When ruff refuses a name (rules N8xx) that stands in there, add it to extend-ignore-names in
pyproject.toml; when it does not stand there, it is ours, and ours are snake_case.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from support import ROOT

RECORDED = (Path(__file__).parent / "data" / "twisted_names.txt").read_text().split()


def allowed_names() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names: list[str] = settings["tool"]["ruff"]["lint"]["pep8-naming"]["extend-ignore-names"]
    return names


def test_the_linter_lets_only_names_of_twisted_through() -> None:
    assert sorted(set(allowed_names()) - set(RECORDED)) == []


def test_the_list_holds_each_name_once_and_no_pattern() -> None:
    names = allowed_names()
    assert names == sorted(set(names))
    assert all(name.isidentifier() for name in names)


@pytest.mark.parametrize("name", ["callLater", "dataReceived", "buildProtocol", "secondsFromNow"])
def test_the_recording_has_methods_and_parameters(name: str) -> None:
    assert name in RECORDED
