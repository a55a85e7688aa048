"""The command line of `twistd` and of programs like it.

Source: options, their help and errors as of Twisted 26.10's twisted.application.app, by running it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, ClassVar

from txloop.application.reactors import IReactorInstaller, NoSuchReactor, getReactorTypes, installReactor
from txloop.application.service import IServiceMaker
from txloop.internet import defer
from txloop.plugin import getPlugins
from txloop.python import failure, usage, util
from txloop.python.reflect import namedAny

__all__ = ["ReactorSelectionMixin", "ServerOptions"]


def _reactorAction() -> usage.CompleteList:
    """The names of the reactors, looked up when a shell asks."""
    return usage.CompleteList([each.shortName for each in getReactorTypes()])


class ReactorSelectionMixin:
    """The option ``--reactor``, for usage.Options to mix in.

    Attributes:
        messageOutput: Where the list of reactors is printed.
    """

    compData: usage.Completions = usage.Completions(optActions={"reactor": _reactorAction})
    messageOutput: Any = sys.stdout

    _getReactorTypes = staticmethod(getReactorTypes)

    def opt_help_reactors(self) -> None:
        """
        Display a list of possibly available reactor names.
        """
        there: list[str] = []
        elsewhere: list[str] = []
        for each in sorted(self._getReactorTypes(), key=attrgetter("shortName")):
            reason = _why_not_here(each)
            if reason is None:
                there.append(f"    {each.shortName:<4}\t{each.description}\n")
            else:
                elsewhere.append(f"    !{each.shortName:<4}\t{each.description} ({reason})\n")
        self.messageOutput.writelines(there)
        if elsewhere:
            self.messageOutput.write("\n    reactors not available on this platform:\n\n")
            self.messageOutput.writelines(elsewhere)
        raise SystemExit(0)

    def opt_reactor(self, shortName: str) -> None:
        """
        Which reactor to use (see --help-reactors for a list of possibilities)
        """
        try:
            installReactor(shortName)
        except NoSuchReactor:
            raise usage.UsageError(
                f"The specified reactor does not exist: '{shortName}'.\n{_SEE_THE_LIST}"
            ) from None
        except Exception as e:
            raise usage.UsageError(
                f"The specified reactor cannot be used, failed with error: {e}.\n{_SEE_THE_LIST}"
            ) from e
        self["reactor"] = shortName  # type: ignore[index]  # it is mixed into a dict

    opt_r = opt_reactor


_SEE_THE_LIST = "See the list of available reactors with --help-reactors"


def _why_not_here(reactor: IReactorInstaller) -> str | None:
    """Why *reactor* cannot be used here, as far as importing its module tells."""
    name = getattr(reactor, "moduleName", None)
    if name is None:
        return None
    try:
        namedAny(name)
    except Exception as error:  # what a foreign platform's module raises is its affair
        return str(error)
    return None


class ServerOptions(usage.Options, ReactorSelectionMixin):
    """What `twistd` takes on every platform.

    Attributes:
        loadedPlugins: tapname -> plugin, of the plugins that can be subcommands.
    """

    longdesc = "twistd reads a twisted.application.service.Application out of a file and runs it."

    optFlags: ClassVar[Any] = [
        ["savestats", None, "save the Stats object rather than the text output of the profiler."],
        ["no_save", "o", "do not save state on shutdown"],
        ["encrypted", "e", "The specified tap/aos file is encrypted."],
    ]

    optParameters: ClassVar[Any] = [
        ["logfile", "l", None, "log to a specified file, - for stdout"],
        [
            "logger",
            None,
            None,
            "A fully-qualified name to a log observer factory to use for the initial log observer.  "
            "Takes precedence over --logfile and --syslog (when available).",
        ],
        ["profile", "p", None, "Run in profile mode, dumping results to specified file."],
        ["profiler", None, "cprofile", "Name of the profiler to use (profile, cprofile)."],
        ["file", "f", "twistd.tap", "read the given .tap file"],
        ["python", "y", None, "read an application from within a Python file (implies -o)"],
        ["source", "s", None, "Read an application from a .tas file (AOT format)."],
        ["rundir", "d", ".", "Change to a supplied directory before running"],
    ]

    compData: usage.Completions = usage.Completions(
        mutuallyExclusive=[("file", "python", "source")],
        optActions={
            "file": usage.CompleteFiles("*.tap"),
            "python": usage.CompleteFiles("*.(tac|py)"),
            "source": usage.CompleteFiles("*.tas"),
            "rundir": usage.CompleteDirs(),
        },
    )

    _getPlugins = staticmethod(getPlugins)

    def __init__(self, *a: Any, **kw: Any) -> None:
        self["debug"] = False
        # Where the help is printed when there is nothing to run.
        self._stdout = kw.pop("stdout", sys.stdout)
        super().__init__(*a, **kw)

    def opt_debug(self) -> None:
        """
        Run the application in the Python Debugger (implies nodaemon),
        sending SIGUSR2 will drop into debugger
        """
        defer.setDebugging(True)
        failure.startDebugMode()
        self["debug"] = True

    opt_b = opt_debug

    def opt_spew(self) -> None:
        """
        Print an insanely verbose log of everything that happens.
        Useful when debugging freezes or locks in complex code.
        """
        sys.settrace(util.spewer)
        threading.settrace(util.spewer)

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """As usage.Options; nothing on the command line means ``--help``."""
        super().parseOptions((sys.argv[1:] or ["--help"]) if options is None else options)

    def postOptions(self) -> None:
        """See what belongs together.

        Raises:
            UsageError: --logger names nothing.
        """
        if self.subCommand or self["python"]:
            self["no_save"] = True
        name = self["logger"]
        if name is None:
            return
        try:
            self["logger"] = namedAny(name)
        except Exception as e:
            raise usage.UsageError(f"Logger '{name}' could not be imported: {e}") from e

    @property
    def subCommands(self) -> Iterator[Sequence[Any]]:
        """One for each plugin that makes services, by name; its module is loaded when it is used."""
        makers: Iterable[Any] = self._getPlugins(IServiceMaker)
        self.loadedPlugins: dict[str, Any] = {}
        for plugin in sorted(makers, key=attrgetter("tapname")):
            self.loadedPlugins[plugin.tapname] = plugin
            yield (plugin.tapname, None, _options_of(plugin), plugin.description)


def _options_of(plugin: Any) -> Any:
    return lambda: plugin.options()
