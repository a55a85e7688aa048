"""What a program sees when the reactor stops, line by line: on txloop as on real Twisted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support import CHILD_TIMEOUT_SECONDS, child_environment, python, twisted_python

PROGRAM = """
from twisted.internet import protocol, reactor
from twisted.internet.defer import Deferred


class Server(protocol.Protocol):
    def connectionLost(self, reason):
        print("server lost", reason.type.__name__)


class Client(protocol.Protocol):
    def connectionMade(self):
        reactor.callLater(0.01, reactor.stop)

    def connectionLost(self, reason):
        print("client lost", reason.type.__name__)


class Clients(protocol.ClientFactory):
    protocol = Client
    noisy = False

    def clientConnectionLost(self, connector, reason):
        print("clientConnectionLost", reason.type.__name__)

    def doStop(self):
        protocol.ClientFactory.doStop(self)
        print("client factory stopped")


class Servers(protocol.Factory):
    protocol = Server
    noisy = False

    def doStop(self):
        protocol.Factory.doStop(self)
        print("server factory stopped")


waited = Deferred()
for phase in ("before", "during", "after"):
    reactor.addSystemEventTrigger(phase, "shutdown", print, phase, "shutdown")
    reactor.addSystemEventTrigger(phase, "startup", print, phase, "startup")


def wait_a_little():
    reactor.callLater(0.01, waited.callback, None)
    return waited


reactor.addSystemEventTrigger("before", "shutdown", wait_a_little)
call = reactor.callLater(100, print)
port = reactor.listenTCP(0, Servers(), interface="127.0.0.1")
reactor.connectTCP("127.0.0.1", port.getHost().port, Clients())
reactor.callLater(0, print, "running", reactor.running)
reactor.run()
print("run() returned", reactor.running, call.active(), len(reactor.getDelayedCalls()))
"""

BEFORE_LOST = ["before startup", "during startup", "after startup", "running False", "before shutdown"]
# Who is lost first is chance in Twisted (its selectables are a set); ours is the oldest first.
LOST = [
    "server factory stopped",
    "client lost ConnectionLost",
    "clientConnectionLost ConnectionLost",
    "client factory stopped",
    "server lost ConnectionLost",
]
AFTER_LOST = ["during shutdown", "after shutdown", "run() returned False True 1"]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def test_everything_is_lost_between_before_and_during(program: Path, loop_name: str) -> None:
    """Connections with ConnectionLost, synchronously, after the Deferreds of `before`; delayed calls stay."""
    ran = python("-X", "dev", "-W", "error", "-m", "txloop", "run", "--loop", loop_name, program)
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == BEFORE_LOST + LOST + AFTER_LOST


@pytest.mark.needs_twisted
def test_real_twisted_prints_the_same(program: Path) -> None:
    interpreter = twisted_python()
    assert interpreter is not None
    ran = subprocess.run(
        [interpreter, str(program)],
        env=child_environment(PYTHONPATH=""),
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=True,
    )
    lines = ran.stdout.splitlines()
    begin, end = len(BEFORE_LOST), len(BEFORE_LOST + LOST)
    assert lines[:begin] == BEFORE_LOST
    assert sorted(lines[begin:end]) == sorted(LOST)
    assert lines[end:] == AFTER_LOST


# Whatever happens, it connects again at once.
CONNECTS_AGAIN = """
from twisted.internet import protocol, reactor

class Client(protocol.ClientFactory):
    noisy = False
    protocol = protocol.Protocol

    def buildProtocol(self, addr):
        reactor.callLater(0, reactor.stop)
        return super().buildProtocol(addr)

    def clientConnectionLost(self, connector, reason):
        print("lost", reason.type.__name__)
        connector.connect()

    def clientConnectionFailed(self, connector, reason):
        print("failed", reason.type.__name__)
        connector.connect()

served = protocol.Factory.forProtocol(protocol.Protocol)
port = reactor.listenTCP(0, served, interface="127.0.0.1")
reactor.connectTCP("127.0.0.1", port.getHost().port, Client())
reactor.run()
print("end")
"""


def test_who_connects_again_at_the_end_hears_nothing_more(tmp_path: Path, loop_name: str) -> None:
    """No socket is opened for it either: there are no warnings."""
    program = tmp_path / "program.py"
    program.write_text(CONNECTS_AGAIN)
    ran = python("-X", "dev", "-W", "error", "-m", "txloop", "run", "--loop", loop_name, program)
    assert (ran.stdout, ran.stderr) == ("lost ConnectionLost\nend\n", "")


@pytest.mark.needs_twisted
def test_in_real_twisted_it_hears_nothing_more_either(tmp_path: Path) -> None:
    interpreter = twisted_python()
    assert interpreter is not None
    program = tmp_path / "program.py"
    program.write_text(CONNECTS_AGAIN)
    ran = subprocess.run(
        [interpreter, str(program)],
        env=child_environment(PYTHONPATH=""),
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=True,
    )
    assert ran.stdout == "lost ConnectionLost\nend\n"
