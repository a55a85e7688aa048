"""Windows' command lines, and attributes replaced for a while.

Source of the results: Twisted 26.10's twisted.python.win32 and monkey, by running them.
"""

from __future__ import annotations

import errno
from types import SimpleNamespace

import pytest

from txloop.python import win32
from txloop.python.monkey import MonkeyPatcher


@pytest.mark.parametrize(
    ("argument", "quoted"),
    [
        ("a", "a"),
        ("", '""'),
        ("a b", '"a b"'),
        ('a"b', '"a\\"b"'),
        ("a\\", "a\\\\"),
        ('a\\"b', '"a\\\\\\"b"'),
        ("a\\b c", '"a\\b c"'),
    ],
)
def test_quoting(argument: str, quoted: str) -> None:
    assert win32.cmdLineQuote(argument) == quoted
    assert win32.quoteArguments([argument, "x"]) == f"{quoted} x"


def test_an_error_number_has_a_text() -> None:
    assert win32.formatError(errno.ENOENT) == "No such file or directory"
    assert win32._ErrorFormatter(None, None, {3: "three"}).formatError(3) == "three"


def test_the_old_errors_warn() -> None:
    with pytest.warns(DeprecationWarning, match="Catch OSError and check presence of 'winerror'"):
        assert issubclass(win32.FakeWindowsError, OSError)


def test_attributes_are_replaced_and_put_back_also_when_they_are_patched_twice() -> None:
    thing = SimpleNamespace(a=1, b=2)
    patcher = MonkeyPatcher((thing, "a", 3), (thing, "a", 4))
    patcher.addPatch(thing, "b", 5)
    assert patcher.runWithPatches(lambda: (thing.a, thing.b)) == (4, 5)
    assert (thing.a, thing.b) == (1, 2)
    with pytest.raises(ZeroDivisionError), patcher:
        _ = 1 / (thing.a - 4)
    assert thing.a == 1


def test_what_does_not_exist_is_not_patched() -> None:
    thing = SimpleNamespace()
    with pytest.raises(AttributeError):
        MonkeyPatcher((thing, "a", 3)).patch()
