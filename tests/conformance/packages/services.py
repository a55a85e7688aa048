"""The servers that some packages' tests and programs talk to: started for a while, on this machine only."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

READY_SECONDS = 10.0
# txredisapi's tests have it written in.
REDIS_PORT = 6379
TOOLS = {"redis": "redis-server", "mosquitto": "mosquitto", "dbus-daemon": "dbus-daemon"}


class Missing(Exception):
    """The program is not installed, or its port is somebody else's."""


@contextlib.contextmanager
def service(name: str) -> Iterator[str]:
    """The server *name* while the block runs; gives its address, "" for no service.

    Raises:
        Missing: It cannot be had here; the text says why.
    """
    if not name:
        yield ""
        return
    tool = shutil.which(TOOLS[name]) or shutil.which(TOOLS[name], path="/usr/sbin")
    if tool is None:
        raise Missing(f"{TOOLS[name]} is not installed")
    with tempfile.TemporaryDirectory(prefix="txloop-service-") as folder:
        start = {"redis": _redis, "mosquitto": _mosquitto, "dbus-daemon": _bus}[name]
        with start(tool, Path(folder)) as address:
            yield address


@contextlib.contextmanager
def _redis(tool: str, folder: Path) -> Iterator[str]:
    if _answers(REDIS_PORT):
        raise Missing(f"port {REDIS_PORT} is taken, and it is the one these tests want")
    words = [
        tool,
        "--port",
        str(REDIS_PORT),
        "--bind",
        "127.0.0.1",
        "::1",
        "--save",
        "",
        "--dir",
        str(folder),
    ]
    with _running(words, REDIS_PORT):
        yield str(REDIS_PORT)


@contextlib.contextmanager
def _mosquitto(tool: str, folder: Path) -> Iterator[str]:
    port = _free_port()
    with _running([tool, "-p", str(port)], port):
        yield str(port)


@contextlib.contextmanager
def _bus(tool: str, folder: Path) -> Iterator[str]:
    words = [tool, "--session", "--nofork", f"--address=unix:path={folder}/bus", "--print-address=1"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        _end(process)
        process.stdout.close()


@contextlib.contextmanager
def _running(words: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + READY_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise Missing(f"{words[0]} does not come up")
            time.sleep(0.02)
        yield
    finally:
        _end(process)


def _end(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(READY_SECONDS)
    except subprocess.TimeoutExpired:  # busy, as redis is with an endless script
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
