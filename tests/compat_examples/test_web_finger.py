"""An old client's Deferreds awaited in Starlette's handlers, under uvicorn."""

from __future__ import annotations

import concurrent.futures
import contextlib
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from example_programs import EXAMPLES, Program
from support import CHILD_TIMEOUT_SECONDS, child_environment

pytest.importorskip("starlette", reason="Starlette is not installed (extra: hosts)")
pytest.importorskip("uvicorn", reason="uvicorn is not installed (extra: hosts)")


class FingerPage:
    """The example in a process of its own, asking *server*.

    Attributes:
        log: After the end, uvicorn's.
    """

    def __init__(self, server: str, seconds: float = 20) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-X", "dev", str(EXAMPLES / "web_finger.py"), "0", server, str(seconds)],
            env=child_environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        self.log = ""
        assert self._process.stderr is not None
        while not (found := re.search(r"running on (http://\S+)", self.log)):
            line = self._process.stderr.readline()
            assert line, self.log
            self.log += line
        self._url = found[1]

    def ask(self, user: str) -> tuple[int, str]:
        """Status and text."""
        try:
            with urllib.request.urlopen(f"{self._url}/finger/{user}", timeout=20) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as failed:
            with failed:
                return failed.code, failed.read().decode()

    def end(self) -> None:
        """By SIGTERM, in order and without complaints."""
        self._process.send_signal(signal.SIGTERM)
        self.log += self._process.communicate(timeout=CHILD_TIMEOUT_SECONDS)[1]
        assert "Application shutdown complete" in self.log
        assert "Traceback" not in self.log
        assert "Unhandled" not in self.log

    def kill(self) -> None:
        """If it is still there."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def finger_page(server: str, seconds: float = 20) -> Iterator[FingerPage]:
    page = FingerPage(server, seconds)
    try:
        yield page
        page.end()
    finally:
        page.kill()


def test_answers_of_the_old_server_are_pages(loop_name: str) -> None:
    """Twenty at once: each has its own."""
    with (
        Program("finger_server.py", 0, platform=loop_name) as finger,
        finger_page(f"127.0.0.1:{finger.port}") as page,
        concurrent.futures.ThreadPoolExecutor(20) as askers,
    ):
        answers = list(askers.map(page.ask, ["ada", "grace", "bob", "ada"] * 5))
    assert (
        answers
        == [
            (200, "Ada: at the engine, do not disturb.\n"),
            (200, "Grace: gone to look for a moth.\n"),
            (404, "bob: no such person here.\n"),
            (200, "Ada: at the engine, do not disturb.\n"),
        ]
        * 5
    )


def test_a_server_that_is_not_there_is_a_bad_gateway() -> None:
    with finger_page("127.0.0.1:1") as page:
        status, text = page.ask("ada")
    assert status == 502
    assert "refused" in text


def test_a_server_that_takes_too_long_is_a_gateway_timeout_and_no_leak() -> None:
    """What arrives after the timeout is nobody's error."""
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        finger_page(f"127.0.0.1:{silent.getsockname()[1]}", 0.1) as page,
    ):
        assert page.ask("ada") == (504, "The finger server takes too long.\n")
        asked, _ = silent.accept()
        assert asked.recv(100) == b"ada\r\n"
        asked.sendall(b"late\r\n")
        asked.close()
        assert page.ask("grace")[0] == 504
