"""What a Deferred costs, beside Twisted's and beside a plain Future of the loop."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._run import Run
from benchmarks._table import Table


def tables(run: Run) -> Iterator[Table]:
    """One for each case, without a loop and in a running one of each kind."""
    return run.in_one_process("benchmarks.deferred.measure")
