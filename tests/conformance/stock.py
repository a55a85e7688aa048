"""What tests do on stock Twisted: run once, then remembered, module by module.

Remembered for one interpreter and one Twisted; `--fresh` forgets.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from pathlib import Path

from conformance.environment import cache_folder, environment
from conformance.running import ModuleRun, run_module

_DESCRIBES = (
    "import importlib.metadata as m, platform, sys, os;"
    "print(sys.executable, platform.python_version(), os.geteuid() == 0,"
    "*sorted(d.name + d.version for d in m.distributions()), sep=' ')"
)


class Stock:
    """Stock's outcomes in one interpreter."""

    def __init__(self, python: Path, *, fresh: bool = False) -> None:
        said = subprocess.run([python, "-I", "-c", _DESCRIBES], capture_output=True, text=True, check=True)
        self._python = python
        self._folder = cache_folder() / "stock" / f"{_digest(said.stdout)}"
        self._fresh = fresh

    def run(self, module: str) -> ModuleRun:
        """What *module*'s tests do."""
        kept = self._folder / f"{module}.json"
        if kept.exists() and not self._fresh:
            return ModuleRun(**json.loads(kept.read_text()))
        run = run_module(self._python, module, environment(self._python, over=None), overlay=False)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(asdict(run)))
        return run


def _digest(text: str) -> str:
    import hashlib

    # The worker's ways are part of what was measured.
    worker = Path(__file__).with_name("worker.py").read_text()
    return hashlib.sha256((text + worker).encode()).hexdigest()[:16]
