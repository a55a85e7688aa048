"""Running a reactor as a program.

Source of the claims: Twisted 26.10's twisted.application.runner, by running it.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from txloop.application.runner import _exit, _pidfile, _runner
from txloop.logger import LogLevel
from txloop.python.filepath import FilePath


def pid_file(tmp_path: Path, content: bytes | None = None) -> _pidfile.PIDFile:
    if content is not None:
        (tmp_path / "pid").write_bytes(content)
    return _pidfile.PIDFile(FilePath(str(tmp_path / "pid")))


def gone() -> int:
    """The number of a process that is not there any more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_the_file_is_there_as_long_as_the_block(tmp_path: Path) -> None:
    file = pid_file(tmp_path)
    with file as entered:
        assert entered is file
        assert (tmp_path / "pid").read_bytes() == b"%d\n" % os.getpid()
        assert file.isRunning()
        with pytest.raises(_pidfile.AlreadyRunningError):
            pid_file(tmp_path).__enter__()
    assert not (tmp_path / "pid").exists()
    assert not file.isRunning()
    with pytest.raises(_pidfile.NoPIDFound, match="PID file does not exist"):
        file.read()


def test_the_file_of_a_process_that_is_gone_is_replaced(tmp_path: Path) -> None:
    file = pid_file(tmp_path, b"%d\n" % gone())
    with pytest.raises(_pidfile.StalePIDFileError, match="PID file refers to non-existing process"):
        file.isRunning()
    with file:
        assert file.read() == os.getpid()


@pytest.mark.parametrize("content", [b"", b"junk\n", b"1.5", b"\xff"])
def test_a_file_that_names_no_process(tmp_path: Path, content: bytes) -> None:
    file = pid_file(tmp_path, content)
    for ask in (file.read, file.isRunning, file.__enter__):
        with pytest.raises(_pidfile.InvalidPIDFileError, match="non-integer PID value in PID file: b"):
            ask()


@pytest.mark.parametrize("content", [b"0", b"-1", b"-77\n"])
def test_a_file_that_names_many_processes_is_refused(tmp_path: Path, content: bytes) -> None:
    """(Twisted would send a signal to all of them.)"""
    with pytest.raises(_pidfile.InvalidPIDFileError):
        pid_file(tmp_path, content).read()


def test_no_file() -> None:
    none = _pidfile.nonePIDFile
    with none as entered:
        assert entered is none
    assert not none.isRunning()
    with pytest.raises(_pidfile.NoPIDFound):
        none.read()
    for act in (none.writeRunningPID, none.remove):
        with pytest.raises(OSError, match=r"Operation not permitted|No such file or directory"):
            act()


class Reactor:
    """Runs what it is told to, once."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def callWhenRunning(self, call: Any) -> None:
        self.calls.append(call)

    def run(self) -> None:
        for call in self.calls:
            call()


@pytest.fixture
def beginnings(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What logging is begun with, instead of beginning it for the whole process."""

    class Beginner:
        def beginLoggingTo(self, observers: Any) -> None:
            begun.extend(observers)

    begun: list[Any] = []
    monkeypatch.setattr(_runner, "globalLogBeginner", Beginner())
    return begun


def test_it_logs_runs_and_tells(tmp_path: Path, beginnings: list[Any]) -> None:
    told: list[Any] = []
    log = io.StringIO()
    _runner.Runner(
        reactor=Reactor(),
        pidFile=pid_file(tmp_path),
        defaultLogLevel=LogLevel.warn,
        logFile=log,
        whenRunning=lambda **kw: told.append(("running", kw, (tmp_path / "pid").exists())),
        whenRunningArguments={"a": 1},
        reactorExited=lambda **kw: told.append(("exited", kw)),
        reactorExitedArguments={"b": 2},
    ).run()
    assert told == [("running", {"a": 1}, True), ("exited", {"b": 2})]
    assert not (tmp_path / "pid").exists()
    (observer,) = beginnings
    for level in (LogLevel.info, LogLevel.error):
        observer({"log_level": level, "log_format": level.name, "log_time": 0.0, "log_namespace": "n"})
    assert log.getvalue().endswith("[n#error] error\n")
    assert "#info" not in log.getvalue()


def ended(capsys: pytest.CaptureFixture[str], runner: _runner.Runner) -> tuple[Any, str]:
    with pytest.raises(SystemExit) as raised:
        runner.run()
    return raised.value.code, "".join(capsys.readouterr())


class Present:
    """Writes to what is sys.stdout or sys.stderr by now."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, text: str) -> None:
        getattr(sys, self.name).write(text)


@pytest.fixture
def to_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(_exit, name, Present(name))


@pytest.mark.usefixtures("to_capture")
def test_it_runs_once(tmp_path: Path, beginnings: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    with pid_file(tmp_path) as file:
        assert ended(capsys, _runner.Runner(Reactor(), file)) == (78, "Already running.\n")


@pytest.mark.usefixtures("to_capture", "beginnings")
@pytest.mark.parametrize(
    ("content", "status", "text"),
    [
        (b"junk", 65, "Invalid PID file.\n"),
        (b"-1", 65, "Invalid PID file.\n"),
        (None, 65, "There is no PID file: it is not running.\n"),
    ],
)
def test_what_does_not_run_cannot_be_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, status: int, text: str
) -> None:
    assert ended(capsys, _runner.Runner(Reactor(), pid_file(tmp_path, content), kill=True)) == (status, text)
    assert ended(capsys, _runner.Runner(Reactor(), kill=True)) == (64, "No PID file specified.\n")


@pytest.mark.usefixtures("to_capture", "beginnings")
def test_what_runs_is_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        file = pid_file(tmp_path, b"%d\n" % other.pid)
        assert ended(capsys, _runner.Runner(Reactor(), file, kill=True))[0] == 0
        assert other.wait(20) == -signal.SIGTERM


@pytest.mark.usefixtures("to_capture")
def test_a_message_goes_to_where_it_belongs(capsys: pytest.CaptureFixture[str]) -> None:
    for status, out, err in (
        (_exit.ExitStatus.EX_OK, "said\n", ""),
        (_exit.ExitStatus.EX_USAGE, "", "said\n"),
    ):
        with pytest.raises(SystemExit) as raised:
            _exit.exit(status, "said")
        assert raised.value.code == status
        assert tuple(capsys.readouterr()) == (out, err)
