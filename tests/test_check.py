"""``txloop check``: read, not run; every use with its place; a verdict that is right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support import python
from txloop._check import Provider, check, provider_of, surface
from txloop._check_uses import Use, uses_in


def targets(source: str) -> list[tuple[str, str]]:
    return [(use.module, use.name) for use in uses_in(source, surface().keys())]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            "import twisted.internet.defer\ntwisted.internet.defer.Deferred()",
            ("twisted.internet.defer", "Deferred"),
        ),
        ("import twisted.internet.defer as d\nd.succeed(1)", ("twisted.internet.defer", "succeed")),
        ("from twisted.internet import defer\ndefer.succeed(1)", ("twisted.internet.defer", "succeed")),
        ("from twisted.internet.defer import succeed as s", ("twisted.internet.defer", "succeed")),
        ("import importlib\nimportlib.import_module('twisted.web.http')", ("twisted.web.http", "")),
        ("namedAny('twisted.web.http.Request')", ("twisted.web.http", "Request")),
        ("def f():\n    from twisted.web import resource", ("twisted.web.resource", "")),
    ],
)
def test_every_spelling_of_a_use_is_seen(source: str, expected: tuple[str, str]) -> None:
    assert expected in targets(source)


def test_others_modules_and_relative_imports_are_none_of_twisteds() -> None:
    assert targets("import asyncio\nfrom . import twisted\nfrom .twisted.internet import defer") == []


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    from twisted.web import http\nexcept ImportError:\n    http = None",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from twisted.web import http",
    ],
)
def test_what_a_program_can_do_without_is_guarded(source: str) -> None:
    assert [use.guarded for use in uses_in(source, surface().keys())] == [True]


def test_a_name_that_is_bound_otherwise_too_is_not_sure() -> None:
    uses = uses_in("from twisted.internet import error\ndef f(error):\n    error.args", surface().keys())
    assert Use("twisted.internet.error", "args", 3, sure=False) in uses


@pytest.mark.parametrize(
    ("module", "name", "provider"),
    [
        ("twisted.internet.defer", "Deferred", Provider.TXLOOP),
        ("twisted.internet.reactor", "callLater", Provider.TXLOOP),
        ("twisted.web.client", "Agent", Provider.TWISTED),
        ("twisted.web.client", "getPage", Provider.NOBODY),
        ("twisted.python.constants", "Names", Provider.NOBODY),
        ("twisted.internet.defer", "never", Provider.NOBODY),
    ],
)
def test_who_provides_it(module: str, name: str, provider: Provider) -> None:
    assert provider_of(module, name) is provider


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        ("import os", "uses nothing of Twisted"),
        ("from twisted.internet.defer import succeed", "runs without Twisted"),
        ("from twisted.web import http", "runs with Twisted installed beside, for twisted.web.http"),
        ("from twisted.web.client import getPage", "needs twisted.web.client.getPage, which neither"),
        ("try:\n  from twisted.web.client import getPage\nexcept ImportError: pass", "runs without Twisted"),
    ],
)
def test_the_verdict(tmp_path: Path, source: str, verdict: str) -> None:
    (tmp_path / "program.py").write_text(source)
    assert check([tmp_path]).verdict().startswith(verdict)


def test_the_command_prints_places_and_ends_with_the_verdict(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text(
        "\nfrom twisted.web.client import getPage\nraise SystemExit('it was run')\n"
    )
    done = python("-m", "txloop", "check", "old.py", cwd=tmp_path)
    assert done.returncode == 1
    assert "old.py:2" in done.stdout
    assert "Agent" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Verdict: needs twisted.web.client.getPage")


def test_json_is_one_object_and_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("from twisted.internet import defer")
    (tmp_path / "bad.py").write_text("print 'twisted'")
    done = python("-m", "txloop", "check", "--json", ".", cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["files"], answer["share_covered"]) == (1, 2, 1.0)
    assert list(answer["unread"]) == ["bad.py"]
    assert answer["used"][0]["places"] == ["good.py:1"]


def test_a_path_that_does_not_exist_is_a_wrong_command_line(tmp_path: Path) -> None:
    done = python("-m", "txloop", "check", "nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere" in done.stderr
