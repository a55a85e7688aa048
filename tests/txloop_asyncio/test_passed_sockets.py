"""Sockets that a service manager passes (LISTEN_FDS): a real process gets them and serves on them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from support import CHILD_TIMEOUT_SECONDS, child_environment

PROGRAM = """\
import sys
from txloop.internet import endpoints, protocol, reactor
class Shout(protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data.upper())
        self.transport.loseConnection()
    def connectionLost(self, reason):
        reactor.stop()
endpoints.serverFromString(reactor, sys.argv[1]).listen(protocol.Factory.forProtocol(Shout))
reactor.run()
"""


def activate(description: str, *passed: socket.socket, **environment: str) -> subprocess.Popen[bytes]:
    """Start the program as systemd does: the sockets are its descriptors from 3 on, LISTEN_PID is its own."""
    moves = " ".join(f"{3 + index}<&{each.fileno()}" for index, each in enumerate(passed))
    # A shell that becomes the program keeps its process id; sh knows descriptors up to 9 only.
    command = f'export LISTEN_PID=$$; exec "{sys.executable}" -c "$PROGRAM" "{description}" {moves}'
    return subprocess.Popen(
        ["/bin/bash", "-c", command],
        pass_fds=[each.fileno() for each in passed],
        env=child_environment(PROGRAM=PROGRAM, LISTEN_FDS=str(len(passed)), **environment),
    )


@pytest.mark.needs_tool("bash")
@pytest.mark.parametrize("description", ["systemd:domain=INET:index=1", "systemd:domain=INET:name=web"])
def test_a_port_by_number_and_by_name(loop_name: str, description: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, socket.create_server(("127.0.0.1", 0)) as web:
        named = {"LISTEN_FDNAMES": "other:web"} if "name" in description else {}
        with activate(description, other, web, TXLOOP_LOOP=loop_name, **named) as child:
            try:
                with socket.create_connection(web.getsockname(), timeout=30) as client:
                    client.sendall(b"hello")
                    assert client.recv(100) == b"HELLO"
                    assert client.recv(100) == b""
                assert child.wait(CHILD_TIMEOUT_SECONDS) == 0
            finally:
                child.kill()


@pytest.mark.needs_tool("bash")
def test_a_unix_port(loop_name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = os.path.join(tmp_path_factory.mktemp("u"), "s")
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as client:
        listening.bind(path)
        listening.listen()
        with activate("systemd:domain=UNIX:index=0", listening, TXLOOP_LOOP=loop_name) as child:
            try:
                client.settimeout(30)
                client.connect(path)
                client.sendall(b"hello")
                assert client.recv(100) == b"HELLO"
                assert child.wait(CHILD_TIMEOUT_SECONDS) == 0
                assert os.path.exists(path)  # the manager's, not the program's
            finally:
                child.kill()
