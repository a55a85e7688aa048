"""``twistd``, as ``txloop twistd`` runs it: real processes, and the transcript of the real one.

Source of the claims: Twisted 26.10's twistd, by running it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support import child_environment, twisted_python

Run = Callable[..., subprocess.CompletedProcess[str]]

NOTED = """\
import os, signal
from twisted.application import service
from twisted.internet import reactor

class Noted(service.Service):
    def privilegedStartService(self):
        print("privileged", self.name)
    def startService(self):
        super().startService()
        print("start", self.name)
    def stopService(self):
        print("stop", self.name)
        return super().stopService()

application = service.Application("noted")
for name in "ab":
    each = Noted()
    each.setName(name)
    each.setServiceParent(application)
"""
ENDS_ITSELF = NOTED + "reactor.callWhenRunning(reactor.stop)\n"
KILLS_ITSELF = NOTED + "reactor.callWhenRunning(os.kill, os.getpid(), signal.SIGTERM)\n"
# Signals are the reactor's from when it runs, which is after the parent has been told of the start.
TELLS = NOTED + 'reactor.callWhenRunning(print, "running")\n'
CANNOT_START = NOTED + 'each.privilegedStartService = lambda: int("port \\u20ac")\n'

WAIT_SECONDS = 30


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "txloop", "twistd", *arguments]


@pytest.fixture
def twistd(tmp_path: Path) -> Iterator[Run]:
    """Runs twistd in a folder with the application ``app.tac``; a daemon is killed after the test."""

    def run(source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "app.tac").write_text(source)
        environment = child_environment(TXLOOP_LOOP=os.environ.get("TXLOOP_LOOP", "auto"))
        return subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS,
            check=False,
        )

    yield run
    pidfile = tmp_path / "twistd.pid"
    if pidfile.exists():
        try:
            os.kill(int(pidfile.read_text()), signal.SIGKILL)
        except (ProcessLookupError, ValueError):
            pass


def wait_until(condition: Callable[[], object]) -> None:
    """A daemon is nobody's child: there is nothing to wait on but what it leaves in files."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def said(log: str) -> list[str]:
    """What the application has printed, line by line of *log*."""
    return re.findall(r"\[stdout#info\] (.*)", log)


ORDER = ["privileged a", "privileged b", "start a", "start b", "stop b", "stop a"]


@pytest.mark.usefixtures("loop_name")
def test_services_start_and_stop_in_order(twistd: Run) -> None:
    done = twistd(ENDS_ITSELF, "-n", "-y", "app.tac")
    assert (said(done.stdout), done.stderr, done.returncode) == (ORDER, "", 0)


def test_the_pidfile_is_there_while_it_runs_and_gone_afterwards(twistd: Run, tmp_path: Path) -> None:
    peeks = "reactor.callWhenRunning(lambda: print(open('twistd.pid').read() == str(os.getpid())))\n"
    done = twistd(peeks.join([NOTED, ""]) + "reactor.callWhenRunning(reactor.stop)\n", "-ny", "app.tac")
    assert "True" in said(done.stdout)
    assert not (tmp_path / "twistd.pid").exists()


@pytest.mark.usefixtures("loop_name")
def test_a_signal_stops_the_services_and_is_the_processs_end(
    twistd: Run,
) -> None:
    done = twistd(KILLS_ITSELF, "-ny", "app.tac")
    assert (said(done.stdout), done.returncode) == (ORDER, -signal.SIGTERM)
    assert "Received SIGTERM, shutting down." in done.stdout


@pytest.mark.usefixtures("loop_name")
def test_a_daemon_goes_on_alone_and_a_signal_ends_it(twistd: Run, tmp_path: Path) -> None:
    started = twistd(TELLS, "-y", "app.tac")
    assert (started.returncode, started.stdout, started.stderr) == (0, "", "")
    log = tmp_path / "twistd.log"
    pid = int((tmp_path / "twistd.pid").read_text())
    assert os.getsid(pid) != os.getsid(0)
    assert said(log.read_text())[:4] == ORDER[:4]  # started before its parent has gone
    wait_until(lambda: "running" in said(log.read_text()))
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: "Server Shut Down." in log.read_text())
    assert said(log.read_text()) == [*ORDER[:4], "running", *ORDER[4:]]
    wait_until(lambda: not (tmp_path / "twistd.pid").exists())


def test_a_second_one_in_the_same_folder_is_refused(twistd: Run, tmp_path: Path) -> None:
    twistd(NOTED, "-y", "app.tac")
    pid = (tmp_path / "twistd.pid").read_text()
    second = twistd(NOTED, "-y", "app.tac")
    assert (second.returncode, f"Another twistd server is running, PID {pid}" in second.stderr) == (1, True)
    assert (tmp_path / "twistd.pid").read_text() == pid


def test_a_daemon_that_cannot_start_says_why_and_fails(twistd: Run, tmp_path: Path) -> None:
    done = twistd(CANNOT_START, "-y", "app.tac")
    assert done.returncode == 1
    assert done.stderr == (
        "An error has occurred: b\"ValueError: invalid literal for int() with base 10: 'port \\\\u20ac'\"\n"
        "Please look at log file for more information.\n"
    )
    # The parent hears of it first; the daemon writes its log and goes.
    wait_until(lambda: "Traceback" in (tmp_path / "twistd.log").read_text())
    wait_until(lambda: not (tmp_path / "twistd.pid").exists())


def test_sigusr1_rotates_the_log(twistd: Run, tmp_path: Path) -> None:
    twistd(TELLS, "-y", "app.tac", "-l", str(tmp_path / "my.log"))
    wait_until(lambda: "running" in (tmp_path / "my.log").read_text())
    os.kill(int((tmp_path / "twistd.pid").read_text()), signal.SIGUSR1)
    wait_until((tmp_path / "my.log.1").exists)
    assert said((tmp_path / "my.log.1").read_text()) == [*ORDER[:4], "running"]
    os.kill(int((tmp_path / "twistd.pid").read_text()), signal.SIGTERM)
    wait_until(lambda: "Server Shut Down." in (tmp_path / "my.log").read_text())


@pytest.mark.parametrize(
    ("pidfile", "text"),
    [("not a number", "contains non-numeric value"), ("99999999", "Removing stale pidfile")],
)
def test_a_pidfile_that_is_nobodys(twistd: Run, tmp_path: Path, pidfile: str, text: str) -> None:
    (tmp_path / "twistd.pid").write_text(pidfile)
    done = twistd(ENDS_ITSELF, "-ny", "app.tac")
    assert text in done.stdout + done.stderr
    assert (done.returncode == 0) == ("stale" in text)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--no-such-option"], "option --no-such-option not recognized"),
        (["--reactor", "nosuch"], "The specified reactor does not exist: 'nosuch'."),
        (["--logger", "no.such", "-ny", "app.tac"], "Logger 'no.such' could not be imported: "),
        (["--umask", "9", "-ny", "app.tac"], "Parameter type enforcement failed"),
        (["-ny", "other.tac"], "Failed to load application: [Errno 2]"),
        (["-y", "app.tac", "-l", "-"], "Daemons cannot log to stdout, exiting!"),
        (["no-such-plugin"], "Unknown command: no-such-plugin"),
    ],
)
def test_what_makes_no_sense_is_refused(twistd: Run, arguments: list[str], text: str) -> None:
    done = twistd(ENDS_ITSELF, *arguments)
    assert text in done.stdout + done.stderr
    assert done.returncode == 1


def test_a_file_without_an_application_is_told_so(
    twistd: Run,
) -> None:
    done = twistd("x = 1", "-ny", "app.tac")
    assert "Could not find 'application' in the file." in done.stderr


def test_plugins_in_the_current_folder_are_commands(twistd: Run, tmp_path: Path) -> None:
    plugins = tmp_path / "twisted" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "my_plugin.py").write_text(
        "from twisted.application.service import ServiceMaker\n"
        "noted = ServiceMaker('Noted', 'my_tap', 'Notes things.', 'noted')\n"
    )
    (tmp_path / "my_tap.py").write_text(
        NOTED + "from twisted.python import usage\n"
        "class Options(usage.Options):\n    optParameters = [['word', 'w', 'none', 'What to say.']]\n"
        "def makeService(options):\n"
        "    print('made with', options['word'])\n"
        "    reactor.callWhenRunning(reactor.stop)\n    return Noted()\n"
    )
    assert re.search(r"Commands:\n +noted +Notes things\.\n", twistd("", "--help").stdout)
    done = twistd("", "-n", "noted", "--word", "hello")
    assert said(done.stdout) == ["privileged None", "start None", "stop None"]
    assert "made with hello" in done.stdout


SAYS_WHO_IT_IS = """\
import os
from twisted.application import service
from twisted.internet import reactor

class Who(service.Service):
    def privilegedStartService(self):
        print("privileged", os.geteuid())
    def startService(self):
        mask = os.umask(0)
        print("running", os.getuid(), os.geteuid(), os.getegid(), oct(mask), os.getcwd())
        os.umask(mask)
        reactor.callWhenRunning(reactor.stop)

application = service.Application("who")
Who().setServiceParent(application)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize(("more", "uid"), [([], 65534), (["--euid"], 0)])
def test_privileges_are_shed_after_the_privileged_start(
    twistd: Run, tmp_path: Path, more: list[str], uid: int
) -> None:
    tmp_path.chmod(0o777)
    done = twistd(SAYS_WHO_IT_IS, "-n", "-u", "65534", "-g", "65534", "--pidfile", "", *more, "-y", "app.tac")
    assert said(done.stdout) == ["privileged 0", f"running {uid} 65534 65534 {oct(os_umask())} {tmp_path}"]
    assert f"set {'e' if more else ''}uid/{'e' if more else ''}gid 65534/65534" in done.stdout


def os_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.skipif(os.geteuid() == 0, reason="root may become anybody")
def test_who_may_not_become_somebody_else_is_told_so(twistd: Run) -> None:
    done = twistd(SAYS_WHO_IT_IS, "-n", "-u", "0", "-g", "0", "-y", "app.tac")
    assert "failed to set uid/gid 0/0 (are you root?) -- exiting." in done.stdout
    assert done.returncode == 1


def test_folder_and_mask_are_those_that_were_asked_for(twistd: Run, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    done = twistd(SAYS_WHO_IT_IS, "-n", "-d", "run", "--umask", "027", "-y", "app.tac")
    assert said(done.stdout)[-1].endswith(f"0o27 {tmp_path / 'run'}")


def test_a_daemons_files_are_its_own(twistd: Run, tmp_path: Path) -> None:
    twistd(SAYS_WHO_IT_IS, "-y", "app.tac")
    log = tmp_path / "twistd.log"
    wait_until(lambda: "Server Shut Down." in log.read_text())
    assert said(log.read_text())[-1].endswith(f"0o77 {tmp_path}")


def test_another_observer_gets_the_log(twistd: Run, tmp_path: Path) -> None:
    (tmp_path / "my_log.py").write_text(
        "import sys\nfrom twisted.logger import jsonFileLogObserver\n"
        "def observer():\n    return jsonFileLogObserver(sys.__stdout__, recordSeparator='')\n"
    )
    done = twistd(ENDS_ITSELF, "-n", "--logger", "my_log.observer", "-y", "app.tac")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["log_io"] for record in records if record["log_namespace"] == "stdout"] == ORDER


@pytest.mark.parametrize("profiler", ["profile", "cprofile"])
def test_a_profiler_writes_its_file(twistd: Run, tmp_path: Path, profiler: str) -> None:
    done = twistd(ENDS_ITSELF, "-ny", "app.tac", "--profile", "out.txt", "--profiler", profiler)
    assert (done.stderr, said(done.stdout)) == ("", ORDER)
    assert "function calls" in (tmp_path / "out.txt").read_text()


@pytest.mark.needs_twisted
@pytest.mark.parametrize("source", [ENDS_ITSELF, KILLS_ITSELF, CANNOT_START, "x = 1"])
def test_the_transcript_is_that_of_twisteds(twistd: Run, tmp_path: Path, source: str) -> None:
    """Every line of the log without its time, but for tracebacks, paths and the reactor's name."""
    ours = twistd(source, "-ny", "app.tac")
    interpreter = twisted_python()
    assert interpreter is not None
    theirs = subprocess.run(
        [interpreter, "-c", "from twisted.scripts.twistd import run; run()", "-ny", "app.tac"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
    )
    assert (comparable(ours.stdout), ours.returncode) == (comparable(theirs.stdout), theirs.returncode)


def comparable(log: str) -> list[str]:
    lines = [re.sub(r"^\S+ \[\S+\] ", "", line) for line in log.splitlines()]
    return [
        line for line in lines if not re.search(r"^ |\.py\b|reactor class|starting up|stderr#error", line)
    ]
