"""A connection that ends is gone as soon as in Twisted: trial makes two turns after a test, then looks."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support import CHILD_TIMEOUT_SECONDS, child_environment, python, twisted_python
from tls_material import openssl, pem

# As trial does: the test's last call, crash(), two turns, and who is then left is named.
PROGRAM = """
import sys
from twisted.internet import protocol, reactor, ssl


class Side(protocol.Protocol):
    got = b""
    is_lost = False

    def connectionMade(self):
        self.transport.write(b"hello")

    def dataReceived(self, data):
        self.got += data

    def connectionLost(self, reason):
        self.is_lost = True


def until(is_true, then):
    if is_true():
        then()
    else:
        reactor.callLater(0, until, is_true, then)


def left(secure, act, waits):
    client, server = Side(), Side()
    served, connecting = protocol.Factory(), protocol.ClientFactory()
    served.noisy = connecting.noisy = False
    served.buildProtocol = lambda address: server
    connecting.buildProtocol = lambda address: client
    if secure:
        context = ssl.DefaultOpenSSLContextFactory(sys.argv[1], sys.argv[1])
        port = reactor.listenSSL(0, served, context, interface="127.0.0.1")
        reactor.connectSSL("127.0.0.1", port.getHost().port, connecting, ssl.ClientContextFactory())
    else:
        port = reactor.listenTCP(0, served, interface="127.0.0.1")
        reactor.connectTCP("127.0.0.1", port.getHost().port, connecting)

    def talked():
        # Not at once: what TLS says after its handshake shall have come.
        port.stopListening().addCallback(lambda _: reactor.callLater(0.02, end))

    def end():
        act(client.transport, server.transport)
        until(lambda: client.is_lost or not waits, reactor.crash)

    until(lambda: client.got == server.got == b"hello", talked)
    reactor.run(False)
    reactor.iterate(0)
    reactor.iterate(0)
    return reactor.removeAll()


def close(transport, peer):
    transport.loseConnection()


def abort(transport, peer):
    transport.abortConnection()


def write_and_close(transport, peer):
    transport.write(bytes(1000))
    transport.loseConnection()


def pause_and_close(transport, peer):
    transport.pauseProducing()
    transport.loseConnection()


def pause_and_close_unanswered(transport, peer):
    peer.pauseProducing()
    pause_and_close(transport, peer)


def close_half(transport, peer):
    transport.loseWriteConnection()


for case in [
    (False, close, True), (False, abort, True), (False, write_and_close, True),
    (False, close, False), (False, abort, False), (False, write_and_close, False),
    (False, pause_and_close, False), (False, close_half, False),
    (True, close, True), (True, abort, True), (True, write_and_close, True),
    (True, abort, False), (True, pause_and_close, False), (True, pause_and_close_unanswered, False),
]:
    print("TLS" if case[0] else "TCP", case[1].__name__, "lost" if case[2] else "at once", left(*case))


if "here" in sys.argv:  # in Twisted it is never told: it reads no more
    heard = []

    def hear(transport, peer):
        pause_and_close(transport, peer)
        side = transport.wrappedProtocol

        def lost(reason):
            heard.append(reason.type.__name__)
            Side.connectionLost(side, reason)

        side.connectionLost = lost

    left(True, hear, True)
    print(*heard)
"""

CASES = """
TCP close lost
TCP abort lost
TCP write_and_close lost
TCP close at once
TCP abort at once
TCP write_and_close at once
TCP pause_and_close at once
TCP close_half at once
TLS close lost
TLS abort lost
TLS write_and_close lost
TLS abort at once
TLS pause_and_close at once
TLS pause_and_close_unanswered at once
"""
NOBODY_IS_LEFT = [f"{case} []" for case in CASES.split("\n") if case]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


@pytest.mark.skipif(
    openssl is None, reason="the program speaks TLS with pyOpenSSL's contexts, as Twisted's do"
)
def test_two_turns_after_a_test_no_connection_is_left(program: Path, loop_name: str) -> None:
    """Nor one that was paused and then closed; though that one hears, other than in Twisted, of its end."""
    ran = python("-m", "txloop", "run", "--loop", loop_name, program, pem("localhost"), "here")
    assert ran.stderr == ""
    assert ran.stdout.splitlines() == [*NOBODY_IS_LEFT, "ConnectionDone"]


@pytest.mark.needs_twisted
def test_two_turns_after_a_test_none_is_left_on_real_twisted(program: Path) -> None:
    interpreter = twisted_python()
    assert interpreter is not None
    ran = subprocess.run(
        [interpreter, str(program), pem("localhost")],
        env=child_environment(PYTHONPATH=""),
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=True,
    )
    assert ran.stdout.splitlines() == NOBODY_IS_LEFT
