"""Events as text: whatever is in them, some text comes out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from txloop.logger import (
    LogLevel,
    eventAsText,
    extractField,
    formatEvent,
    formatEventAsClassicLogText,
    formatTime,
)
from txloop.logger._flatten import KeyFlattener, flatFormat, flattenEvent
from txloop.logger._format import formatWithCall
from txloop.python.failure import Failure


@pytest.fixture(autouse=True)
def vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Vienna")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Unspeakable:
    def __repr__(self) -> str:
        raise ValueError("no words")


USER = SimpleNamespace(name="ann", shout=lambda: "ANN", age=lambda: 7)

FORMATS = {
    "plain": "plain",
    "{{braces}}": "{braces}",
    "{n}": "5",
    "{n:>3}": "  5",
    "{n!r} {word!r}": "5 'hi'",
    "{user.name}": "ann",
    "{user.shout()}": "ANN",
    "{user.age():03d}": "007",
    "{call()}": "called",
    "{call()!r}": "'called'",
    "{table[k]}": "v",
    "{items[1]}": "b",
    "{n:{n}}": "    5",
}
FIELDS: dict[str, Any] = {
    "n": 5,
    "word": "hi",
    "user": USER,
    "call": lambda: "called",
    "table": {"k": "v"},
    "items": ["a", "b"],
}


@pytest.mark.parametrize("format", FORMATS)
def test_a_format_is_str_format_plus_calls(format: str) -> None:
    assert formatWithCall(format, FIELDS) == FORMATS[format]
    assert formatEvent({"log_format": format, **FIELDS}) == FORMATS[format]


def test_an_event_without_format_has_no_text() -> None:
    assert formatEvent({}) == formatEvent({"log_format": None}) == formatEvent({"log_format": ""}) == ""


def test_a_format_in_bytes_is_utf8() -> None:
    assert formatEvent({"log_format": "größe {n}".encode(), "n": 5}) == "größe 5"


@pytest.mark.parametrize(
    ("format", "reason"),
    [
        ("{nope}", "'nope'"),
        ("{n.nope}", "'int' object has no attribute 'nope'"),
        ("{n()}", "'int' object is not callable"),
        ("{n", "expected '}' before end of string"),
        (5, "Log format must be str, not 5"),
        (b"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
    ],
)
def test_an_event_that_cannot_be_formatted_is_shown_as_it_is(format: Any, reason: str) -> None:
    event = {"log_format": format, "n": 5}
    assert formatEvent(event) == f"Unable to format event {event!r}: {reason}"


def test_even_an_object_without_repr_leaves_the_rest_readable() -> None:
    text = formatEvent({"log_format": "{it}", "it": Unspeakable(), "n": 5})
    assert text.startswith("MESSAGE LOST: unformattable object logged: ValueError('no words')\n")
    assert "'n' = 5" in text
    assert "Unspeakable instance at 0x" in text


# ---- time, system, traceback ---------------------------------------------------


@pytest.mark.parametrize(
    ("when", "options", "text"),
    [
        (0.5, {}, "1970-01-01T01:00:00+0100"),
        (1753e6, {}, "2025-07-20T10:26:40+0200"),
        (-1, {}, "1970-01-01T00:59:59+0100"),
        (0.5, {"timeFormat": "%H:%M:%S.%f %Z"}, "01:00:00.500000 UTC+0100"),
        (None, {}, "-"),
        (5, {"timeFormat": None, "default": "?"}, "?"),
    ],
)
def test_times_are_local_with_their_offset(when: Any, options: dict[str, Any], text: str) -> None:
    assert formatTime(when, **options) == text


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({}, "- [-#-] a\n\tb\n"),
        ({"log_time": 0}, "1970-01-01T01:00:00+0100 [-#-] a\n\tb\n"),
        ({"log_system": "Echo,0,127.0.0.1"}, "- [Echo,0,127.0.0.1] a\n\tb\n"),
        ({"log_system": Unspeakable()}, "- [UNFORMATTABLE] a\n\tb\n"),
        ({"log_namespace": "n", "log_level": LogLevel.warn}, "- [n#warn] a\n\tb\n"),
        ({"log_format": ""}, None),
        ({"log_format": None}, None),
    ],
    ids=["bare", "time", "system", "odd system", "namespace", "empty", "no format"],
)
def test_classic_text_is_a_line_with_time_and_system(more: dict[str, Any], line: str | None) -> None:
    assert formatEventAsClassicLogText({"log_format": "a\nb", **more}) == line


def test_each_part_of_the_text_can_be_left_out() -> None:
    event = {"log_format": "m", "log_system": "s", "log_failure": Failure(ValueError("no"))}
    full = eventAsText(event)
    assert full.startswith("- [s] m\nTraceback")
    assert full.rstrip().endswith("ValueError: no")
    assert eventAsText(event, includeTraceback=False) == "- [s] m"
    assert eventAsText(event, includeTraceback=False, includeTimestamp=False) == "[s] m"
    assert eventAsText(event, includeTraceback=False, includeSystem=False) == "- m"
    assert eventAsText(event, includeTraceback=False, formatTime=lambda when: f"at {when}") == "at None [s] m"
    assert eventAsText({"log_failure": Failure(ValueError("no"))}).startswith("- [-#-] \nTraceback")


def test_a_failure_that_has_no_traceback_says_why() -> None:
    broken = SimpleNamespace(getTraceback=lambda: 1 / 0)
    text = eventAsText({"log_format": "m", "log_failure": broken})
    assert text == "- [-#-] m\n(UNABLE TO OBTAIN TRACEBACK FROM EVENT):division by zero"


# ---- flattened events ----------------------------------------------------------


def test_a_flattened_event_has_the_same_text_when_its_objects_are_gone() -> None:
    format = "{user.name} {n} {n} {call()!r} {table[k]} {{x}}"
    event = {"log_format": format, **FIELDS}
    text = formatEvent(event)
    flattenEvent(event)
    left = {"log_format": format, "log_flattened": event["log_flattened"]}
    assert formatEvent(left) == flatFormat(left) == text == "ann 5 5 'called' v {x}"


def test_the_keys_of_a_flattened_event_are_twisteds() -> None:
    """They stand in JSON files that others read.  Source: Twisted 26.10, seen."""
    event: dict[str, Any] = {"log_format": "{n} {n} {word!r} {n:>3} {call()}", **FIELDS}
    flattenEvent(event)
    assert event["log_flattened"] == {
        "n!s:": "5",
        "n!:": 5,
        "n!s:/2": "5",
        "n!:/2": 5,
        "word!r:": "'hi'",
        "word!:": "hi",
        "n!s:>3": "5",
        "n!:>3": 5,
        "call()!s:": "called",
        "call()!:": "called",
    }


def test_a_call_in_a_format_is_made_once_for_each_mention() -> None:
    numbers = iter(range(9))
    event: dict[str, Any] = {"log_format": "{next()} {next()!r}", "next": lambda: next(numbers)}
    flattenEvent(event)
    flattenEvent(event)
    assert formatEvent(event) == formatEvent(event) == "0 1"


@pytest.mark.parametrize("format", [None, "no fields"])
def test_an_event_that_mentions_nothing_is_not_changed(format: str | None) -> None:
    event = {"log_format": format}
    flattenEvent(event)
    assert event == {"log_format": format}


def test_an_event_that_cannot_be_flattened_is_not_changed() -> None:
    event = {"log_format": "{n} {nope}", "n": 5}
    with pytest.raises(KeyError):
        flattenEvent(event)
    assert event == {"log_format": "{n} {nope}", "n": 5}


@pytest.mark.parametrize(
    ("field", "value"),
    [("n", 5), ("user.name", "ann"), ("word!r", "'hi'"), ("call()", "called"), ("table[k]", "v")],
)
def test_extract_field_gives_a_value_or_with_a_conversion_its_text(field: str, value: object) -> None:
    event = {"log_format": "{n} {user.name} {word!r} {call()} {table[k]}", **FIELDS}
    assert extractField(field, event) == value
    assert extractField(field, event) == value  # from the flattened event now


def test_a_field_that_the_format_does_not_mention_cannot_be_extracted() -> None:
    with pytest.raises(KeyError):
        extractField("word", {"log_format": "{n}", **FIELDS})


def test_flat_keys_count_the_repetitions_of_the_same_field() -> None:
    keys = KeyFlattener()
    made = [keys.flatKey("a", spec, conversion) for spec, conversion in [("", None), (None, ""), ("", "r")]]
    assert made == ["a!:", "a!:/2", "a!r:"]
