"""The publisher: one event in, to all observers.

Emitting is hot and adding observers is rare, so the list of observers is never changed,
only replaced: an event goes to who was there when it was published, without a lock and
without a copy, whatever threads and observers themselves add or remove meanwhile.
"""

from __future__ import annotations

import threading
from typing import Final

from zope.interface import implementer, provider

from txloop.logger._interfaces import ILogObserver, LogEvent, LogObserver
from txloop.logger._logger import Logger
from txloop.python.failure import Failure

__all__ = ["OBSERVER_DISABLED", "LogPublisher", "bitbucketLogObserver"]

OBSERVER_DISABLED: Final = "Temporarily disabling observer {observer} due to exception: {log_failure}"


@implementer(ILogObserver)
class LogPublisher:
    """Hands each event to all of its observers, in the order they were added.

    It is an observer itself, so publishers can be chained.  An observer that raises does
    not keep the others from the event; what it raised is logged to those others.

    Args:
        observers: The first observers.
    """

    def __init__(self, *observers: LogObserver) -> None:
        self._observers: list[LogObserver] = list(observers)
        self._replacing = threading.Lock()  # held while the list is replaced
        self.log: Logger = Logger(observer=self)

    def addObserver(self, observer: LogObserver) -> None:
        """Hand all events from now on to *observer* too; if it is there already, nothing happens.

        Raises:
            TypeError: It is not callable.
        """
        if not callable(observer):
            raise TypeError(f"Observer is not callable: {observer!r}")
        with self._replacing:
            if observer not in self._observers:
                self._observers = [*self._observers, observer]

    def removeObserver(self, observer: LogObserver) -> None:
        """Hand nothing more to *observer*; if it was not there, nothing happens."""
        with self._replacing:
            remaining = list(self._observers)
            try:
                remaining.remove(observer)
            except ValueError:
                return
            self._observers = remaining

    def __call__(self, event: LogEvent) -> None:
        """Hand *event* to all observers.

        If it carries a list as ``log_trace``, each step is added to that list.
        """
        trace = event.get("log_trace")
        broken: list[tuple[LogObserver, Failure]] | None = None
        for observer in self._observers:
            if trace is not None:
                trace.append((self, observer))
            try:
                observer(event)
            except Exception:
                if broken is None:
                    broken = []
                broken.append((observer, Failure()))
        if broken is not None:
            for observer, failure in broken:
                self._errorLoggerForObserver(observer).failure(
                    OBSERVER_DISABLED, failure=failure, observer=observer
                )

    def _errorLoggerForObserver(self, observer: LogObserver) -> Logger:
        """A logger that reaches all observers but *observer*, which would raise again."""
        others = [other for other in self._observers if other is not observer]
        return Logger(self.log.namespace, observer=LogPublisher(*others))


@provider(ILogObserver)
def bitbucketLogObserver(event: LogEvent) -> None:
    """Drops *event*."""
