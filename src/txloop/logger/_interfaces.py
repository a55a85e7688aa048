"""What a log event is, and what observes one.

An event is a dict.  Keys that begin with ``log_`` are the logging system's own:

    log_time, log_level, log_namespace, log_format, log_system   what, when, where from
    log_source, log_logger                                       who said it
    log_failure, log_flattened, log_trace, log_text, log_legacy  only in some events

All other keys are whatever the program passed along.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from txloop._contract import Interface, checkable, contract

__all__ = ["ILogObserver", "LogEvent", "LogObserver", "LogTrace"]

LogEvent: TypeAlias = dict[str, Any]

# How `ILogObserver` is spelled for the type checker: any callable taking an event.
LogObserver: TypeAlias = Callable[[LogEvent], object]

# Filled while an event travels, if the event asks for it: who handed it to whom.
LogTrace: TypeAlias = list[tuple[object, LogObserver]]


@checkable
class ILogObserver(Interface, metaclass=contract):
    """Takes log events, one call each.

    Any callable of one argument will do; declaring the interface is a courtesy to readers.
    """

    def __call__(self, event: LogEvent) -> None:
        """Note *event*.

        The same dict goes to every observer, so do not change it.  What is raised here
        is logged to the other observers; it never reaches the code that logged.
        """
