"""Texts for people: wrapping, quoted words, nested lists spread over lines.

Source: results as of Twisted 26.10's twisted.python.text, by running it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any, AnyStr

__all__ = [
    "endsInNewline",
    "greedyWrap",
    "isMultiline",
    "removeLeadingBlanks",
    "removeLeadingTrailingBlanks",
    "splitQuoted",
    "strFile",
    "stringyString",
    "wordWrap",
]

# How much of a file is searched at a time; what matters is that it is bounded.
_CHUNK = 64 * 1024


# ---- lines --------------------------------------------------------------------------------


def isMultiline(s: str) -> bool:
    """Is there a line end in it?"""
    return "\n" in s


def endsInNewline(s: str) -> bool:
    """Does it end with a line end?"""
    return s.endswith("\n")


def removeLeadingBlanks(lines: list[str]) -> list[str]:
    """*lines* from the first one that is not blank."""
    for number, line in enumerate(lines):
        if line.strip():
            return lines[number:]
    return []


def removeLeadingTrailingBlanks(s: str) -> str:
    """*s* without blank lines at its start and end; it ends with a line end."""
    kept = removeLeadingBlanks(s.split("\n"))[::-1]
    return "\n".join(removeLeadingBlanks(kept)[::-1]) + "\n"


# ---- words --------------------------------------------------------------------------------


def greedyWrap(inString: str, width: int = 80) -> list[str]:
    """*inString* in lines of at most *width* columns, or of one longer word.

    Blank lines part paragraphs; where there are several, an empty line follows each.
    """
    paragraphs = [words for part in re.split(r"\n[ \t]*\n", inString.strip()) if (words := part.split())]
    if len(paragraphs) <= 1:
        return [line for words in paragraphs for line in _lines(words, width)]
    return [line for words in paragraphs for line in (*_lines(words, width), "")]


wordWrap = greedyWrap


def _lines(words: list[str], width: int) -> Iterator[str]:
    line = words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line += f" {word}"
    yield line


def splitQuoted(s: str) -> list[str]:
    """The words of *s*; those between quotes, single or double, are one, with single spaces in it.

    A quote counts at the start and at the end of a word only.  What follows a quote that is
    not closed is dropped.
    """
    found: list[str] = []
    quoted: list[str] | None = None
    for word in s.split():
        if quoted is None and word[0] not in "\"'":
            found.append(word)
            continue
        opens = quoted is None
        quoted = [*(quoted or ()), word]
        quote = quoted[0][0]
        if word.endswith(quote) and not (opens and len(word) == 1):
            found.append(" ".join(quoted)[1:-1])
            quoted = None
    return found


def strFile(p: AnyStr, f: IO[AnyStr], caseSensitive: bool = True) -> bool:
    """Does *p* occur in the rest of the file *f*?  Only a part of the file is kept in memory.

    Args:
        caseSensitive: False: letters in other case count, too.
    """
    wanted = p if caseSensitive else p.lower()
    kept = p[:0]
    while True:
        chunk = f.read(max(_CHUNK, len(p)))
        kept += chunk if caseSensitive else chunk.lower()
        if wanted in kept:
            return True
        if not chunk:
            return False
        kept = kept[len(kept) - len(p) + 1 :] if len(p) > 1 else p[:0]


# ---- nested things ---------------------------------------------------------------------------


def stringyString(object: Any, indentation: str = "") -> str:
    """*object* as a text: dicts, lists and tuples in brackets, over lines where they need them.

    Args:
        indentation: What each line begins with.
    """
    if isinstance(object, dict):
        parts = [_item(name, value) for name, value in object.items()]
        text = _bracketed(parts, "{", "}", "")
    elif isinstance(object, (list, tuple)):
        opening, closing = "[]" if isinstance(object, list) else "()"
        text = _bracketed([stringyString(each) for each in object], opening, closing, ",")
    else:
        text = str(object)
    lines = text.removesuffix("\n").split("\n")
    indented = "\n".join(indentation + line for line in lines)
    return indented + "\n" if "\n" in text else indented


def _item(name: Any, value: Any) -> str:
    text = stringyString(value)
    if "\n" not in text:
        return f"{name}: {text}"
    below = "\n".join("  " + line for line in text.removesuffix("\n").split("\n"))
    return f"{name}:\n{below}\n"


def _bracketed(parts: list[str], opening: str, closing: str, comma: str) -> str:
    """*parts* between brackets, each below the other; the brackets stand in the lines of the parts."""
    body = "\n".join(part.removesuffix("\n") + comma for part in parts).replace("\n", "\n ")
    text = f"{opening}{body}{closing}"
    return text + "\n" if "\n" in text or (comma and parts) else text
