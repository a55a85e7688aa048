"""Little projects of somebody else's, run by pytest in a process of their own.

done = run_project(tmp_path, "async def test_it(reactor): …", ini="asyncio_mode = auto")
done.outcomes          {"passed": 3, "failed": 1}
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from support import child_environment, python

# One conftest line of a project that wants both loops.
BOTH_LOOPS = """
import txloop_pytest

def pytest_asyncio_loop_factories(config, item):
    return txloop_pytest.loop_factories()
"""

# No other plugins of this environment: they take a second to load.
PLUGINS = ("pytest_asyncio.plugin", "txloop_pytest")


# Without the setting pytest-asyncio warns.
INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"


@dataclass
class Run:
    """What came of it."""

    output: str
    errors: str
    status: int

    @property
    def outcomes(self) -> dict[str, int]:
        """From the last line: ``{"passed": 2}``."""
        counted = re.findall(r"(\d+) (\w+)", self.output.strip().rpartition("\n")[2].partition(" in ")[0])
        return {name.removesuffix("s") if name == "errors" else name: int(number) for number, name in counted}


def run_project(
    folder: Path,
    tests: str,
    *,
    ini: str = "",
    conftest: str = "",
    plugins: tuple[str, ...] = PLUGINS,
    arguments: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
) -> Run:
    """Write the project into *folder* and run pytest there."""
    (folder / "pytest.ini").write_text(INI + textwrap.dedent(ini))
    (folder / "test_project.py").write_text(textwrap.dedent(tests))
    if conftest:
        (folder / "conftest.py").write_text(textwrap.dedent(conftest))
    return run_pytest(folder, plugins=plugins, arguments=arguments, environment=environment)


def run_pytest(
    folder: Path,
    *,
    plugins: tuple[str, ...] = PLUGINS,
    arguments: tuple[str, ...] = (),
    environment: dict[str, str] | None = None,
) -> Run:
    """Run pytest in *folder* as it is."""
    loaded = [part for plugin in (*plugins, "no:cacheprovider") for part in ("-p", plugin)]
    done = python(
        "-m",
        "pytest",
        *loaded,
        *arguments,
        cwd=folder,
        environment=child_environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1", **(environment or {})),
    )
    return Run(done.stdout, done.stderr, done.returncode)
