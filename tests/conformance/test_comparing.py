"""The conformance run's own judgement: what counts, what is a loss, what is stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance import comparing
from conformance.comparing import compare, read_expected, read_tiers, read_white_box
from conformance.figures import Figures, read_figures, record
from conformance.running import ModuleRun


def test_only_what_passes_on_stock_and_looks_at_no_private_names_counts() -> None:
    stock = ModuleRun({"kept": "success", "lost": "success", "failing": "failure", "inside": "success"})
    here = ModuleRun({"kept": "success", "lost": "skip", "failing": "success", "inside": "error"})
    found = compare(here, stock, white_box={"inside"}, expected=set())
    assert (found.counted, found.kept, found.lost) == ({"kept", "lost"}, {"kept"}, {"lost"})
    assert (found.white_box, found.white_box_kept) == ({"inside"}, set())


def test_a_test_that_was_not_run_here_is_lost() -> None:
    stock = ModuleRun({"gone": "success"})
    assert compare(ModuleRun(), stock, set(), set()).lost == {"gone"}


def test_an_expected_loss_is_none_and_an_expectation_that_passes_is_stale() -> None:
    stock = ModuleRun({"differs": "success", "mended": "success"})
    here = ModuleRun({"differs": "failure", "mended": "success"})
    found = compare(here, stock, set(), expected={"differs", "mended"})
    assert (found.lost, found.stale) == (set(), {"mended"})


def test_an_expectation_may_be_one_loops(tmp_path: Path) -> None:
    path = tmp_path / "expected.txt"
    path.write_text("# why\na.test the reason\nb.test [uvloop] another one\n")
    assert read_expected("asyncio", path) == {"a.test": "the reason"}
    assert read_expected("uvloop", path) == {"a.test": "the reason", "b.test": "another one"}


@pytest.mark.parametrize("line", ["a.test", "a.test [trio] why", "a.test [uvloop]"])
def test_an_expectation_without_a_reason_or_for_an_unknown_loop_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "expected.txt"
    path.write_text(line)
    with pytest.raises(ValueError, match="a line is"):
        read_expected("asyncio", path)


def test_the_files_here_can_be_read_and_expectations_stay_few() -> None:
    assert {each.tier for each in read_tiers()} == {"T1", "T2", "T3", "T4"}
    assert len(read_white_box()) == 507
    assert len(read_expected("asyncio").keys() | read_expected("uvloop").keys()) <= 60


def test_figures_of_one_loop_are_put_in_the_place_of_its_old_ones_and_a_test_counts_once(
    tmp_path: Path,
) -> None:
    path = tmp_path / "figures.txt"
    web = comparing.TestModule("T4", "twisted.web.test.test_http", slow=False)
    more_web = comparing.TestModule("T4", "twisted.web.test.test_xml", slow=False)
    a, b, c = (f"twisted.web.test.test_x.X.test_{name}" for name in "abc")
    one = compare(ModuleRun({a: "success"}), ModuleRun({a: "success", b: "success"}), {b}, set())
    two = compare(ModuleRun({a: "success"}), ModuleRun({a: "success", c: "success"}), set(), set())
    record("asyncio", {web: two}, path)
    record("uvloop", {web: one}, path)
    record("asyncio", {web: one, more_web: two}, path)
    assert read_figures(path) == [
        Figures("T4", "twisted.web", "asyncio", kept=1, counted=2, inside_kept=0, inside=1),
        Figures("T4", "twisted.web", "uvloop", kept=1, counted=1, inside_kept=0, inside=1),
    ]
