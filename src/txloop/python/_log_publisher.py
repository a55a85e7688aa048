"""The publisher of legacy log events.

    msg("a", "b", key=1)  ->  {"message": ("a", "b"), "key": 1, "time": …, "isError": 0, "system": "-"}
                          ->  with the keys of txloop.logger added  ->  globalLogPublisher

There is one stream of events.  Legacy observers are wrapped and attached to
`txloop.logger`'s publisher, so they see what `Logger` emits too, and the other way round.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

from txloop._contract import Interface, checkable, contract
from txloop.logger._global import LogBeginner
from txloop.logger._legacy import LegacyLogObserverWrapper, publishToNewObserver
from txloop.logger._observer import LogPublisher as NewPublisher
from txloop.python import context
from txloop.python._log_files import NullFile
from txloop.python._log_text import EventDict, textFromEventDict

__all__ = ["ILogContext", "ILogObserver", "LogPublisher"]


class ILogContext:
    """The key of the log's own context: a dict that each legacy event begins with."""


context.setDefault(ILogContext, {"system": "-"})


@checkable
class ILogObserver(Interface, metaclass=contract):
    """Takes legacy events; any callable of one argument will do."""

    def __call__(self, eventDict: EventDict) -> None:
        """Note an event.

        Args:
            eventDict: Has at least ``message`` (a tuple), ``time`` (seconds since the
                epoch), ``system`` and ``isError``.
        """


class LogPublisher:
    """Makes events of messages and hands them to legacy observers.

    Args:
        observerPublisher: Observers are attached here; by default to *publishPublisher*.
        publishPublisher: Events are published here; by default to one of its own.
        logBeginner: Begins logging; by default one of its own.
        warningsModule: Has ``showwarning``.
    """

    # Twisted says here which methods hold a lock.  Publishing needs none: the new
    # publisher is safe to use from any thread.
    synchronized: tuple[str, ...] = ("msg",)

    def __init__(
        self,
        observerPublisher: NewPublisher | None = None,
        publishPublisher: NewPublisher | None = None,
        logBeginner: LogBeginner | None = None,
        warningsModule: Any = warnings,
    ) -> None:
        if publishPublisher is None:
            publishPublisher = NewPublisher()
            if observerPublisher is None:
                observerPublisher = publishPublisher
        if observerPublisher is None:
            observerPublisher = NewPublisher()
        if logBeginner is None:
            logBeginner = LogBeginner(publishPublisher, NullFile(), sys, warnings)  # type: ignore[arg-type]  # enough of a file
        self._observerPublisher = observerPublisher
        self._publishPublisher = publishPublisher
        self._legacyObservers: list[LegacyLogObserverWrapper] = []
        self._logBeginner = logBeginner
        self._warningsModule = warningsModule
        self._oldshowwarning = warningsModule.showwarning
        self.showwarning: Callable[..., None] = logBeginner.showwarning

    @property
    def observers(self) -> list[Callable[[EventDict], object]]:
        """The observers added here, in order."""
        return [wrapper.legacyObserver for wrapper in self._legacyObservers]

    def addObserver(self, other: Callable[[EventDict], object]) -> None:
        """Hand all events from now on to *other*; added twice, it gets them twice."""
        self._observerPublisher.addObserver(self._wrap(other))

    def removeObserver(self, other: Callable[[EventDict], object]) -> None:
        """Undo one `addObserver`; if it was not added, nothing happens."""
        for wrapper in self._legacyObservers:
            if wrapper.legacyObserver == other:  # bound methods are equal, not identical
                self._legacyObservers.remove(wrapper)
                self._observerPublisher.removeObserver(wrapper)
                return

    def msg(self, *message: object, **kw: Any) -> None:
        """Log a message: ``msg("text")``, or ``msg(format="%(who)s left", who=name)``.

        Args:
            message: Its parts; the text is them joined by spaces.
            kw: More keys for the event; ``system``, ``isError``, ``logLevel`` and ``format``
                mean something to observers.
        """
        event: EventDict = {**context.get(ILogContext), **kw}
        event["message"] = message
        event["time"] = time.time()
        event.setdefault("isError", 0)
        publishToNewObserver(self._publishPublisher, event, textFromEventDict)

    # ---- ours, under Twisted's names: trial and tests call them -----------------

    def _startLogging(self, other: Callable[[EventDict], object], setStdout: bool) -> None:
        # What was logged before is not for a log that opens now: so it has always been here.
        self._logBeginner.beginLoggingTo(
            [self._wrap(other)], discardBuffer=True, redirectStandardIO=setStdout
        )

    def _stopLogging(self) -> None:
        """Show warnings as before, unless somebody else took that over meanwhile."""
        if self._warningsModule.showwarning == self.showwarning:
            self._warningsModule.showwarning = self._oldshowwarning

    def _wrap(self, other: Callable[[EventDict], object]) -> LegacyLogObserverWrapper:
        wrapper = LegacyLogObserverWrapper(other)
        self._legacyObservers.append(wrapper)
        return wrapper
