"""TLS alone, with a choice of cases.  From `tests`: ``python -m benchmarks.tls``."""

from __future__ import annotations

from benchmarks._alone import main
from benchmarks.tls import tables
from benchmarks.tls._cases import CASES

if __name__ == "__main__":
    main(__doc__, CASES, tables)
