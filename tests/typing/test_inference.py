"""The type checkers infer what users of Deferreds expect: tests/typing/cases holds the claims."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import txloop
import txloop_twisted

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))
SOURCES = str(Path(txloop.__file__).parents[1])
ADAPTERS = str(Path(txloop_twisted.__file__).parents[1])


def complaints(*command: str, cwd: Path) -> str:
    """What the checker says; empty if it finds all inferences right."""
    result = subprocess.run(
        [sys.executable, "-m", *command, *map(str, CASES)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "MYPYPATH": SOURCES, "PYTHONPATH": SOURCES},
        check=False,
    )
    return "" if result.returncode == 0 else result.stdout + result.stderr


@pytest.mark.skipif(find_spec("mypy") is None, reason="not run: mypy is not installed")
def test_mypy_infers_right(tmp_path: Path) -> None:
    config = tmp_path / "mypy.ini"
    # Only the cases are judged here; txloop's own files have the strict run of their own.
    config.write_text(
        "[mypy]\nstrict = true\n"
        + ("plugins = mypy_zope:plugin\n" if find_spec("mypy_zope") else "")
        + "[mypy-txloop.*]\nignore_errors = true\n"
    )
    cache = Path(__file__).parents[2] / ".mypy_cache" / "typing-tests"
    command = ["mypy", "--config-file", str(config), "--cache-dir", str(cache)]
    assert complaints(*command, cwd=tmp_path) == ""


@pytest.fixture
def pyright() -> list[str]:
    """How it is started here; the test is not run where it cannot be."""
    if find_spec("pyright") is None:
        pytest.skip("not run: pyright is not installed")
    command = [sys.executable, "-m", "pyright"]
    # The package is a starter: it fetches the checker, and a node to run it, at its first use.
    if subprocess.run([*command, "--version"], capture_output=True, check=False).returncode:
        pytest.skip("not run: pyright is installed, but cannot fetch its checker here")
    return command


@pytest.mark.usefixtures("pyright")
def test_pyright_infers_right(tmp_path: Path) -> None:
    assert complaints("pyright", cwd=tmp_path) == ""


@pytest.mark.parametrize("package", ["txloop", "txloop_pytest", "txloop_twisted"])
def test_every_public_name_has_a_type(pyright: list[str], package: str, tmp_path: Path) -> None:
    """As pyright counts for those who use an installed package: none inferred, none unknown."""
    counted = subprocess.run(
        [
            *pyright,
            "--pythonpath",
            sys.executable,
            "--verifytypes",
            package,
            "--ignoreexternal",
            "--outputjson",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([SOURCES, ADAPTERS])},
        check=False,
    )
    found = json.loads(counted.stdout)["typeCompleteness"]
    untyped = [
        f"{symbol['name']}: {symbol['diagnostics'][0]['message']}"
        for symbol in found["symbols"]
        if symbol["isExported"] and not symbol["isTypeKnown"] and symbol["diagnostics"]
    ]
    assert (untyped, found["completenessScore"]) == ([], 1)
