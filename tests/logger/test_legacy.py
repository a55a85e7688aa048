"""Between python.log's events and ours: both kinds of observers see both kinds of events."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from txloop.logger import LegacyLogObserverWrapper, Logger, LogLevel
from txloop.logger._legacy import publishToNewObserver
from txloop.python.failure import Failure
from txloop.python.log import textFromEventDict

Events = list[dict[str, Any]]
FAILURE = Failure(ValueError("no"))


def as_legacy(**event: Any) -> dict[str, Any]:
    events: Events = []
    LegacyLogObserverWrapper(events.append)({"log_time": 7, "log_level": LogLevel.info, **event})
    return events[0]


def as_new(**event: Any) -> dict[str, Any]:
    events: Events = []
    publishToNewObserver(events.append, {"time": 7, "isError": 0, "message": (), **event}, textFromEventDict)
    return events[0]


# ---- ours, seen by theirs --------------------------------------------------------


def test_a_new_event_has_what_a_legacy_observer_reads() -> None:
    event = as_legacy(log_format="{a} b", a=1, log_system="s")
    assert (event["message"], event["time"], event["system"], event["isError"]) == ((), 7, "s", 0)
    assert event["format"] % event == "1 b"
    assert textFromEventDict(event) == "1 b"


def test_a_new_event_without_a_system_is_nobodys() -> None:
    assert as_legacy()["system"] == "-"


def test_a_failure_is_an_error_and_its_text_the_reason() -> None:
    event = as_legacy(log_failure=FAILURE, log_format="{a} failed", a=1)
    assert (event["failure"], event["isError"], event["why"]) == (FAILURE, 1, "1 failed")


@pytest.mark.parametrize("level", list(LogLevel.iterconstants()), ids=lambda level: str(level.name))
def test_error_and_critical_are_errors(level: Any) -> None:
    assert as_legacy(log_level=level)["isError"] == (level >= LogLevel.error)


def test_what_the_event_has_already_is_kept() -> None:
    given = {"time": 1, "system": "mine", "format": "f", "isError": 0, "failure": 3, "why": "w"}
    event = as_legacy(log_failure=FAILURE, log_format="x", message=("m",), **given)
    assert {key: event[key] for key in given} == given
    assert event["message"] == ("m",)


def test_a_field_called_message_does_not_replace_the_text() -> None:
    """Source: Twisted 26.10, seen."""
    event = as_legacy(log_format="Hello, {message}!", message="world")
    assert textFromEventDict(event) == "Hello, world!"


# ---- theirs, seen by ours --------------------------------------------------------


def test_a_message_becomes_log_text() -> None:
    event = as_new(message=("a", "{b}"), system="s")
    assert event["log_format"].format(**event) == "a {b}"
    assert (event["log_time"], event["log_system"], event["log_namespace"]) == (7, "s", "log_legacy")


def test_an_event_that_says_nothing_has_no_format() -> None:
    assert "log_format" not in as_new()


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        ({}, LogLevel.info),
        ({"isError": 1}, LogLevel.critical),
        ({"logLevel": logging.WARNING}, LogLevel.warn),
        ({"logLevel": "ERROR"}, LogLevel.error),
        ({"isError": 1, "logLevel": logging.DEBUG}, LogLevel.debug),
        ({"logLevel": 7}, None),
    ],
    ids=repr,
)
def test_the_level_comes_from_log_level_or_is_error(fields: dict[str, Any], level: Any) -> None:
    assert as_new(**fields).get("log_level") is level


def test_a_failure_is_in_the_text() -> None:
    text = as_new(isError=1, failure=FAILURE, why="because")["log_text"]
    assert text.startswith("because\nTraceback")
    assert text.rstrip().endswith("ValueError: no")


def test_new_keys_that_are_there_are_kept() -> None:
    given = {
        "log_time": 1,
        "log_format": "f",
        "log_level": LogLevel.warn,
        "log_namespace": "n",
        "log_system": "ls",
    }
    event = as_new(message=("m",), system="s", **given)
    assert {key: event[key] for key in given} == given


def test_an_event_that_went_both_ways_is_the_same_dict() -> None:
    """One stream: a legacy observer and a new one look at one event."""
    events: Events = []
    Logger("n", observer=LegacyLogObserverWrapper(events.append)).info("x")
    [event] = events
    assert event["log_namespace"] == "n"
    assert event["system"] == "-"
