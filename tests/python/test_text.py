"""Texts for people.  Source of the results: Twisted 26.10's twisted.python.text, by running it."""

from __future__ import annotations

from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txloop.python import text


@pytest.mark.parametrize(
    ("given_text", "width", "lines"),
    [
        ("", 80, []),
        ("one two three four", 10, ["one two", "three four"]),
        ("averyverylongword short", 10, ["averyverylongword", "short"]),
        ("para one\n\npara two is\nlonger", 10, ["para one", "", "para two", "is longer", ""]),
        ("two\n\n\nthree", 80, ["two", "", "three", ""]),
        ("  lead\n", 80, ["lead"]),
    ],
)
def test_wrapping(given_text: str, width: int, lines: list[str]) -> None:
    assert text.greedyWrap(given_text, width) == lines
    assert text.wordWrap is text.greedyWrap


@given(st.text("ab \n\t", max_size=60), st.integers(1, 12))
def test_wrapping_keeps_every_word_and_the_width(given_text: str, width: int) -> None:
    lines = text.greedyWrap(given_text, width)
    assert " ".join(lines).split() == given_text.split()
    assert all(len(line) <= width or " " not in line for line in lines)


@pytest.mark.parametrize(
    ("given_text", "words"),
    [
        ("a b", ["a", "b"]),
        ('"a  b" c', ["a b", "c"]),
        ("'a b' c", ["a b", "c"]),
        ('a "b c', ["a"]),
        ('a"b c"d', ['a"b', 'c"d']),
        ('""', [""]),
        ('"', []),
        ('"a b"c d"', ['a b"c d']),
        ("it's a", ["it's", "a"]),
        ("' a '", [" a "]),
    ],
)
def test_quoted_words(given_text: str, words: list[str]) -> None:
    assert text.splitQuoted(given_text) == words


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        ("a\nb", "  a\n  b\n"),
        ([1, 2], "  [1,\n   2,]\n"),
        ({"a": 1}, "  {a: 1}"),
        ({"a": {"b": [1, "x\ny"]}}, "  {a:\n     {b:\n        [1,\n         x\n         y,]}}\n"),
        ((), "  ()"),
        (None, "  None"),
    ],
)
def test_nested_things(thing: object, expected: str) -> None:
    assert text.stringyString(thing, "  ") == expected


def test_blank_lines_at_the_ends() -> None:
    assert text.removeLeadingBlanks(["", " ", "a", ""]) == ["a", ""]
    assert text.removeLeadingTrailingBlanks("  \n a \n  \n") == " a \n"
    assert (text.isMultiline("a\nb"), text.endsInNewline("a\nb")) == (True, False)


@given(st.binary(max_size=5), st.integers(0, 200), st.binary(max_size=20))
def test_a_string_is_found_wherever_in_a_file(wanted: bytes, before: int, after: bytes) -> None:
    text._CHUNK, chunk = 7, text._CHUNK
    try:
        assert text.strFile(wanted, BytesIO(bytes(before) + wanted + after))
        assert text.strFile(wanted, BytesIO(after)) == (wanted in after)
    finally:
        text._CHUNK = chunk


def test_a_string_in_other_case_is_found_if_that_is_wanted() -> None:
    assert not text.strFile("ABC", StringIO("xabcx"))
    assert text.strFile("ABC", StringIO("xabcx"), caseSensitive=False)
