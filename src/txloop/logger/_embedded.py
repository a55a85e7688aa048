"""Embedded in an asyncio application, events reach the standard library's logging.

There the host decides where logs go, and it does so by `logging`.  So while at least
one reactor is a guest in a running loop, one observer hands each event to the logger
that is called like its namespace.  It speaks only while nobody else speaks for the
program: `beginLoggingTo` and `startLogging` take it off for good, and it is silent
while the program's own STDLibLogObserver or PythonLoggingObserver is attached.
So each message is logged once.

    a reactor is made inside a running loop   attach()
    that loop ends                            detach()
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from zope.interface import implementer

from txloop.logger._global import LogBeginner, globalLogBeginner, globalLogPublisher
from txloop.logger._interfaces import ILogObserver, LogEvent, LogObserver
from txloop.logger._legacy import LegacyLogObserverWrapper
from txloop.logger._observer import LogPublisher
from txloop.logger._stdlib import STDLibLogObserver, hand_to_logging
from txloop.logger._util import frame_of_the_program

__all__ = ["EmbeddedLogObserver", "attach", "detach"]

# Events of `log.msg()` have this namespace, which says nothing to a reader of logs.
# They go where PythonLoggingObserver would put them.
_LEGACY_NAMESPACE: Final = "log_legacy"
_LEGACY_LOGGER: Final = "twisted"


@implementer(ILogObserver)
class EmbeddedLogObserver:
    """Hands events to the standard loggers of their namespaces, unless the program does so itself.

    Args:
        publisher: Where this observer is attached, and where the program's own would be.
    """

    def __init__(self, publisher: LogPublisher) -> None:
        self._publisher = publisher
        # The list of observers that _is_silent was worked out for.  Publishers replace
        # their list when it changes, so identity tells whether to look again.
        self._seen: list[LogObserver] | None = None
        self._is_silent = False

    def __call__(self, event: LogEvent) -> None:
        """Make one log record of *event*, placed where the program logged."""
        if not self._program_speaks_itself():
            hand_to_logging(_logger_for(event), event, frame_of_the_program())

    def tell_of_before(self, event: LogEvent) -> None:
        """Make one log record of an *event* that was remembered: of its own time, without a place."""
        if not self._program_speaks_itself():
            hand_to_logging(_logger_for(event), event, None, event.get("log_time"))

    def _program_speaks_itself(self) -> bool:
        observers = self._publisher._observers
        if observers is not self._seen:
            self._is_silent = any(_speaks_to_logging(observer) for observer in observers)
            self._seen = observers
        return self._is_silent


def _logger_for(event: LogEvent) -> logging.Logger:
    namespace = event.get("log_namespace") or _LEGACY_NAMESPACE
    return logging.getLogger(_LEGACY_LOGGER if namespace == _LEGACY_NAMESPACE else namespace)


def _speaks_to_logging(observer: LogObserver) -> bool:
    if isinstance(observer, LegacyLogObserverWrapper):
        # twisted.python.log's observers are bound methods: PythonLoggingObserver().emit.
        owner = getattr(observer.legacyObserver, "__self__", None)
        return isinstance(getattr(owner, "_newObserver", None), STDLibLogObserver)
    return isinstance(observer, STDLibLogObserver)


class _Guests:
    """Counts the reactors that are guests: the observer is attached from the first to the last."""

    def __init__(self, beginner: LogBeginner, observer: EmbeddedLogObserver) -> None:
        self._beginner = beginner
        self._observer = observer
        self._count = 0
        self._lock = threading.Lock()

    def arrived(self) -> None:
        with self._lock:
            self._count += 1
            if self._count == 1:
                self._beginner.begin_provisionally(self._observer, self._observer.tell_of_before)

    def left(self) -> None:
        with self._lock:
            if self._count == 0:
                raise RuntimeError("detach() without attach(): please report this bug in txloop")
            self._count -= 1
            if self._count == 0:
                self._beginner.end_provisionally()


_guests: Final = _Guests(globalLogBeginner, EmbeddedLogObserver(globalLogPublisher))


def attach() -> None:
    """A reactor became a guest in a running loop.  Each call is answered by one `detach`."""
    _guests.arrived()


def detach() -> None:
    """A guest left.  After the last one events are remembered again, until logging begins."""
    _guests.left()
