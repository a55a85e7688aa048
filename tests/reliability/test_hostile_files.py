"""Links and files that somebody else has put where a socket, a lock, a log or a pidfile shall be."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support import CHILD_TIMEOUT_SECONDS, child_environment
from txloop.internet import error, protocol, reactor
from txloop.python.lockfile import FilesystemLock
from txloop.python.logfile import LogFile


def quiet() -> protocol.Factory:
    factory = protocol.Factory()
    factory.noisy = False
    return factory


def precious(folder: Path) -> Path:
    """A file that must stay what it is."""
    made = folder / "precious"
    made.write_text("precious")
    made.chmod(0o600)
    return made


def is_untouched(made: Path) -> bool:
    return made.read_text() == "precious" and stat.S_IMODE(made.stat().st_mode) == 0o600


# ---- UNIX sockets -------------------------------------------------------------------------------


@pytest.mark.asyncio
@pytest.mark.parametrize("want_pid", [False, True])
@pytest.mark.parametrize("kind", ["link to a file", "dangling link", "file"])
async def test_a_unix_port_takes_no_path_that_is_something_else(
    kind: str, want_pid: bool, tmp_path: Path
) -> None:
    victim = precious(tmp_path)
    path = tmp_path / "s"
    if kind == "file":
        path.hardlink_to(victim)
    else:
        path.symlink_to(victim if kind == "link to a file" else tmp_path / "nowhere")
    with pytest.raises(error.CannotListenError):
        reactor.listenUNIX(str(path), quiet(), mode=0o666, wantPID=want_pid)
    assert is_untouched(victim)
    assert os.path.lexists(path)
    assert not (tmp_path / "nowhere").exists()
    assert not os.path.lexists(f"{path}.lock")


@pytest.mark.asyncio
async def test_a_unix_port_removes_only_the_socket_it_has_bound(tmp_path: Path) -> None:
    for what in ("link", "file", "another's socket"):
        victim = precious(tmp_path)
        path = tmp_path / f"{what} s"
        port = reactor.listenUNIX(str(path), quiet())
        path.unlink()
        other = socket.socket(socket.AF_UNIX)
        if what == "link":
            path.symlink_to(victim)
        elif what == "file":
            path.write_text("somebody else's")
        else:
            other.bind(str(path))
        await port.stopListening()
        await asyncio.sleep(0)
        other.close()
        assert os.path.lexists(path)
        assert is_untouched(victim)


@pytest.mark.asyncio
async def test_nobody_connects_before_the_path_has_its_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s"
    tried: list[int] = []
    chmod = os.chmod

    def chmod_late(*args: object, **kwargs: object) -> None:
        with socket.socket(socket.AF_UNIX) as intruder:
            tried.append(intruder.connect_ex(str(path)))
        chmod(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "chmod", chmod_late)
    port = reactor.listenUNIX(str(path), quiet(), mode=0o600)
    assert tried
    assert 0 not in tried
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await port.stopListening()
    await asyncio.sleep(0)


@pytest.mark.asyncio
@pytest.mark.parametrize("target", ["not a number", "-1", "99999999999999999999", "0"])
async def test_a_lock_that_means_nothing_is_refused_and_no_signal_is_sent(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill(-1, …) and kill(0, …) would reach more than one process."""
    signals: list[tuple[int, int]] = []
    monkeypatch.setattr("txloop.python.lockfile.kill", lambda pid, number: signals.append((pid, number)))
    path = tmp_path / "s"
    Path(f"{path}.lock").symlink_to(target)
    with pytest.raises((error.CannotListenError, ValueError)):
        reactor.listenUNIX(str(path), quiet(), wantPID=True)
    assert all(number == 0 for _, number in signals)


def test_a_lock_that_is_a_file_stays_one(tmp_path: Path) -> None:
    victim = precious(tmp_path)
    with pytest.raises(OSError, match="Invalid argument"):
        FilesystemLock(str(victim)).lock()
    assert is_untouched(victim)


# ---- log files -----------------------------------------------------------------------------------


def test_a_private_log_is_private_from_its_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever opens it before it is made private may read it for ever."""
    path = tmp_path / "a.log"
    modes: list[int] = []

    def looks_first(change: Callable[..., None]) -> Callable[..., None]:
        def change_late(*args: Any) -> None:
            modes.append(stat.S_IMODE(path.stat().st_mode))
            change(*args)

        return change_late

    for name in ("chmod", "fchmod"):
        monkeypatch.setattr(os, name, looks_first(getattr(os, name)))
    before = os.umask(0)
    try:
        file = LogFile("a.log", str(tmp_path), defaultMode=0o600)
        file.write("secret\n")
        file.rotate()
        modes.append(stat.S_IMODE(path.stat().st_mode))
    finally:
        os.umask(before)
    file.close()
    assert set(modes) == {0o600}


def test_a_log_that_appears_while_it_is_opened_is_not_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes that start at once: the second one's lines would be lost."""
    path = tmp_path / "a.log"
    exists = os.path.exists

    def just_missed(name: Any) -> bool:
        was_there = exists(name)
        if not was_there:
            path.write_text("the other's line\n")
        return was_there

    file = LogFile("b.log", str(tmp_path))
    monkeypatch.setattr(os.path, "exists", just_missed)
    file.name, file.path = "a.log", str(path)
    file.reopen()
    file.write("ours\n")
    file.close()
    assert path.read_text() == "the other's line\nours\n"


# ---- pidfiles ------------------------------------------------------------------------------------------

APPLICATION = """
from txloop.application.service import Application
from txloop.internet import reactor
application = Application("a")
reactor.callWhenRunning(reactor.stop)
"""


def test_a_pidfile_is_never_written_through_a_link(tmp_path: Path) -> None:
    """Whoever may write to the folder of a daemon that runs as root could have it write anywhere."""
    (tmp_path / "app.tac").write_text(APPLICATION)
    (tmp_path / "twistd.pid").symlink_to(tmp_path / "created by the daemon")
    done = subprocess.run(
        [sys.executable, "-m", "txloop", "twistd", "-ny", "app.tac"],
        cwd=tmp_path,
        env=child_environment(),
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=False,
    )
    assert not (tmp_path / "created by the daemon").exists()
    assert done.returncode != 0
