"""figures.txt: how many of Twisted's tests passed at the last whole run, for README to tell.

A line is `tier package loop kept counted inside-kept inside`: of the tests of one package of
Twisted's that pass on stock, how many pass here, and the same of those that look inside (which do not count).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from conformance.comparing import HERE, Comparison, TestModule

FIGURES = HERE / "figures.txt"
_HEAD = (
    "# Twisted's own tests over the overlay; see figures.py.  Written by: python -m conformance --record\n"
)


@dataclass(frozen=True, order=True)
class Figures:
    """A line of figures.txt."""

    tier: str
    package: str
    loop: str
    kept: int
    counted: int
    inside_kept: int
    inside: int


def read_figures(path: Path = FIGURES) -> list[Figures]:
    """Every line, sorted."""
    lines = path.read_text().splitlines() if path.exists() else []
    parts = [line.split() for line in lines if not line.startswith("#")]
    return sorted(Figures(*words[:3], *map(int, words[3:])) for words in parts)


def record(loop: str, modules: Mapping[TestModule, Comparison], path: Path = FIGURES) -> None:
    """Put a whole run's figures in the place of those that *loop* had."""
    others = [each for each in read_figures(path) if each.loop != loop]
    lines = (
        " ".join(map(str, astuple(each))) for each in sorted([*others, *_figures(loop, modules.items())])
    )
    path.write_text(_HEAD + "".join(f"{line}\n" for line in lines))


def _figures(loop: str, modules: Iterable[tuple[TestModule, Comparison]]) -> Iterator[Figures]:
    tiers: dict[str, Comparison] = {}
    for each, compared in modules:  # some tests are run by two modules: they count once
        tiers[each.tier] = tiers.get(each.tier, Comparison()) + compared
    for tier, of in tiers.items():
        for package in {package_of(test) for test in of.counted | of.white_box}:
            numbers = (_in(package, some) for some in (of.kept, of.counted, of.white_box_kept, of.white_box))
            yield Figures(tier, package, loop, *numbers)


def _in(package: str, tests: Iterable[str]) -> int:
    return sum(package_of(test) == package for test in tests)


def package_of(test: str) -> str:
    """``twisted.web`` of ``twisted.web.test.test_http.Some.test_this``."""
    return ".".join(test.split(".")[:2])
