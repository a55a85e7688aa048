"""Text and bytes helpers, and the old names that warn."""

from __future__ import annotations

import codecs
import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from txloop import copyright as txloop_copyright
from txloop.python import compat


def test_native_and_network_strings_are_ascii() -> None:
    assert compat.nativeString(b"abc") == compat.nativeString("abc") == "abc"
    assert compat.networkString("abc") == b"abc"
    for function, wrong in ((compat.nativeString, b"\xff"), (compat.nativeString, "é")):
        with pytest.raises(UnicodeError):
            function(wrong)
    with pytest.raises(UnicodeError):
        compat.networkString("é")
    with pytest.raises(TypeError, match="5 is neither bytes nor str"):
        compat.nativeString(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Can only convert strings to bytes"):
        compat.networkString(b"abc")  # type: ignore[arg-type]


def test_a_matching_string_is_of_the_kind_asked_for() -> None:
    assert compat._matchingString("a", b"x") == compat._matchingString(b"a", b"x") == b"a"
    assert compat._matchingString("a", "x") == compat._matchingString(b"a", "x") == "a"


def test_bytes_are_taken_apart_without_copies() -> None:
    assert list(compat.iterbytes(b"abc")) == [b"a", b"b", b"c"]
    view = compat.lazyByteSlice(b"abcdef", 2, 3)
    assert isinstance(view, memoryview)
    assert bytes(view) == b"cde"
    assert bytes(compat.lazyByteSlice(b"abcdef", 4)) == b"ef"


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (io.StringIO(), str),
        (io.BytesIO(), bytes),
        (codecs.getwriter("utf-8")(io.BytesIO()), bytes),
        (object(), int),
    ],
)
def test_io_type_is_what_a_file_takes_or_the_default(file: object, kind: type) -> None:
    assert compat.ioType(file, int) is kind


def test_comparable_gives_all_six_comparisons() -> None:
    @compat.comparable
    class Version:
        def __init__(self, number: int) -> None:
            self.number = number

        def __cmp__(self, other: object) -> Any:
            if not isinstance(other, Version):
                return NotImplemented
            return compat.cmp(self.number, other.number)

    one, two = Version(1), Version(2)
    low: Any = one
    assert low < two
    assert low <= two
    assert not low > two
    assert not low >= two
    assert one != two
    assert one == Version(1)
    assert one != 1
    with pytest.raises(TypeError):
        low < 1  # noqa: B015


def test_execfile_runs_a_file_in_given_namespaces(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("x = y + 1\n")
    names: dict[str, Any] = {"y": 1}
    compat.execfile(str(script), names)
    assert names["x"] == 2
    own: dict[str, Any] = {}
    compat.execfile(str(script), {"y": 5}, own)
    assert own == {"x": 6}


def test_currentframe_counts_upwards() -> None:
    def inner() -> tuple[str, str]:
        return compat.currentframe().f_code.co_name, compat.currentframe(1).f_code.co_name

    assert inner() == ("inner", "test_currentframe_counts_upwards")


def test_a_method_is_made_of_a_classs_own_function() -> None:
    class Base:
        def which(self) -> str:
            return "base"

    class Derived(Base):
        def which(self) -> str:
            return "derived"

    assert compat._constructMethod(Base, "which", Derived())() == "base"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("unicode", str, "Obsolete alias for str builtin type"),
        ("NativeStringIO", io.StringIO, "Use io.StringIO directly"),
        ("intern", sys.intern, "Use sys.intern() directly"),
        ("xrange", range, "Obsolete alias for range() builtin"),
    ],
)
def test_an_old_name_warns_and_still_means_its_thing(name: str, value: object, message: str) -> None:
    text = re.escape(f"txloop.python.compat.{name} was deprecated in Twisted 21.2.0: {message}")
    with pytest.warns(DeprecationWarning, match=f"^{text}$") as caught:
        assert getattr(compat, name) is value
    assert caught[0].filename == __file__


def test_every_exported_name_is_there() -> None:
    with pytest.warns(DeprecationWarning, match="was deprecated"):
        assert all(hasattr(compat, name) for name in compat.__all__)
    with pytest.raises(AttributeError, match=r"module 'txloop\.python\.compat' has no attribute 'nothing'"):
        compat.__getattr__("nothing")


@pytest.mark.parametrize(
    ("name", "args", "result"),
    [
        ("intToBytes", (-50,), b"-50"),
        ("items", ({1: 2},), [(1, 2)]),
        ("iteritems", ({1: 2},), {1: 2}.items()),
    ],
)
def test_an_old_function_warns_and_still_works(name: str, args: Any, result: Any) -> None:
    with pytest.warns(
        DeprecationWarning, match=rf"compat\.{name} was deprecated in Twisted 21\.2\.0; please"
    ):
        assert getattr(compat, name)(*args) == result


def test_reraise_raises() -> None:
    with (
        pytest.warns(DeprecationWarning, match="reraise"),
        pytest.raises(ValueError, match="mine"),
    ):
        compat.reraise(ValueError("mine"), None)


def test_the_version_is_that_of_the_twisted_we_follow() -> None:
    assert txloop_copyright.version == "26.10.0"
    assert txloop_copyright.longversion == "[Twisted, version 26.10.0]"
    assert "The txloop authors" in txloop_copyright.disclaimer
