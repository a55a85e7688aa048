"""Saving and loading objects.  Source of the claims: Twisted 26.10, twisted.persisted.sob, by running it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from txloop.persisted import sob


@pytest.mark.parametrize(
    ("filename", "tag", "names"),
    [
        (None, None, ("n.tap", "n-2.tap")),
        (None, "g", ("n-g.tap", "n-g-2.tap")),
        ("q", "g", ("q", "q-2")),
    ],
)
def test_names_of_files(filename: str | None, tag: str | None, names: tuple[str, str]) -> None:
    assert sob.Persistent(None, "n")._getFilename(filename, "tap", tag) == names


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    path = str(tmp_path / "x.tap")
    sob.Persistent({"a": 1}, "x").save(filename=path)
    assert sob.load(path, "pickle") == {"a": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["x.tap"]


def test_an_object_that_cannot_be_saved_leaves_the_old_file(tmp_path: Path) -> None:
    path = str(tmp_path / "x.tap")
    sob.Persistent(1, "x").save(filename=path)
    with pytest.raises((AttributeError, TypeError), match=r"pickle|local object"):
        sob.Persistent(lambda: None, "x").save(filename=path)
    assert sob.load(path, "pickle") == 1


def test_main_is_itself_again_after_a_load_that_fails(tmp_path: Path) -> None:
    path = tmp_path / "x.tap"
    path.write_bytes(b"junk")
    main = sys.modules["__main__"]
    with pytest.raises(Exception, match=r"invalid load key|truncated"):
        sob.load(str(path), "pickle")
    assert sys.modules["__main__"] is main


def test_a_name_that_main_has_not_is_an_error_while_loading(tmp_path: Path) -> None:
    path = tmp_path / "x.tap"
    path.write_bytes(b"c__main__\nno_such_thing_anywhere\n.")
    with pytest.raises(AttributeError, match=r"Can't get attribute 'no_such_thing_anywhere'"):
        sob.load(str(path), "pickle")


def test_a_passphrase_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^passphrase must be None$"):
        sob.Persistent(1, "x").save(passphrase="secret")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.tac", "python"), ("a.py", "python"), ("a.tap", "pickle"), ("a.etas", "source")],
)
def test_the_extension_says_the_kind(name: str, kind: str) -> None:
    assert sob.guessType(name) == kind


def test_another_extension_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        sob.guessType("a.xml")


def test_a_python_file_gives_its_variable(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("x = __file__")
    assert sob.loadValueFromFile(str(path), "x") == str(path)
    with pytest.raises(KeyError, match="y"):
        sob.loadValueFromFile(str(path), "y")
