"""``twist``, as ``txloop twist`` runs it: real processes, and what the real one prints.

Source of the claims: Twisted 26.10's twist, by running it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support import CHILD_TIMEOUT_SECONDS, child_environment, twisted_python

Run = Callable[..., subprocess.CompletedProcess[str]]

PLUGIN = """\
from zope.interface import implementer
from twisted.application.service import IServiceMaker, Service
from twisted.internet import reactor
from twisted.logger import Logger
from twisted.plugin import IPlugin
from twisted.python.usage import Options
import os

class Told(Options):
    optParameters = [["ends", "e", "stop", "How it ends."]]

class Noted(Service):
    log = Logger()
    ends = "stop"
    def startService(self):
        self.log.info("start {ends}", ends=self.ends)
        self.log.debug("nobody reads this")
        end = reactor.stop if self.ends == "stop" else lambda: os.kill(os.getpid(), int(self.ends))
        reactor.callWhenRunning(end)
    def stopService(self):
        self.log.warn("stop")

@implementer(IServiceMaker, IPlugin)
class Maker:
    tapname = "noted"
    description = "Notes what happens."
    options = Told
    def makeService(self, options):
        service = Noted()
        service.ends = options["ends"]
        return service

maker = Maker()
"""

OURS = [sys.executable, "-m", "txloop", "twist"]
REAL = [twisted_python() or "", "-c", "from twisted.application.twist._twist import Twist; Twist.main()"]
BOTH = pytest.mark.parametrize(
    "command",
    [pytest.param(OURS, id="txloop"), pytest.param(REAL, id="twisted", marks=pytest.mark.needs_twisted)],
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "twisted" / "plugins").mkdir(parents=True)
    (tmp_path / "twisted" / "plugins" / "noted_plugin.py").write_text(PLUGIN)
    return tmp_path


def run(command: list[str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = child_environment(TXLOOP_LOOP=os.environ.get("TXLOOP_LOOP", "auto"))
    if command is REAL:
        environment["PYTHONPATH"] = str(folder)  # what is installed beside it, and the plugin
    return subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=False,
    )


@BOTH
def test_the_service_starts_and_stops_and_its_log_is_text(command: list[str], folder: Path) -> None:
    done = run(command, folder, "--log-format", "text", "noted")
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        re.findall(r"#(\w+)\] (.*)", done.stdout)
        == [
            ("info", "start stop"),
            ("info", "Starting reactor..."),
            ("warn", "stop"),
            ("info", "Main loop terminated."),
        ]
        or "start stop" not in done.stdout
    )


@BOTH
def test_the_log_is_json_if_nobody_looks(command: list[str], folder: Path) -> None:
    done = run(command, folder, "--log-level", "warn", "--log-file", "log", "noted")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    events = [json.loads(line) for line in (folder / "log").read_text().replace("\x1e", "").splitlines()]
    assert [event["log_format"] for event in events] == ["stop"]


@BOTH
def test_ended_by_a_signal_it_ends_as_that_does(command: list[str], folder: Path) -> None:
    done = run(command, folder, "noted", "--ends", str(int(signal.SIGTERM)))
    assert done.returncode == -signal.SIGTERM


@BOTH
@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "Error: No plugin specified."),
        (("nonsense",), "Error: Unknown command: nonsense"),
        (("--reactor", "nonsense", "noted"), "Error: Unknown reactor: nonsense"),
        (("--log-level", "nonsense", "noted"), "Error: Invalid log level: nonsense"),
        (("--log-format", "nonsense", "noted"), "Error: Invalid log format: nonsense"),
        (("noted", "--nonsense"), "Error: option --nonsense not recognized"),
    ],
)
def test_a_command_line_that_makes_no_sense(
    command: list[str], folder: Path, arguments: tuple[str, ...], text: str
) -> None:
    done = run(command, folder, *arguments)
    assert (done.returncode, done.stdout) == (64, "")
    assert done.stderr.startswith(f"{text}\n\nUsage: ")


@BOTH
def test_a_log_file_that_cannot_be_written(command: list[str], folder: Path) -> None:
    done = run(command, folder, "--log-file", "no/such", "noted")
    assert (done.returncode, done.stdout) == (74, "")
    assert done.stderr.startswith("Unable to open log file 'no/such': [Errno 2] No such file or directory")


@BOTH
def test_the_version(command: list[str], folder: Path) -> None:
    done = run(command, folder, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", done.stdout)
