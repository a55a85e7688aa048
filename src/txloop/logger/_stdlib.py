"""Events handed to the standard library's `logging`."""

from __future__ import annotations

import logging
from types import FrameType
from typing import Final

from zope.interface import implementer

from txloop._ids import id_of
from txloop.logger._format import formatEvent
from txloop.logger._interfaces import ILogObserver, LogEvent
from txloop.logger._levels import LogLevel, NamedConstant
from txloop.logger._util import frame_of_the_program
from txloop.python.context import owner_of_this_turn

__all__ = [
    "STDLibLogObserver",
    "StringifiableFromEvent",
    "fromStdlibLogLevelMapping",
    "hand_to_logging",
    "toStdlibLogLevelMapping",
]

toStdlibLogLevelMapping: Final[dict[NamedConstant, int]] = {
    LogLevel.debug: logging.DEBUG,
    LogLevel.info: logging.INFO,
    LogLevel.warn: logging.WARNING,
    LogLevel.error: logging.ERROR,
    LogLevel.critical: logging.CRITICAL,
}

# By number and by name: programs say logLevel=30 as well as logLevel="WARNING".
fromStdlibLogLevelMapping: Final[dict[str | int, NamedConstant]] = {
    spelling: level
    for level, number in toStdlibLogLevelMapping.items()
    for spelling in (number, logging.getLevelName(number))
}


class StringifiableFromEvent:
    """An event whose text is made when somebody asks for it: ``str()`` or ``bytes()``."""

    def __init__(self, event: LogEvent) -> None:
        self.event = event

    def __str__(self) -> str:
        return formatEvent(self.event)

    def __bytes__(self) -> bytes:
        return str(self).encode("utf-8")


@implementer(ILogObserver)
class STDLibLogObserver:
    """Hands events to one logger of the standard library.

    Args:
        name: That logger's name.
        stackDepth: Who is named as the caller in the log record, counted as Twisted counts:
            4 is who called this observer, 5 who called that, …  The logging system's own
            calls are skipped.
    """

    defaultStackDepth = 4

    def __init__(self, name: str = "twisted", stackDepth: int = defaultStackDepth) -> None:
        self.logger: logging.Logger = logging.getLogger(name)
        self.stackDepth = stackDepth

    def __call__(self, event: LogEvent) -> None:
        """Log *event*; nothing is formatted unless a handler takes it."""
        # Twisted counts three calls below this one, inside logging.  A publisher is no
        # place that anybody looks for, so from there we go on up to the program.
        hand_to_logging(self.logger, event, frame_of_the_program(max(self.stackDepth - 3, 0)))


def hand_to_logging(
    logger: logging.Logger, event: LogEvent, caller: FrameType | None, when: float | None = None
) -> None:
    """Make one log record of *event*, with its failure as ``exc_info``, if *logger* is enabled for its level.

    The record says whose turn it is in the loop: ``owner``, `Echo,0,127.0.0.1` or `-`, and
    ``owner_id``, that connection's id in `reactor.snapshot()`, or None.

    Args:
        caller: The frame that the record names as its place; None names none.
        when: The record's time, in seconds since the epoch; by default it is now.
    """
    level = toStdlibLogLevelMapping.get(event.get("log_level", LogLevel.info), logging.INFO)
    if not logger.isEnabledFor(level):
        return
    failure = event.get("log_failure")
    exc_info = None if failure is None else (failure.type, failure.value, failure.getTracebackObject())
    path, line, function = "(unknown file)", 0, "(unknown function)"
    if caller is not None:
        path, line, function = caller.f_code.co_filename, caller.f_lineno, caller.f_code.co_name
    text = StringifiableFromEvent(event)
    record = logger.makeRecord(logger.name, level, path, line, text, (), exc_info, function)
    if when is not None:
        record.created = when
        record.msecs = float(int(when % 1 * 1000))
    owner = owner_of_this_turn()
    record.owner, record.owner_id = ("-", None) if owner is None else (owner.logPrefix(), id_of(owner))
    logger.handle(record)
