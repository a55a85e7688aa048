"""Events into files, and files that make events."""

from __future__ import annotations

import io
from typing import Any

import pytest

from txloop.logger import FileLogObserver, Logger, LoggingFile, LogLevel, textFileLogObserver

Events = list[dict[str, Any]]


class Notes:
    """A file that notes what is called."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    def write(self, text: str) -> None:
        self.calls.append(("write", text))

    def flush(self) -> None:
        self.calls.append(("flush", None))


def test_each_event_is_written_and_flushed() -> None:
    file: Any = Notes()
    FileLogObserver(file, lambda event: event["text"])({"text": "line\n"})
    assert file.calls == [("write", "line\n"), ("flush", None)]


@pytest.mark.parametrize("nothing", [None, ""])
def test_what_has_no_text_is_not_written(nothing: str | None) -> None:
    file: Any = Notes()
    FileLogObserver(file, lambda event: nothing)({})
    assert file.calls == []


def test_a_file_of_bytes_gets_utf8() -> None:
    file = io.BytesIO()
    FileLogObserver(file, lambda event: "größe")({})
    assert file.getvalue() == "größe".encode()


@pytest.mark.parametrize(("options", "when"), [({"timeFormat": "%f"}, "500000"), ({"timeFormat": None}, "-")])
def test_a_text_file_observer_writes_classic_lines(options: dict[str, Any], when: str) -> None:
    file = io.StringIO()
    textFileLogObserver(file, **options)({"log_format": "a\nb", "log_time": 1.5, "log_system": "s"})
    assert file.getvalue() == f"{when} [s] a\n\tb\n"


# ---- LoggingFile ---------------------------------------------------------------


@pytest.fixture
def events() -> Events:
    return []


@pytest.fixture
def file(events: Events) -> LoggingFile:
    return LoggingFile(Logger("out", observer=events.append))


@pytest.mark.parametrize(
    "pieces",
    [["one\ntwo\n\nhalf"], list("one\ntwo\n\nhalf"), ["one", "\ntwo\n", "\nha", "lf"]],
    ids=["whole", "by character", "cut"],
)
def test_each_line_written_is_an_event_however_it_is_cut(
    file: LoggingFile, events: Events, pieces: list[str]
) -> None:
    for piece in pieces:
        file.write(piece)
    file.flush()
    assert [event["log_io"] for event in events] == ["one", "two", ""]
    assert {event["log_format"] for event in events} == {"{log_io}"}
    file.writelines([" a line", "\n"])
    assert events[-1]["log_io"] == "half a line"


def test_bytes_are_decoded(events: Events) -> None:
    file = LoggingFile(Logger("out", observer=events.append), LogLevel.error, "latin-1")
    file.write(b"\xff\n")
    assert events[0]["log_io"] == "ÿ"
    assert events[0]["log_level"] is LogLevel.error
    assert file.encoding == "latin-1"


def test_a_closed_file_takes_no_more(file: LoggingFile, events: Events) -> None:
    file.write("half")
    file.close()
    file.close()
    assert file.closed
    with pytest.raises(ValueError, match="I/O operation on closed file"):
        file.write("x\n")
    assert events == []


def test_it_can_be_asked_what_a_file_is_asked(file: LoggingFile) -> None:
    assert (file.closed, file.mode, file.newlines, file.isatty()) == (False, "w", None, False)
    assert file.name == "<LoggingFile out#info>"
    with pytest.raises(io.UnsupportedOperation):
        file.fileno()


@pytest.mark.parametrize(
    "name", ["read", "next", "readline", "readlines", "xreadlines", "seek", "tell", "truncate"]
)
def test_it_cannot_be_read(file: LoggingFile, name: str) -> None:
    with pytest.raises(OSError, match="unsupported operation"):
        getattr(file, name)(0)


def test_softspace_is_deprecated_and_still_there(file: LoggingFile) -> None:
    with pytest.warns(DeprecationWarning, match="softspace was deprecated in Twisted 21.2.0"):
        file.softspace = 1
    with pytest.warns(DeprecationWarning, match="softspace was deprecated in Twisted 21.2.0"):
        assert file.softspace == 1
