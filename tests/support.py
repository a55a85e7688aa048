"""Helpers of the tests that are no fixtures: `from support import …`."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Long enough for a slow machine under load; a test that needs half of it is broken.
CHILD_TIMEOUT_SECONDS = 60


def twisted_python() -> str | None:
    """An interpreter that has the real Twisted: $TXLOOP_TWISTED_PYTHON, else this one if it has."""
    named = os.environ.get("TXLOOP_TWISTED_PYTHON")
    if named:
        return named
    return sys.executable if importlib.util.find_spec("twisted") is not None else None


# With these a program prints otherwise than at a desk: pytest tells each failure twice where CI is set.
OF_THE_RUN = {"BUILD_NUMBER", "CI", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "PY_COLORS", "PYTEST_ADDOPTS"}


def child_environment(**more: str) -> dict[str, str]:
    """The environment for a child process: ours, txloop importable, nothing of this run's choices."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TXLOOP_") and name not in OF_THE_RUN
    }
    folders = [str(ROOT / "src"), str(ROOT / "adapters")]
    return {**kept, "PYTHONPATH": os.pathsep.join(folders), "PYTHONUNBUFFERED": "1", **more}


def python(
    *arguments: str | Path, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run this interpreter with *arguments* in a fresh process; what it printed and its status."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=dict(environment or child_environment()),
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=False,
    )
