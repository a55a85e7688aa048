"""Options of a command line, as a dict.

    class Options(usage.Options):
        optFlags = [["verbose", "v", "Say more."]]
        optParameters = [["port", "p", 8000, "Where to listen.", int]]
        subCommands = [["serve", "s", ServeOptions, "Serve files."]]

        def opt_define(self, pair):     --define=a=b; its docstring is its help
        def parseArgs(self, path):      what is left
        def postOptions(self):          afterwards: what belongs together?

    options = Options()
    options.parseOptions()              sys.argv; UsageError if it makes no sense
    options["port"]

Not here: how help is laid out (_usage_text.py), what shells may complete
(_usage_completion.py).
"""

from __future__ import annotations

import getopt
import inspect
import os
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from txloop._public import publish
from txloop.python._shellcomp import answer_shell, asked_by_shell
from txloop.python._usage_completion import (
    _BASH,
    _ZSH,
    CompleteDirs,
    CompleteFiles,
    CompleteGroups,
    CompleteHostnames,
    CompleteList,
    CompleteMultiList,
    CompleteNetInterfaces,
    Completer,
    CompleteUserAtHost,
    CompleteUsernames,
    Completions,
)
from txloop.python._usage_text import docMakeChunks
from txloop.python.reflect import filenameToModuleName

__all__ = [
    "_BASH",
    "_ZSH",
    "CoerceParameter",
    "CompleteDirs",
    "CompleteFiles",
    "CompleteGroups",
    "CompleteHostnames",
    "CompleteList",
    "CompleteMultiList",
    "CompleteNetInterfaces",
    "CompleteUserAtHost",
    "CompleteUsernames",
    "Completer",
    "Completions",
    "Options",
    "UsageError",
    "docMakeChunks",
    "error",
    "flagFunction",
    "portCoerce",
]


class UsageError(Exception):
    """The command line makes no sense; the text says why."""


error = UsageError


# ---- values --------------------------------------------------------------------


class CoerceParameter:
    """Makes the value of a parameter out of its text, and stores it.

    Args:
        options: Gets the value.
        coerce: Takes the text; a ValueError refuses it.  Its attribute ``coerceDoc``,
            if it has one, is added to the parameter's help.
    """

    def __init__(self, options: Options, coerce: Callable[[Any], Any]) -> None:
        self.options = options
        self.coerce = coerce
        self.doc: str | None = getattr(coerce, "coerceDoc", None)

    def dispatch(self, parameterName: str, value: str | None) -> None:
        """Store the value of *parameterName*.

        Raises:
            UsageError: There is no value, or it is refused.
        """
        if value is None:
            raise UsageError(f"Parameter '{parameterName}' requires an argument.")
        try:
            self.options.opts[parameterName] = self.coerce(value)
        except ValueError as refused:
            raise UsageError(f"Parameter type enforcement failed: {refused}") from refused


def portCoerce(value: str | int) -> int:
    """*value* as a port number.

    Raises:
        ValueError: It is no number from 0 to 65535.
    """
    port = int(value)
    if not 0 <= port <= 65535:
        raise ValueError(f"Port number not in range: {value}")
    return port


portCoerce.coerceDoc = "Must be an int between 0 and 65535."  # type: ignore[attr-defined]  # Twisted's protocol


def flagFunction(method: Callable[..., Any], name: str | None = None) -> bool:
    """True if *method* handles a flag (takes no argument), False if a parameter (takes one).

    Raises:
        UsageError: It takes more.
    """
    code = getattr(method, "__func__", method).__code__
    takes = code.co_argcount - (1 if inspect.ismethod(method) else 0)
    if takes > 1:
        raise UsageError(f"Invalid Option function for {name or method.__name__}")
    return takes == 0


# ---- what a class declares -----------------------------------------------------

_Handler: TypeAlias = "CoerceParameter | Callable[[str, str], Any]"

# (names for getopt, letters for getopt, help by name, defaults by name,
#  long names by name, handlers by name)
_Gathered: TypeAlias = tuple[
    list[str], str, dict[str, str | None], dict[str, Any], dict[str, str], dict[str, _Handler]
]


class _Declarations:
    """Options declared in one of the three ways."""

    def __init__(self) -> None:
        self.long_names: list[str] = []
        self.letters = ""
        self.docs: dict[str, str | None] = {}
        self.defaults: dict[str, Any] = {}
        self.synonyms: dict[str, str] = {}
        self.dispatch: dict[str, _Handler] = {}

    def add(self, name: str, stands_for: str, takes_value: bool, doc: str | None, handler: _Handler) -> None:
        """One name: a letter or a word, perhaps another name of *stands_for*."""
        if len(name) == 1:
            self.letters += name + (":" if takes_value else "")
        else:
            self.long_names.append(name + ("=" if takes_value else ""))
        self.docs[name] = doc
        self.synonyms[name] = stands_for
        self.dispatch[name] = handler

    def gathered(self) -> _Gathered:
        return self.long_names, self.letters, self.docs, self.defaults, self.synonyms, self.dispatch


class Options(dict[str, Any]):
    """Parses a command line; afterwards it is a dict of what was asked for.

    Class attributes, each added to those of the base classes:

    * ``optFlags``: ``[long, short, help]``; the value is 0 or 1.
    * ``optParameters``: ``[long, short, default, help, type]``.
    * methods ``opt_long_name(self)`` or ``opt_long_name(self, value)``, ``opt_x``.

    and ``subCommands``: ``[name, short, Options class, help]``, ``defaultSubCommand``,
    ``synopsis`` and ``longdesc`` for the help, ``compData`` (`Completions`).

    Raises:
        ValueError: A declaration has too many parts.
        UsageError: An ``opt_`` method takes too many arguments.
    """

    #: The name of the subcommand that was given, and its options.
    subCommand: str | None = None
    subOptions: Options
    defaultSubCommand: str | None = None
    #: The options that this is a subcommand of.
    parent: Options | None = None
    completionData: Completions | None = None
    # Takes the answer to a shell that asks what it may complete; None: standard output.
    _shellCompFile: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.opts = self
        self.defaults: dict[str, Any] = {}
        self.longOpt: list[str] = []
        self.shortOpt: str = ""
        self.docs: dict[str, str | None] = {}
        self.synonyms: dict[str, str] = {}
        self._dispatch: dict[str, _Handler] = {}
        for gathered in (self._gather_flags(), self._gather_parameters(), self._gather_handlers()):
            long_names, letters, docs, defaults, synonyms, dispatch = gathered
            self.longOpt.extend(long_names)
            self.shortOpt += letters
            self.docs.update(docs)
            self.defaults.update(defaults)
            self.synonyms.update(synonyms)
            self._dispatch.update(dispatch)
        self.update(self.defaults)

    # Two command lines are two things, also when they say the same.
    __hash__ = object.__hash__  # type: ignore[assignment]  # a dict has none

    # ---- parsing -----------------------------------------------------------------

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Parse a command line.

        Args:
            options: Its words without the command's name, by default ``sys.argv[1:]``.
        Raises:
            UsageError: It makes no sense.
            SystemExit: It was a shell that asked what it may complete (_shellcomp.py), or
                help or the version was wanted.
        """
        words = sys.argv[1:] if options is None else options
        if asked_by_shell(words):
            answer_shell(self, words, self._shellCompFile)
        try:
            given, left = getopt.getopt(list(words), self.shortOpt, self.longOpt)
        except getopt.error as wrong:
            raise UsageError(str(wrong)) from wrong
        for name, value in given:
            long_name = self.synonyms[name.lstrip("-")]
            handler = self._dispatch[long_name]
            if isinstance(handler, CoerceParameter):
                handler.dispatch(long_name, value)
            else:
                handler(long_name, value)
        if getattr(self, "subCommands", None) and (left or self.defaultSubCommand is not None):
            self._parse_subcommand(left)
        else:
            try:
                self.parseArgs(*left)
            except TypeError as wrong:
                raise UsageError("Wrong number of arguments.") from wrong
        self.postOptions()

    def parseArgs(self) -> None:
        """Called with the words that are left over.  Override it to take some; this one takes none."""

    def postOptions(self) -> None:
        """Called when all is parsed, a subcommand's before its parent's.  Override it to check."""

    def opt_version(self) -> None:
        """
        Display Twisted version and exit.
        """
        from txloop import copyright  # only who asks pays for it

        print("Twisted version:", copyright.version)
        sys.exit(0)

    def opt_help(self) -> None:
        """
        Display this help and exit.
        """
        print(self)
        sys.exit(0)

    # ---- help --------------------------------------------------------------------

    def __str__(self) -> str:
        return f"{self.getSynopsis()}\n{self.getUsage(width=None)}"

    def getSynopsis(self) -> str:
        """The first line of the help: ``Usage: command [options]``, or the class's ``synopsis``."""
        if self.parent is None:
            return str(getattr(self, "synopsis", f"Usage: {_command()} [options]")).rstrip()
        own = str(getattr(self, "synopsis", "[options]")).rstrip()
        return f"{self.parent.getSynopsis()} {self.parent.subCommand} {own}"

    def getUsage(self, width: int | None = None) -> str:
        """The help below that line: options, description, subcommands.

        Args:
            width: In columns; by default what ``COLUMNS`` says, else 80.
        """
        if hasattr(self, "subOptions"):
            return self.subOptions.getUsage(width=width)
        columns = width or _columns()
        parts = [_block("Options", docMakeChunks(self._described_options(), columns))]
        description = self._description()
        if description:
            parts.append("\n" + "\n".join(textwrap.wrap(description, columns)).strip() + "\n")
        if getattr(self, "subCommands", None):
            parts.append(_block("Commands", docMakeChunks(self._described_commands(), columns)))
        return "".join(parts)

    # ---- ours --------------------------------------------------------------------

    def _parse_subcommand(self, words: list[str]) -> None:
        name, rest = (words[0], words[1:]) if words else (self.defaultSubCommand, [])
        for command, short, parser, _doc in self._sub_commands():
            if name in (command, short):
                self.subCommand = command
                self.subOptions = parser()
                self.subOptions.parent = self
                self.subOptions.parseOptions(rest)
                return
        raise UsageError(f"Unknown command: {name}")

    def _sub_commands(self) -> list[tuple[str, str | None, Callable[[], Options], str]]:
        return list(getattr(self, "subCommands", None) or ())

    def _described_options(self) -> Iterator[dict[str, Any]]:
        letters = {long: name for name, long in self.synonyms.items() if len(name) == 1 and name != long}
        for entry in dict.fromkeys(self.longOpt):
            long = entry.removesuffix("=")
            yield {
                "long": long,
                "short": letters.get(long),
                "doc": self.docs[long],
                "optType": "parameter" if entry.endswith("=") else "flag",
                "default": self.defaults.get(long),
                "dispatch": self._dispatch[long],
            }

    def _described_commands(self) -> Iterator[dict[str, Any]]:
        for command, short, _parser, doc in self._sub_commands():
            yield {"long": command, "short": short, "doc": doc, "optType": "command"}

    def _description(self) -> str:
        description = getattr(self, "longdesc", None)
        if description is None:
            description = getattr(sys.modules.get("__main__"), "__doc__", None)
        return (description or "").strip()

    def _generic_flag(self, flagName: str, value: str | None = None) -> None:
        if value not in ("", None):
            raise UsageError(f"Flag '{flagName}' takes no argument. Not \"{value}\".")
        self.opts[flagName] = 1

    def _gather_flags(self) -> _Gathered:
        flags = _Declarations()
        for entry in self._declared("optFlags"):
            long, short, doc = _padded(entry, 3)
            flags.defaults[long] = 0
            _add_with_letter(flags, long, short, False, doc, self._generic_flag)
        return flags.gathered()

    def _gather_parameters(self) -> _Gathered:
        parameters = _Declarations()
        for entry in self._declared("optParameters"):
            long, short, default, doc, kind = _padded(entry, 5)
            parameters.defaults[long] = default
            _add_with_letter(parameters, long, short, True, doc, CoerceParameter(self, kind or str))
        return parameters.gathered()

    def _gather_handlers(self) -> _Gathered:
        methods: dict[str, Any] = {
            name.removeprefix("opt_").replace("_", "-"): getattr(self, name)
            for klass in reversed(type(self).__mro__)
            for name in vars(klass)
            if name.startswith("opt_")
        }
        # opt_v = opt_verbose makes -v another name of --verbose: the longest is the one.
        longest: dict[object, str] = {}
        for name, method in methods.items():
            longest[method.__func__] = max(name, longest.get(method.__func__, ""), key=len)
        handlers = _Declarations()
        for name, method in methods.items():
            is_flag = flagFunction(method, name)
            handler = _call_without(method) if is_flag else _call_with(method)
            handlers.add(name, longest[method.__func__], not is_flag, method.__doc__, handler)
        return handlers.gathered()

    def _declared(self, attribute: str) -> Iterator[Sequence[Any]]:
        for klass in reversed(type(self).__mro__):
            yield from vars(klass).get(attribute, ())


def _add_with_letter(
    into: _Declarations, long: str, short: str | None, takes_value: bool, doc: str | None, handler: _Handler
) -> None:
    # A flag or parameter may have a name of one letter; getopt is told it as a word.
    into.long_names.append(long + ("=" if takes_value else ""))
    into.docs[long] = doc
    into.synonyms[long] = long
    into.dispatch[long] = handler
    if short:
        into.letters += short + (":" if takes_value else "")
        into.synonyms[short] = long


def _call_without(method: Callable[[], Any]) -> Callable[[str, str], Any]:
    return lambda name, value: method()


def _call_with(method: Callable[[str], Any]) -> Callable[[str, str], Any]:
    return lambda name, value: method(value)


def _padded(entry: Sequence[Any], length: int) -> list[Any]:
    if len(entry) > length:
        raise ValueError(f"{len(entry)} elements is more than {length}.")
    return [*entry, *[None] * (length - len(entry))]


def _command() -> str:
    """How this program was called: its name, or as a module of a package."""
    name = filenameToModuleName(sys.argv[0]) if sys.argv[0] else ""
    package = name.removesuffix(".__main__")
    return name if package == name else f"python -m {package}"


def _columns() -> int:
    try:
        return int(os.environ.get("COLUMNS", "80"))
    except ValueError:
        return 80


def _block(title: str, chunks: list[str]) -> str:
    return f"{title}:\n{''.join(chunks)}"


publish(__name__, __all__)
