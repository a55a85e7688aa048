"""``python -m conformance``: see the package."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance.comparing import (
    IMPLEMENTATION,
    Comparison,
    TestModule,
    compare,
    read_expected,
    read_tiers,
    read_white_box,
)
from conformance.environment import environment, interpreter
from conformance.figures import record
from conformance.report import (
    print_differences,
    print_modules_used,
    print_row,
    print_stock_transports,
    print_sums,
)
from conformance.running import ModuleRun, run_module
from conformance.stock import Stock

CANARY = "conformance_canary"
CANARY_FOLDER = Path(__file__).with_name("canary")
ALL_TIERS = "T1,T2,T3,T4"
EXIT_DIFFERENT, EXIT_CANARY = 1, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked.

    Returns:
        0: as expected; 1: a loss, a stale expectation or a stock transport; 3: the canary is wrong.
    """
    options = _options(arguments)
    python = interpreter(options.python)
    if wrong := canary(python, options.loop):
        print("The canary is wrong, so nothing else is worth running:", *wrong, sep="\n  ")
        return EXIT_CANARY
    chosen = _chosen(options)
    white_box = read_white_box() | read_white_box(IMPLEMENTATION)
    expected = read_expected(options.loop)
    stock = Stock(python, fresh=options.fresh)

    def both(name: str) -> tuple[ModuleRun, ModuleRun]:
        base = stock.run(name)
        return run_module(python, name, environment(python, over=options.loop), overlay=True), base

    sums: dict[str, Comparison] = {}
    modules: dict[TestModule, Comparison] = {}
    here_all: list[ModuleRun] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for each, (here, base) in zip(chosen, pool.map(both, [each.name for each in chosen]), strict=True):
            compared = compare(here, base, white_box, expected.keys())
            print_row(each.tier, each.name, compared, here.seconds)
            sums[each.tier] = sums.get(each.tier, Comparison()) + compared
            modules[each] = compared
            here_all.append(here)
    total = sum(sums.values(), Comparison())
    print_sums(sums, total)
    print_differences(total, here_all, expected, show_white_box=options.white_box)
    print_modules_used(here_all)
    not_ours = print_stock_transports(here_all)
    if options.record:
        record(options.loop, modules)
    return EXIT_DIFFERENT if total.lost or total.stale or not_ours else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What the command line asks, if it can be done together."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.record and (options.modules is not None or options.fast or options.tier != ALL_TIERS):
        parser.error("--record is for a run of everything: leave out --tier, --modules and --fast")
    return options


def _chosen(options: argparse.Namespace) -> list[TestModule]:
    """The modules that the command line names."""
    modules = read_tiers()
    if options.modules is not None:
        names = options.modules.split(",")
        chosen = [each for each in modules if each.name in names]
    else:
        chosen = [each for each in modules if each.tier in options.tier.split(",")]
    return [each for each in chosen if not (options.fast and each.slow)]


def canary(python: Path, loop: str) -> list[str]:
    """The canary's tests that did not end as their names say."""
    variables = environment(python, over=loop, more_folders=(CANARY_FOLDER,))
    run = run_module(python, CANARY, variables, overlay=True)
    wrong = [
        f"{test} ended as {outcome}: {run.reasons.get(test, '')}"
        for test, outcome in run.outcomes.items()
        if not test.rpartition(".")[2].startswith(f"test_{outcome}_")
    ]
    return wrong if run.outcomes else ["it did not run"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m conformance", description="Twisted's own tests over the overlay, against stock."
    )
    parser.add_argument("--tier", default=ALL_TIERS, help="some of T1,T2,T3,T4; all by default")
    parser.add_argument("--modules", help="test modules by name, with commas, instead of tiers")
    parser.add_argument("--loop", choices=("asyncio", "uvloop"), default="asyncio", help="the loop below")
    parser.add_argument("--jobs", type=int, default=2, help="test modules at a time")
    parser.add_argument("--fast", action="store_true", help="leave out what tiers.txt calls slow")
    parser.add_argument(
        "--python", help="an interpreter with Twisted; otherwise one is made in the cache folder"
    )
    parser.add_argument("--fresh", action="store_true", help="run stock again, though its outcomes are kept")
    parser.add_argument(
        "--record",
        action="store_true",
        help="write the figures of this loop into figures.txt (README has them)",
    )
    parser.add_argument(
        "--white-box", action="store_true", help="also list tests that do not count and do not pass"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
