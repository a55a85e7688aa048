"""The command line of ``twist``.

Source: options, texts and statuses as of Twisted 26.10's twisted.application.twist, by running it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from sys import stderr, stdout
from typing import Any, NoReturn, TypeVar

from txloop._public import neighbour
from txloop.application.reactors import NoSuchReactor, getReactorTypes, installReactor
from txloop.application.runner._exit import ExitStatus, exit
from txloop.application.service import IServiceMaker
from txloop.copyright import version
from txloop.logger import InvalidLogLevelError, LogLevel, jsonFileLogObserver, textFileLogObserver
from txloop.plugin import getPlugins
from txloop.python.usage import Options, UsageError

__all__ = ["TwistOptions"]

_Option = TypeVar("_Option", bound=Callable[..., None])

# Twisted's name: tests put another function here.
openFile = open

_LOG_FORMATS: Mapping[str, Any] = {"text": textFileLogObserver, "json": jsonFileLogObserver}


def _help(text: str) -> Callable[[_Option], _Option]:
    """Have ``--help`` say *text* of an option: its docstring, which no f-string can be."""

    def put(option: _Option) -> _Option:
        option.__doc__ = text
        return option

    return put


def _choice(names: Iterable[str]) -> str:
    return "one of " + ", ".join(names)


def _options_of(plugin: Any) -> Any:
    return plugin.options()


class TwistOptions(Options):
    """What ``twist`` is told; a dict.

    Attributes:
        plugins: The plugins that can be run, by name.
    """

    defaultReactorName = "default"
    defaultLogLevel = LogLevel.info

    # Not of the module that was started: that may be somebody else's, which imports this.
    longdesc = ""

    def __init__(self) -> None:
        super().__init__()
        self.update(reactorName=self.defaultReactorName, logLevel=self.defaultLogLevel, logFile=stdout)

    def getSynopsis(self) -> str:
        """The usage, in a line."""
        return f"{super().getSynopsis()} plugin [plugin_options]"

    def opt_version(self) -> NoReturn:
        """Tell the version, and end."""
        exit(ExitStatus.EX_OK, version)

    @_help(f"The reactor to run on: {_choice(kind.shortName for kind in getReactorTypes())}")
    def opt_reactor(self, name: str) -> None:
        # At once: what a plugin imports may install another one.
        self["reactor"] = self.installReactor(name)
        self["reactorName"] = name

    def installReactor(self, name: str) -> Any:
        """Install the reactor of this name, and return it; UsageError if there is none."""
        try:
            installReactor(name)
        except NoSuchReactor:
            raise UsageError(f"Unknown reactor: {name}") from None
        return importlib.import_module(neighbour("txloop.application.app", "internet")).reactor

    @_help(
        f"What is less important is not logged: {_choice(each.name for each in LogLevel.iterconstants())}"
        f" (default: {defaultLogLevel.name})"
    )
    def opt_log_level(self, levelName: str) -> None:
        try:
            self["logLevel"] = LogLevel.levelWithName(levelName)
        except InvalidLogLevelError:
            raise UsageError(f"Invalid log level: {levelName}") from None

    @_help("The file to log to; - is standard output (the default), + standard error")
    def opt_log_file(self, fileName: str) -> None:
        terminals = {"-": stdout, "+": stderr}
        try:
            self["logFile"] = terminals.get(fileName) or openFile(fileName, "a")
        except OSError as error:
            exit(ExitStatus.EX_IOERR, f"Unable to open log file {fileName!r}: {error}")

    @_help(f"How records are written: {_choice(_LOG_FORMATS)} (default: text on a terminal, else json)")
    def opt_log_format(self, format: str) -> None:
        name = format.lower()
        if name not in _LOG_FORMATS:
            raise UsageError(f"Invalid log format: {format}")
        self.update(logFormat=name, fileLogObserverFactory=_LOG_FORMATS[name])

    def selectDefaultLogObserver(self) -> None:
        """Text for a terminal, JSON for all else; unless it was told."""
        if "fileLogObserverFactory" not in self:
            file = self["logFile"]
            self.opt_log_format("text" if hasattr(file, "isatty") and file.isatty() else "json")

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Parse *options*, by default sys.argv's; UsageError if they make no sense."""
        super().parseOptions(options)
        self.selectDefaultLogObserver()

    @property
    def plugins(self) -> dict[str, Any]:
        """The plugins that can be run, by name."""
        if "plugins" not in self:
            kind: Any = IServiceMaker
            self["plugins"] = {plugin.tapname: plugin for plugin in getPlugins(kind)}
        found: dict[str, Any] = self["plugins"]
        return found

    @property
    def subCommands(self) -> Iterable[tuple[str, None, Callable[[], Any], str]]:
        """The plugins, as commands."""
        for name, plugin in sorted(self.plugins.items()):
            # A plugin loads its module for this: when it is chosen, not before.
            yield name, None, partial(_options_of, plugin), plugin.description

    def postOptions(self) -> None:
        """All is parsed; UsageError if there is nothing to run."""
        super().postOptions()
        if self.subCommand is None:
            raise UsageError("No plugin specified.")
        if "reactor" not in self:
            self.opt_reactor(self["reactorName"])
