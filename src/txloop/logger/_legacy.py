"""Between the two ways to log: twisted.python.log's events and this package's.

    log.msg("a", b=1)   publishToNewObserver    ->  an event with log_format, log_level, …
    Logger().info(…)    LegacyLogObserverWrapper ->  an event with message, time, isError, …

Both write into the one event dict, so an event has both sets of keys in the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from txloop.logger._format import formatEvent
from txloop.logger._interfaces import ILogObserver, LogEvent, LogObserver
from txloop.logger._levels import LogLevel
from txloop.logger._stdlib import StringifiableFromEvent, fromStdlibLogLevelMapping

__all__ = ["LegacyLogObserverWrapper", "publishToNewObserver"]


@implementer(ILogObserver)
class LegacyLogObserverWrapper:
    """Makes an observer for this package of one for `twisted.python.log`.

    Args:
        legacyObserver: Takes event dicts with ``message``, ``time``, ``system``, ``isError``, …
    """

    def __init__(self, legacyObserver: Callable[[dict[str, Any]], object]) -> None:
        self.legacyObserver = legacyObserver

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}({self.legacyObserver})"

    def __call__(self, event: LogEvent) -> None:
        """Add the legacy keys that *event* lacks and hand it on."""
        event.setdefault("message", ())
        if "time" not in event:
            event["time"] = event["log_time"]
        if "system" not in event:
            event["system"] = event.get("log_system", "-")

        # Legacy observers format with "%".  Let "%" ask for our text, when they do.
        if "format" not in event and event.get("log_format") is not None:
            event["format"] = "%(log_legacy)s"
            event["log_legacy"] = StringifiableFromEvent(event.copy())
            # A message of that name that is no tuple is the program's own field, and in
            # the text already; legacy observers would print it instead of the text.
            if not isinstance(event["message"], tuple):
                event["message"] = ()

        if "log_failure" in event:
            event.setdefault("failure", event["log_failure"])
            event.setdefault("isError", 1)
            if "why" not in event:
                event["why"] = formatEvent(event)
        elif "isError" not in event:
            event["isError"] = 1 if event["log_level"] in (LogLevel.error, LogLevel.critical) else 0

        self.legacyObserver(event)


def publishToNewObserver(
    observer: LogObserver,
    eventDict: dict[str, Any],
    textFromEventDict: Callable[[dict[str, Any]], str | None],
) -> None:
    """Add this package's keys to a legacy event, where it lacks them, and hand it to *observer*.

    Args:
        observer: Takes the event.
        eventDict: The legacy event; it is changed.
        textFromEventDict: Makes the text of a legacy event, or None if it has none.
    """
    if "log_time" not in eventDict:
        eventDict["log_time"] = eventDict["time"]

    if "log_format" not in eventDict:
        text = textFromEventDict(eventDict)
        if text is not None:
            eventDict["log_text"] = text
            eventDict["log_format"] = "{log_text}"

    if "log_level" not in eventDict:
        if "logLevel" in eventDict:
            level = fromStdlibLogLevelMapping.get(eventDict["logLevel"])
        else:
            level = LogLevel.critical if eventDict.get("isError") else LogLevel.info
        if level is not None:
            eventDict["log_level"] = level

    eventDict.setdefault("log_namespace", "log_legacy")
    if "log_system" not in eventDict and "system" in eventDict:
        eventDict["log_system"] = eventDict["system"]

    observer(eventDict)
