"""python.usage: command lines become dicts, or errors that say what is wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from txloop.python import usage


class Options(usage.Options):
    synopsis = "Usage: tool [options] path"
    longdesc = "A tool\nfor everything."
    optFlags = (["verbose", "v", "Say more."], ["quiet", None, None])
    optParameters = (
        ["port", "p", 8000, "Where to listen.", usage.portCoerce],
        ["host", "h", None, "The host."],
    )

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Any] = []

    def opt_define(self, pair: str) -> None:
        """Define a=b."""
        self.calls.append(("define", pair))

    opt_D = opt_define

    def opt_dry_run(self) -> None:
        """Do nothing."""
        self.calls.append("dry run")

    def parseArgs(self, *words: str) -> None:
        self.calls.append(words)

    def postOptions(self) -> None:
        self.calls.append("post")


@pytest.mark.parametrize(
    ("file", "command"),
    [
        ("tool.py", "tool"),
        ("package/inner/tool.py", "package.inner.tool"),
        ("package/inner/__main__.py", "python -m package.inner"),
        ("__main__.py", "__main__"),
    ],
)
def test_without_a_synopsis_the_programs_file_says_its_name(
    file: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Source: Twisted 26.10, ``python -m`` and scripts inside and outside of packages."""
    for path in ("package/__init__.py", "package/inner/__init__.py", file):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    monkeypatch.setattr(sys, "argv", [str(tmp_path / file)])
    assert usage.Options().getSynopsis() == f"Usage: {command} [options]"


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ([], {"verbose": 0, "quiet": 0, "port": 8000, "host": None}),
        (["-v", "--quiet"], {"verbose": 1, "quiet": 1}),
        (["-vv"], {"verbose": 1}),
        (["--port", "80"], {"port": 80}),
        (["--port=80"], {"port": 80}),
        (["-p80", "-hx"], {"port": 80, "host": "x"}),
        (["--verb", "--ho=x"], {"verbose": 1, "host": "x"}),
    ],
    ids=repr,
)
def test_flags_and_parameters_become_values(words: list[str], values: dict[str, Any]) -> None:
    options = Options()
    options.parseOptions(words)
    assert {name: options[name] for name in values} == values
    assert options.opts is options


def test_handlers_are_called_in_order_then_the_rest_then_the_end() -> None:
    options = Options()
    options.parseOptions(["--dry-run", "-Da=b", "--define", "c=d", "here", "-v"])
    assert options.calls == ["dry run", ("define", "a=b"), ("define", "c=d"), ("here", "-v"), "post"]


def test_the_command_line_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["tool", "-v"])
    options = Options()
    options.parseOptions()
    assert options["verbose"] == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--nope"], "option --nope not recognized"),
        (["-Z"], "option -Z not recognized"),
        (["--port"], "option --port requires argument"),
        (["--verbose=3"], "option --verbose must not have an argument"),
        (["--h"], "option --h not a unique prefix"),
        (["-p", "x"], "Parameter type enforcement failed: invalid literal for int() with base 10: 'x'"),
        (["-p", "65536"], "Parameter type enforcement failed: Port number not in range: 65536"),
    ],
    ids=repr,
)
def test_a_line_that_makes_no_sense_is_an_error_that_says_why(words: list[str], complaint: str) -> None:
    with pytest.raises(usage.UsageError) as caught:
        Options().parseOptions(words)
    assert str(caught.value) == complaint


@pytest.mark.parametrize("words", [[], ["a", "b", "c"]])
def test_the_rest_must_be_as_many_words_as_parse_args_takes(words: list[str]) -> None:
    class Picky(usage.Options):
        def parseArgs(self, path: str, mode: str = "r") -> None:  # type: ignore[override]  # what programs do
            self["path"], self["mode"] = path, mode

    with pytest.raises(usage.UsageError, match=r"Wrong number of arguments\."):
        Picky().parseOptions(words)
    picky = Picky()
    picky.parseOptions(["here"])
    assert picky == {"path": "here", "mode": "r"}


HELP = """\
Usage: tool [options] path
Options:
  -D, --define=  Define a=b.
      --dry-run  Do nothing.
  -h, --host=    The host.
      --help     Display this help and exit.
  -p, --port=    Where to listen. [default: 8000]. Must be an int between 0 and
                 65535.
      --quiet    |
  -v, --verbose  Say more.
      --version  Display Twisted version and exit.

A tool for everything.
""".replace("|\n", "\n")  # the line ends in blanks


def test_the_help_is_laid_out_as_twisteds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Source: Twisted 26.10 prints this."""
    monkeypatch.delenv("COLUMNS", raising=False)
    assert str(Options()) == HELP


def test_the_help_is_as_wide_as_columns_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert max(map(len, str(Options()).splitlines())) <= 40
    monkeypatch.setenv("COLUMNS", "wide")
    assert max(map(len, str(Options()).splitlines())) <= 80


def test_help_prints_itself_and_ends_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    options = Options()
    with pytest.raises(SystemExit) as caught:
        options.parseOptions(["--help"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == str(options) + "\n"


# ---- subcommands ---------------------------------------------------------------


class Sub(usage.Options):
    optFlags = (["fast", "f", "Hurry."],)
    ended: list[Any]

    def postOptions(self) -> None:
        assert isinstance(self.parent, Main)
        self.parent.ended.append(self)


class Main(usage.Options):
    optFlags = (["global", "g", "For all."],)
    subCommands = (["serve", "s", Sub, "Serve files."], ["ask", None, Sub, "Ask for one."])

    def __init__(self) -> None:
        super().__init__()
        self.ended: list[Any] = []

    def postOptions(self) -> None:
        self.ended.append(self)


@pytest.mark.parametrize("words", [["-g", "serve", "--fast"], ["-g", "s", "-f"]])
def test_a_subcommand_has_options_of_its_own_and_ends_first(words: list[str]) -> None:
    main = Main()
    main.parseOptions(words)
    assert (main["global"], main.subCommand, main.subOptions["fast"]) == (1, "serve", 1)
    assert main.subOptions.parent is main
    assert main.ended == [main.subOptions, main]


def test_an_unknown_subcommand_is_an_error() -> None:
    with pytest.raises(usage.UsageError, match="Unknown command: fly"):
        Main().parseOptions(["fly"])


def test_without_a_word_the_default_subcommand_runs_if_there_is_one() -> None:
    class WithDefault(Main):
        defaultSubCommand = "ask"

    main, plain = WithDefault(), Main()
    main.parseOptions(["-g"])
    plain.parseOptions(["-g"])
    assert (main.subCommand, plain.subCommand) == ("ask", None)


def test_the_help_lists_subcommands_and_theirs_names_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/tool.py"])
    monkeypatch.setattr(sys.modules["__main__"], "__doc__", None)
    main = Main()
    assert str(main).endswith("Commands:\n    ask        Ask for one.\n    serve      Serve files.\n")
    main.parseOptions(["serve"])
    assert main.subOptions.getSynopsis() == "Usage: tool [options] serve [options]"
    assert main.getUsage() == main.subOptions.getUsage()


# ---- declarations --------------------------------------------------------------


def test_declarations_are_inherited() -> None:
    class More(Options):
        optFlags = (["extra", "e", None],)

    assert {"verbose", "extra", "port"} <= More().keys()


@pytest.mark.parametrize(
    ("attribute", "entry", "complaint"),
    [
        ("optFlags", list("abcd"), "4 elements is more than 3."),
        ("optParameters", list("abcdef"), "6 elements is more than 5."),
    ],
)
def test_a_declaration_with_too_many_parts_is_refused(
    attribute: str, entry: list[str], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        type("Wrong", (usage.Options,), {attribute: [entry]})()


def test_a_handler_takes_one_argument_at_most() -> None:
    class Wrong(usage.Options):
        def opt_two(self, a: str, b: str) -> None:
            pass

    with pytest.raises(usage.UsageError, match="Invalid Option function for two"):
        Wrong()


def test_names_of_one_handler_stand_for_the_longest() -> None:
    class Aliases(usage.Options):
        def opt_very_long(self) -> None:
            self["seen"] = self.get("seen", 0) + 1

        opt_short = opt_very_long
        opt_s = opt_very_long

    options = Aliases()
    assert [options.synonyms[name] for name in ("s", "short", "very-long")] == ["very-long"] * 3
    options.parseOptions(["-s", "--short", "--very-long"])
    assert options["seen"] == 3


@pytest.mark.parametrize(("text", "port"), [("0", 0), ("65535", 65535), (80, 80)])
def test_a_port_is_a_number_in_range(text: Any, port: int) -> None:
    assert usage.portCoerce(text) == port


@pytest.mark.parametrize("text", ["-1", "65536", "http"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"range|invalid"):
        usage.portCoerce(text)


@pytest.mark.parametrize(
    ("completer", "code"),
    [
        (usage.Completer(), ":opt:"),
        (usage.Completer("what", repeat=True), "*:what:"),
        (usage.CompleteFiles("*.py", descr="code"), ':code (*.py):_files -g "*.py"'),
        (usage.CompleteDirs(), ":opt:_directories"),
        (usage.CompleteList(["a", "b"]), ":opt:(a b)"),
        (usage.CompleteMultiList(["a", "b"]), ":opt:_values -s , 'opt' a b"),
        (usage.CompleteGroups(), ":group:_groups"),
        (usage.CompleteUsernames(), ":opt:_users"),
        (usage.CompleteHostnames(), ":opt:_hosts"),
        (usage.CompleteNetInterfaces(), ":opt:_net_interfaces"),
    ],
)
def test_completers_speak_zsh(completer: usage.Completer, code: str) -> None:
    assert completer._shellCode("opt", usage._ZSH) == code
    with pytest.raises(NotImplementedError, match="Unknown shellType 'bash'"):
        completer._shellCode("opt", usage._BASH)
