"""Inside an aiohttp server: its handlers await old Deferreds, its SIGTERM ends the old server."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import urllib.request

import pytest

from support import CHILD_TIMEOUT_SECONDS, ROOT, child_environment

pytest.importorskip("aiohttp", reason="aiohttp is not installed (extra: test)")

TOLD = {
    "running": ["before", "ConnectionDone", "ConnectionDone", "during", "after", "cleaned up", "the end"],
    "loop": ["before", "ConnectionLost", "ConnectionLost", "during", "after", "the end"],
}


@pytest.mark.parametrize("end", TOLD)
def test_an_aiohttp_server_with_an_old_one_beside(end: str, loop_name: str) -> None:
    environment = child_environment()
    environment["PYTHONPATH"] += os.pathsep + str(ROOT / "tests")
    process = subprocess.Popen(
        [sys.executable, "-X", "dev", "-m", "embedding.aiohttp_app", loop_name, end],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("old ")
        url = process.stdout.readline().strip()
        for word in ("one", "two"):
            with urllib.request.urlopen(f"{url}/{word}", timeout=20) as page:
                assert page.read() == f"/{word.upper()}".encode()
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=CHILD_TIMEOUT_SECONDS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    assert (errors, process.returncode) == ("", 0)
    assert output.splitlines() == TOLD[end]
