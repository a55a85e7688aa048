"""python.log: messages, errors, contexts, observers; its log file reads like Twisted's."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support import CHILD_TIMEOUT_SECONDS, child_environment, python, twisted_python
from txloop.logger import Logger, LoggingFile, LogLevel, globalLogPublisher
from txloop.python import context, log
from txloop.python.failure import Failure, NoCurrentExceptionError

Events = list[dict[str, Any]]
FAILURE = Failure(ValueError("no"))


@pytest.fixture
def events() -> Iterator[Events]:
    """What legacy observers see."""
    seen: Events = []
    observer = seen.append
    log.addObserver(observer)
    yield seen
    log.removeObserver(observer)


@pytest.fixture
def quiet() -> Iterator[None]:
    """Errors logged here are meant; nothing prints them."""
    temporary = list(globalLogPublisher._observers)
    for observer in temporary:
        globalLogPublisher.removeObserver(observer)
    yield
    for observer in temporary:
        globalLogPublisher.addObserver(observer)


# ---- messages and errors ---------------------------------------------------------


def test_a_message_is_an_event_with_the_parts_as_a_tuple(events: Events) -> None:
    before = time.time()
    log.msg("a", "b", key=1)
    [event] = events
    assert (event["message"], event["key"], event["isError"], event["system"]) == (("a", "b"), 1, 0, "-")
    assert before <= event["time"] <= time.time()
    assert log.textFromEventDict(event) == "a b"


def test_a_message_may_be_a_format(events: Events) -> None:
    log.msg(format="%(who)s left", who="ann")
    assert log.textFromEventDict(events[0]) == "ann left"


@pytest.mark.usefixtures("quiet")
def test_err_logs_a_failure_an_exception_or_the_one_being_handled(events: Events) -> None:
    log.err(FAILURE, "why", key=1)
    log.err(ValueError("plain"))
    try:
        raise KeyError("handled")
    except KeyError:
        log.err()
    assert [event["failure"].type for event in events] == [ValueError, ValueError, KeyError]
    assert [event["isError"] for event in events] == [1, 1, 1]
    assert (events[0]["why"], events[0]["key"]) == ("why", 1)


@pytest.mark.usefixtures("quiet")
def test_err_of_anything_else_logs_its_repr(events: Events) -> None:
    log.err("text")
    assert events[0]["message"] == ("'text'",)
    assert events[0]["isError"] == 1


def test_err_without_an_exception_is_the_callers_mistake() -> None:
    with pytest.raises(NoCurrentExceptionError):
        log.err()


@pytest.mark.usefixtures("quiet")
def test_what_a_program_puts_in_the_place_of_msg_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(log, "msg", lambda *args, **kw: calls.append((args, kw)))
    log.err("text")
    assert calls == [(("'text'",), {"why": None, "isError": 1})]


# ---- texts -----------------------------------------------------------------------


class Unspeakable:
    def __repr__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    ("event", "text"),
    [
        ({"message": ("a", 1, b"b")}, "a 1 b"),
        ({"message": ()}, None),
        ({"message": (), "format": "%(n)d", "n": 5}, "5"),
        ({"message": (), "isError": 1, "format": "f"}, "f"),
        ({"message": (), "isError": 1}, None),
        ({"message": ("m",), "isError": 1, "failure": FAILURE}, "m"),
    ],
    ids=repr,
)
def test_the_text_is_the_message_else_the_failure_else_the_format(
    event: dict[str, Any], text: str | None
) -> None:
    assert log.textFromEventDict(event) == text


def test_the_text_of_a_failure_has_the_reason_first() -> None:
    event: dict[str, Any] = {"message": (), "isError": 1, "failure": FAILURE}
    assert str(log.textFromEventDict(event)).startswith("Unhandled Error\nTraceback")
    assert str(log.textFromEventDict({**event, "why": "W"})).startswith("W\nTraceback")
    broken: Any = object()
    text = str(log.textFromEventDict({**event, "failure": broken}))
    assert text.startswith("Unhandled Error\n(unable to obtain traceback): ")


@pytest.mark.parametrize(
    ("format", "fields", "text"),
    [
        ("%(a)s", {}, "Invalid format string or unformattable object in log message: '%(a)s', {}"),
        (
            "%(a)d",
            {"a": "x"},
            "Invalid format string or unformattable object in log message: '%(a)d', {'a': 'x'}",
        ),
        ("%(a)s", {"a": Unspeakable()}, "UNFORMATTABLE OBJECT WRITTEN TO LOG with fmt '%(a)s', MESSAGE LOST"),
        (
            Unspeakable(),
            {"a": Unspeakable()},
            "PATHOLOGICAL ERROR IN BOTH FORMAT STRING AND MESSAGE DETAILS, MESSAGE LOST",
        ),
    ],
    ids=["missing", "wrong type", "no repr", "nothing at all"],
)
def test_a_format_that_fails_leaves_a_text_that_says_so(
    format: Any, fields: dict[str, Any], text: str
) -> None:
    assert log._safeFormat(format, fields) == text


# ---- who is speaking ---------------------------------------------------------------


def test_the_system_of_a_message_is_that_of_the_innermost_context(events: Events) -> None:
    def inner() -> None:
        log.msg("in")
        log.callWithContext({"system": "inner"}, log.msg, "deeper")
        log.msg("out again")

    log.callWithContext({"system": "outer", "tenant": 9}, inner)
    log.msg("outside")
    assert [(event["system"], event.get("tenant")) for event in events] == [
        ("outer", 9),
        ("inner", 9),
        ("outer", 9),
        ("-", None),
    ]


class Prefixed:
    def logPrefix(self) -> str:
        return "Echo,0,127.0.0.1"


def test_call_with_logger_marks_the_lines_and_returns_the_result(events: Events) -> None:
    def work(number: int, *, factor: int) -> int:
        log.msg("working")
        return number * factor

    assert log.callWithLogger(Prefixed(), work, 3, factor=4) == 12
    assert events[0]["system"] == "Echo,0,127.0.0.1"


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_call_with_logger_logs_what_is_raised(events: Events, error: type[BaseException]) -> None:
    def work() -> None:
        raise error

    assert log.callWithLogger(Prefixed(), work) is None
    assert events[0]["failure"].type is error
    assert events[0]["system"] == "Echo,0,127.0.0.1"


def test_call_with_logger_lets_a_keyboard_interrupt_through() -> None:
    def work() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        log.callWithLogger(Prefixed(), work)


@pytest.mark.usefixtures("quiet")
def test_a_logger_without_a_prefix_does_not_stop_the_call(events: Events) -> None:
    log.callWithLogger(object(), log.msg, "said all the same")
    assert [event["system"] for event in events] == ["(buggy logPrefix method)"] * 2
    assert events[0]["failure"].check(AttributeError)
    assert events[1]["message"] == ("said all the same",)


# ---- observers ---------------------------------------------------------------------


def test_observers_of_both_logs_see_the_events_of_both(events: Events) -> None:
    new: Events = []
    observer = new.append
    globalLogPublisher.addObserver(observer)
    try:
        log.msg("old")
        Logger("here").info("new {a}", a=1)
    finally:
        globalLogPublisher.removeObserver(observer)
    assert [log.textFromEventDict(event) for event in events] == ["old", "new 1"]
    assert [event["log_level"] for event in new] == [LogLevel.info, LogLevel.info]


def test_an_observer_added_twice_hears_twice_and_is_removed_once_at_a_time() -> None:
    publisher = log.LogPublisher()
    seen: Events = []
    publisher.addObserver(seen.append)
    publisher.addObserver(seen.append)
    assert publisher.observers == [seen.append, seen.append]
    publisher.msg("x")
    publisher.removeObserver(seen.append)
    publisher.msg("y")
    publisher.removeObserver(seen.append)
    publisher.removeObserver(seen.append)
    publisher.msg("z")
    assert [event["message"][0] for event in seen] == ["x", "x", "y"]


def test_a_file_observer_writes_a_line_an_event_with_its_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Vienna")
    time.tzset()
    try:
        file = io.StringIO()
        observer = log.FileLogObserver(file)
        event: dict[str, Any] = {"message": ("a\nb",), "isError": 0, "time": 1753e6, "system": "s"}
        observer.emit(event)
        observer.emit({**event, "message": ()})
        observer.timeFormat = "%f"
        observer.emit(event)
        assert file.getvalue() == "2025-07-20 10:26:40+0200 [s] a\n\tb\n000000 [s] a\n\tb\n"
        assert [observer.getTimezoneOffset(when) for when in (1753e6, 0)] == [-7200, -3600]
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(("west", "text"), [(5 * 3600, "-0500"), (-19800, "+0530"), (0, "+0000")])
def test_a_file_observers_time_zone_can_be_overridden(west: int, text: str) -> None:
    observer = log.FileLogObserver(io.StringIO())
    observer.getTimezoneOffset = lambda when: west  # type: ignore[method-assign]  # what subclasses do
    local = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(1753e6 - west))
    assert observer.formatTime(1753e6) == local + text


def test_an_observer_starts_and_stops_itself() -> None:
    file = io.StringIO()
    observer = log.FileLogObserver(file)
    observer.start()
    log.msg("heard")
    observer.stop()
    observer.stop()
    log.msg("not heard")
    assert file.getvalue().endswith("[-] heard\n")


def test_python_logging_gets_each_message_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    observer = log.PythonLoggingObserver("own")
    observer.start()
    try:
        log.msg("one")
        log.msg("careful", logLevel=logging.WARNING)
        log.msg()
        Logger("here").info("two")
    finally:
        observer.stop()
    assert [(record.name, record.levelname, record.getMessage()) for record in caplog.records] == [
        ("own", "INFO", "one"),
        ("own", "WARNING", "careful"),
        ("own", "INFO", "two"),
    ]
    assert {record.filename for record in caplog.records} == {"test_log.py"}


def test_the_default_observer_writes_errors_only() -> None:
    observer = log.DefaultObserver()
    observer.stderr = io.StringIO()
    observer.emit({"message": ("fine",), "isError": 0})
    observer.emit({"message": ("bad",), "isError": 1})
    assert observer.stderr.getvalue() == "bad"


# ---- files ---------------------------------------------------------------------------


def test_stdio_on_a_stick_logs_lines(events: Events) -> None:
    stick = log.StdioOnnaStick(encoding="latin-1")
    stick.write("a\nb")
    stick.write("c\n")
    stick.writelines(["d"])
    stick.close()
    assert [event["message"] for event in events] == [("a",), ("bc",), ("d",)]
    assert {(event["printed"], event["isError"]) for event in events} == {(1, 0)}
    assert (stick.encoding, stick.closed, stick.mode, stick.name) == ("latin-1", 0, "wb", "<stdio (log)>")


@pytest.mark.parametrize("name", ["read", "readline", "readlines", "seek", "tell"])
def test_the_log_cannot_be_read(name: str) -> None:
    with pytest.raises(OSError, match="can't read from the log!"):
        getattr(log.StdioOnnaStick(), name)()
    with pytest.raises(io.UnsupportedOperation):
        log.StdioOnnaStick().fileno()


def test_what_is_written_to_logfile_is_logged_until_it_is_discarded(
    events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "logfile", log.logfile)  # put back afterwards
    log.logfile.write("kept\n")
    log.discardLogs()
    log.logfile.write("dropped\n")
    assert [log.textFromEventDict(event) for event in events] == ["kept"]
    assert isinstance(log.logerr, LoggingFile)
    assert log.logerr.level is LogLevel.error


# ---- a whole program -------------------------------------------------------------------

PROGRAM = """
import sys, warnings
from ROOT.python import log
from ROOT.logger import Logger

log.msg("before")
out = sys.stdout
assert log.startLogging(sys.stdout) is not None
log.msg("a message", system="Echo,0,127.0.0.1")
log.err(ValueError("an error"), "why")
print("printed")
sys.stderr.write("to stderr" + chr(10))
warnings.warn_explicit("careful", UserWarning, "f.py", 3)
Logger("here").info("new {a}", a=1)
log.callWithContext({"system": "__main__.BotFactory"}, log.msg, "two" + chr(10) + "lines")
log.callWithContext({"system": "Echo,1,::1"}, Logger("here").warn, "of the new kind")
log.msg(format="%(missing)s")
log.msg()
log.msg("")
assert log.startLogging(sys.stdout) is None
assert log.startLogging(out) is not None
"""

TRANSCRIPT = """\
T [-] Log opened.
T [Echo,0,127.0.0.1] a message
T [-] why
	Traceback (most recent call last):
	Failure: builtins.ValueError: an error
	|
T [-] printed
T [-] to stderr
T [-] f.py:3: builtins.UserWarning: careful
T [-] new 1
T [__main__.BotFactory] two
	lines
T [-] of the new kind
T [-] Invalid format string or unformattable object in log message: '%(missing)s', {…}
T [-] |
T [-] Warning: primary log target selected twice at <…> - previously selected at <…>.  Remove …
T [-] Warning: primary log target selected twice at <…> - previously selected at <…>.  Remove …
T [-] Log opened.
T [-] Log opened.
"""


def transcript(text: str) -> str:
    """Without what differs from run to run (times, dicts, places); "|" after a blank at a line's end."""
    text = re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4}", "T", text, flags=re.MULTILINE)
    text = re.sub(r"\{.*\}$", "{…}", text, flags=re.MULTILINE)
    text = re.sub(r"<[^<>]*:\d+>", "<…>", text)
    text = re.sub(r"Remove one .*", "Remove …", text)
    return re.sub(r"([ \t])$", r"\1|", text, flags=re.MULTILINE)


def test_a_programs_log_reads_like_twisteds(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM.replace("ROOT", "txloop"))
    done = python(script)
    assert (transcript(done.stdout), done.stderr) == (TRANSCRIPT, "")


@pytest.mark.needs_twisted
def test_twisteds_log_of_the_same_program(tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(PROGRAM.replace("ROOT", "twisted"))
    done = subprocess.run(
        [str(twisted_python()), str(script)],
        env=child_environment(PYTHONPATH=""),
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=False,
    )
    assert (transcript(done.stdout), done.stderr) == (TRANSCRIPT, "")


def test_the_context_of_the_log_is_empty_outside() -> None:
    assert context.get(log.ILogContext) == {"system": "-"}
    assert sys.modules["txloop.python.log"] is log
