"""README's comparison is of the bridges, and of the versions, that `python -m conformance.bridges` tries."""

from __future__ import annotations

import ast

import pytest

from conformance.bridges.claims import CLAIMS, INSTALLED, Claim
from support import ROOT
from txloop_twisted._twisted_names import TWISTED_VERSION

README = (ROOT / "README.md").read_text()


def test_each_column_of_the_comparison_has_claims_that_are_tried() -> None:
    _, _, comparison = README.partition("## How it compares")
    header = next(line for line in comparison.splitlines() if line.startswith("| |"))
    columns = [cell.strip() for cell in header.strip("| ").split("|")]
    assert set(columns) == {claim.bridge for claim in CLAIMS}


def test_the_versions_told_are_those_that_are_tried() -> None:
    for name, version in [
        ("Twisted", TWISTED_VERSION),
        *(each.split("==") for each in INSTALLED if "==" in each),
    ]:
        assert f"{name} {version}" in README


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.bridge}: {claim.says}")
def test_each_claim_is_a_program(claim: Claim) -> None:
    ast.parse(claim.program)
