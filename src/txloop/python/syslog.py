"""Log events to the system's log, by the standard library's `syslog`.

    startLogging("myprogram")        all events, from now on
    SyslogObserver("myprogram").emit what `log.addObserver` takes

Loads only where there is a system log: on UNIX.
Source of the behaviour: Twisted 26.10, twisted.python.syslog, by running it.
"""

from __future__ import annotations

import syslog
from collections.abc import Callable
from typing import Any

from txloop._public import publish
from txloop.python import log

__all__ = ["DEFAULT_FACILITY", "DEFAULT_OPTIONS", "SyslogObserver", "startLogging"]

DEFAULT_OPTIONS = 0
DEFAULT_FACILITY = syslog.LOG_USER


class SyslogObserver:
    """An observer of `python.log` that writes to the system's log.

    An event's ``syslogPriority`` and ``syslogFacility`` are used if it has them; else errors
    are alerts and the rest is information.

    Args:
        prefix: What each line begins with there, usually the program's name.
        options: Of `syslog.openlog`, ``LOG_PID`` and such.
        facility: Of `syslog.openlog`, ``LOG_USER`` and such.
    """

    # The system's two calls; a test puts others in their place.
    openlog: Callable[..., None] = staticmethod(syslog.openlog)
    syslog: Callable[..., None] = staticmethod(syslog.syslog)

    def __init__(self, prefix: str, options: int = DEFAULT_OPTIONS, facility: int = DEFAULT_FACILITY) -> None:
        self.openlog(prefix, options, facility)

    def emit(self, eventDict: dict[str, Any]) -> None:
        """Write one event, each line of its text by itself; nothing if it has no text."""
        text = log.textFromEventDict(eventDict)
        if text is None:
            return
        usual = syslog.LOG_ALERT if eventDict["isError"] else syslog.LOG_INFO
        priority = int(eventDict.get("syslogPriority", usual)) | int(eventDict.get("syslogFacility", 0))
        lines = text.split("\n")
        while lines[-1:] == [""]:
            lines.pop()
        for number, line in enumerate(lines):
            # What belongs to the line before is set in, so that a reader of the log sees it.
            self.syslog(priority, f"[{eventDict['system']}] {'' if number == 0 else chr(9)}{line}")


def startLogging(
    prefix: str = "Twisted",
    options: int = DEFAULT_OPTIONS,
    facility: int = DEFAULT_FACILITY,
    setStdout: bool = True,
) -> None:
    """Write all events to the system's log from now on.

    Args:
        prefix, options, facility: As for `SyslogObserver`.
        setStdout: Whether what is printed is logged too.
    """
    log.startLoggingWithObserver(SyslogObserver(prefix, options, facility).emit, setStdout=setStdout)


publish(__name__, __all__)
