"""One part of the benchmark by itself: what ``python -m benchmarks.tcp`` and its like do."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

from benchmarks._run import Run, add_options, run_of
from benchmarks._table import Table


def main(
    what: str | None, cases: Iterable[str], tables: Callable[[Run, list[str] | None], Iterable[Table]]
) -> None:
    """Run the cases asked for and print their tables."""
    parser = argparse.ArgumentParser(description=what)
    add_options(parser)
    parser.add_argument("--case", action="append", choices=list(cases), help="only these")
    options = parser.parse_args()
    for table in tables(run_of(options), options.case):
        print(table.text(), flush=True)
