"""Here against stock: what was lost, what of it was expected, what is expected no more."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from conformance.running import ModuleRun

HERE = Path(__file__).parent
IMPLEMENTATION = HERE / "implementation.txt"
_EXPECTATION = re.compile(r"(\S+) +(?:\[(asyncio|uvloop)\] +)?([^\[\s].*)")


@dataclass(frozen=True)
class Comparison:
    """One module, or the sum of some.

    Attributes:
        counted: Tests that pass on stock and do not look inside.
        kept: Those of *counted* that pass here.
        lost: Those of *counted* that do not, and are not expected to differ.
        stale: Tests that are expected to differ and pass here.
        white_box: Passing on stock, looking inside (private names, implementation modules): not counted.
        white_box_kept: Those of them that pass here.
    """

    counted: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()
    white_box: frozenset[str] = frozenset()
    white_box_kept: frozenset[str] = frozenset()

    def __add__(self, other: Comparison) -> Comparison:
        return Comparison(*(vars(self)[name] | vars(other)[name] for name in vars(self)))


def compare(here: ModuleRun, stock: ModuleRun, white_box: Set[str], expected: Set[str]) -> Comparison:
    """Compare the runs of one module."""
    passed, base = here.passed(), stock.passed()
    counted = base - white_box
    return Comparison(
        counted=frozenset(counted),
        kept=frozenset(counted & passed),
        lost=frozenset(counted - passed - expected),
        stale=frozenset(passed & expected),
        white_box=frozenset(base & white_box),
        white_box_kept=frozenset(base & white_box & passed),
    )


# ---- the files beside this one ---------------------------------------------------


@dataclass(frozen=True)
class TestModule:
    """A line of tiers.txt."""

    tier: str
    name: str
    slow: bool


def read_tiers(path: Path = HERE / "tiers.txt") -> list[TestModule]:
    """Every test module, in the file's order."""
    lines = [line.split() for line in _lines(path)]
    return [TestModule(tier, name, slow == ["slow"]) for tier, name, *slow in lines]


def read_white_box(path: Path = HERE / "white_box.txt") -> frozenset[str]:
    """The ids of the tests that look inside: into private names, or (`IMPLEMENTATION`) at a module itself."""
    found, of = set(), ""
    for line in _lines(path):
        if line.endswith(":"):
            of = line.removesuffix(":")
        else:
            found |= {f"{of}.{test}" for test in line.split()}
    return frozenset(found)


def read_expected(loop: str, path: Path = HERE / "expected.txt") -> Mapping[str, str]:
    """test id -> why it rightly differs on *loop*.

    Raises:
        ValueError: A line has no reason, or a loop that does not exist.
    """
    found = {}
    for line in _lines(path):
        found_line = _EXPECTATION.fullmatch(line)
        if found_line is None:
            raise ValueError(
                f"{path.name}: a line is `test.id reason` or `test.id [loop] reason`, not: {line}"
            )
        test, on, reason = found_line.groups()
        if on in (None, loop):
            found[test] = reason
    return found


def _lines(path: Path) -> list[str]:
    return [
        line.strip() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")
    ]
