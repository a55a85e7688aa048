"""A package's own tests, once: on stock, over the overlay, or with no Twisted installed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from conformance.environment import environment
from conformance.packages.catalogue import Suite
from conformance.packages.services import service
from conformance.packages.sources import site_packages, source_of
from conformance.running import ModuleRun, run_module, run_worker

PYTEST_WORKER = Path(__file__).with_name("pytest_worker.py")


def run_suite(suite: Suite, python: Path, *, over: str | None) -> ModuleRun:
    """All of *suite*'s tests.

    Args:
        over: The loop below the overlay; None for stock.
    Raises:
        Missing: It needs a server that cannot be had here.
    """
    if suite.pytest:
        return _with_pytest(suite, python, over, suite.tests)
    return _with_trial(suite, python, over)


def run_suite_without_twisted(suite: Suite, python: Path, *, over: str) -> ModuleRun:
    """The same where no Twisted is installed: its trial's runner is not there either, so pytest runs all."""
    words = suite.tests if suite.pytest else ("-p", "no:asyncio", "--pyargs", *suite.tests)
    return _with_pytest(suite, python, over, words)


def _with_pytest(suite: Suite, python: Path, over: str | None, tests: Sequence[str]) -> ModuleRun:
    words = list(tests)
    if suite.from_source:
        folder = source_of(suite)
        words = [f"--rootdir={folder}", "-c", str(folder / "pyproject.toml"), *words]
        words[words.index("tests")] = str(folder / "tests")

    def command(notes: Path, first: int) -> list[str]:
        return [str(python), "-P", str(PYTEST_WORKER), str(notes), str(first), *words]

    with service(suite.service):
        return run_worker(command, suite.name, environment(python, over=over))


def _with_trial(suite: Suite, python: Path, over: str | None) -> ModuleRun:
    """Module by module, each with a server of its own: what one leaves behind is not the next one's."""
    root = source_of(suite) if suite.from_source else site_packages(python)
    variables = environment(python, over=over, more_folders=(root,) if suite.from_source else ())
    whole = ModuleRun()
    for module in _test_modules(root, suite.tests[0]):
        with service(suite.service):
            run = run_module(python, module, variables, overlay=over is not None)
        whole.outcomes |= run.outcomes
        whole.reasons |= run.reasons
        whole.ours = sorted({*whole.ours, *run.ours})
        whole.stock = sorted({*whole.stock, *run.stock})
        whole.seconds += run.seconds
    return whole


def _test_modules(root: Path, package: str) -> Iterator[str]:
    for path in sorted((root / package.replace(".", "/")).rglob("test_*.py")):
        yield ".".join(path.relative_to(root).with_suffix("").parts)
