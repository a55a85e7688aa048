"""``python -m reliability``, from the folder ``tests``: see the package."""

from __future__ import annotations

import argparse
import asyncio
import datetime
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from conftest import LOOPS
from reliability import soak
from support import ROOT, child_environment

FOLDER = Path(__file__).parent
CERTIFICATES = FOLDER.parent / "txloop_asyncio" / "test_tls_certificates.py"

# Scripts and streams that hypothesis makes, a transport and a loop: of the whole run.
EXAMPLES = 100
FULL = {"connections": 10_000, "churn": 100_000, "messages": 10_000_000}
SHORT = {"connections": 500, "churn": 1_000, "messages": 50_000}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked; 0 if nothing was lost."""
    parser = argparse.ArgumentParser(prog="python -m reliability", description=__doc__)
    parser.add_argument("--short", action="store_true", help="at the size that pytest runs")
    parser.add_argument("--loop", action="append", choices=list(LOOPS), help="only this one")
    parser.add_argument("--only", choices=["tests", "load"], help="only the tests, or only load and soak")
    parser.add_argument("--one-load", nargs=3, metavar=("LOOP", "NAME", "COUNT"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one_load:
        return _one_load(*options.one_load)
    loops = options.loop or list(LOOPS)
    today = datetime.date.today().isoformat()
    print(f"{today}, Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    failed = False
    if options.only != "load":
        failed |= _tests(loops, options.short)
    if options.only != "tests":
        failed |= _loads(loops, SHORT if options.short else FULL)
    return int(failed)


def _tests(loops: Sequence[str], short: bool) -> bool:
    environment = dict(os.environ)
    if not short:
        environment["TXLOOP_RELIABILITY_EXAMPLES"] = str(EXAMPLES)
    chosen = () if len(loops) == len(LOOPS) else ("-k", " or ".join(loops))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(FOLDER), str(CERTIFICATES), *chosen],
        cwd=ROOT,
        env=environment,
        check=False,
    )
    return done.returncode != 0


def _loads(loops: Sequence[str], sizes: dict[str, int]) -> bool:
    """Each in a process of its own, so that none begins with what another has left."""
    print("| load | loop | seconds | lost | seen |\n|---|---|---|---|---|", flush=True)
    failed = False
    for name, size in sizes.items():
        for loop in loops:
            count = soak.most_connections(size) if name == "connections" else size
            command = [sys.executable, "-m", "reliability", "--one-load", loop, name, str(count)]
            folders = child_environment()["PYTHONPATH"]
            environment = {**child_environment(), "PYTHONPATH": f"{FOLDER.parent}{os.pathsep}{folders}"}
            failed |= subprocess.run(command, env=environment, check=False).returncode != 0
    return failed


def _one_load(loop: str, name: str, count: str) -> int:
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        row = runner.run(getattr(soak, name)(int(count)))
    print(f"| {row.load} | {loop} | {row.seconds:.1f} | nothing | {row.seen} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
