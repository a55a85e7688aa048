"""Third parties' plugins, dropped into ``twisted/plugins`` folders, under the overlay.

Source: packages ship such a folder without any __init__.py; Twisted's getPlugins finds them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support import CHILD_TIMEOUT_SECONDS, child_environment, twisted_python

FILES = {
    "greeting/__init__.py": "",
    "greeting/interface.py": """
from zope.interface import Interface
class IGreeter(Interface):
    pass
""",
    "twisted/plugins/polite_greeter.py": """
from zope.interface import implementer
from twisted.plugin import IPlugin
from greeting.interface import IGreeter
@implementer(IPlugin, IGreeter)
class Greeter:
    says = "good morning"
greeter = Greeter()
""",
    "program.py": """
from greeting.interface import IGreeter
from twisted.internet.interfaces import IStreamServerEndpointStringParser
from twisted.plugin import getPlugins
print([each.says for each in getPlugins(IGreeter)])
print("tls" in [each.prefix for each in getPlugins(IStreamServerEndpointStringParser)])
""",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def found_by(command: list[str], folder: Path, *, with_txloop: bool) -> list[str]:
    environment = child_environment()
    folders = [str(folder), environment["PYTHONPATH"]] if with_txloop else [str(folder)]
    environment["PYTHONPATH"] = ":".join(folders)
    done = subprocess.run(
        [*command, str(folder / "program.py")], env=environment,
        capture_output=True, text=True, timeout=CHILD_TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_they_are_found_with_no_twisted_installed(folder: Path) -> None:
    for _ in range(2):  # the second time from the cache that the first has written
        found = found_by([sys.executable, "-m", "txloop", "run"], folder, with_txloop=True)
        assert found == ["['good morning']", "True"]
    assert (folder / "twisted" / "plugins" / "dropin.cache").exists()


@pytest.mark.needs_twisted
def test_beside_a_real_twisted_they_are_found_with_its_own_and_the_cache_is_anybodys(folder: Path) -> None:
    """The cache is a pickle: what the overlay writes a stock Twisted reads, and the other way round."""
    theirs = str(twisted_python())
    for with_txloop in (True, False, True):
        command = [theirs, "-m", "txloop", "run"] if with_txloop else [theirs]
        assert found_by(command, folder, with_txloop=with_txloop) == ["['good morning']", "True"]
