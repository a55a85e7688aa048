"""What an Options tells zsh that the user may type next.

Source of the behaviour: Twisted 26.10, twisted.python._shellcomp, by running it.
"""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from txloop.python import usage
from txloop.python._shellcomp import descrFromDoc, escape


class Sub(usage.Options):
    optFlags = [["sflag", "s", "the s flag"]]  # noqa: RUF012


class Fortune(usage.Options):
    optFlags = [["long", "l", "Long ones"], ["color", "c", "with 'it's $x'"], ["foo", None, None]]  # noqa: RUF012
    optParameters = [["length", "n", 42, "How [many]"], ["pat", "m", None, "match"]]  # noqa: RUF012
    subCommands = [["sub", "b", Sub, "a $HOME of `its` own"]]  # noqa: RUF012
    compData = usage.Completions(
        descriptions={"foo": "a foo"},
        multiUse=["length"],
        mutuallyExclusive=[["long", "color", "foo"]],
        optActions={"pat": usage.CompleteList(["a", "b"])},
        extraActions=[usage.Completer(descr="thing")],
    )

    def opt_mood(self, mood: str) -> None:
        """
        How it is
        today.
        """


def asked(options: usage.Options, *words: str) -> list[str]:
    """The answer's lines; the program ends."""
    answer = io.BytesIO()
    options._shellCompFile = answer
    with pytest.raises(SystemExit) as caught:
        options.parseOptions(words)
    assert caught.value.code == 0
    return answer.getvalue().decode().splitlines()


@pytest.fixture(autouse=True)
def named_fortune(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/fortune"])


TOP = r"""
#compdef fortune

_arguments -s -A "-*" \
':thing:' \
"(--color --foo --long -l)-c[with 'it's \$x']" \
"(--foo --long -c -l)--color[with 'it's \$x']" \
'(--color --long -c -l)--foo[a foo]' \
'--help[Display this help and exit.]' \
'*-n[How \[many\]]:length:_files' \
'*--length=[How \[many\]]:length:_files' \
'(--color --foo --long -c)-l[Long ones]' \
'(--color --foo -c -l)--long[Long ones]' \
'--mood=[How it is today.]:mood:_files' \
'(--pat)-m[match]:pat:(a b)' \
'(-m)--pat=[match]:pat:(a b)' \
'--version[Display Twisted version and exit.]' \
&& return 0
""".strip().splitlines()


def test_an_option_is_described_with_what_it_excludes_and_what_follows_it() -> None:
    assert asked(Fortune(), "-", "--_shell-completion", "zsh:2") == TOP


SUBCOMMAND_LINE = "'*::subcmd:->subcmd' \\"


def shows(lines: list[str]) -> str:
    """Which of the three the answer is."""
    if any("_zsh_subcmds_array" in line for line in lines):
        return "names"
    return "subcommand's" if SUBCOMMAND_LINE in lines else "options"


@pytest.mark.parametrize(
    ("words", "cursor", "answer"),
    [
        ([""], 2, "names"),
        (["su"], 2, "names"),
        (["sub"], 2, "names"),
        (["-"], 2, "options"),
        (["--lo"], 2, "options"),
        (["-l", ""], 3, "names"),
        (["-l", ""], 2, "options"),
        (["-l", "sub"], 2, "options"),
        (["-l", "sub"], 4, "subcommand's"),
        (["sub", ""], 3, "subcommand's"),
        (["b", "-"], 3, "subcommand's"),
        (["--length", "5"], 3, "names"),
        (["--length", "5", "sub", "-s", ""], 6, "subcommand's"),
        (["--bogus", "sub", ""], 4, "names"),
        (["unknown", "x"], 3, "names"),
        ([], 1, "names"),
        ([], 2, "options"),
    ],
)
def test_the_cursors_place_says_whether_names_or_options_are_wanted(
    words: list[str], cursor: int, answer: str
) -> None:
    """As Twisted answers, asked with each of these."""
    assert shows(asked(Fortune(), *words, "--_shell-completion", f"zsh:{cursor}")) == answer


def test_asking_twice_gives_the_same_answer() -> None:
    """Difference: Twisted 26.10 adds a line each time."""
    first = asked(Fortune(), "sub", "", "--_shell-completion", "zsh:3")
    assert asked(Fortune(), "sub", "", "--_shell-completion", "zsh:3") == first
    assert first.count(SUBCOMMAND_LINE) == 1


def test_a_subcommands_text_is_only_text_to_the_shell() -> None:
    """Difference: Twisted 26.10 lets the shell expand it."""
    lines = asked(Fortune(), "", "--_shell-completion", "zsh:2")
    assert r'"sub:a \$HOME of \`its\` own"' in lines


@pytest.mark.parametrize(
    "completions",
    [
        usage.Completions(descriptions={"zz": "x"}),
        usage.Completions(multiUse=["zz"]),
        usage.Completions(mutuallyExclusive=[["help", "zz"]]),
        usage.Completions(optActions={"zz": usage.Completer()}),
    ],
)
def test_completions_of_an_option_that_is_not_there_are_an_error(completions: Any) -> None:
    options = type("Wrong", (usage.Options,), {"compData": completions})()
    with pytest.raises(ValueError, match='Unknown option name "zz" found while'):
        options.parseOptions(["--_shell-completion", "zsh:2"])


def test_only_the_last_argument_may_repeat() -> None:
    many = usage.Completions(extraActions=[usage.Completer(repeat=True), usage.Completer()])
    options = type("Wrong", (usage.Options,), {"compData": many})()
    with pytest.raises(ValueError, match=r"must be last item in Options\.extraActions"):
        options.parseOptions(["--_shell-completion", "zsh:2"])


def test_a_subclass_adds_to_its_bases_completions() -> None:
    class More(Fortune):
        compData = usage.Completions(multiUse=["long"], descriptions={"foo": "my foo"})

    lines = asked(More(), "-", "--_shell-completion", "zsh:2")
    assert "'(--color --foo -c)*--long[Long ones]' \\" in lines
    assert "'(--color --long -c -l)--foo[my foo]' \\" in lines
    assert "':thing:' \\" in lines


def test_a_text_is_one_word_for_the_shell() -> None:
    assert [escape(text) for text in ("a b", "it's", 'a"$`', "'$`\"\\")] == [
        "'a b'",
        '"it\'s"',
        "'a\"$`'",
        '"\'\\$\\`\\"\\\\"',
    ]


def test_a_docstring_becomes_one_line() -> None:
    assert descrFromDoc(Fortune.opt_mood) == "How it is today."
    assert descrFromDoc(lambda: None) is None
