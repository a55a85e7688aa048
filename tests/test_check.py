"""``txloop check``: read, not run; every use with its place; a verdict that is right."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support import CHILD_TIMEOUT_SECONDS, child_environment, python
from txloop._check import Provider, check, provider_of, surface
from txloop._check_files import FEW_FILES
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
        ("twisted.python.constants", "Names", Provider.TXLOOP),
        ("twisted.internet.defer", "never", Provider.NOBODY),
        ("twisted.internet.defer", "deferredGenerator", Provider.NOBODY),
        ("twisted.internet.defer", "failure", Provider.TXLOOP),
        ("twisted.python.compat", "_PY3", Provider.TXLOOP),
        ("twisted.words.domish", "", Provider.NOBODY),
        ("twisted.test.iosim", "connectedServerAndClient", Provider.TXLOOP),
        ("twisted.web.test.test_web", "DummyChannel", Provider.TWISTED),
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
    (tmp_path / "bad.py").write_text("from twisted import *\nprint 'as in Python 2'")
    done = python("-m", "txloop", "check", "--json", ".", cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["files"], answer["share_covered"]) == (1, 2, 1.0)
    assert list(answer["unread"]) == ["bad.py"]
    assert answer["used"][0]["places"] == ["good.py:1"]


def test_a_path_that_does_not_exist_is_a_wrong_command_line(tmp_path: Path) -> None:
    done = python("-m", "txloop", "check", "nowhere", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere" in done.stderr


@pytest.mark.parametrize(
    ("source", "instead"),
    [
        ("from twisted.web.client import getPage", "treq"),
        ("from twisted.words import domish", "twisted.words.xish.domish"),
        ("from twisted.protocols import http\nhttp.HTTPClient", "twisted.web.http"),
        ("from twisted.internet import defer\ndefer.waitForDeferred(d)", "inlineCallbacks"),
    ],
)
def test_what_twisted_has_dropped_is_recognised_and_says_what_to_use(
    tmp_path: Path, source: str, instead: str
) -> None:
    (tmp_path / "old.py").write_text(source)
    done = python("-m", "txloop", "check", "old.py", cwd=tmp_path)
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if "missing; use " in line]
    assert instead in line


def test_in_a_terminal_rich_prints_whole_names_in_colours(tmp_path: Path) -> None:
    """Source: the same program, its output a terminal of 60 columns."""
    pytest.importorskip("rich", reason="rich is not installed (extra: check)")
    (tmp_path / "program.py").write_text(
        "from twisted.internet.interfaces import IReactorPluggableNameResolver\nimport twisted.web.http\n"
    )
    ours, theirs = pty.openpty()
    environment = child_environment(TERM="xterm-256color", COLUMNS="60", LINES="30")
    process = subprocess.Popen(
        [sys.executable, "-m", "txloop", "check", "program.py"],
        cwd=tmp_path, env=environment, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(ours)
    assert process.wait(CHILD_TIMEOUT_SECONDS) == 0
    text = shown.decode()
    assert "\x1b[32mprovided" in text
    assert "\x1b[33mfalls through" in text
    columns = [re.sub(r"\x1b\[[0-9;]*m", "", line)[:30].strip() for line in text.splitlines()]
    assert "twisted.internet.interfaces.IReactorPluggableNameResolver" in "".join(columns)


def test_many_files_are_shared_out_and_found_in_their_order(tmp_path: Path) -> None:
    for number in range(FEW_FILES + 30):
        (tmp_path / f"f{number:04}.py").write_text(
            f"from twisted.internet.defer import succeed  # {number}\n"
        )
    (tmp_path / "f0100.py").write_text("from twisted import )")
    result = check([tmp_path])
    assert result.files == FEW_FILES + 30
    assert [Path(each.path).stem for each in result.findings] == [
        f"f{number:04}" for number in range(FEW_FILES + 30) if number != 100
    ]
    assert list(result.unread) == [str(tmp_path / "f0100.py")]


def test_twisted_in_words_only_is_no_use(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text('"""Not built on twisted, import twisted is not code here."""\n')
    assert check([tmp_path]).verdict() == "uses nothing of Twisted"


def test_what_only_the_tests_need_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "thing").mkdir()
    (tmp_path / "thing" / "core.py").write_text("from twisted.internet.defer import succeed")
    (tmp_path / "thing" / "test_core.py").write_text("from twisted.trial import runner\nrunner.TestLoader")
    assert check([tmp_path]).verdict() == (
        "runs without Twisted; its tests: runs with Twisted installed beside, for twisted.trial.runner"
    )
    assert check([tmp_path / "thing" / "test_core.py"]).verdict() == (
        "runs with Twisted installed beside, for twisted.trial.runner"
    )


def check_of(folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "txloop", "check", str(folder)]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=child_environment(),
        start_new_session=True,
    )


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """``txloop check folder | head -1``; a shell shows 141, as for other programs."""
    names = "\n".join(f"from twisted.internet.defer import name_{number}" for number in range(5000))
    (tmp_path / "much.py").write_text(names)
    with check_of(tmp_path) as checking:
        assert checking.stdout is not None
        assert checking.stderr is not None
        assert checking.stdout.readline()
        checking.stdout.close()
        assert checking.stderr.read() == b""
    assert checking.returncode == 141


def test_an_interrupt_ends_it_without_a_traceback(tmp_path: Path) -> None:
    """While it reads a file, here one that never ends."""
    os.mkfifo(tmp_path / "waits.py")  # whoever reads it waits until somebody writes
    with check_of(tmp_path) as checking:
        opened = os.open(tmp_path / "waits.py", os.O_WRONLY)  # now it reads
        os.killpg(checking.pid, signal.SIGINT)
        assert checking.communicate(timeout=CHILD_TIMEOUT_SECONDS) == (b"", b"")
        os.close(opened)
    assert checking.returncode == 130


def test_packages_of_an_environment_inside_are_not_the_code_that_is_asked_about(tmp_path: Path) -> None:
    installed = tmp_path / "env" / "lib" / "site-packages" / "package"
    installed.mkdir(parents=True)
    (installed / "module.py").write_text("from twisted.web import server")
    (tmp_path / "own.py").write_text("from twisted.internet import defer")
    assert check([tmp_path]).files == 1
    assert check([installed]).files == 1
