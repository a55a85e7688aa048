"""README and compat_examples/support.md say what the code has, and what the last conformance run found."""

from __future__ import annotations

import sys

import pytest

import support_table
from conformance.figures import read_figures
from support import ROOT

HOW = "written by the code: cd tests; python -m support_table"


@pytest.fixture(autouse=True)
def _as_it_was_written() -> None:
    """With the extras of `test` and on UNIX; elsewhere some modules are rightly missing."""
    pytest.importorskip("hyperlink", reason="hyperlink is not installed (extra: test)")
    pytest.importorskip("serial", reason="pyserial is not installed (extra: test)")
    if sys.platform != "linux":
        pytest.skip("the tables tell what Linux has")


def test_the_full_table_is_what_the_code_has() -> None:
    assert support_table.FULL.read_text() == support_table.full(), HOW


def test_readmes_tables_are_what_the_code_has() -> None:
    assert support_table.README.read_text() == support_table.readme_with(support_table.summary()), HOW


def test_a_name_that_is_not_there_is_told_as_such() -> None:
    """The table can say no: these two are the installed Twisted's, the third is txloop's."""
    there = {each.name: each for each in support_table.modules()}
    assert not there["twisted.web.http"].provided
    assert "win32select" in there["twisted.internet.selectreactor"].elsewhere
    assert "FTPClient" in there["twisted.protocols.ftp"].here


def test_figures_are_of_whole_runs_on_both_loops() -> None:
    figures = read_figures()
    assert {(each.tier, each.loop) for each in figures} == {
        (tier, loop) for tier in support_table.TIERS for loop in ("asyncio", "uvloop")
    }
    for tier, least in {"T1": 450, "T2": 600, "T3": 2000, "T4": 5900}.items():
        for loop in ("asyncio", "uvloop"):
            assert sum(each.counted for each in figures if (each.tier, each.loop) == (tier, loop)) > least


def test_every_test_that_does_not_pass_is_one_of_the_expected() -> None:
    """So README's sentence about the difference is true."""
    expected = len((ROOT / "tests/conformance/expected.txt").read_text().splitlines())
    for loop in ("asyncio", "uvloop"):
        of_loop = [each for each in read_figures() if each.loop == loop]
        assert sum(each.counted - each.kept for each in of_loop) <= expected
