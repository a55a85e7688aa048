"""What the run prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.comparing import Comparison
from conformance.running import ModuleRun

STOCK_TRANSPORTS = frozenset(
    f"twisted.internet.{name}"
    for name in ("_posixstdio", "abstract", "base", "posixbase", "process", "stdio", "tcp", "udp", "unix")
)


def print_row(tier: str, name: str, compared: Comparison, seconds: float) -> None:
    """A module's line: passing here / passing on stock, of white-box ones the same, what it took."""
    print(f"{tier:5} {name:58} {_figures(compared)}  {seconds:6.1f} s", flush=True)


def print_sums(sums: Mapping[str, Comparison], total: Comparison) -> None:
    """The tiers' lines, and one for all."""
    print()
    for tier, compared in sums.items():
        print(f"{tier:64} {_figures(compared)}")
    print(f"{'all':64} {_figures(total)}")


def print_differences(
    total: Comparison, runs: Sequence[ModuleRun], expected: Mapping[str, str], *, show_white_box: bool
) -> None:
    """Every test that passes on stock and not here; every expectation that is none any more."""
    print()
    for test in sorted(total.counted - total.kept):
        word = "EXPECTED" if test in expected else "LOST"
        print(f"{word} {test}: {expected.get(test) or _how(test, runs)}")
    for test in sorted(total.stale):
        print(f"STALE {test} passes: its line in expected.txt is to go")
    if show_white_box:
        for test in sorted(total.white_box - total.white_box_kept):
            print(f"WHITE-BOX {test}: {_how(test, runs)}")


def print_modules_used(runs: Sequence[ModuleRun]) -> None:
    """Which twisted.* modules were txloop's, which the installed Twisted's own."""
    ours = {name for run in runs for name in run.ours}
    stock = {name for run in runs for name in run.stock} - ours
    print(f"\ntxloop's ({len(ours)}):", *sorted(ours))
    print(f"\nTwisted's own ({len(stock)}):", *sorted(stock))


def print_stock_transports(runs: Sequence[ModuleRun]) -> bool:
    """Say which of Twisted's own transport modules were loaded over the overlay: there must be none.

    A reactor that was Twisted's with another face would pass nearly all and prove nothing.

    Returns:
        True if there was one.
    """
    loaded = sorted({name for run in runs for name in run.stock} & STOCK_TRANSPORTS)
    print("\nTransport modules of Twisted's own that were loaded:", *(loaded or ["none"]))
    return bool(loaded)


def _figures(compared: Comparison) -> str:
    inside = f"({len(compared.white_box_kept)}/{len(compared.white_box)})" if compared.white_box else ""
    return f"{len(compared.kept):5}/{len(compared.counted):<5} {inside:11}"


def _how(test: str, runs: Sequence[ModuleRun]) -> str:
    """The outcome and the traceback's last line: the test's, or its module's that did not load."""
    for run in runs:
        for told, outcome in run.outcomes.items():
            if told == test or test.startswith(f"{told.removesuffix(' as a whole')}."):
                lines = run.reasons.get(told, "").strip().splitlines() or [""]
                return f"{outcome}: {lines[-1][:200]}"
    return "not run"
