"""``txloop demo``: the three doors lead into one room."""

from __future__ import annotations

import http.client
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from support import child_environment

DEADLINE_SECONDS = 20


class Demo:
    """A demo in a process of its own, in a terminal."""

    def __init__(self, loop: str) -> None:
        self.terminal, inner = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "txloop", "demo", "--chat-port", "0", "--web-port", "0", "--loop", loop],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=child_environment(),
            start_new_session=True,
        )
        os.close(inner)
        self.printed = ""
        head = self.until(r"you came in")
        self.web = int(re.findall(r"http://127\.0\.0\.1:(\d+)/", head)[0])
        self.chat = int(re.findall(r"nc 127\.0\.0\.1 (\d+)", head)[0])

    def until(self, pattern: str) -> str:
        """What the terminal shows, once *pattern* is in it."""
        while not re.search(pattern, self.printed):
            assert select.select([self.terminal], [], [], DEADLINE_SECONDS)[0], self.printed
            self.printed += os.read(self.terminal, 4096).decode()
        return self.printed

    def type(self, keys: bytes) -> None:
        """Press *keys*."""
        os.write(self.terminal, keys)

    def end(self) -> None:
        """Whatever is left of it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.terminal)


@pytest.fixture(params=["asyncio", "uvloop"])
def demo(request: pytest.FixtureRequest) -> Iterator[Demo]:
    if request.param == "uvloop":
        pytest.importorskip("uvloop", reason="uvloop is not installed")
    running = Demo(request.param)
    yield running
    running.end()


def connect(demo: Demo) -> Any:
    return socket.create_connection(("127.0.0.1", demo.chat), DEADLINE_SECONDS)


def ask(demo: Demo, method: str, target: str, body: str | None = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", demo.web, timeout=DEADLINE_SECONDS)
    connection.request(method, target, body)
    response = connection.getresponse()
    connection.close()  # the response keeps the socket until it is read
    return response


def test_a_browser_nc_and_the_terminal_hear_each_other(demo: Demo) -> None:
    with connect(demo) as legacy, legacy.makefile("rwb") as lines:
        assert lines.readline() == b"What is your name?\n"
        lines.write(b"ann\n")
        lines.flush()
        assert lines.readline() == b"ann came in.\n"
        assert lines.readline() == b"Here are: ann, you\n"
        with ask(demo, "GET", "/events?Bob") as events:
            assert events.headers["Content-Type"] == "text/event-stream"
            assert lines.readline() == b"Bob came in.\n"
            assert events.readline() == b"data: Here are: Bob, ann, you\n"
            assert ask(demo, "POST", "/say?Bob", "hello\x1b[2J\nall").status == 204
            assert lines.readline() == b"<Bob> hello [2J all\n"
            demo.until("<Bob> hello")
            demo.type(b"from the terminal\n")
            assert lines.readline() == b"<you> from the terminal\n"
            lines.write("grüße\n".encode())
            lines.flush()
            demo.until("<ann> grüße")
            heard = [events.readline() for _ in range(6)]
            assert b"data: <Bob> hello [2J all\n" in heard, "a browser hears itself too"
            assert "data: <ann> grüße\n".encode() in heard
        assert lines.readline() == b"Bob went away.\n"
    demo.until("ann went away")
    demo.type(b"\x04")
    assert demo.process.wait(DEADLINE_SECONDS) == 0


def test_the_page_is_served_and_nothing_else_is_there(demo: Demo) -> None:
    with ask(demo, "GET", "/") as page:
        assert page.status == 200
        assert b"EventSource" in page.read()
    assert ask(demo, "GET", "/etc/passwd").status == 404
    assert ask(demo, "POST", "/say?Bob", "x" * 501).status == 413
    assert ask(demo, "GET", "/events?two%20words").status == 409
    assert ask(demo, "GET", "/events?you").status == 409, "the name is taken"


def test_ctrl_c_ends_it_and_tells_everybody_by_closing(demo: Demo) -> None:
    with connect(demo) as legacy:
        assert legacy.recv(100) == b"What is your name?\n"
        os.killpg(demo.process.pid, signal.SIGINT)
        assert legacy.recv(100) == b""
    assert demo.process.wait(DEADLINE_SECONDS) == 0


def test_a_port_in_use_is_said_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "txloop", "demo", "--chat-port", str(number), "--web-port", "0"],
            capture_output=True,
            text=True,
            env=child_environment(),
        )
    assert done.returncode == 1
    assert f"127.0.0.1:{number}" in done.stderr
    assert "--chat-port" in done.stderr
    assert "Traceback" not in done.stderr
