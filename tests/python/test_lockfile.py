"""python/lockfile.py: a lock between processes.  Source: Twisted 26.10, run and watched."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from txloop.python import lockfile
from txloop.python.lockfile import FilesystemLock, isLocked


@pytest.fixture
def name(tmp_path: Path) -> str:
    return str(tmp_path / "lock")


@pytest.fixture
def dead_pid() -> int:
    """The id of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    return child.pid


def test_a_lock_is_held_once_until_it_is_released(name: str) -> None:
    lock, other = FilesystemLock(name), FilesystemLock(name)
    assert lock.clean is None
    assert lock.lock()
    assert (lock.locked, lock.clean) == (True, True)
    assert os.readlink(name) == str(os.getpid())
    assert not other.lock()
    assert not lock.lock()
    lock.unlock()
    assert not lock.locked
    assert other.lock()
    other.unlock()


def test_a_dead_holders_lock_is_taken_over_and_not_clean(name: str, dead_pid: int) -> None:
    os.symlink(str(dead_pid), name)
    lock = FilesystemLock(name)
    assert lock.lock()
    assert lock.clean is False
    assert os.readlink(name) == str(os.getpid())
    lock.unlock()


def test_a_holder_that_we_may_not_ask_for_is_an_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_yours(pid: int, number: int) -> None:
        raise PermissionError(errno.EPERM, "not yours")

    os.symlink("1", name)
    monkeypatch.setattr(lockfile, "kill", not_yours)
    with pytest.raises(PermissionError):
        FilesystemLock(name).lock()


def test_where_processes_cannot_be_asked_for_every_holder_is_alive(
    name: str, dead_pid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.symlink(str(dead_pid), name)
    monkeypatch.setattr(lockfile, "kill", None)
    assert not FilesystemLock(name).lock()


def test_a_lock_released_between_two_looks_is_clean(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    os.symlink("1", name)

    def released_meanwhile(path: str) -> str:
        os.remove(path)
        raise FileNotFoundError(errno.ENOENT, "gone", path)

    monkeypatch.setattr(lockfile, "readlink", released_meanwhile)
    lock = FilesystemLock(name)
    assert lock.lock()
    assert lock.clean


def test_two_that_take_over_a_dead_lock_at_once_do_not_both_get_it(
    name: str, dead_pid: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.symlink(str(dead_pid), name)

    def another_was_faster(path: str) -> None:
        os.remove(path)
        os.symlink(str(os.getpid()), path)
        raise FileNotFoundError(errno.ENOENT, "gone", path)

    monkeypatch.setattr(lockfile, "rmlink", another_was_faster)
    assert not FilesystemLock(name).lock()


def test_only_the_holder_can_release_it(name: str) -> None:
    lock = FilesystemLock(name)
    lock.lock()
    os.remove(name)
    with pytest.raises(FileNotFoundError):
        lock.unlock()
    os.symlink("1", name)
    with pytest.raises(ValueError, match="not owned by this process"):
        lock.unlock()


def test_is_locked_looks_and_changes_nothing(name: str) -> None:
    assert not isLocked(name)
    assert not os.path.lexists(name)
    lock = FilesystemLock(name)
    lock.lock()
    assert isLocked(name)
    lock.unlock()


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (lambda path: os.symlink("no number", path), ValueError),
        (lambda path: Path(path).write_text(""), OSError),
        (lambda path: os.rmdir(os.path.dirname(path)), FileNotFoundError),
    ],
    ids=["no process id", "a file", "no directory"],
)
def test_a_place_where_no_lock_can_be_is_an_error(
    name: str, spoil: Callable[[str], object], error: type[Exception]
) -> None:
    spoil(name)
    with pytest.raises(error):
        FilesystemLock(name).lock()
