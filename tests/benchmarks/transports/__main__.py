"""Datagrams, UNIX sockets and children alone.  From `tests`: ``python -m benchmarks.transports``."""

from __future__ import annotations

import argparse

from benchmarks._run import add_options, run_of
from benchmarks.transports import tables

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    for table in tables(run_of(parser.parse_args())):
        print(table.text(), flush=True)
