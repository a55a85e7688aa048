"""What a shell asks an `Options` when the user presses the tab key, and the answer, in zsh's words.

    prog -l su<tab>   the shell runs   prog -l su --_shell-completion zsh:3

3 is the word that the cursor is in, counted from 1, the command's name being 1.  The answer
is a piece of zsh: the options of the command, and, by where the cursor is, the names of its
subcommands or the options of the one that stands before it.

Source: Twisted 26.10, twisted.python._shellcomp, by running it.  Differences: the names and
texts of subcommands are quoted, so a ``$`` in them is no variable; asking twice gives the
same answer.
"""

from __future__ import annotations

import getopt
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from txloop.python._usage_completion import Completions

if TYPE_CHECKING:
    from txloop.python.usage import Options

__all__ = ["SWITCH", "answer_shell", "asked_by_shell", "descrFromDoc", "escape", "shellComplete"]

SWITCH = "--_shell-completion"

_SUBCOMMAND_FOLLOWS = "*::subcmd:->subcmd"


def asked_by_shell(words: Sequence[str]) -> bool:
    """Whether the command line *words* is a shell's question: its last word but one is `SWITCH`."""
    return len(words) > 1 and words[-2] == SWITCH


def answer_shell(options: Options, words: Sequence[str], file: Any = None) -> None:
    """Write the answer to the question *words* and leave the program.

    Args:
        options: The command's.
        words: The command line, which `asked_by_shell`.
        file: Takes the answer, as bytes; None: standard output.
    Raises:
        SystemExit: Always.
        ValueError: The question is malformed, or the class's `Completions` name an option
            that it does not have.
    """
    to = sys.stdout.buffer if file is None or file is sys.stdout else file
    shellComplete(options, os.path.basename(sys.argv[0]), words, to)
    sys.exit(0)


def shellComplete(config: Options, cmdName: str, words: Sequence[str], shellCompFile: Any) -> None:
    """Write zsh's description of what may stand where the cursor is.

    Args:
        config: The command's options.
        cmdName: The command's name.
        words: Its command line, with the shell's two words at the end.
        shellCompFile: Takes the answer, as bytes.
    """
    _shell, _, cursor = words[-1].partition(":")
    if not cursor:
        raise ValueError(f"not a shell and a number: {words[-1]!r}")
    typed = words[:-2]
    subcommand = _subcommand_before(config, typed, int(cursor))
    if subcommand is not None:
        blocks = [_options_block(config, cmdName, True), _options_block(subcommand, cmdName, False)]
    elif getattr(config, "subCommands", None) and _could_be_subcommand(typed, int(cursor)):
        blocks = [_options_block(config, cmdName, True), _subcommands_block(config)]
    else:
        blocks = [_options_block(config, cmdName, False)]
    shellCompFile.write("".join(blocks).encode("utf-8"))


# ---- where the cursor is ----------------------------------------------------


def _subcommand_before(config: Options, typed: Sequence[str], cursor: int) -> Options | None:
    """The options of the subcommand that stands before the cursor, or None."""
    # At the command's own name, 1, zsh has no word yet to complete: all count as before.
    before = typed if cursor == 1 else typed[: cursor - 2]
    try:
        _, left = getopt.getopt(list(before), config.shortOpt, config.longOpt)
    except getopt.error:  # the line is not finished, or wrong; what it means nobody knows
        return None
    for name, short, parser, _doc in getattr(config, "subCommands", None) or ():
        if left and left[0] in (name, short):
            found: Options = parser()
            found.parent = config
            return found
    return None


def _could_be_subcommand(typed: Sequence[str], cursor: int) -> bool:
    """Whether the word at the cursor is one, and no option."""
    if cursor == 1:
        return True
    at = cursor - 2
    return 0 <= at < len(typed) and not typed[at].startswith("-")


# ---- the answer -------------------------------------------------------------


def _options_block(options: Options, command: str, before_subcommand: bool) -> str:
    completions = _completions_of(type(options))
    _check_names(options, completions)
    if any(action._repeat for action in completions.extraActions[:-1]):
        raise ValueError("Completer with repeat=True must be last item in Options.extraActions")
    extra = [escape(action._shellCode("", "zsh")) for action in completions.extraActions]
    if before_subcommand:
        extra.insert(0, escape(_SUBCOMMAND_FOLLOWS))
    lines = [f"#compdef {command}", "", '_arguments -s -A "-*" \\']
    lines += [f"{line} \\" for line in (*extra, *_option_lines(options, completions))]
    lines += ["&& return 0", ""]
    return "\n".join(lines)


def _subcommands_block(options: Options) -> str:
    entries = [
        _double_quoted(f"{name}:{doc}") for name, _short, _parser, doc in getattr(options, "subCommands", ())
    ]
    lines = ["local _zsh_subcmds_array", "_zsh_subcmds_array=(", *entries, ")", ""]
    return "\n".join([*lines, '_describe "sub-command" _zsh_subcmds_array', ""])


def _option_lines(options: Options, completions: Completions) -> Iterator[str]:
    """One line an option and spelling: which others it excludes, its text, what its argument is."""
    letters: dict[str, str] = {}
    for name, long in options.synonyms.items():
        if len(name) == 1 and name != long:
            letters[long] = name
    for entry in sorted(set(options.longOpt), key=lambda entry: entry.removesuffix("=")):
        long = entry.removesuffix("=")
        takes_argument = entry.endswith("=")
        letter = letters.get(long)
        text = _description(options, completions, long)
        action = _action(completions, long) if takes_argument else ""
        others = _excluded(completions, long, letters)
        repeats = long in completions.multiUse
        star = "*" if repeats else ""
        if letter is not None:
            excluded = others if repeats else [*others, f"--{long}"]
            yield escape(f"{_group(excluded)}{star}-{letter}[{text}]{action}")
        excluded = others if repeats or letter is None else [*others, f"-{letter}"]
        equals = "=" if takes_argument else ""
        yield escape(f"{_group(excluded)}{star}--{long}{equals}[{text}]{action}")


def _description(options: Options, completions: Completions, long: str) -> str:
    text = completions.descriptions.get(long)
    if text is None:
        text = options.docs.get(long) or long
        if "\n" in text:  # a method's docstring
            text = _joined(text)
    return text.replace("[", "\\[").replace("]", "\\]")


def _action(completions: Completions, long: str) -> str:
    action: Any = completions.optActions.get(long)
    if action is None and long not in completions.optActions:
        return f":{long}:_files"
    if callable(action):
        action = action()
    code: str = action._shellCode(long, "zsh")
    return code


def _excluded(completions: Completions, long: str, letters: dict[str, str]) -> list[str]:
    """The spellings of all options that may not stand beside *long*."""
    names: set[str] = set()
    for group in completions.mutuallyExclusive:
        if long in group:
            names.update(group)
    names.discard(long)
    return [f"--{name}" for name in names] + [f"-{letters[name]}" for name in names if name in letters]


def _group(spellings: Iterable[str]) -> str:
    listed = " ".join(sorted(spellings))
    return f"({listed})" if listed else ""


# ---- the classes' Completions -----------------------------------------------


def _completions_of(cls: type) -> Completions:
    """The `Completions` of *cls* and of its bases, as one; where they compete a subclass's win."""
    descriptions: dict[str, str] = {}
    actions: dict[str, Any] = {}
    multi: list[str] = []
    exclusive: list[Sequence[str]] = []
    extra: list[Any] = []
    for ancestor in reversed(cls.__mro__):
        own: Completions | None = vars(ancestor).get("compData")
        if own is not None:
            descriptions.update(own.descriptions)
            actions.update(own.optActions)
            multi += own.multiUse
            exclusive += own.mutuallyExclusive
            # Arguments come in one order: a subclass's take the place of its bases'.
            extra = list(own.extraActions) or extra
    return Completions(descriptions, multi, exclusive, actions, extra)


def _check_names(options: Options, completions: Completions) -> None:
    known = {entry.removesuffix("=") for entry in options.longOpt}
    named = [*completions.descriptions, *completions.multiUse, *completions.optActions]
    for group in completions.mutuallyExclusive:
        named += group
    for name in named:
        if name not in known:
            raise ValueError(
                f'Unknown option name "{name}" found while\nexamining Completions instances on {options}'
            )


# ---- texts ------------------------------------------------------------------


def escape(x: str) -> str:
    """*x* as one word for the shell, in single quotes or, if it holds one, in double quotes."""
    return _double_quoted(x) if "'" in x else f"'{x}'"


def _double_quoted(text: str) -> str:
    for special in ("\\", "$", '"', "`"):
        text = text.replace(special, f"\\{special}")
    return f'"{text}"'


def descrFromDoc(obj: object) -> str | None:
    """*obj*'s docstring on one line; None if it has none."""
    return _joined(obj.__doc__) if obj.__doc__ else None


def _joined(text: str) -> str:
    lines = (line.strip() for line in text.split("\n"))
    return " ".join(line for line in lines if line)
