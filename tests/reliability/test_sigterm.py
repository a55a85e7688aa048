"""SIGTERM in the middle of everything: the end comes in time, and what is lost is told once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from support import child_environment

pytestmark = pytest.mark.asyncio


BUSY = """
import sys, threading, time
from txloop.internet import reactor, protocol, task, threads
from txloop.python import log

told = {"made": 0, "lost": 0, "triggers": []}

class Echo(protocol.Protocol):
    def connectionMade(self):
        told["made"] += 1
    def dataReceived(self, data):
        threads.deferToThread(len, data).addCallback(lambda length: self.transport.write(b"%d\\n" % length))
    def connectionLost(self, reason):
        told["lost"] += 1

factory = protocol.Factory.forProtocol(Echo)
factory.noisy = False
port = reactor.listenTCP(0, factory, interface="127.0.0.1")
task.LoopingCall(lambda: None).start(0.001)
class Child(protocol.ProcessProtocol):
    def connectionMade(self):
        told["child"] = self.transport.pid
reactor.spawnProcess(Child(), "/bin/cat", ["cat"])
for phase in ("before", "during", "after"):
    reactor.addSystemEventTrigger(phase, "shutdown", told["triggers"].append, phase)
reactor.callWhenRunning(lambda: print(port.getHost().port, flush=True))
reactor.run()
print(told["made"] == told["lost"], told["triggers"], reactor._exitSignal, flush=True)
"""


async def test_sigterm_in_the_midst_ends_in_time_and_every_loss_is_told_once() -> None:
    loop_name = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    child = subprocess.Popen(
        [sys.executable, "-c", BUSY],
        env=child_environment(TXLOOP_LOOP=loop_name),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    number = int(await asyncio.to_thread(child.stdout.readline))
    with _connected(number, 50) as clients:
        for round_ in range(4):
            for client in clients:
                client.send(b"x" * (round_ + 1))
        assert await asyncio.to_thread(clients[0].recv, 10)
        child.send_signal(signal.SIGTERM)
        output, errors = await asyncio.to_thread(child.communicate, None, 15)
        # Each answer is whole or was never begun; then the connection is at its end.
        for client in clients:
            client.settimeout(10)
            with contextlib.suppress(ConnectionResetError):
                rest = b"".join(iter(lambda client=client: client.recv(100), b""))
                assert rest == b"" or rest.endswith(b"\n")
    assert errors == ""
    assert output == f"True ['before', 'during', 'after'] {int(signal.SIGTERM)}\n"
    assert child.returncode == 0


@contextlib.contextmanager
def _connected(number: int, count: int) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(("127.0.0.1", number), timeout=20))
            for _ in range(count)
        ]
