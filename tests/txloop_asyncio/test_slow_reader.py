"""However much is written to a slower reader, memory stays flat: measured, in a process of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support import ROOT, child_environment, python

PROGRAM = Path(__file__).with_name("slow_reader.py")

# A gigabyte with TXLOOP_SLOW_READER_MEGABYTES=1024; less says the same sooner: a queue that grew
# with what is written would pass the bound at a quarter of it.
MEGABYTES = int(os.environ.get("TXLOOP_SLOW_READER_MEGABYTES", "64"))
BOUND_KIB = 16 * 1024


@pytest.mark.parametrize("kind", ["tcp", "unix", "tls", "pipe"])
def test_memory_stays_flat(loop_name: str, kind: str) -> None:
    folders = os.pathsep.join(str(ROOT / each) for each in ("src", "adapters", "tests"))
    environment = child_environment(TXLOOP_LOOP=loop_name, PYTHONPATH=folders)
    ended = python(PROGRAM, kind, str(MEGABYTES), environment=environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    grown_kib, left, pauses, reason = ended.stdout.split()
    assert int(grown_kib) < BOUND_KIB
    assert (left, reason) == ("0", "ProcessDone" if kind == "pipe" else "ConnectionDone")
    # Each 64 KiB; over TLS what one turn gathers, at most 64 pieces, counts once.
    assert int(pauses) >= (MEGABYTES // 2 if kind == "tls" else 8 * MEGABYTES)
