"""The command line of ``twist``.

Source: options, texts and statuses as of Twisted 26.10's twisted.application.twist, by running it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from sys import stderr, stdout
from textwrap import dedent
from typing import Any, NoReturn

from txloop._public import neighbour
from txloop.application.reactors import NoSuchReactor, getReactorTypes, installReactor
from txloop.application.runner._exit import ExitStatus, exit
from txloop.application.service import IServiceMaker
from txloop.copyright import version
from txloop.logger import InvalidLogLevelError, LogLevel, jsonFileLogObserver, textFileLogObserver
from txloop.plugin import getPlugins
from txloop.python.usage import Options, UsageError

__all__ = ["TwistOptions"]

openFile = open


def _update_doc(opt: Callable[..., None], **kwargs: str) -> None:
    """Put *kwargs* into the text of an option, which is its docstring."""
    opt.__doc__ = dedent(opt.__doc__ or "").format(**kwargs)


def _options_of(plugin: Any) -> Any:
    return plugin.options()


class TwistOptions(Options):
    """What ``twist`` is told; a dict.

    Attributes:
        plugins: The plugins that can be run, by name.
    """

    defaultReactorName = "default"
    defaultLogLevel = LogLevel.info

    def __init__(self) -> None:
        super().__init__()
        self["reactorName"] = self.defaultReactorName
        self["logLevel"] = self.defaultLogLevel
        self["logFile"] = stdout
        self.longdesc = ""

    def getSynopsis(self) -> str:
        """The usage, in a line."""
        return f"{super().getSynopsis()} plugin [plugin_options]"

    def opt_version(self) -> NoReturn:
        """Print version and exit."""
        exit(ExitStatus.EX_OK, f"{version}")

    def opt_reactor(self, name: str) -> None:
        """The name of the reactor to use. (options: {options})"""
        self["reactorName"] = name
        # Now: what a plugin imports may install another one.
        self["reactor"] = self.installReactor(name)

    _update_doc(opt_reactor, options=", ".join(f'"{kind.shortName}"' for kind in getReactorTypes()))

    def installReactor(self, name: str) -> Any:
        """Install the reactor of this name, and return it; UsageError if there is none."""
        try:
            installReactor(name)
        except NoSuchReactor:
            raise UsageError(f"Unknown reactor: {name}") from None
        return importlib.import_module(neighbour("txloop.application.app", "internet")).reactor

    def opt_log_level(self, levelName: str) -> None:
        """Set default log level. (options: {options}; default: "{default}")"""
        try:
            self["logLevel"] = LogLevel.levelWithName(levelName)
        except InvalidLogLevelError:
            raise UsageError(f"Invalid log level: {levelName}") from None

    _update_doc(
        opt_log_level,
        options=", ".join(f'"{level.name}"' for level in LogLevel.iterconstants()),
        default=defaultLogLevel.name,
    )

    def opt_log_file(self, fileName: str) -> None:
        """Log to file. ("-" for stdout, "+" for stderr; default: "-")"""
        if fileName in ("-", "+"):
            self["logFile"] = stdout if fileName == "-" else stderr
            return
        try:
            self["logFile"] = openFile(fileName, "a")
        except OSError as error:
            exit(ExitStatus.EX_IOERR, f"Unable to open log file {fileName!r}: {error}")

    def opt_log_format(self, format: str) -> None:
        """Log file format.

        (options: "text", "json"; default: "text" if the log file is a tty, otherwise "json")
        """
        formats: Mapping[str, Any] = {"text": textFileLogObserver, "json": jsonFileLogObserver}
        if format.lower() not in formats:
            raise UsageError(f"Invalid log format: {format}")
        self["fileLogObserverFactory"] = formats[format.lower()]
        self["logFormat"] = format.lower()

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
        if "reactor" not in self:
            self["reactor"] = self.installReactor(self["reactorName"])
        if self.subCommand is None:
            raise UsageError("No plugin specified.")
