"""Legacy log events: who makes them, and the publisher that they go through.

    msg("a", "b", key=1)  ->  {"message": ("a", "b"), "key": 1, "time": …, "isError": 0, "system": "-"}
                          ->  with the keys of txloop.logger added  ->  globalLogPublisher

There is one stream of events.  Legacy observers are wrapped and attached to
`txloop.logger`'s publisher, so they see what `Logger` emits too, and the other way round.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from zope.interface import Interface

from txloop.logger._global import LogBeginner, globalLogBeginner, globalLogPublisher
from txloop.logger._legacy import LegacyLogObserverWrapper, publishToNewObserver
from txloop.logger._observer import LogPublisher as NewPublisher
from txloop.python import context
from txloop.python._log_files import NullFile
from txloop.python._log_text import EventDict, textFromEventDict
from txloop.python.failure import Failure

__all__ = [
    "ILogContext",
    "ILogObserver",
    "LogPublisher",
    "Logger",
    "callWithContext",
    "callWithLogger",
    "err",
    "theLogPublisher",
]

_Result = TypeVar("_Result")


class ILogContext:
    """The key of the log's own context: a dict that each legacy event begins with."""


context.setDefault(ILogContext, {"system": "-"})


class ILogObserver(Interface):
    """Takes legacy events; any callable of one argument will do."""

    def __call__(eventDict: EventDict) -> None:  # type: ignore[misc]  # zope: interfaces have no self
        """Note an event.

        Args:
            eventDict: Has at least ``message`` (a tuple), ``time`` (seconds since the
                epoch), ``system`` and ``isError``.
        """


# ---- who is speaking -----------------------------------------------------------


def callWithContext(ctx: EventDict, func: Callable[..., _Result], *args: Any, **kw: Any) -> _Result:
    """What ``func(*args, **kw)`` returns; what it logs meanwhile has *ctx*'s keys.

    ``ctx["system"]`` is what stands in brackets on each line.
    """
    result: _Result = context.call({ILogContext: {**context.get(ILogContext), **ctx}}, func, *args, **kw)
    return result


def callWithLogger(logger: Any, func: Callable[..., _Result], *args: Any, **kw: Any) -> _Result | None:
    """Call *func* for *logger*: its ``logPrefix()`` is the system, and what *func* raises is logged.

    Returns:
        None if it raised.  KeyboardInterrupt is not caught, SystemExit is.
    """
    try:
        prefix = logger.logPrefix()
    except KeyboardInterrupt:
        raise
    except BaseException:
        prefix = "(buggy logPrefix method)"
        err(system=prefix)
    try:
        return callWithContext({"system": prefix}, func, *args, **kw)
    except KeyboardInterrupt:
        raise
    except BaseException:
        err(system=prefix)
        return None


class Logger:
    """Something with a log prefix; a base class for what uses the log."""

    def logPrefix(self) -> str:
        """What stands in brackets on the lines it logs."""
        return "-"


# ---- the publisher -------------------------------------------------------------


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
    synchronized = ("msg",)

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
            logBeginner = LogBeginner(NewPublisher(), NullFile(), object(), warnings)  # type: ignore[arg-type]  # enough of a file
        self._observerPublisher = observerPublisher
        self._publishPublisher = publishPublisher
        self._legacyObservers: list[LegacyLogObserverWrapper] = []
        self._logBeginner = logBeginner
        self._warningsModule = warningsModule
        self._oldshowwarning = warningsModule.showwarning
        self.showwarning = logBeginner.showwarning

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
        self._logBeginner.beginLoggingTo([self._wrap(other)], redirectStandardIO=setStdout)

    def _stopLogging(self) -> None:
        """Show warnings as before, unless somebody else took that over meanwhile."""
        if self._warningsModule.showwarning == self.showwarning:
            self._warningsModule.showwarning = self._oldshowwarning

    def _wrap(self, other: Callable[[EventDict], object]) -> LegacyLogObserverWrapper:
        wrapper = LegacyLogObserverWrapper(other)
        self._legacyObservers.append(wrapper)
        return wrapper


theLogPublisher = LogPublisher(
    observerPublisher=globalLogPublisher,
    publishPublisher=globalLogPublisher,
    logBeginner=globalLogBeginner,
)


def err(_stuff: object = None, _why: str | None = None, **kw: Any) -> None:
    """Log an error.

    Args:
        _stuff: A Failure or an exception, by default the one being handled; of anything
            else the `repr` is logged.
        _why: What could not be done; the text begins with it.
        kw: More keys for the event.
    Raises:
        NoCurrentExceptionError: No *_stuff*, and no exception is being handled.
    """
    if _stuff is None:
        _stuff = Failure()
    elif isinstance(_stuff, Exception):
        _stuff = Failure(_stuff)
    if isinstance(_stuff, Failure):
        theLogPublisher.msg(failure=_stuff, why=_why, isError=1, **kw)
    else:
        theLogPublisher.msg(repr(_stuff), why=_why, isError=1, **kw)
