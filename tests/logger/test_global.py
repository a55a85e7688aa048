"""How logging begins: remembered events, redirected output, warnings; and logging while embedded."""

from __future__ import annotations

import io
import logging
from types import SimpleNamespace
from typing import Any

import pytest

from support import python
from txloop.logger import LogBeginner, Logger, LoggingFile, LogLevel, LogPublisher, formatEvent
from txloop.logger._embedded import EmbeddedLogObserver, _Guests
from txloop.logger._legacy import LegacyLogObserverWrapper
from txloop.logger._stdlib import STDLibLogObserver
from txloop.python.failure import Failure
from txloop.python.log import PythonLoggingObserver

Events = list[dict[str, Any]]


class Process:
    """What a beginner looks after, without touching the real process."""

    def __init__(self, **options: Any) -> None:
        self.stderr = io.StringIO()
        self.stdio: Any = SimpleNamespace(stdout=SimpleNamespace(encoding="latin-1"), stderr=object())
        self.shown: list[Any] = []
        self.warnings = SimpleNamespace(showwarning=lambda *arguments: self.shown.append(arguments))
        self.publisher = LogPublisher()
        self.beginner = LogBeginner(self.publisher, self.stderr, self.stdio, self.warnings, **options)
        self.log = Logger("program", observer=self.publisher)
        self.events: Events = []

    def texts(self) -> list[str]:
        return [formatEvent(event) for event in self.events]

    def begin(self, **options: Any) -> None:
        self.beginner.beginLoggingTo([self.events.append], **options)


@pytest.fixture
def process() -> Process:
    return Process()


# ---- before and after the beginning ----------------------------------------------


def test_events_before_the_beginning_are_remembered_in_order(process: Process) -> None:
    process.log.info("one")
    process.log.info("two")
    process.begin()
    process.log.info("three")
    assert process.texts() == ["one", "two", "three"]


def test_only_the_last_events_are_remembered() -> None:
    process = Process(initialBufferSize=1)
    process.log.info("one")
    process.log.info("two")
    process.begin()
    assert process.texts() == ["two"]


def test_what_was_remembered_can_be_discarded(process: Process) -> None:
    process.log.info("one")
    process.begin(discardBuffer=True)
    assert process.events == []


def test_critical_events_go_to_stderr_until_logging_begins(process: Process) -> None:
    process.log.error("bad")
    process.log.failure("worse", Failure(ValueError("no")))
    assert process.stderr.getvalue().startswith("worse\nTraceback")
    assert "bad" not in process.stderr.getvalue()
    said = process.stderr.getvalue()
    process.begin()
    process.log.critical("more")
    assert process.stderr.getvalue() == said


def test_an_observer_that_raises_does_not_keep_the_others_from_what_was_remembered(process: Process) -> None:
    def broken(event: dict[str, Any]) -> None:
        raise ValueError("no")

    process.log.info("one")
    process.beginner.beginLoggingTo([broken, process.events.append])
    assert process.texts()[0] == "one"
    assert process.events[1]["observer"] is broken


def test_beginning_twice_adds_observers_and_names_both_places(process: Process) -> None:
    process.begin()
    more: Events = []
    process.beginner.beginLoggingTo([more.append])
    process.log.info("after")
    assert [len(process.events), len(more)] == [2, 2]
    warning = more[0]
    assert "primary log target selected twice" in formatEvent(warning)
    assert warning["fileNow"] == warning["fileThen"] == __file__
    assert warning["lineNow"] > warning["lineThen"]


def test_what_is_printed_becomes_events(process: Process) -> None:
    process.begin()
    assert isinstance(process.stdio.stdout, LoggingFile)
    assert process.stdio.stdout.encoding == "latin-1"
    process.stdio.stdout.write("out\n")
    process.stdio.stderr.write("err\n")
    seen = [(event["log_namespace"], event["log_level"], event["log_io"]) for event in process.events]
    assert seen == [("stdout", LogLevel.info, "out"), ("stderr", LogLevel.error, "err")]


def test_output_may_be_left_alone(process: Process) -> None:
    before = process.stdio.stdout
    process.begin(redirectStandardIO=False)
    assert process.stdio.stdout is before


def test_warnings_become_events_unless_they_are_for_a_file(process: Process) -> None:
    process.begin()
    process.warnings.showwarning("careful", UserWarning, "f.py", 3)
    assert process.texts() == ["f.py:3: builtins.UserWarning: careful"]
    assert process.events[0]["log_level"] is LogLevel.warn
    process.warnings.showwarning("careful", UserWarning, "f.py", 3, process.stderr)
    assert process.shown == [("careful", UserWarning, "f.py", 3, process.stderr, None)]
    assert len(process.events) == 1


def test_the_process_begins_with_its_own_stdio_and_warnings() -> None:
    done = python(
        "-c",
        "import sys, warnings\n"
        "from txloop.logger import globalLogBeginner, textFileLogObserver\n"
        "globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stdout, timeFormat='')])\n"
        "print('printed'); warnings.warn('careful'); sys.stderr.write('written\\n')",
    )
    out, warned, written = done.stdout.splitlines()
    assert (out, written, done.stderr) == (" [stdout#info] printed", " [stderr#error] written", "")
    assert warned.endswith("builtins.UserWarning: careful")


def test_stderr_is_looked_up_when_something_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """capsys put its own sys.stderr there long after txloop.logger was imported."""
    Logger("tests").critical("seen by capsys")
    assert capsys.readouterr().err == "seen by capsys\n"


# ---- embedded: the standard library's logging --------------------------------------


class EmbeddedProcess(Process):
    def __init__(self) -> None:
        super().__init__()
        self.guests = _Guests(self.beginner, EmbeddedLogObserver(self.publisher))


@pytest.fixture
def embedded() -> EmbeddedProcess:
    return EmbeddedProcess()


def names(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.name, record.getMessage()) for record in caplog.records]


def test_embedded_events_reach_the_logger_of_their_namespace(
    embedded: EmbeddedProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    embedded.log.info("before")
    embedded.guests.arrived()
    embedded.log.critical("{a}", a=1)
    assert names(caplog) == [("program", "before"), ("program", "1")]
    assert caplog.records[1].funcName == "test_embedded_events_reach_the_logger_of_their_namespace"
    assert embedded.stderr.getvalue() == ""


def test_what_was_logged_before_the_loop_keeps_its_time_and_claims_no_place(
    embedded: EmbeddedProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    embedded.publisher({"log_format": "early", "log_time": 1000.25, "log_namespace": "program"})
    embedded.guests.arrived()
    [record] = caplog.records
    assert (record.getMessage(), record.created, record.msecs) == ("early", 1000.25, 250)
    assert record.funcName == "(unknown function)"


def test_legacy_messages_reach_the_logger_called_twisted(
    embedded: EmbeddedProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    embedded.guests.arrived()
    embedded.publisher({"log_format": "{log_text}", "log_text": "old", "log_namespace": "log_legacy"})
    assert names(caplog) == [("twisted", "old")]


def test_when_the_program_begins_logging_each_message_is_logged_once(
    embedded: EmbeddedProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    embedded.guests.arrived()
    embedded.log.info("to logging")
    embedded.begin(redirectStandardIO=False)
    embedded.log.info("to the program's log")
    assert names(caplog) == [("program", "to logging")]
    assert embedded.texts() == ["to the program's log"]
    embedded.guests.left()
    embedded.guests.arrived()
    embedded.log.info("still the program's")
    assert len(caplog.records) == 1


def test_a_program_that_has_begun_is_not_embedded_any_more(
    embedded: EmbeddedProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    embedded.begin(redirectStandardIO=False)
    embedded.guests.arrived()
    embedded.log.info("once")
    assert names(caplog) == []
    assert embedded.texts() == ["once"]


@pytest.mark.parametrize(
    "observer",
    [STDLibLogObserver("own"), LegacyLogObserverWrapper(PythonLoggingObserver("own").emit)],
    ids=["STDLibLogObserver", "PythonLoggingObserver"],
)
def test_while_the_program_speaks_to_logging_itself_we_are_silent(
    embedded: EmbeddedProcess, caplog: pytest.LogCaptureFixture, observer: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    embedded.guests.arrived()
    embedded.publisher.addObserver(observer)
    embedded.log.info("once")
    embedded.publisher.removeObserver(observer)
    embedded.log.info("ours again")
    assert names(caplog) == [("own", "once"), ("program", "ours again")]


def test_other_observers_do_not_silence_us(
    embedded: EmbeddedProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    embedded.publisher.addObserver(embedded.events.append)
    embedded.guests.arrived()
    embedded.log.info("both")
    assert names(caplog) == [("program", "both")]
    assert embedded.texts() == ["both"]


def test_after_the_last_guest_events_are_remembered_again(
    embedded: EmbeddedProcess, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    embedded.guests.arrived()
    embedded.guests.arrived()
    embedded.guests.left()
    embedded.log.info("one is left")
    embedded.guests.left()
    embedded.log.critical("none is left")
    assert names(caplog) == [("program", "one is left")]
    assert embedded.stderr.getvalue() == "none is left\n"
    embedded.begin()
    assert embedded.texts() == ["none is left"]


def test_leaving_without_having_arrived_is_our_bug(embedded: EmbeddedProcess) -> None:
    with pytest.raises(RuntimeError, match="please report this bug in txloop"):
        embedded.guests.left()


def test_importing_the_logger_loads_no_event_loop_and_changes_nothing() -> None:
    done = python(
        "-c",
        "import sys, warnings; before = (sys.stdout, sys.stderr, warnings.showwarning)\n"
        "import txloop.logger, txloop.python.log\n"
        "print(before == (sys.stdout, sys.stderr, warnings.showwarning), 'asyncio' in sys.modules)",
    )
    assert (done.stdout, done.stderr) == ("True False\n", "")
