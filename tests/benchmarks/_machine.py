"""What a run ran on: figures mean nothing without it."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import ssl
import subprocess
import sys
from pathlib import Path

from benchmarks._run import Run


def machine(run: Run) -> str:
    """One paragraph: date, processor, system, and the versions of who takes part."""
    versions = [f"Python {platform.python_version()}", version(sys.executable, "uvloop")]
    if run.twisted_python is not None:
        versions.append(version(run.twisted_python, "Twisted"))
    parts = [
        datetime.date.today().isoformat(),
        f"{processor()}, {len(os.sched_getaffinity(0))} cores",
        platform.platform(terse=True),
        *filter(None, versions),
        ssl.OPENSSL_VERSION,
        f"{run.rounds} rounds, medians (least - most)",
    ]
    return "; ".join(parts)


def processor() -> str:
    """Its name, as the kernel has it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def version(python: str, distribution: str) -> str:
    """``Twisted 26.10.0``; empty if *python* has none."""
    if python == sys.executable:
        try:
            return f"{distribution} {importlib.metadata.version(distribution)}"
        except importlib.metadata.PackageNotFoundError:
            return ""
    asked = f"import importlib.metadata as m; print(m.version({distribution!r}))"
    told = subprocess.run([python, "-c", asked], capture_output=True, text=True).stdout.strip()
    return f"{distribution} {told}" if told else ""
