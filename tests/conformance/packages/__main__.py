"""``python -m conformance.packages``: see the package."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from conformance.comparing import Comparison, compare, read_expected
from conformance.packages.catalogue import PROGRAMS, SUITES, Program, Suite
from conformance.packages.checking import verdicts_are_right
from conformance.packages.running_programs import run_program
from conformance.packages.running_suites import run_suite, run_suite_without_twisted
from conformance.packages.services import Missing
from conformance.packages.sources import beside_twisted, without_twisted
from conformance.report import print_differences
from conformance.running import ModuleRun

EXPECTED = Path(__file__).with_name("expected.txt")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked; 0: as expected, 1: a difference that is not, or a stale expectation."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance.packages",
        description="Other people's packages over txloop, against stock.",
    )
    parser.add_argument("--only", help="some packages or programs, by name, with commas")
    parser.add_argument("--loop", choices=("asyncio", "uvloop"), default="asyncio", help="the loop below")
    options = parser.parse_args(arguments)
    names = options.only.split(",") if options.only else None
    suites = [suite for suite in SUITES if names is None or suite.name in names]
    programs = [program for program in PROGRAMS if names is None or program.name in names]
    bad = [not suite_is_well(suite, options.loop) for suite in suites]
    bad += [not program_is_well(program, options.loop) for program in programs]
    bad += [not verdicts_are_right(suites)] if suites else []
    if not bad:
        parser.error(f"nothing is called {options.only}")
    return 1 if any(bad) else 0


def suite_is_well(suite: Suite, loop: str) -> bool:
    """Run *suite* on stock and here, and print how they compare."""
    expected = read_expected(loop, EXPECTED)
    try:
        stock = run_suite(suite, beside_twisted(), over=None)
        here = {"with Twisted": run_suite(suite, beside_twisted(), over=loop)}
        if suite.without_twisted:
            here["no Twisted"] = run_suite_without_twisted(suite, without_twisted(), over=loop)
    except Missing as missing:
        print(f"NOT RUN {suite.requirement}: {missing}")
        return True
    well = bool(stock.passed())
    for how, run in here.items():
        compared = compare(run, stock, frozenset(), expected.keys())
        _print_row(suite.requirement, how, compared, stock, run)
        if compared.counted != compared.kept or compared.stale:
            print_differences(compared, [run], expected, show_white_box=False)
        well &= not compared.lost and not compared.stale
    return well


def program_is_well(program: Program, loop: str) -> bool:
    """Run *program* on stock and here, without Twisted, and print whether they agree."""
    try:
        stock = run_program(program, beside_twisted(), over=None)
        here = run_program(program, without_twisted(), over=loop)
    except Missing as missing:
        print(f"NOT RUN {program.name}: {missing}")
        return True
    well = (here.status, here.output) == (stock.status, stock.output) and stock.status == 0 and stock.output
    told = f"{len(stock.output.splitlines())} lines, {'equal' if well else 'DIFFERENT'}"
    print(f"{program.requirement:26} no Twisted    programs/{program.name}.py: {told}", flush=True)
    if not well:
        print(f"--- stock, status {stock.status}\n{stock.output}{stock.errors[-1500:]}", end="")
        print(f"--- here, status {here.status}\n{here.output}{here.errors[-1500:]}", end="")
    return bool(well)


def _print_row(name: str, how: str, compared: Comparison, stock: ModuleRun, here: ModuleRun) -> None:
    figures = f"{len(compared.kept):5}/{len(compared.counted):<5}"
    print(f"{name:26} {how:13} {figures} {here.seconds:6.1f} s  (stock {stock.seconds:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
