"""Receivers of lines and strings: the parsers alone, txloop's beside Twisted's."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._run import Run
from benchmarks._table import Table


def tables(run: Run) -> Iterator[Table]:
    """One for each receiver, message and chunk."""
    return run.in_one_process("benchmarks.lines.measure")
