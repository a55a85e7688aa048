"""Paths in zip archives.  Source of the results: Twisted 26.10's twisted.python.zippath, by running it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import pytest
from zope.interface.verify import verifyObject

from txloop.python.filepath import IFilePath, UnlistableError
from txloop.python.zippath import ZipArchive, ZipPath


@pytest.fixture(params=[str, str.encode], ids=["str", "bytes"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """An archive with a file, a folder with one, and an empty folder."""
    with ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("top.txt", "hello")
        file.writestr("d/below.txt", "bb")
        file.writestr("d/empty/", "")
    return ZipArchive(request.param(str(tmp_path / "a.zip")))


def test_an_archive_is_its_own_root(archive: Any) -> None:
    assert archive.parent() is archive
    assert (archive.exists(), archive.isdir(), archive.isfile(), archive.islink()) == (
        True,
        True,
        False,
        False,
    )
    assert verifyObject(IFilePath, archive)


def test_places_say_what_is_there(archive: Any) -> None:
    d = archive.child("d")
    below = d.child("below.txt")
    assert (d.isdir(), d.isfile(), below.isdir(), below.isfile()) == (True, False, False, True)
    assert d.listdir() == ["below.txt", "empty"]
    assert (below.basename(), below.getContent(), below.getsize()) == ("below.txt", b"bb", 2)
    assert below.parent() == d
    assert below.sibling("empty").listdir() == []
    assert below.getModificationTime() <= archive.getModificationTime() + 2
    assert d.child("nothing").exists() is False


def test_names_are_of_the_type_that_was_asked_with(archive: Any) -> None:
    assert archive.child("d").listdir() == ["below.txt", "empty"]
    assert archive.child(b"d").listdir() == [b"below.txt", b"empty"]
    assert archive.child(b"top.txt").exists()
    assert archive.child("top.txt") == archive.child(b"top.txt")


def test_all_that_is_in_it_is_walked(archive: Any) -> None:
    found = [path.pathInArchive for path in archive.child("d").walk()]
    assert found == ["d", "d/below.txt", "d/empty"]
    assert archive.descendant(["d", "below.txt"]).segmentsFrom(archive.child("d")) == ["below.txt"]


@pytest.mark.parametrize("name", ["top.txt", "nothing", ".."])
def test_what_is_no_folder_has_no_children(archive: Any, name: str) -> None:
    with pytest.raises(UnlistableError):
        archive.child(name).children()


def test_what_is_not_there_cannot_be_read_and_nothing_is_written(archive: Any) -> None:
    with pytest.raises(KeyError):
        archive.child("nothing").open()
    with pytest.raises(ValueError, match="write"):
        archive.child("new").open("w")


def test_paths_have_an_order_and_are_keys(archive: Any) -> None:
    a, b = archive.child("a"), archive.child("b")
    assert a < b
    assert a <= a
    assert b > a
    assert b >= a
    assert len({a, archive.child("a"), b}) == 2
    assert a != "a"


def test_they_say_what_they_are(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.zip", "w"):
        pass
    archive: Any = ZipArchive(str(tmp_path / "a.zip"))
    assert repr(archive) == f"ZipArchive({str(tmp_path / 'a.zip')!r})"
    child: ZipPath[str] = archive.child("x")
    assert (repr(child), child.path) == (f"ZipPath({child.path!r})", str(tmp_path / "a.zip/x"))
    assert child.splitext() == (child.path, "")


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("no")
    with pytest.raises(BadZipFile):
        ZipArchive(str(tmp_path / "a.zip"))
