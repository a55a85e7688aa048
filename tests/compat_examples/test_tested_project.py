"""The example project with three generations of tests: `pytest` in its folder, as its people run it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pytest_projects import run_pytest
from support import ROOT, twisted_python
from txloop_pytest import loop_factories

PROJECT = ROOT / "compat_examples" / "tested_project"
LOOPS = len(loop_factories())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of it: tests leave files."""
    copy = tmp_path / "project"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("__pycache__", "_trial_temp"))
    return copy


def test_it_passes(project: Path, loop_name: str) -> None:
    """asyncio tests on both loops; trial's, which make their own, on that of TXLOOP_LOOP."""
    done = run_pytest(project, environment={"TXLOOP_LOOP": loop_name})
    assert done.status == 0, done.output
    in_loops, in_none, trial = 6, 3, 8
    assert done.outcomes == {"passed": in_loops * LOOPS + in_none + trial, "skipped": 1, "xfailed": 1}


SEEDED = {
    "test_auction_asyncio.py": """
async def test_seeded():
    Auction(b"a violin")
""",
    "test_auction_pytest.py": """
@pytest.mark.txloop
def test_seeded():
    return Auction(b"a violin").bid(None, b"ann", 1)
""",
    "test_auction_trial.py": """
class TestSeeded(unittest.TestCase):
    def test_seeded(self):
        Auction(b"a violin")
""",
}


@pytest.mark.parametrize("file", SEEDED)
def test_a_seeded_leak_is_reported_with_its_line(project: Path, file: str) -> None:
    """The line is the one that calls later, inside the old code."""
    with (project / file).open("a") as tests:
        tests.write(SEEDED[file])
    done = run_pytest(project, arguments=(file, "-k", "seeded"))
    assert done.status == 1
    lines = (project / "auction.py").read_text().splitlines()
    number = next(number for number, line in enumerate(lines, 1) if "clock.callLater" in line)
    assert (
        f"made at auction.py:{number} in Auction.__init__: "
        "self._hammer = clock.callLater(QUIET_SECONDS, self._sell)"
    ) in done.output


@pytest.mark.needs_twisted
def test_its_old_tests_pass_on_twisteds_trial_too(project: Path) -> None:
    done = subprocess.run(
        [str(twisted_python()), "-m", "twisted.trial", "test_auction_trial"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "PASSED (skips=1, expectedFailures=1, successes=8)" in done.stdout, done.stdout + done.stderr
