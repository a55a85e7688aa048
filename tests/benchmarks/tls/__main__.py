"""TLS alone, with a choice of cases.  From `tests`: ``python -m benchmarks.tls``."""

from __future__ import annotations

import argparse

from benchmarks._run import add_options, run_of
from benchmarks.tls import tables
from benchmarks.tls._cases import CASES


def main() -> None:
    """Run the cases asked for and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--case", action="append", choices=list(CASES), help="only these")
    options = parser.parse_args()
    for table in tables(run_of(options), options.case):
        print(table.text(), flush=True)


if __name__ == "__main__":
    main()
