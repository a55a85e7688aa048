"""Trial's test cases, each kind of outcome: what they tell is what real Twisted's tell.

The tests are in cases.py; data/trial_transcript.txt is what they print on Twisted 26.10.
"""

from __future__ import annotations

import subprocess

import pytest

from support import ROOT, child_environment, python, twisted_python

CASES = ROOT / "tests" / "trial" / "cases.py"
RECORDED = (ROOT / "tests" / "data" / "trial_transcript.txt").read_text().splitlines()

EXPECTED = "expected ZeroDivisionError: division by zero"

# On purpose; the reasons are in compat_examples/differences.md.
OTHERWISE = {
    "Deferreds.test_port_left: success | error": "Deferreds.test_port_left: error",
    "waited_for: success | set up | True | True": "waited_for: success | set up | False | True",
    "test_todo: set up": f"test_todo: {EXPECTED} | set up",
    "test_todo_with_that_error: set up": f"test_todo_with_that_error: {EXPECTED} | set up",
}


def expected() -> list[str]:
    text = "\n".join(RECORDED)
    for theirs, ours in OTHERWISE.items():
        assert text.count(theirs) == 1
        text = text.replace(theirs, ours)
    return text.splitlines()


def test_they_tell_what_twisteds_tell(loop_name: str) -> None:
    """Source: Twisted 26.10, by running the same file."""
    done = python("-m", "txloop_twisted", CASES, environment=child_environment(TXLOOP_LOOP=loop_name))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == expected()


@pytest.mark.needs_twisted
def test_the_recording_is_what_real_twisted_tells() -> None:
    done = subprocess.run(
        [str(twisted_python()), str(CASES)], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.splitlines() == RECORDED
