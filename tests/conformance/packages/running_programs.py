"""Our programs that use a package: what they print on stock Twisted and, with no Twisted, on txloop."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from conformance.environment import environment
from conformance.packages.catalogue import Program
from conformance.packages.services import service

PROGRAMS_FOLDER = Path(__file__).with_name("programs")
LIMIT_SECONDS = 60


@dataclass(frozen=True)
class Transcript:
    """What a program printed, and how it ended."""

    status: int
    output: str
    errors: str


def run_program(program: Program, python: Path, *, over: str | None) -> Transcript:
    """Run it.

    Args:
        over: The loop below the overlay; None for stock.
    Raises:
        Missing: It needs a server that cannot be had here.
    """
    with service(program.service) as address:
        words = [python, "-P", PROGRAMS_FOLDER / f"{program.name}.py", *filter(None, [address])]
        done = subprocess.run(
            words, env=environment(python, over=over), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
        )  # fmt: skip
    return Transcript(done.returncode, done.stdout, done.stderr)
