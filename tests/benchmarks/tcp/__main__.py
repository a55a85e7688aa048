"""TCP alone, with a choice of cases.  From `tests`: ``python -m benchmarks.tcp``."""

from __future__ import annotations

from benchmarks._alone import main
from benchmarks.tcp import tables
from benchmarks.tcp._cases import CASES

if __name__ == "__main__":
    main(__doc__, CASES, tables)
