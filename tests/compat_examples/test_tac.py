"""The example for twistd: `txloop twistd` on both loops, and the real one."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

from example_programs import EXAMPLES
from support import CHILD_TIMEOUT_SECONDS, child_environment, twisted_python


def twistd(platform: str, *arguments: str, cwd: Path) -> subprocess.Popen[str]:
    environment = child_environment(GREETING="tcp:0:interface=127.0.0.1")
    if platform == "twisted":
        del environment["PYTHONPATH"]
        command = [str(twisted_python()), "-u", "-c", "from twisted.scripts.twistd import run; run()"]
    else:
        environment["TXLOOP_LOOP"] = platform
        command = [sys.executable, "-u", "-m", "txloop", "twistd"]
    return subprocess.Popen(
        [*command, *arguments],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_tac_file_is_served_and_stopped_in_order(platform: str, tmp_path: Path) -> None:
    """Source: Twisted 26.10's twistd prints these lines."""
    with twistd(platform, "-n", "-y", str(EXAMPLES / "greeting.tac"), cwd=tmp_path) as process:
        assert process.stdout is not None
        lines: list[str] = []
        for line in process.stdout:
            lines.append(line)
            if line.endswith("open\n"):
                break
        (port,) = re.findall(r"starting on (\d+)", "".join(lines))
        with socket.create_connection(("127.0.0.1", int(port)), timeout=CHILD_TIMEOUT_SECONDS) as guest:
            guest.sendall(b"ann\r\n")
            assert guest.makefile("rb").readline() == b"Hello, ann!\r\n"
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=CHILD_TIMEOUT_SECONDS)
    told = [re.sub(r"^\S+ \[(?:\S+)\] ", "", line) for line in ("".join(lines) + output).splitlines()]
    wanted = ("open", "closed", "Received", "Main loop", "Server Shut", "(TCP Port")
    assert [line for line in told if line.startswith(wanted)] == [
        "open",
        "Received SIGTERM, shutting down.",
        "closed in minute 1",
        f"(TCP Port {port} Closed)",
        "Main loop terminated.",
        "Server Shut Down.",
    ]
    assert (errors, process.returncode) == ("", -signal.SIGTERM)
    assert os.listdir(tmp_path) == []
