"""The overlay is handed on to the Python processes that a program starts."""

from __future__ import annotations

import os
from pathlib import Path

import txloop_twisted
from support import child_environment, python

SAYS_WHOSE = "from twisted.internet import error; print(error.__name__)"


def inheriting_environment(*front: Path) -> dict[str, str]:
    environment = child_environment()
    if front:
        environment["PYTHONPATH"] = os.pathsep.join([*map(str, front), environment["PYTHONPATH"]])
    txloop_twisted.inherit(environment)
    return environment


def test_a_child_and_its_child_have_the_overlay_from_the_first_line() -> None:
    grandchild = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SAYS_WHOSE!r}])"
    for program in (SAYS_WHOSE, grandchild):
        done = python("-c", program, environment=inheriting_environment())
        assert (done.stdout, done.stderr) == ("txloop.internet.error\n", "")


def test_the_sitecustomize_that_ours_hides_runs_after_it(tmp_path: Path) -> None:
    """Source: CPython's site, "sitecustomize … can perform arbitrary site-specific customizations"."""
    (tmp_path / "sitecustomize.py").write_text(SAYS_WHOSE.replace("print(", "print('hidden', "))
    done = python(
        "-c",
        "import sitecustomize; print(sitecustomize.__file__)",
        environment=inheriting_environment(tmp_path),
    )
    assert done.stdout.splitlines() == ["hidden txloop.internet.error", str(tmp_path / "sitecustomize.py")]


def test_the_folder_that_does_it_is_not_seen_in_sys_path() -> None:
    done = python(
        "-c",
        "import sys; print([p for p in sys.path if p.endswith('children')])",
        environment=inheriting_environment(),
    )
    assert done.stdout == "[]\n"


def test_a_child_that_cannot_see_txloop_runs_as_ever() -> None:
    environment = inheriting_environment()
    environment["PYTHONPATH"] = environment["PYTHONPATH"].partition(os.pathsep)[0]
    done = python(
        "-S",
        "-c",
        "import runpy, os; runpy.run_path(os.environ['PYTHONPATH'] + '/sitecustomize.py'); print('ran')",
        environment=environment,
    )
    assert (done.stdout, done.stderr) == ("ran\n", "")


def test_inheriting_twice_is_inheriting_once_and_it_can_be_taken_back() -> None:
    environment = {"PYTHONPATH": "a"}
    txloop_twisted.inherit(environment)
    once = dict(environment)
    txloop_twisted.inherit(environment)
    assert environment == once
    txloop_twisted.disinherit(environment)
    assert environment == {"PYTHONPATH": "a"}
    empty: dict[str, str] = {}
    txloop_twisted.inherit(empty)
    txloop_twisted.disinherit(empty)
    assert empty == {}
