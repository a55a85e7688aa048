"""SIGTERM in the middle of everything: the end comes in time, and what is lost is told once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support import ROOT, child_environment

pytestmark = pytest.mark.asyncio


BUSY = """
import os, sys
sys.path.append(sys.argv[2])
from tls_material import server_context
from txloop.internet import reactor, protocol, task, threads

triggers, ends = [], []

class End(protocol.Protocol):
    losses = 0
    def connectionMade(self):
        ends.append(self)
    def connectionLost(self, reason):
        self.losses += 1

class Counts(End):
    def dataReceived(self, data):
        threads.deferToThread(len, data).addCallback(lambda length: self.transport.write(b"%d\\n" % length))

def factory(kind):
    made = protocol.ClientFactory.forProtocol(kind)
    made.noisy = False
    return made

tcp = reactor.listenTCP(0, factory(Counts), interface="127.0.0.1")
tls = reactor.listenSSL(0, factory(Counts), server_context(), interface="127.0.0.1")
reactor.listenUNIX(sys.argv[1] + "/s", factory(Counts))
reactor.listenUDP(0, protocol.DatagramProtocol(), interface="127.0.0.1")
for _ in range(5):  # our own clients, too
    reactor.connectTCP("127.0.0.1", tcp.getHost().port, factory(End))
task.LoopingCall(lambda: None).start(0.001)
reactor.spawnProcess(protocol.ProcessProtocol(), "/bin/cat", ["cat"])
for phase in ("before", "during", "after"):
    reactor.addSystemEventTrigger(phase, "shutdown", triggers.append, phase)
reactor.callWhenRunning(lambda: print(tcp.getHost().port, tls.getHost().port, flush=True))
reactor.run()
print(len(ends) >= 40, {end.losses for end in ends}, triggers, reactor._exitSignal, flush=True)
"""

EACH = 20


async def test_sigterm_in_the_midst_ends_in_time_and_every_loss_is_told_once(tmp_path: Path) -> None:
    """TCP, UNIX and TLS in the midst of its handshake, calls in threads, a child, timers, clients."""
    loop_name = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    child = subprocess.Popen(
        [sys.executable, "-c", BUSY, str(tmp_path), str(ROOT / "tests")],
        env=child_environment(TXLOOP_LOOP=loop_name),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    tcp, tls = map(int, (await asyncio.to_thread(child.stdout.readline)).split())
    with contextlib.ExitStack() as stack:
        stack.callback(child.communicate)
        stack.callback(child.kill)  # if it is still there
        asking = [
            *connected(stack, socket.AF_INET, ("127.0.0.1", tcp)),
            *connected(stack, socket.AF_UNIX, str(tmp_path / "s")),
        ]
        shaking_hands = connected(stack, socket.AF_INET, ("127.0.0.1", tls))
        for client in shaking_hands:
            client.send(b"\x16\x03\x01")
        for client in asking:
            client.send(b"x")
        for client in asking:
            assert await asyncio.to_thread(client.recv, 2) == b"1\n"
        for round_ in range(2, 5):
            for client in asking:
                client.send(b"x" * round_)
        child.send_signal(signal.SIGTERM)
        output, errors = await asyncio.to_thread(child.communicate, None, 15)
        # Each answer is whole or was never begun; then the connection is at its end.
        for client in asking:
            with contextlib.suppress(ConnectionResetError):
                rest = b"".join(iter(lambda client=client: client.recv(100), b""))
                assert rest == b"" or rest.endswith(b"\n")
        for client in shaking_hands:
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(100) == b""
    assert errors == ""
    assert output == f"True {{1}} ['before', 'during', 'after'] {int(signal.SIGTERM)}\n"
    assert child.returncode == 0


def connected(stack: contextlib.ExitStack, family: socket.AddressFamily, where: Any) -> list[socket.socket]:
    made = [stack.enter_context(socket.socket(family)) for _ in range(EACH)]
    for each in made:
        each.settimeout(20)
        each.connect(where)
    return made
