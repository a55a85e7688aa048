"""python.runtime, randbytes, procutils: what system this is, random bytes, programs."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from txloop.python import procutils, randbytes, runtime

# ---- runtime -------------------------------------------------------------------


def test_this_platform_is_what_python_says_it_is() -> None:
    assert runtime.platform.isKnown()
    assert runtime.platform.getType() == runtime.platformType == runtime.knownPlatforms[os.name]
    assert runtime.platform.isLinux() == sys.platform.startswith("linux")
    assert runtime.shortPythonVersion() == sys.version.split()[0].rstrip("+")
    assert abs(runtime.platform.seconds() - time.time()) < 5
    assert runtime.platform.supportsThreads()


@pytest.mark.parametrize(
    ("names", "kind", "is_mac", "is_linux", "is_windows"),
    [
        (("posix", "linux"), "posix", False, True, False),
        (("posix", "darwin"), "posix", True, False, False),
        (("nt", "win32"), "win32", False, False, True),
        (("java", "java"), "java", False, False, False),
        (("abacus", "beads"), None, False, False, False),
    ],
)
def test_another_platform_can_be_asked_about(
    names: tuple[str, str], kind: str | None, is_mac: bool, is_linux: bool, is_windows: bool
) -> None:
    platform = runtime.Platform(*names)
    assert platform.getType() == kind
    assert platform.isKnown() == (kind is not None)
    assert (platform.isMacOSX(), platform.isLinux(), platform.isWindows()) == (is_mac, is_linux, is_windows)
    with pytest.warns(DeprecationWarning, match="Use Platform.isWindows instead"):
        assert platform.isWinNT() == is_windows


@pytest.mark.parametrize(
    ("groups", "is_docker"),
    [
        ("1:cpuset:/docker/abc\n", True),
        ("2:cpu:/user\n1:cpuset:/docker/abc\n", True),
        ("0::/\n", False),
        ("1:cpuset:/lxc/docker\n", False),
        ("1:name=systemd:/system.slice/docker.service\n", False),
        ("", False),
    ],
)
def test_a_docker_container_is_known_by_its_control_group(
    tmp_path: Path, groups: str, is_docker: bool
) -> None:
    file = tmp_path / "cgroup"
    file.write_text(groups)
    assert runtime.Platform("posix", "linux").isDocker(str(file)) is is_docker
    assert runtime.Platform("posix", "darwin").isDocker(str(file)) is False
    assert runtime.Platform("posix", "linux").isDocker(str(tmp_path / "missing")) is False


# ---- randbytes -----------------------------------------------------------------


@pytest.mark.parametrize("make", [randbytes.secureRandom, randbytes.insecureRandom])
def test_random_bytes_are_as_many_as_asked_and_never_the_same(make: object) -> None:
    assert callable(make)
    assert [len(make(n)) for n in (0, 1, 16, 17)] == [0, 1, 16, 17]
    assert make(16) != make(16)


class WithoutSource(randbytes.RandomFactory):
    def _osUrandom(self, nbytes: int) -> bytes:
        raise randbytes.SourceNotAvailable("none here")


def test_without_a_secure_source_there_are_no_secure_bytes() -> None:
    with pytest.raises(randbytes.SecureRandomNotAvailable, match="No secure random source available"):
        WithoutSource().secureRandom(8)


def test_who_prefers_guessable_bytes_to_none_is_warned() -> None:
    with pytest.warns(RuntimeWarning, match="non-cryptographically secure"):
        assert len(WithoutSource().secureRandom(8, fallback=True)) == 8


# ---- procutils -----------------------------------------------------------------


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two folders in PATH; each has a program "tool", the second a file "notes"."""
    made = [tmp_path / "a", tmp_path / "b"]
    for folder in made:
        folder.mkdir()
        (folder / "tool").touch(mode=0o755)
    (made[1] / "notes").touch(mode=0o644)
    (made[1] / "tool.exe").touch(mode=0o755)
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, made)))
    monkeypatch.delenv("PATHEXT", raising=False)
    return made


def test_which_finds_all_programs_in_the_order_of_path(folders: list[Path]) -> None:
    assert procutils.which("tool") == [str(folder / "tool") for folder in folders]
    assert procutils.which("missing") == []


def test_which_takes_what_may_be_run_unless_told_otherwise(folders: list[Path]) -> None:
    assert procutils.which("notes") == []
    assert procutils.which("notes", os.F_OK) == [str(folders[1] / "notes")]


def test_which_tries_the_endings_of_pathext(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATHEXT", os.pathsep.join([".exe", ""]))
    first, second = folders
    assert procutils.which("tool") == [str(first / "tool"), str(second / "tool"), str(second / "tool.exe")]


def test_which_finds_nothing_without_path(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PATH")
    assert procutils.which("tool") == []
