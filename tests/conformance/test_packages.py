"""What runs other people's suites: its notes are true, and nothing of the catalogue is forgotten."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.comparing import read_expected
from conformance.packages.__main__ import EXPECTED
from conformance.packages.catalogue import PROGRAMS, SUITES
from conformance.packages.running_programs import PROGRAMS_FOLDER
from conformance.packages.running_suites import PYTEST_WORKER
from support import python

TESTS = """
import unittest, pytest
def test_good(): pass
def test_bad(): assert 1 == 2
def test_left_out(): pytest.skip("not today")
@pytest.mark.xfail
def test_known(): assert False
@pytest.mark.parametrize("word", ["two words"])
def test_spaced(word): pass
@pytest.fixture
def broken(): raise KeyError("set-up")
def test_never_begun(broken): pass
class Old(unittest.TestCase):
    def test_it(self): pass
"""
OUTCOMES = {
    "test_them.py::test_good": "success",
    "test_them.py::test_bad": "failure",
    "test_them.py::test_left_out": "skip",
    "test_them.py::test_known": "todo",
    "test_them.py::test_spaced[two_words]": "success",
    "test_them.py::test_never_begun": "error",
    "test_them.Old.test_it": "success",
}


def notes_of(folder: Path, first: int) -> list[list[str]]:
    (folder / "test_them.py").write_text(TESTS)
    notes = folder / "notes"
    notes.unlink(missing_ok=True)
    python(
        "-P", PYTEST_WORKER, notes, first, "-c", "/dev/null", f"--rootdir={folder}", folder / "test_them.py"
    )
    return [json.loads(line) for line in notes.read_text().splitlines()]


def test_the_worker_notes_every_test_its_beginning_and_its_worst_outcome(tmp_path: Path) -> None:
    notes = notes_of(tmp_path, 0)
    assert {name: outcome for kind, name, outcome, _ in (n for n in notes if n[0] == "end")} == OUTCOMES
    assert [name for kind, name in (n for n in notes if n[0] == "start")] == list(OUTCOMES)
    assert [kind for kind, *_ in notes[-2:]] == ["loaded", "done"]


def test_the_worker_leaves_out_what_an_earlier_one_has_run(tmp_path: Path) -> None:
    started = [note[1] for note in notes_of(tmp_path, 5) if note[0] == "start"]
    assert started == list(OUTCOMES)[5:]


def test_every_program_is_in_the_catalogue_and_every_expectation_names_a_test_of_a_suite() -> None:
    assert {program.name for program in PROGRAMS} == {path.stem for path in PROGRAMS_FOLDER.glob("*.py")}
    packages = {suite.tests[0].partition(".")[0] for suite in SUITES}
    for loop in ("asyncio", "uvloop"):
        assert {test.partition(".")[0] for test in read_expected(loop, EXPECTED)} <= packages
