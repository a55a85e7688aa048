"""Run one test module of Twisted's with trial, and write down what happens as it happens.

    python -P worker.py MODULE NOTES REACTOR FIRST [overlay]

NOTES is a file; each line appended to it is one JSON list:
    ["start", id]    ["end", id, outcome, reason]    ["loaded", ours, stock]    ["done"]
FIRST tests are left out: a run that died goes on behind the test that killed it.
REACTOR is what ReactorBuilder makes its classes for.

Runs where txloop need not be importable (stock): standard library and Twisted only.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import TestCase

# trial gives a test 120 s; the slowest of all needs 6.
TEST_TIMEOUT_SECONDS = 20.0
REASON_CHARACTERS = 2000


def main(module: str, notes: str, reactor: str, first: int, overlay: bool) -> None:
    """Run *module* from its test number *first* on."""
    from twisted.trial import reporter, runner, util

    util.DEFAULT_TIMEOUT_DURATION = TEST_TIMEOUT_SECONDS
    if overlay:
        import txloop_twisted

        assert txloop_twisted.installed(), "the overlay did not come through sitecustomize"
    _point_reactor_builder(reactor)
    _be_patient(module)
    note = Notes(notes)
    suite = runner.TestSuite(list(_flat(runner.TestLoader().loadByName(module)))[first:])

    class NotingReporter(reporter.Reporter):
        """trial's reporter, writing down each test's worst outcome."""

        def startTest(self, test: TestCase) -> None:
            super().startTest(test)
            self._ended: list[tuple[str, object]] = []
            note("start", test.id())

        def stopTest(self, test: TestCase) -> None:
            super().stopTest(test)
            outcome, reason = max(
                self._ended, key=lambda each: WORSE.index(each[0]), default=("error", "nothing")
            )
            note("end", test.id(), outcome, str(reason)[-REASON_CHARACTERS:])

    def noting(method: str, outcome: str) -> object:
        told = getattr(reporter.Reporter, method)

        def add(self: NotingReporter, test: TestCase, *details: object, **more: object) -> None:
            told(self, test, *details, **more)
            # Errors of a setUpClass or of a module that cannot be loaded come outside any test.
            if hasattr(self, "_ended"):
                self._ended.append((outcome, _text(details[0]) if details else ""))
            else:
                note("end", test.id(), outcome, _text(details[0]) if details else "")

        return add

    for method, outcome in OUTCOMES.items():
        setattr(NotingReporter, method, noting(method, outcome))
    with open(os.devnull, "w") as nowhere:
        runner.TrialRunner(NotingReporter, stream=nowhere, workingDirectory="trial").run(suite)
    note("loaded", *_loaded())
    note("done")


OUTCOMES = {
    "addSuccess": "success",
    "addSkip": "skip",
    "addExpectedFailure": "todo",
    "addUnexpectedSuccess": "unexpected success",
    "addFailure": "failure",
    "addError": "error",
}
# A test may end in several ways, its own and those of its clean-up.
WORSE = list(OUTCOMES.values())


class Notes:
    """Appends lines to a file, opened for each: tests fork, and close what is open."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._process = os.getpid()

    def __call__(self, *what: object) -> None:
        if os.getpid() == self._process:
            line = json.dumps(what).encode() + b"\n"
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            os.write(descriptor, line)
            os.close(descriptor)


def _point_reactor_builder(reactor: str) -> None:
    """Have Twisted's ReactorBuilder make its test classes for *reactor* only; before they are imported."""
    from twisted.internet.test.reactormixins import ReactorBuilder

    ReactorBuilder._reactors = [reactor]


def _be_patient(module: str) -> None:
    """Tests that use hypothesis shall not fail because the machine is busy; said before they are imported."""
    spec = importlib.util.find_spec(module)
    if spec is not None and spec.origin is not None and "hypothesis" in Path(spec.origin).read_text():
        import hypothesis

        checks = list(hypothesis.HealthCheck)
        hypothesis.settings.register_profile("patient", deadline=None, suppress_health_check=checks)
        hypothesis.settings.load_profile("patient")


def _flat(suite: object) -> Iterator[object]:
    try:
        parts = iter(suite)  # type: ignore[call-overload] # a test has none
    except TypeError:
        yield suite
    else:
        for part in parts:
            yield from _flat(part)


def _text(detail: object) -> str:
    get_traceback = getattr(detail, "getTraceback", None)
    if get_traceback is not None:
        return str(get_traceback())
    if isinstance(detail, tuple) and len(detail) == 3:
        return f"{detail[0].__name__}: {detail[1]}"
    return str(detail)


def _loaded() -> tuple[list[str], list[str]]:
    """The twisted.* modules in this process: txloop's, and the installed Twisted's own."""
    ours, stock = [], []
    for name, module in sorted(sys.modules.items()):
        if name.startswith("twisted.") and ".test" not in name and module is not None:
            # Names are no proof: the overlay has objects of txloop's say Twisted's.
            of_txloop = module is sys.modules.get("txloop" + name.removeprefix("twisted"))
            (ours if of_txloop else stock).append(name)
    return ours, stock


if __name__ == "__main__":
    main(*sys.argv[1:4], int(sys.argv[4]), "overlay" in sys.argv[5:])
