"""Which events an observer gets to see: predicates, each says yes, no or maybe."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from zope.interface import implementer

from txloop._contract import Interface, checkable, contract
from txloop.logger._interfaces import ILogObserver, LogEvent, LogObserver
from txloop.logger._levels import LEVELS, InvalidLogLevelError, LogLevel, NamedConstant, Names
from txloop.logger._observer import bitbucketLogObserver

__all__ = [
    "FilteringLogObserver",
    "ILogFilterPredicate",
    "LogLevelFilterPredicate",
    "PredicateResult",
    "shouldLogEvent",
]


class PredicateResult(Names):
    """What a predicate says of an event."""

    yes: NamedConstant = NamedConstant()  #: Let it pass; ask no other predicate.
    no: NamedConstant = NamedConstant()  #: Hold it back; ask no other predicate.
    maybe: NamedConstant = NamedConstant()  #: Not my decision.  If nobody decides, the event passes.


@checkable
class ILogFilterPredicate(Interface, metaclass=contract):
    """Decides about events; any callable of one argument will do."""

    def __call__(self, event: LogEvent) -> NamedConstant:
        """One of `PredicateResult`'s constants; nothing else is understood."""


def shouldLogEvent(predicates: Iterable[Callable[[LogEvent], NamedConstant]], event: LogEvent) -> bool:
    """True if *predicates*, asked in order until one decides, let *event* pass.

    Raises:
        TypeError: A predicate returned something that is not of `PredicateResult`.
    """
    for predicate in predicates:
        result = predicate(event)
        if result is PredicateResult.yes:
            return True
        if result is PredicateResult.no:
            return False
        if result is not PredicateResult.maybe:
            raise TypeError(f"Invalid predicate result: {result!r}")
    return True


@implementer(ILogObserver)
class FilteringLogObserver:
    """Passes events on to one observer or to another.

    Args:
        observer: Gets the events that pass.
        predicates: Asked in order until one says yes or no.
        negativeObserver: Gets the events held back; by default nobody does.
    """

    def __init__(
        self,
        observer: LogObserver,
        predicates: Iterable[Callable[[LogEvent], NamedConstant]],
        negativeObserver: LogObserver = bitbucketLogObserver,
    ) -> None:
        self._observer = observer
        self._shouldLogEvent = partial(shouldLogEvent, list(predicates))
        self._negativeObserver = negativeObserver

    def __call__(self, event: LogEvent) -> None:
        if not self._shouldLogEvent(event):
            self._negativeObserver(event)
            return
        if "log_trace" in event:
            event["log_trace"].append((self, self._observer))
        self._observer(event)


@implementer(ILogFilterPredicate)
class LogLevelFilterPredicate:
    """Holds back events below a level, which each namespace may have of its own.

    A namespace without one has its parent's: ``a.b.c`` that of ``a.b``, else that of
    ``a``, else the default.

    Args:
        defaultLogLevel: The level for all others.
    """

    def __init__(self, defaultLogLevel: NamedConstant = LogLevel.info) -> None:
        self._logLevelsByNamespace: dict[str, NamedConstant] = {}
        self.defaultLogLevel = defaultLogLevel
        self.clearLogLevels()

    def logLevelForNamespace(self, namespace: str | None) -> NamedConstant:
        """The lowest level that passes in *namespace*; "" and None ask for the default."""
        levels = self._logLevelsByNamespace
        while namespace:
            if namespace in levels:
                return levels[namespace]
            namespace = namespace.rpartition(".")[0]
        return levels[""]

    def setLogLevelForNamespace(self, namespace: str | None, level: NamedConstant) -> None:
        """Let *level* and above pass in *namespace* and below it; "" and None set the default.

        Raises:
            InvalidLogLevelError: *level* is none of `LogLevel`'s constants.
        """
        if level not in LEVELS:
            raise InvalidLogLevelError(level)
        self._logLevelsByNamespace[namespace or ""] = level

    def clearLogLevels(self) -> None:
        """Forget all levels that were set; the default is *defaultLogLevel* again."""
        self._logLevelsByNamespace = {"": self.defaultLogLevel}

    def __call__(self, event: LogEvent) -> NamedConstant:
        """no below the level of the event's namespace, or without a level or namespace; else maybe."""
        level = event.get("log_level")
        namespace = event.get("log_namespace")
        if level is None or not namespace or level < self.logLevelForNamespace(namespace):
            return PredicateResult.no
        return PredicateResult.maybe
