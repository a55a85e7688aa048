"""Datagrams, UNIX sockets and children alone: ``python -m benchmarks.transports``, from `tests`."""

from __future__ import annotations

from benchmarks._alone import main
from benchmarks.transports import CASES, tables

if __name__ == "__main__":
    main(__doc__, CASES, tables)
