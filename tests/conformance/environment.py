"""The interpreter with Twisted, in which the tests run: one that is named, or one made here.

cache folder/venv-3.11-Twisted-26.10.0/…     made at the first run
cache folder/stock/…                         what tests do on stock (stock.py)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from support import ROOT
from txloop_twisted._children import CHILDREN_FOLDER
from txloop_twisted._twisted_names import TWISTED_VERSION

# All that Twisted's tests use if it is there, or else skip; uvloop is ours.
PACKAGES = (
    f"Twisted[tls,test,conch,http2,serial]=={TWISTED_VERSION}",
    "python-subunit",
    "wsproto",
    "uvloop",
)


def cache_folder() -> Path:
    """Where things are kept from run to run."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "txloop-conformance"


def interpreter(named: str | None) -> Path:
    """The Python to run tests in: *named*, or that of an environment made for it, once."""
    if named is not None:
        return Path(named).absolute()
    return made_environment(f"Twisted-{TWISTED_VERSION}", [PACKAGES])


def made_environment(label: str, installs: Sequence[Sequence[str]]) -> Path:
    """The Python of an environment in the cache folder: made once, and again when it shall hold other things.

    Args:
        label: Its name.
        installs: The words of each ``pip install``, in order.
    """
    folder = cache_folder() / f"venv-{sys.version_info[0]}.{sys.version_info[1]}-{label}"
    python, finished = folder / "bin" / "python", folder / "finished"
    wanted = json.dumps(installs)
    if not finished.exists() or finished.read_text() != wanted:
        print(f"making {folder}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        for words in installs:
            subprocess.run([python, "-m", "pip", "install", "-q", *words], check=True)
        finished.write_text(wanted)
    return python


def environment(python: Path, *, over: str | None, more_folders: tuple[Path, ...] = ()) -> dict[str, str]:
    """The variables for a run in *python*.

    Args:
        over: The kind of loop, "asyncio" or "uvloop", for a run over the overlay, which the
            processes that tests start then have too; None for stock.
        more_folders: To be importable as well.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TXLOOP_", "PYTHON", "LC_", "LANG"))
    }
    folders = list(more_folders)
    if over is not None:
        kept["TXLOOP_LOOP"] = over
        folders = [CHILDREN_FOLDER, ROOT / "src", ROOT / "adapters", *folders]
    if folders:
        kept["PYTHONPATH"] = os.pathsep.join(map(str, folders))
    # Some of Twisted's tests read what commands print, or start the environment's own scripts.
    path = os.pathsep.join([str(python.parent), kept.get("PATH", os.defpath)])
    return {**kept, "LC_ALL": "C", "PYTHONUTF8": "1", "PATH": path}
