"""Every peer beside the others: ``python -m benchmarks`` in ``tests``.

    python -m benchmarks --quick                   under three minutes, for a first look
    python -m benchmarks                           everything
    python -m benchmarks --group tcp --group tls   some parts
    python -m benchmarks --json F --plot F.svg     the figures in files as well

The peers are plain Protocols on asyncio and uvloop, which nobody weakens; Twisted's reactors;
txloop on both loops; and the bare system, of which the rest is a part.  One who is not
installed is left out.  Linux only.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks._machine import machine
from benchmarks._run import Run, add_options, run_of
from benchmarks._table import Table

# Each is a package with ``tables(run)``.
GROUPS = ("tcp", "tls", "transports", "lines", "timers", "deferred", "threads", "programs")


def tables(groups: list[str], run: Run) -> Iterator[Table]:
    """Those of *groups*, as they are measured."""
    for name in groups:
        yield from importlib.import_module(f"benchmarks.{name}").tables(run)


def main() -> None:
    """Measure, print, and write the files asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.add_argument("--group", action="append", choices=GROUPS, help="only these parts")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--plot", type=Path, help="draw the advantages over Twisted there")
    options = parser.parse_args()
    run = run_of(options)
    print(machine(run), flush=True)
    measured = []
    for table in tables(options.group or list(GROUPS), run):
        print(table.text(), flush=True)
        measured.append(table)
    if options.json:
        figures = {"machine": machine(run), "tables": [table.as_json() for table in measured]}
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    if options.plot:
        importlib.import_module("benchmarks._plot").draw(measured, options.plot)
    missed = [aim for table in measured for aim, reached in table.judged() if reached.median < aim.ratio]
    print(f"{len(measured)} tables; {len(missed)} aims missed")


if __name__ == "__main__":
    sys.exit(main())
