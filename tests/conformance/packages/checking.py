"""``txloop check`` on each package's unpacked source: the verdict, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Sequence

from conformance.packages.catalogue import Suite
from conformance.packages.sources import source_of
from txloop._check import check

SECONDS_A_THOUSAND_FILES = 2.0


def verdicts_are_right(suites: Sequence[Suite]) -> bool:
    """Check them all, print the verdicts, and the time for a thousand files like these."""
    right = True
    for suite in suites:
        verdict = check([source_of(suite) / suite.package]).verdict()
        said = verdict.startswith(suite.verdict)
        right &= said
        print(f"{suite.requirement:26} txloop check  {'' if said else 'WRONG '}{verdict}")
    # Of the processor: what else this machine does is no matter.
    begun = time.process_time()
    files = check([source_of(suite) for suite in suites]).files
    seconds = (time.process_time() - begun) / files * 1000
    # Of a few files most of the time is loading the modules they name.
    quick = seconds < SECONDS_A_THOUSAND_FILES or files < 300
    print(f"txloop check: {files} files, {seconds:.2f} s a thousand files{'' if quick else ': TOO SLOW'}")
    return right and quick
