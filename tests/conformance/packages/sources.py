"""Getting packages: environments to run them in, and their source distributions."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from conformance.environment import cache_folder, made_environment
from conformance.packages.catalogue import FOR_PROGRAMS, FOR_SUITES, PROGRAMS, SUITES, Suite


def beside_twisted() -> Path:
    """The Python of an environment with Twisted, all packages and what their tests import."""
    packages = {suite.requirement for suite in SUITES} | {program.requirement for program in PROGRAMS}
    return made_environment("packages", [FOR_SUITES, [*sorted(packages), *FOR_PROGRAMS]])


def without_twisted() -> Path:
    """The Python of an environment with those packages that need no more than txloop, and no Twisted.

    Raises:
        RuntimeError: There is one all the same.
    """
    packages = {program.requirement for program in PROGRAMS}
    packages |= {suite.requirement for suite in SUITES if suite.without_twisted}
    python = made_environment("packages-without-Twisted", [FOR_PROGRAMS, ["--no-deps", *sorted(packages)]])
    asked = "import importlib.metadata as m; print('twisted' in {d.name.lower() for d in m.distributions()})"
    said = subprocess.run([python, "-I", "-c", asked], capture_output=True, text=True, check=True)
    if said.stdout.strip() != "False":
        raise RuntimeError(f"{python} has Twisted")
    return python


def source_of(suite: Suite) -> Path:
    """The folder of the package's unpacked source distribution, downloaded once."""
    folder = cache_folder() / "sources" / f"{suite.name}-{suite.version}"
    if not folder.exists():
        with tempfile.TemporaryDirectory() as fetched:
            words = ["download", "-q", "--no-deps", "--no-binary", ":all:", "-d", fetched, suite.requirement]
            subprocess.run([sys.executable, "-m", "pip", *words], check=True)
            (archive,) = Path(fetched).glob("*.tar.gz")
            with tarfile.open(archive) as tar:
                tar.extractall(Path(fetched) / "unpacked", filter="data")
            (unpacked,) = (Path(fetched) / "unpacked").iterdir()
            folder.parent.mkdir(parents=True, exist_ok=True)
            # Another process may have been quicker; its copy is as good.
            if not folder.exists():
                subprocess.run(["cp", "-r", unpacked, folder], check=True)
    return folder


def site_packages(python: Path) -> Path:
    """Where *python*'s packages lie."""
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    said = subprocess.run([python, "-I", "-c", asked], capture_output=True, text=True, check=True)
    return Path(said.stdout.strip())
