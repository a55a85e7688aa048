"""The type checkers infer what users of Deferreds expect: tests/typing/cases holds the claims."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import txloop

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))
SOURCES = str(Path(txloop.__file__).parents[1])


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


@pytest.mark.skipif(find_spec("pyright") is None, reason="not run: pyright is not installed")
def test_pyright_infers_right(tmp_path: Path) -> None:
    # The package is a starter: it fetches the checker, and a node to run it, at its first use.
    version = subprocess.run([sys.executable, "-m", "pyright", "--version"], capture_output=True, check=False)
    if version.returncode:
        pytest.skip("pyright is installed, but cannot fetch its checker here")
    assert complaints("pyright", cwd=tmp_path) == ""
