"""The small helpers."""

from __future__ import annotations

import errno
import io
import os
import sys
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

from txloop.python import util

# ---- InsensitiveDict --------------------------------------------------------------


def test_an_insensitive_dict_finds_keys_in_any_case_and_keeps_their_spelling() -> None:
    headers = util.InsensitiveDict({"Host": "a", b"Length": 1, 3: "three"})
    assert (headers["HOST"], headers[b"length"], headers[3]) == ("a", 1, "three")
    assert "host" in headers
    assert headers.has_key("hOST")
    assert headers.keys() == ["Host", b"Length", 3]
    headers["HOST"] = "b"
    assert headers.items() == [("HOST", "b"), (b"Length", 1), (3, "three")]
    assert repr(util.InsensitiveDict({"A": 1})) == "InsensitiveDict({'A': 1})"


def test_an_insensitive_dict_that_does_not_preserve_has_small_letters() -> None:
    small = util.InsensitiveDict({"Host": "a"}, preserve=0)
    assert small.keys() == ["host"]
    assert small.copy().preserve == 0


def test_insensitive_dicts_are_equal_whatever_the_case() -> None:
    assert util.InsensitiveDict({"A": 1}) == util.InsensitiveDict({"a": 1}) == {"A": 1}
    assert util.InsensitiveDict({"A": 1}) != {"A": 2}
    assert util.InsensitiveDict() != 5
    with pytest.raises(TypeError):
        hash(util.InsensitiveDict())


def test_an_insensitive_dict_is_changed_like_a_dict() -> None:
    some = util.InsensitiveDict({"A": 1, "B": 2})
    assert some.setdefault("a", 9) == 1
    assert some.pop("b") == 2
    assert some.pop("b", "gone") == "gone"
    some.update({"C": 3})
    del some["c"]
    assert list(some.iteritems()) == [("A", 1)]
    assert some.popitem() == ("A", 1)
    assert len(some) == 0
    with pytest.raises(KeyError):
        some["a"]


# ---- calling ------------------------------------------------------------------------


def test_until_concludes_calls_again_after_an_interruption() -> None:
    outcomes: list[Any] = [OSError(errno.EINTR, "signal"), OSError(errno.EINTR, "signal"), "done"]

    def interrupted(prefix: str, *, suffix: str) -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, OSError):
            raise outcome
        return f"{prefix}{outcome}{suffix}"

    assert util.untilConcludes(interrupted, "<", suffix=">") == "<done>"


def test_until_concludes_lets_other_errors_out() -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="full"):
        util.untilConcludes(full)


def test_raises_is_1_or_0_and_lets_other_errors_out() -> None:
    assert util.raises(ValueError, int, "x") == 1
    assert util.raises(ValueError, int, "3") == 0
    with pytest.raises(ValueError, match="invalid literal"):
        util.raises(TypeError, int, "x")


def test_warnings_are_suppressed_for_one_call() -> None:
    def warn() -> str:
        warnings.warn("a known one", stacklevel=1)
        return "result"

    suppressed = [(("ignore", ".*known.*"), {})]
    assert util.runWithWarningsSuppressed(suppressed, warn) == "result"
    with pytest.warns(UserWarning, match="known"):
        warn()


def test_function_metadata_are_merged_as_far_as_they_go() -> None:
    def original() -> None:
        """What it does."""

    original.tag = "x"  # type: ignore[attr-defined]

    def replacement(*args: int) -> tuple[int, ...]:
        return args

    merged: Any = util.mergeFunctionMetadata(original, replacement)
    assert merged is replacement
    assert (merged.__name__, merged.__doc__, merged.tag) == ("original", "What it does.", "x")
    assert merged(1) == (1,)


def test_spewer_names_functions_and_methods(capsys: pytest.CaptureFixture[str]) -> None:
    class Thing:
        def method(self) -> None:
            util.spewer(sys._getframe(), "call", None)

    def function() -> None:
        util.spewer(sys._getframe(), "call", None)

    function()
    thing = Thing()
    thing.method()
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("function function in ")
    assert second == f"method method of {__name__}.Thing at {id(thing)}"


# ---- lists and texts ------------------------------------------------------------------


def test_lists() -> None:
    assert util.uniquify([1, 2, 1, "a", "a"]) == [1, 2, "a"]
    assert util.padTo(4, (1, 2), "x") == [1, 2, "x", "x"]
    with pytest.raises(ValueError, match="2 elements is more than 1"):
        util.padTo(1, [1, 2])


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("fooBar", "Foo Bar"),
        ("foo", "Foo"),
        ("FooBar", " Foo Bar"),
        ("fooBAR", "Foo BAR"),
        ("myHTMLFile", "My HTML File"),
        ("x1Y", "X1 Y"),
        ("", ""),
    ],
)
def test_a_name_in_camel_case_becomes_a_label(name: str, label: str) -> None:
    assert util.nameToLabel(name) == label


def test_a_status_bar_draws_itself_when_it_has_changed() -> None:
    bar = util.makeStatBar(10, 100)
    assert [bar(0), bar(50), bar(99)] == ["[>--------]", "[=====>---]", "[=========>]"]
    assert bar(99) == ""
    assert bar(99, 1) == "[=========>]"


def test_a_line_log_keeps_the_last_lines() -> None:
    log = util.LineLog(2)
    for line in (b"one", b"two", b"three"):
        log.append(line)
    assert log.str() == bytes(log) == b"two\nthree"
    assert log[0] == b"two"
    log.clear()
    assert log.str() == b""


def test_println_and_str_xor(capsys: pytest.CaptureFixture[str]) -> None:
    util.println(1, "a", b"x")
    assert capsys.readouterr().out == "1 a b'x'\n"
    assert util.str_xor(util.str_xor("secret", 5), 5) == "secret"


def test_intervals_run_beside_each_other_the_shortest_first() -> None:
    waits = iter(util.IntervalDifferential([3, 5]))
    assert [next(waits) for _ in range(8)] == [
        (3, 0), (2, 1), (1, 0), (3, 0), (1, 1), (2, 0), (3, 0), (0, 1),
    ]  # fmt: skip
    waits.addInterval(2)
    assert [next(waits) for _ in range(3)] == [(2, 2), (1, 0), (1, 2)]
    waits.removeInterval(3)
    assert next(waits) == (1, 0)
    with pytest.raises(ValueError, match="not in IntervalDifferential"):
        waits.removeInterval(99)
    assert next(iter(util.IntervalDifferential([], 7))) == (7, None)


# ---- mixins -----------------------------------------------------------------------------


def test_a_fancy_str_shows_chosen_attributes() -> None:
    class Point(util.FancyStrMixin):
        showAttributes = ("x", ("y", "why", "%04d"), ("z", lambda z: f"<{z}>"))

        def __init__(self) -> None:
            self.x, self.y, self.z = "1", 2, 3

    assert repr(Point()) == str(Point()) == "<Point x='1' why=0002 z=<3>>"
    named = Point()
    named.fancybasename = "P"  # type: ignore[attr-defined]
    assert repr(named).startswith("<P ")


def test_fancy_equality_compares_chosen_attributes_among_relatives() -> None:
    class Point(util.FancyEqMixin):
        compareAttributes = ("x",)

        def __init__(self, x: int) -> None:
            self.x = x

    class Sub(Point):
        pass

    class Plain(util.FancyEqMixin):
        pass

    assert Point(1) == Point(1) == Sub(1)
    assert Point(1) != Point(2)
    assert Point(1) != 1
    assert Point(1).__eq__(1) is NotImplemented
    plain = Plain()
    assert plain == plain  # that is the claim
    assert plain != Plain()


# ---- paths --------------------------------------------------------------------------------


def test_sibpath_is_beside_a_file() -> None:
    assert util.sibpath(os.path.join(os.sep, "a", "b.py"), "c") == os.path.join(
        os.path.abspath(os.path.join(os.sep, "a")), "c"
    )


def test_search_upwards_finds_the_nearest_directory_that_has_it_all(tmp_path: Path) -> None:
    start = tmp_path / "a" / "b"
    start.mkdir(parents=True)
    (tmp_path / "file").touch()
    assert util.searchupwards(str(start), files=["file"], dirs=["a"]) == f"{tmp_path}{os.sep}"
    assert util.searchupwards(str(start), files=["file", "no such file"]) is None


def test_plugin_directories_are_deprecated() -> None:
    with pytest.warns(DeprecationWarning, match=r"util\.getPluginDirs is deprecated since Twisted 12\.2"):
        assert all(map(os.path.isdir, util.getPluginDirs()))


def test_ordered_dict_is_an_old_name() -> None:
    with pytest.warns(DeprecationWarning, match=r"util\.OrderedDict was deprecated in Twisted 15\.5\.0"):
        assert util.OrderedDict is OrderedDict
    with pytest.raises(AttributeError):
        util.__getattr__("nosuchname")


# ---- passwords and users --------------------------------------------------------------------


def test_a_password_is_a_line_of_input_that_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("secret\nmore\n"))
    assert util.getPassword(confirm=True) == "secret"


def test_a_password_is_asked_for_twice_until_both_are_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = ["one", "two", "three", "three"]
    prompts: list[str] = []

    def answer(prompt: str) -> str:
        prompts.append(prompt)
        return answers.pop(0)

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(util, "_getpass", answer)
    assert util.getPassword("First: ", confirm=True) == "three"
    assert prompts == ["First: ", "Confirm password: "] * 2
    assert capsys.readouterr().out == "Passwords don't match.\n"


def test_ids_are_numbers_or_names() -> None:
    pwd = pytest.importorskip("pwd", reason="only UNIX has users by number")
    first = pwd.getpwall()[0]
    assert util.uidFromString("55") == util.gidFromString("55") == 55
    assert util.uidFromString(first.pw_name) == first.pw_uid
    with pytest.raises(KeyError):
        util.uidFromString("no such user")
    with pytest.raises(KeyError):
        util.gidFromString("no such group")


class Process:
    """Who a process is, in place of the real one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, uid: int, gid: int) -> None:
        self.uid, self.gid = uid, gid
        self.calls: list[tuple[str, int]] = []
        for name in ("geteuid", "getuid"):
            monkeypatch.setattr(os, name, lambda: self.uid)
        monkeypatch.setattr(os, "getegid", lambda: self.gid)
        for name in ("seteuid", "setegid", "setuid", "setgid"):
            monkeypatch.setattr(os, name, lambda number, name=name: self.note(name, number))

    def note(self, name: str, number: int) -> None:
        self.calls.append((name, number))
        if "uid" in name:
            self.uid = number
        else:
            self.gid = number


@pytest.mark.parametrize(
    ("now", "wanted", "before", "after"),
    [
        ((1000, 1000), (1000, 1000), [], []),
        ((0, 0), (5, 6), ["setegid 6", "seteuid 5"], ["seteuid 0", "setegid 0"]),
        ((1000, 1000), (0, 1000), ["seteuid 0"], ["seteuid 1000"]),
        (
            (1000, 1000),
            (5, 6),
            ["seteuid 0", "setegid 6", "seteuid 5"],
            ["seteuid 0", "setegid 1000", "seteuid 1000"],
        ),
    ],
)
def test_run_as_effective_user_goes_by_way_of_root_and_back(
    monkeypatch: pytest.MonkeyPatch,
    now: tuple[int, int],
    wanted: tuple[int, int],
    before: list[str],
    after: list[str],
) -> None:
    process = Process(monkeypatch, *now)

    def who() -> tuple[int, int]:
        assert [f"{name} {number}" for name, number in process.calls] == before
        process.calls.clear()
        return process.uid, process.gid

    assert util.runAsEffectiveUser(*wanted, who) == wanted
    assert [f"{name} {number}" for name, number in process.calls] == after
    assert (process.uid, process.gid) == now


def test_who_we_were_comes_back_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process(monkeypatch, 0, 0)
    with pytest.raises(ZeroDivisionError):
        util.runAsEffectiveUser(5, 6, lambda: 1 / 0)
    assert (process.uid, process.gid) == (0, 0)


@pytest.mark.parametrize(
    ("effective", "names"), [(False, ("setgid", "setuid")), (True, ("setegid", "seteuid"))]
)
def test_switch_uid_takes_group_then_groups_then_user(
    monkeypatch: pytest.MonkeyPatch, effective: bool, names: tuple[str, str]
) -> None:
    process = Process(monkeypatch, 0, 0)
    monkeypatch.setattr(util, "initgroups", lambda uid, gid: process.calls.append(("initgroups", uid)))
    util.switchUID(5, 6, effective)
    assert process.calls == [(names[0], 6), ("initgroups", 5), (names[1], 5)]


def test_switching_to_who_we_are_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process(monkeypatch, 5, 6)
    with pytest.warns(UserWarning, match="setuid 5 but uid is already 5; should we be root"):
        util.switchUID(5, None)
    assert process.calls == []


def test_init_groups_looks_up_the_users_name(monkeypatch: pytest.MonkeyPatch) -> None:
    pwd = pytest.importorskip("pwd", reason="only UNIX has users by number")
    first = pwd.getpwall()[0]
    calls: list[Any] = []
    monkeypatch.setattr(util, "_initgroups", lambda *args: calls.append(args))
    util.initgroups(first.pw_uid, 7)
    assert calls == [(first.pw_name, 7)]
