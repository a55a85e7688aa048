"""Runs a reactor as a program: one at a time, logging to a file, with exit statuses.

Source: order, texts and statuses as of Twisted 26.10's twisted.application.runner, by running it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import kill
from signal import SIGTERM
from sys import stderr
from typing import Any, TextIO

from txloop.application.runner._exit import ExitStatus, exit
from txloop.application.runner._pidfile import (
    AlreadyRunningError,
    InvalidPIDFileError,
    NoPIDFound,
    nonePIDFile,
)
from txloop.logger import (
    FilteringLogObserver,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    globalLogBeginner,
    textFileLogObserver,
)

__all__ = ["Runner"]


def _nothing(**_: Any) -> None:
    """Nothing."""


class Runner:
    """Runs a reactor once.

    Args:
        reactor: It.
        pidFile: An IPIDFile.
        kill: End the program that is running already, instead.
        defaultLogLevel: What is less important is not logged.
        logFile, fileLogObserverFactory: Where to, and how, it is logged.
        whenRunning, whenRunningArguments: Called when the reactor runs.
        reactorExited, reactorExitedArguments: Called when it has ended.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        pidFile: Any = nonePIDFile,
        kill: bool = False,
        defaultLogLevel: Any = LogLevel.info,
        logFile: TextIO = stderr,
        fileLogObserverFactory: Callable[[TextIO], Any] = textFileLogObserver,
        whenRunning: Callable[..., Any] = _nothing,
        whenRunningArguments: Mapping[str, Any] | None = None,
        reactorExited: Callable[..., Any] = _nothing,
        reactorExitedArguments: Mapping[str, Any] | None = None,
    ) -> None:
        self._reactor = reactor
        self._pid_file = pidFile
        self._kill = kill
        self._default_log_level = defaultLogLevel
        self._log_file = logFile
        self._file_log_observer_factory = fileLogObserverFactory
        self._when_running = whenRunning
        self._when_running_arguments = whenRunningArguments or {}
        self._reactor_exited = reactorExited
        self._reactor_exited_arguments = reactorExitedArguments or {}

    def run(self) -> None:
        """Run the reactor; returns when it has ended.

        Raises:
            SystemExit: The program is running already, or it was to be ended.
        """
        self.killIfRequested()
        try:
            with self._pid_file:
                self.startLogging()
                self.startReactor()
                self.reactorExited()
        except AlreadyRunningError:
            exit(ExitStatus.EX_CONFIG, "Already running.")

    def killIfRequested(self) -> None:
        """End the program that is running already, and this one, if that is what was asked for."""
        if not self._kill:
            return
        if self._pid_file is nonePIDFile:
            exit(ExitStatus.EX_USAGE, "No PID file specified.")
        else:
            self._end_the_other()

    def _end_the_other(self) -> None:
        try:
            pid = self._pid_file.read()
        except OSError:
            exit(ExitStatus.EX_IOERR, "Unable to read PID file.")
        except InvalidPIDFileError:
            exit(ExitStatus.EX_DATAERR, "Invalid PID file.")
        except NoPIDFound:
            exit(ExitStatus.EX_DATAERR, "There is no PID file: it is not running.")
        else:
            self.startLogging()
            self._log.info("Terminating process: {pid}", pid=pid)
            kill(pid, SIGTERM)
            exit(ExitStatus.EX_OK)

    def startLogging(self) -> None:
        """Log to the file from now on."""
        to_file = self._file_log_observer_factory(self._log_file)
        important = LogLevelFilterPredicate(defaultLogLevel=self._default_log_level)
        globalLogBeginner.beginLoggingTo([FilteringLogObserver(to_file, [important])])

    def startReactor(self) -> None:
        """Run the reactor."""
        self._reactor.callWhenRunning(self.whenRunning)
        self._log.info("Starting reactor...")
        self._reactor.run()

    def whenRunning(self) -> None:
        """The reactor runs."""
        self._when_running(**self._when_running_arguments)

    def reactorExited(self) -> None:
        """The reactor has ended."""
        self._reactor_exited(**self._reactor_exited_arguments)
