"""Events as JSON: what is written can be read, by Twisted too, and bad records are left out."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from txloop.logger import (
    Logger,
    LogLevel,
    capturedLogs,
    eventAsJSON,
    eventFromJSON,
    eventsFromJSONLogFile,
    formatEvent,
    jsonFileLogObserver,
)
from txloop.python.failure import Failure


def failing() -> Failure:
    try:
        raise ValueError("no")
    except ValueError:
        return Failure()


def reread(**fields: Any) -> dict[str, Any]:
    return eventFromJSON(eventAsJSON(fields))


def test_levels_come_back_as_levels() -> None:
    assert reread(log_level=LogLevel.warn)["log_level"] is LogLevel.warn


def test_a_level_that_we_do_not_know_comes_back_as_none() -> None:
    text = eventAsJSON({"log_level": LogLevel.warn}).replace('"warn"', '"grave"')
    assert eventFromJSON(text) == {"log_level": None}


def test_a_failure_comes_back_with_its_class_name_and_traceback() -> None:
    again = reread(log_failure=failing())["log_failure"]
    assert isinstance(again, Failure)
    assert again.check(ValueError) is ValueError
    assert again.check(KeyError) is None
    assert 'test_json.py", line' in again.getTraceback()
    assert again.type.__name__ == "ValueError"


def test_other_objects_are_named_unpersistable_and_bytes_become_text() -> None:
    assert reread(o=object(), b=b"\xff", n=None, l=(1, 2)) == {
        "o": {"unpersistable": True},
        "b": "\xff",
        "n": None,
        "l": [1, 2],
    }


def test_keys_that_json_cannot_have_are_left_out() -> None:
    event: dict[Any, Any] = {b"bytes": 1, (1, 2): 3, "kept": 5}
    assert json.loads(eventAsJSON(event)) == {"kept": 5}


def test_the_text_survives_the_objects() -> None:
    event = {"log_format": "{call()} {o.real}", "call": lambda: "called", "o": 5}
    text = formatEvent(event)
    assert formatEvent(eventFromJSON(eventAsJSON(event))) == text == "called 5"


def test_twisteds_uuids_mark_levels_and_failures() -> None:
    """Twisted reads our files by them.  Source: Twisted 26.10, seen."""
    text = eventAsJSON({"level": LogLevel.info, "failure": failing()})
    saved = json.loads(text)
    assert saved["level"] == {"name": "info", "__class_uuid__": "02e59486-f24d-46ad-8224-3acdf2a5732a"}
    assert saved["failure"]["__class_uuid__"] == "e76887e2-20ed-49bf-a8f8-ba25cc586f2d"
    assert saved["failure"]["type"] == {"__module__": "builtins", "__name__": "ValueError"}


# ---- files ---------------------------------------------------------------------


@pytest.mark.parametrize("separator", ["\x1e", "", "\x08"])
@pytest.mark.parametrize("size", [1, 3, 7, 4096])
@pytest.mark.parametrize("kind", [io.StringIO, io.BytesIO])
def test_a_file_is_read_back_whatever_its_separator_and_however_it_is_cut(
    separator: str, size: int, kind: type
) -> None:
    file = io.StringIO()
    observer = jsonFileLogObserver(file, separator)
    for number in range(3):
        observer({"n": number, "currency": "€"})
    text = file.getvalue()
    assert text.count("\n") == 3
    assert text.startswith(separator + "{")
    inbound = kind(text.encode() if kind is io.BytesIO else text)
    read = list(eventsFromJSONLogFile(inbound, separator, bufferSize=size))
    assert [(event["n"], event["currency"]) for event in read] == [(0, "€"), (1, "€"), (2, "€")]


@pytest.mark.parametrize("text", ['\x1e{"n": 1}\n', '{"n": 1}\n', '{"n": 1}', '\n{"n": 1}\n'])
def test_the_first_character_tells_the_separator(text: str) -> None:
    assert list(eventsFromJSONLogFile(io.StringIO(text))) == [{"n": 1}]


READ, TRUNCATED, UTF8 = (
    "Unable to read JSON record: ",
    "Unable to read truncated JSON record: ",
    "Unable to decode UTF-8 for JSON record: ",
)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b'\x1e{"n": 1}\n\x1enope\n', READ + "b'nope\\n'"),
        (b'\x1enope\n\x1e{"n": 1}\n', READ + "b'nope\\n'"),
        (b'\x1e{"n": 1}\n\x1e{"n": 2', TRUNCATED + "b'{\"n\": 2'"),
        (b'\x1e{"n": 2\x1e{"n": 1}\n', TRUNCATED + "b'{\"n\": 2'"),
        (b'\x1e{"n": 2}\x1e{"n": 1}\n', TRUNCATED + "b'{\"n\": 2}'"),
        (b'\x1e{"n": "\xff"}\n\x1e{"n": 1}\n', UTF8 + 'b\'{"n": "\\xff"}\\n\''),
        (b'{"n": 1}\n{"n": 2', READ + "b'{\"n\": 2'"),
        (
            b'{"n": 1}\n{"a": {"__class_uuid__": "no uuid"}}\n',
            READ + 'b\'{"a": {"__class_uuid__": "no uuid"}}\'',
        ),
    ],
)
def test_a_record_that_cannot_be_read_is_logged_and_left_out(data: bytes, complaint: str) -> None:
    with capturedLogs() as complaints:
        assert list(eventsFromJSONLogFile(io.BytesIO(data))) == [{"n": 1}]
    assert [formatEvent(event) for event in complaints] == [complaint]
    assert complaints[0]["log_level"] is LogLevel.error


def test_an_empty_file_has_no_events() -> None:
    assert list(eventsFromJSONLogFile(io.StringIO(""))) == []


def test_an_event_of_a_logger_can_be_written() -> None:
    file = io.StringIO()
    Logger("here", observer=jsonFileLogObserver(file)).info("{a}", a=1)
    [event] = eventsFromJSONLogFile(io.StringIO(file.getvalue()))
    assert (event["log_namespace"], formatEvent(event)) == ("here", "1")
