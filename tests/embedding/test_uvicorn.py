"""Under uvicorn, with lifespan: SIGTERM ends everything within the timeout, and each loss is told once."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest

from support import CHILD_TIMEOUT_SECONDS, ROOT, child_environment

pytest.importorskip("uvicorn", reason="uvicorn is not installed (extra: hosts)")


class Server:
    """uvicorn in a process of its own.

    Attributes:
        port: The old server's.
        url: uvicorn's.
    """

    def __init__(self, loop_name: str, end: str) -> None:
        environment = child_environment(EMBEDDED_END=end)
        environment["PYTHONPATH"] += os.pathsep + str(ROOT / "tests")
        self._process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-m", "embedding.asgi_app", loop_name],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.port = int(self._process.stdout.readline().split()[1])
        self._log = ""
        while not (found := re.search(r"running on (http://\S+)", self._log)):
            line = self._process.stderr.readline()
            assert line, self._log
            self._log += line
        self.url = found[1]

    def get(self, path: str) -> str:
        """What the page says."""
        with urllib.request.urlopen(self.url + path, timeout=20) as page:
            text: str = page.read().decode()
            return text

    def end(self, by: str) -> tuple[list[str], str, float]:
        """End it, by "SIGTERM" or its own "/exit": what it printed since, its log, the seconds it took."""
        begin = time.monotonic()
        if by == "SIGTERM":
            self._process.send_signal(signal.SIGTERM)
        else:
            self.get(by)
        output, log = self._process.communicate(timeout=CHILD_TIMEOUT_SECONDS)
        return output.splitlines(), self._log + log, time.monotonic() - begin

    def kill(self) -> None:
        """If it is still there."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.communicate()


@pytest.fixture
def serve(loop_name: str) -> Iterator[list[Server]]:
    """Servers made by the test; killed after it."""
    made: list[Server] = []
    yield made
    for server in made:
        server.kill()


@contextlib.contextmanager
def three_guests(server: Server) -> Iterator[None]:
    """One is idle, one has said something, one does not read what it is sent."""
    with contextlib.ExitStack() as stack:
        idle, talker, _deaf = (
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
            for _ in range(3)
        )
        talker.sendall(b"hello\r\n")
        assert talker.recv(100) == b"HELLO\r\n"
        while server.get("/0") != "3 guests":
            pass
        server.get("/30000000")  # more than the system takes
        drain(idle, 30_000_000)
        drain(talker, 30_000_000)
        yield


def drain(guest: socket.socket, size: int) -> None:
    while size:
        size -= len(guest.recv(1 << 20))


def test_sigterm_with_open_connections_ends_within_the_timeout(loop_name: str, serve: list[Server]) -> None:
    """`running()` in the lifespan: asked to close; who does not read is cut half a second later, and logged.

    The lifespan it must be: after it uvicorn raises SIGTERM again, which ends the process
    before the loop does.
    """
    server = Server(loop_name, "running")
    serve.append(server)
    with three_guests(server):
        printed, log, seconds = server.end("SIGTERM")
    told = ["lifespan ends", "before", "ConnectionDone", "ConnectionDone", "ConnectionAborted"]
    assert printed == [*told, "during", "after"]
    assert "cut at shutdown: <Shouter" in log
    assert "Application shutdown complete" in log
    assert "Traceback" not in log
    assert "Warning" not in log
    assert seconds < 10  # 0.5 by itself; on a busy machine the interpreter's own end takes most


def test_without_running_the_end_of_uvicorns_loop_is_the_end(loop_name: str, serve: list[Server]) -> None:
    server = Server(loop_name, "loop")
    serve.append(server)
    with three_guests(server):
        printed, log, seconds = server.end("/exit")
    assert printed == ["lifespan ends", "before", *["ConnectionLost"] * 3, "during", "after"]
    assert "Traceback" not in log
    assert "Warning" not in log
    assert seconds < 10
