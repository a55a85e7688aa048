"""Run pytest and write down what happens as it happens, in the notes of ../worker.py.

    python -P pytest_worker.py NOTES FIRST [pytest's own words]

Standard library and pytest only: txloop need not be importable here.
"""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path

import pytest

REASON_CHARACTERS = 2000
# Of a test's three reports the worst counts.
WORSE = ("success", "todo", "skip", "unexpected success", "failure", "error")


class Notes:
    """A plugin that notes each test's beginning and end."""

    def __init__(self, path: str, first: int) -> None:
        self._path = Path(path)
        self._first = first
        self._ended: list[tuple[str, str]] = []
        self._names: dict[str, str] = {}  # node id -> what the test is called here

    def note(self, *what: object) -> None:
        """One line, written at once."""
        with self._path.open("a") as file:
            file.write(json.dumps(what) + "\n")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what an earlier process has run; call unittest's tests as trial does."""
        for item in items:
            kind = getattr(item, "cls", None)
            if kind is not None and issubclass(kind, unittest.TestCase):
                self._names[item.nodeid] = f"{kind.__module__}.{kind.__qualname__}.{item.name}"
        del items[: self._first]

    def _named(self, nodeid: str) -> str:
        """A test's id without spaces, so that it is one word of a line."""
        return self._names.get(nodeid, nodeid).replace(" ", "_")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be imported is an error of its own."""
        if report.failed:
            self.note("end", self._named(report.nodeid), "error", str(report.longrepr)[-REASON_CHARACTERS:])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        self._ended = []
        self.note("start", self._named(nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Set-up, call or tear-down is over."""
        expected_to_fail = hasattr(report, "wasxfail")
        if report.passed and report.when == "call":
            outcome = "unexpected success" if expected_to_fail else "success"
        elif report.skipped:
            outcome = "todo" if expected_to_fail else "skip"
        elif report.failed:
            outcome = "failure" if report.when == "call" else "error"
        else:
            return
        self._ended.append(
            (outcome, "" if outcome == "success" else str(report.longrepr)[-REASON_CHARACTERS:])
        )

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """It is over."""
        outcome, reason = max(
            self._ended, key=lambda each: WORSE.index(each[0]), default=("error", "no outcome")
        )
        self.note("end", self._named(nodeid), outcome, reason)


def loaded() -> tuple[list[str], list[str]]:
    """The twisted.* modules in this process: txloop's, and the installed Twisted's own."""
    ours, stock = [], []
    for name, module in sorted(sys.modules.items()):
        if name.startswith("twisted.") and module is not None:
            of_txloop = module is sys.modules.get("txloop" + name.removeprefix("twisted"))
            (ours if of_txloop else stock).append(name)
    return ours, stock


if __name__ == "__main__":
    notes = Notes(sys.argv[1], int(sys.argv[2]))
    pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:randomly", *sys.argv[3:]], plugins=[notes])
    notes.note("loaded", *loaded())
    notes.note("done")
