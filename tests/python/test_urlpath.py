"""URLs as paths.  Source of the results: Twisted 26.10's twisted.python.urlpath, by running it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txloop.python import constants, url
from txloop.python.urlpath import URLPath

HERE = "http://example.com/foo/bar?yes=no&no=yes#footer"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (lambda u: u, HERE),
        (lambda u: u.parent(), "http://example.com/"),
        (lambda u: u.parent(keepQuery=True), "http://example.com/?yes=no&no=yes"),
        (lambda u: u.here(), "http://example.com/foo/"),
        (lambda u: u.child(b"kid"), "http://example.com/foo/bar/kid"),
        (lambda u: u.child(b"a/b"), "http://example.com/foo/bar/a%2Fb"),
        (lambda u: u.child(b"%00"), "http://example.com/foo/bar/%00"),
        (lambda u: u.sibling(b"kid", keepQuery=True), "http://example.com/foo/kid?yes=no&no=yes"),
        (lambda u: u.sibling(b""), "http://example.com/foo/"),
        (lambda u: u.click(b"../x"), "http://example.com/x"),
        (lambda u: u.click(b"?q"), "http://example.com/foo/bar?q"),
        (lambda u: u.click(b"http://o/"), "http://o/"),
    ],
)
def test_steps(step: Any, expected: str) -> None:
    assert str(step(URLPath.fromString(HERE))) == expected


def test_parts_can_be_read_and_set() -> None:
    path = URLPath.fromString(HERE)
    assert (path.netloc, path.query, path.pathList()) == (
        b"example.com",
        b"yes=no&no=yes",
        [b"", b"foo", b"bar"],
    )
    path.scheme, path.path, path.query, path.fragment = b"https", b"/a b", b"", b""
    assert str(path) == "https://example.com/a%20b"
    assert repr(path) == (
        "URLPath(scheme=b'https', netloc=b'example.com', path=b'/a b', query=b'', fragment=b'')"
    )


def test_bytes_that_are_not_ascii_are_encoded() -> None:
    path = URLPath.fromBytes(b"http://e/\xff")
    assert (path.path, path.pathList(unquote=True)) == (b"/%FF", [b"", b"\xff"])


def test_the_wrong_kind_of_text_is_refused() -> None:
    with pytest.raises(ValueError, match="'url' must be bytes"):
        URLPath.fromBytes("http://e/")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'url' must be a str"):
        URLPath.fromString(b"http://e/")  # type: ignore[arg-type]


def test_a_password_does_not_get_into_texts() -> None:
    assert "secret" not in str(URLPath.fromString("http://ann:secret@e/"))


@given(st.binary(max_size=30))
def test_a_child_is_below_whatever_its_name(name: bytes) -> None:
    ascii_name = bytes(byte & 0x7F for byte in name)
    child = URLPath.fromString("http://e/a/").child(ascii_name)
    assert len(child.pathList()) == 3
    assert (child.netloc, child.query, child.fragment) == (b"e", b"", b"")


def test_what_moved_to_packages_of_its_own_is_the_same() -> None:
    import constantly
    import hyperlink

    assert url.URL is hyperlink.URL
    assert all(getattr(constants, name) is getattr(constantly, name) for name in constants.__all__)
