"""Run a compat example as its user would: in a process of its own, on txloop or on Twisted.

    with Program("line_chat.py", "0", platform="uvloop") as chat:
        guest = chat.connect()
        guest.say("ann")
    chat.transcript      what it printed, its port written PORT

A platform is a loop of txloop ("asyncio", "uvloop") or "twisted".  The transcripts in
the tests are the same for all of them.
"""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
from types import TracebackType

from support import CHILD_TIMEOUT_SECONDS, ROOT, child_environment, twisted_python

EXAMPLES = ROOT / "compat_examples"

# A conversation over loopback takes milliseconds; who waits this long waits for ever.
TALK_TIMEOUT_SECONDS = 20


def command(script: str, *arguments: object, platform: str) -> list[str]:
    """The command line that runs an example on *platform*."""
    program = [str(EXAMPLES / script), *map(str, arguments)]
    if platform == "twisted":
        interpreter = twisted_python()
        assert interpreter is not None, "the test lacks the mark needs_twisted"
        return [interpreter, "-u", *program]
    return [sys.executable, "-u", "-m", "txloop", "run", "--loop", platform, *program]


def environment(platform: str) -> dict[str, str]:
    """Its environment: real Twisted sees nothing of txloop."""
    variables = child_environment()
    if platform == "twisted":
        del variables["PYTHONPATH"]
    return variables


def run(script: str, *arguments: object, platform: str) -> tuple[str, str, int]:
    """Run an example that ends by itself: its output, its errors, its status."""
    done = subprocess.run(
        command(script, *arguments, platform=platform),
        env=environment(platform),
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=False,
    )
    return done.stdout, done.stderr, done.returncode


class Program:
    """An example that serves until it is interrupted, here at the end of the block.

    Attributes:
        port: The port it said it listens on, in its first line.
        transcript: After the block: all it printed, with PORT for that number.
    """

    transcript = ""
    _is_interrupted = False

    def __init__(self, script: str, *arguments: object, platform: str) -> None:
        self._command = command(script, *arguments, platform=platform)
        self._environment = environment(platform)
        self._guests = contextlib.ExitStack()

    def __enter__(self) -> Program:
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._printed = self._process.stdout.readline()
        found = re.search(r"port (\d+)", self._printed)
        if found is None:
            self._process.kill()
            raise AssertionError(f"{self._printed!r}\n{self._process.communicate()[1]}")
        self.port = int(found[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._guests.close()
        self.interrupt()
        try:
            output, errors = self._process.communicate(timeout=CHILD_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        if error is None:
            # SIGINT is how one stops such a server: no traceback, no complaint.
            assert (errors, self._process.returncode) == ("", 0)
        self.transcript = (self._printed + output).replace(str(self.port), "PORT")

    def interrupt(self) -> None:
        """Ask it to end, now and not again; the end of the block waits for it."""
        if not self._is_interrupted:
            self._is_interrupted = True
            self._process.send_signal(signal.SIGINT)

    def wait_for(self, text: str) -> None:
        """Read on until it has printed a line with *text* in it."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._printed += line
            if text in line:
                return
        raise AssertionError(f"it ended without {text!r}:\n{self._printed}")

    def connect(self) -> Guest:
        """A plain-socket client, disconnected at the end of the block at the latest."""
        return self._guests.enter_context(Guest(self.port))


class Application(Program):
    """An asyncio application that serves, run by Python itself.

    Attributes:
        url: Of its page, which it says in its second line.
    """

    def __init__(self, script: str, *arguments: object) -> None:
        self._command = [sys.executable, "-u", str(EXAMPLES / script), *map(str, arguments)]
        self._environment = child_environment()
        self._guests = contextlib.ExitStack()

    def __enter__(self) -> Application:
        super().__enter__()
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        return self


class Guest(contextlib.AbstractContextManager["Guest"]):
    """A person with a terminal: says lines, hears lines."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TALK_TIMEOUT_SECONDS)
        self._lines = self._socket.makefile("rb")

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._socket.close()

    def leave(self) -> None:
        """Hang up."""
        self.__exit__()

    def say(self, text: str, *, end: str = "\n") -> None:
        """Send one line."""
        self.send((text + end).encode())

    def send(self, data: bytes) -> None:
        """Send these bytes, cut as they are."""
        self._socket.sendall(data)

    def hear(self) -> str:
        """The next line, without its end; "" when the other side is gone."""
        return self._lines.readline().decode().rstrip("\r\n")

    def read(self, length: int) -> bytes:
        """The next *length* bytes; fewer when the other side is gone."""
        return self._lines.read(length)

    def hear_all(self) -> bytes:
        """Everything until the other side closes."""
        return self._lines.read()

    def say_no_more(self) -> None:
        """Close our direction; we still listen."""
        self._socket.shutdown(socket.SHUT_WR)


def tool(*arguments: object, said: str = "") -> str:
    """What a program of the system prints."""
    return subprocess.run(
        [*map(str, arguments)],
        input=said,
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=True,
    ).stdout
