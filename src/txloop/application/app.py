"""Run an application from the command line: what `twistd` does on every platform.

    run(runApp, ServerOptions)       parses sys.argv and calls runApp(options)
    ApplicationRunner(options).run() loads the application, starts its services, runs the reactor
    startApplication(application, False)    only starts the services, and stops them at shutdown

Not here: the options (_app_options.py), the log's start (_app_logger.py), profilers
(_app_profilers.py), daemons (scripts/_twistd_unix.py).

Source: order, texts and files as of Twisted 26.10's twisted.application.app, by running it.
"""

from __future__ import annotations

import os
import pdb
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from txloop._contract import adapted
from txloop._public import publish
from txloop.application import service
from txloop.application._app_logger import AppLogger
from txloop.application._app_options import ReactorSelectionMixin, ServerOptions
from txloop.application._app_profilers import AppProfiler, CProfileRunner, ProfileRunner, _BasicProfiler
from txloop.application.reactors import NoSuchReactor, installReactor
from txloop.internet.interfaces import _ISupportsExitSignalCapturing
from txloop.persisted import sob
from txloop.python import log, usage, util

__all__ = [
    "AppLogger",
    "AppProfiler",
    "ApplicationRunner",
    "CProfileRunner",
    "NoSuchReactor",
    "ProfileRunner",
    "ReactorSelectionMixin",
    "ServerOptions",
    "_BasicProfiler",
    "convertStyle",
    "fixPdb",
    "getApplication",
    "getPassphrase",
    "getSavePassphrase",
    "installReactor",
    "run",
    "runReactorWithLogging",
    "startApplication",
]

# Where a daemon's last traceback goes, in its current folder.
_CRASH_LOG = "TWISTD-CRASH.log"


# ---- running the reactor ---------------------------------------------------------------


def fixPdb() -> None:
    """Make the debugger's ``stop`` stop the reactor, and print what the log writes as it is."""

    def do_stop(self: Any, arg: str) -> int:
        """stop: go on, and end the program by stopping its reactor."""
        self.clear_all_breaks()
        self.set_continue()
        from txloop.internet import reactor  # the one that runs

        reactor.callLater(0, reactor.stop)
        return 1

    def help_stop(self: Any) -> None:
        print(do_stop.__doc__)

    debugger: Any = pdb.Pdb
    debugger.do_stop = do_stop
    debugger.help_stop = help_stop


def runReactorWithLogging(
    config: Any, oldstdout: Any, oldstderr: Any, profiler: Any = None, reactor: Any = None
) -> None:
    """Run the reactor, under a profiler or the debugger if *config* asks for it.

    What it raises goes to *oldstdout*, or for a daemon to TWISTD-CRASH.log, and no further.

    Args:
        config: With ``profile``, ``debug`` and ``nodaemon``.
        oldstdout, oldstderr: What sys.stdout and sys.stderr were before the log took them.
        profiler: Whose run() takes the reactor.
        reactor: The current one, if None.
    """
    if reactor is None:
        from txloop.internet import reactor
    try:
        if config["profile"]:
            if profiler is not None:
                profiler.run(reactor)
        elif config["debug"]:
            _run_in_debugger(reactor, oldstdout, oldstderr)
        else:
            reactor.run()
    except BaseException:
        if config["nodaemon"]:
            traceback.print_exc(file=oldstdout)
            oldstdout.flush()
        else:
            with open(_CRASH_LOG, "a") as file:
                traceback.print_exc(file=file)


def _run_in_debugger(reactor: Any, stdout: Any, stderr: Any) -> None:
    sys.stdout = stdout
    sys.stderr = stderr
    if hasattr(signal, "SIGUSR2"):
        signal.signal(signal.SIGUSR2, lambda *args: pdb.set_trace())
        signal.signal(signal.SIGINT, lambda *args: pdb.set_trace())
    fixPdb()
    pdb.runcall(reactor.run)


def _exitWithSignal(sig: int) -> None:
    """End as the signal *sig* ends processes, so that whoever started this one can tell."""
    signal.signal(sig, signal.SIG_DFL)
    os.kill(os.getpid(), sig)


# ---- the order of things ----------------------------------------------------------------


class ApplicationRunner:
    """Loads an application, starts it and runs the reactor, in this order.

    Derive from it: preApplication() and postApplication() are a platform's.

    Args:
        config: Parsed `ServerOptions`.
    Attributes:
        application: There from postApplication() on.
        profiler, logger: What profilerFactory and loggerFactory have made of *config*.
    """

    profilerFactory: Callable[[Any], Any] = AppProfiler
    loggerFactory: Callable[[Any], Any] = AppLogger
    application: Any
    # The signal that has ended the reactor, None if it was stopped otherwise.
    _exitSignal: int | None = None

    def __init__(self, config: Any) -> None:
        self.config = config
        self.profiler: Any = self.profilerFactory(config)
        self.logger: Any = self.loggerFactory(config)

    def run(self) -> None:
        """All of it; returns when the program ends."""
        self.preApplication()
        self.application = self.createOrGetApplication()
        self.logger.start(self.application)
        self.postApplication()
        self.logger.stop()

    def startReactor(self, reactor: Any, oldstdout: Any, oldstderr: Any) -> None:
        """Run *reactor*, or the current one if that is None; see runReactorWithLogging()."""
        if reactor is None:
            from txloop.internet import reactor
        runReactorWithLogging(self.config, oldstdout, oldstderr, self.profiler, reactor)
        if _ISupportsExitSignalCapturing.providedBy(reactor):
            self._exitSignal = reactor._exitSignal
        else:
            self._exitSignal = None

    def preApplication(self) -> Any:
        """What is to be done before the application is loaded."""
        raise NotImplementedError()

    def postApplication(self) -> Any:
        """What is to be done with it; must start the reactor."""
        raise NotImplementedError()

    def createOrGetApplication(self) -> Any:
        """The application that the subcommand makes, or that the file holds."""
        config = self.config
        if not config.subCommand:
            return getApplication(config, getPassphrase(config["encrypted"]))
        plugin = config.loadedPlugins[config.subCommand]
        application = service.Application(plugin.tapname)
        plugin.makeService(config.subOptions).setServiceParent(application)
        return application


def run(runApp: Callable[[Any], object], ServerOptions: Callable[[], Any]) -> None:  # noqa: N803 - Twisted's
    """Parse the command line and call *runApp* with the options; if it makes no sense, print help.

    Raises:
        SystemExit: It made none.
    """
    config = ServerOptions()
    try:
        config.parseOptions()
    except usage.error as wrong:
        print(config)
        print(f"{_command_name()}: {wrong}")
        sys.exit(1)
    runApp(config)


def startApplication(application: Any, save: Any) -> None:
    """Start *application*'s services; they are stopped when the reactor shuts down.

    Args:
        save: Save the application, tagged ``shutdown``, after that.
    """
    from txloop.internet import reactor  # the current one, now

    services = adapted(service.IService, application)
    services.startService()
    if save:
        persistable = adapted(sob.IPersistable, application)
        reactor.addSystemEventTrigger("after", "shutdown", persistable.save, "shutdown")
    reactor.addSystemEventTrigger("before", "shutdown", services.stopService)


def _command_name() -> str:
    """As it was typed: our own is started by a file that nobody has typed."""
    return "txloop twistd" if Path(sys.argv[0]).name == "_twistd_command.py" else sys.argv[0]


# ---- loading ------------------------------------------------------------------------------


def getApplication(config: Any, passphrase: Any) -> Any:
    """The application in the file that *config* names.

    Raises:
        SystemExit: It cannot be loaded; the text says why, the log has the traceback.
    """
    kind = next(kind for kind in ("python", "source", "file") if config[kind])
    filename = config[kind]
    style = "pickle" if kind == "file" else kind
    try:
        log.msg(f"Loading {filename}...")
        application = service.loadApplication(filename, style, passphrase)
        log.msg("Loaded.")
    except Exception as error:
        text = f"Failed to load application: {error}"
        if isinstance(error, KeyError) and error.args[0] == "application":
            text += _NO_APPLICATION
        traceback.print_exc(file=log.logfile)
        log.msg(text)
        if getattr(error, "filename", None) != filename:  # else the text says it all
            log.deferr()
        sys.exit(f"\n{text}\n")
    return application


_NO_APPLICATION = """
Could not find 'application' in the file. To use 'twistd -y', your .tac
file must create a suitable object (e.g., by calling service.Application())
and store it in a variable named 'application'. twistd loads your .tac file
and scans the global variables for one of this name.

Please read the 'Using Application' HOWTO for details.
"""


def getPassphrase(needed: Any) -> str | None:
    """A passphrase, asked for at the terminal if one is *needed*; else None."""
    return util.getPassword("Passphrase: ") if needed else None


def getSavePassphrase(needed: Any) -> str | None:
    """A passphrase to save with, asked for twice if one is *needed*; else None."""
    return util.getPassword("Encryption passphrase: ", confirm=True) if needed else None


def convertStyle(filein: str, typein: str, passphrase: Any, fileout: str, typeout: str, encrypt: Any) -> None:
    """Load an application from *filein* and save it to *fileout* in another style.

    Args:
        typein, typeout: ``"pickle"``, ``"source"`` or, to load only, ``"python"``.
    """
    application = service.loadApplication(filein, typein, passphrase)
    persistable = adapted(sob.IPersistable, application)
    persistable.setStyle(typeout)
    secret = getSavePassphrase(encrypt)
    if secret:
        fileout = None  # type: ignore[assignment]  # as Twisted: the name is then the application's
    persistable.save(filename=fileout, passphrase=secret)


publish(__name__, __all__)
