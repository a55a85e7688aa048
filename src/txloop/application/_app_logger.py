"""Where a program's log begins: the observer that `twistd` starts with.

Source: choice, order and texts as of Twisted 26.10's twisted.application.app, by running it.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

from zope.interface import providedBy

from txloop import copyright, logger
from txloop.logger import (
    ILogObserver,
    LegacyLogObserverWrapper,
    Logger,
    globalLogBeginner,
    globalLogPublisher,
)
from txloop.python.log import ILogObserver as ILegacyLogObserver
from txloop.python.logfile import LogFile
from txloop.python.reflect import qual

__all__ = ["AppLogger"]


class AppLogger:
    """Starts and stops the log of an application.

    Args:
        options: ``logger``, a function that makes the observer; ``logfile``, the name of the
            file to write without one, ``"-"`` and nothing being standard output.
    """

    _observer: Any = None
    # Its namespace is the class's name, which the overlay gives as Twisted's.
    _log = Logger()

    def __init__(self, options: Any) -> None:
        self._logfilename = options.get("logfile", "")
        self._observerFactory = options.get("logger") or None

    def start(self, application: Any) -> None:
        """Begin the log: with --logger's observer, else with the application's own, else with a file.

        Args:
            application: Componentized; its own observer is its ILogObserver, of either kind.
        """
        if self._observerFactory is not None:
            observer = self._observerFactory()
        else:
            observer = application.getComponent(ILogObserver, None)
            if observer is None:
                observer = application.getComponent(ILegacyLogObserver, None)
            if observer is None:
                observer = self._getLogObserver()
        self._observer = _modern(observer)
        globalLogBeginner.beginLoggingTo([self._observer])
        self._initialLog()

    def stop(self) -> None:
        """Say that the program ends, and take the observer away."""
        self._log.info("Server Shut Down.")
        observer, self._observer = self._observer, None
        if observer is not None:
            globalLogPublisher.removeObserver(observer)

    def _initialLog(self) -> None:
        from txloop.internet import reactor  # now is when it is chosen, never at import

        self._log.info(
            "twistd {version} ({exe} {pyVersion}) starting up.",
            version=copyright.version,
            exe=sys.executable,
            pyVersion=".".join(map(str, sys.version_info[:3])),
        )
        self._log.info("reactor class: {reactor}.", reactor=qual(reactor.__class__))

    def _getLogObserver(self) -> Any:
        """The observer to start with when nobody has one."""
        if self._logfilename in ("-", "", None):
            file: Any = sys.stdout
        else:
            file = LogFile.fromFullPath(self._logfilename)
        return logger.textFileLogObserver(file)


def _modern(observer: Any) -> Any:
    """*observer*, of either kind, as the kind that takes twisted.logger's events."""
    if ILogObserver in providedBy(observer):
        return observer
    if ILegacyLogObserver not in providedBy(observer):
        warnings.warn(_LEGACY_WARNING, DeprecationWarning, stacklevel=3)
    return LegacyLogObserverWrapper(observer)


_LEGACY_WARNING = (
    "Passing a logger factory which makes log observers which do not implement "
    "twisted.logger.ILogObserver or twisted.python.log.ILogObserver to "
    "twisted.application.app.AppLogger was deprecated in Twisted 16.2. "
    "Please use a factory that produces twisted.logger.ILogObserver "
    "(or the legacy twisted.python.log.ILogObserver) implementing objects instead."
)
