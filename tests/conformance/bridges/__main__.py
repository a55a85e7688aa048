"""``python -m conformance.bridges``: see the package."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from conformance.bridges.claims import CLAIMS, INSTALLED, Claim
from conformance.environment import PACKAGES, environment, made_environment

SECONDS = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Try every claim; 0: all hold, 1: not."""
    argparse.ArgumentParser(
        prog="python -m conformance.bridges", description="README's comparison, tried."
    ).parse_args(arguments)
    python = made_environment("bridges", [[PACKAGES[0], "uvloop", *INSTALLED]])
    wrong = 0
    for claim in CLAIMS:
        printed = last_line(python, claim)
        holds = printed == claim.prints
        wrong += not holds
        print(f"{claim.bridge:26} {claim.says:50} {'holds' if holds else f'WRONG: {printed}'}", flush=True)
    return 1 if wrong else 0


def last_line(python: Path, claim: Claim) -> str:
    """What *claim*'s program prints last."""
    variables = environment(python, over="asyncio" if claim.bridge == "txloop" else None)
    with tempfile.TemporaryDirectory() as folder:
        command = [str(python), "-c", claim.program]
        if claim.pytest is not None:
            Path(folder, "test_claim.py").write_text(claim.program)
            command = [str(python), "-m", "pytest", "-q", *claim.pytest]
        done = subprocess.run(
            command, env=variables, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    if claim.pytest is not None:
        return "passed" if done.returncode == 0 else "failed"
    return (done.stdout.splitlines() or done.stderr.splitlines() or [""])[-1]


if __name__ == "__main__":
    sys.exit(main())
