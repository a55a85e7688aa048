"""The observer that writes to the system's log.

Source of the behaviour: Twisted 26.10, twisted.python.syslog, by running it.
"""

from __future__ import annotations

import syslog
from typing import Any

import pytest

from txloop.python.failure import Failure
from txloop.python.syslog import SyslogObserver


class Watched(SyslogObserver):
    """Writes down what would go to the system."""

    opened: tuple[Any, ...]

    def __init__(self, *args: Any) -> None:
        self.written: list[tuple[int, str]] = []
        super().__init__(*args)

    def openlog(self, *args: Any) -> None:
        self.opened = args

    def syslog(self, priority: int, line: str) -> None:
        self.written.append((priority, line))


def test_the_log_is_opened_with_the_programs_name_as_a_users() -> None:
    assert Watched("prog").opened == ("prog", 0, syslog.LOG_USER)


@pytest.mark.parametrize(
    ("event", "written"),
    [
        ({"message": ("hi", "there")}, [(6, "[s] hi there")]),
        ({"message": ("a\n  b\n\nc\n",)}, [(6, "[s] a"), (6, "[s] \t  b"), (6, "[s] \t"), (6, "[s] \tc")]),
        ({"message": ()}, []),
        ({"message": ("x",), "isError": 1}, [(1, "[s] x")]),
        ({"message": ("x",), "isError": 1, "syslogPriority": 7, "syslogFacility": 16}, [(23, "[s] x")]),
        ({"format": "%(n)d", "n": 5, "message": ()}, [(6, "[s] 5")]),
    ],
)
def test_each_line_is_written_with_the_events_priority(event: Any, written: list[tuple[int, str]]) -> None:
    observer = Watched("prog")
    observer.emit({"isError": 0, "system": "s", **event})
    assert observer.written == written


def test_a_failure_is_written_with_its_traceback() -> None:
    observer = Watched("prog")
    observer.emit(
        {"isError": 1, "system": "s", "message": (), "failure": Failure(ValueError("v")), "why": "w"}
    )
    assert observer.written[0] == (syslog.LOG_ALERT, "[s] w")
    assert observer.written[-1] == (syslog.LOG_ALERT, "[s] \tFailure: builtins.ValueError: v")
