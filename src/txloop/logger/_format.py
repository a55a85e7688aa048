"""Events as text.

    formatEvent                    the message
    eventAsText                    when, who, the message, the traceback: choose what
    formatEventAsClassicLogText    all of it, as lines of a log file
    formatTime                     a time as RFC 3339 has it

Formatting happens here only, when an observer wants text: the code that logs never
pays for it.  And it never raises: a log that fails on one odd object hides the very
event somebody will look for.  What cannot be formatted becomes a text that says so.

A format is `str.format`'s, plus ``{name()}``: call it.  Most formats have no call and
go to `str.format_map`, which is 8 times faster than `string.Formatter`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Final

from txloop.logger._flatten import aFormatter, flatFormat
from txloop.logger._interfaces import LogEvent
from txloop.python.failure import Failure
from txloop.python.reflect import safe_repr

__all__ = [
    "CallMapping",
    "PotentialCallWrapper",
    "eventAsText",
    "formatEvent",
    "formatEventAsClassicLogText",
    "formatTime",
    "formatUnformattableEvent",
    "formatWithCall",
    "keycall",
    "timeFormatRFC3339",
]

timeFormatRFC3339: Final = "%Y-%m-%dT%H:%M:%S%z"


# ---- whole events -------------------------------------------------------------


def formatEvent(event: LogEvent) -> str:
    """The message of *event*: its ``log_format`` with the fields filled in; "" without a format.

    Never raises: what cannot be formatted becomes a text that says so.
    """
    return eventAsText(event, includeTraceback=False, includeTimestamp=False, includeSystem=False)


def formatTime(when: float | None, timeFormat: str | None = timeFormatRFC3339, default: str = "-") -> str:
    """A time as text, in the local time zone.

    Args:
        when: Seconds since the epoch, on the wall clock.
        timeFormat: As for `datetime.datetime.strftime`.
        default: What to say if *when* or *timeFormat* is None.
    """
    if timeFormat is None or when is None:
        return default
    return datetime.fromtimestamp(when, _local_zone(when)).strftime(timeFormat)


def formatEventAsClassicLogText(
    event: LogEvent, formatTime: Callable[[float | None], str] = formatTime
) -> str | None:
    r"""One entry of a log file: ``time [system] message\n``, further lines begin with a tab.

    Args:
        formatTime: Makes text of ``log_time``, which may be None.
    Returns:
        None if there is nothing to say: no message and no failure.
    """
    text = eventAsText(event, formatTime=formatTime)
    if not text:
        return None
    return text.replace("\n", "\n\t") + "\n"


def eventAsText(
    event: LogEvent,
    includeTraceback: bool = True,
    includeTimestamp: bool = True,
    includeSystem: bool = True,
    formatTime: Callable[[float], str] = formatTime,
) -> str:
    """*event* as text: ``time [system] message``, then the traceback of its failure.

    Args:
        includeTraceback: Append the traceback of ``log_failure``, if there is one.
        includeTimestamp: Begin with the time.
        includeSystem: Say in brackets who logged: ``log_system``, else namespace and level.
        formatTime: Makes text of ``log_time``, which may be None.
    Returns:
        "" if there is neither a message nor a traceback.
    """
    text = _formatEvent(event)
    if includeTraceback and "log_failure" in event:
        text = f"{text}\n{_formatTraceback(event['log_failure'])}"
    if not text:
        return ""
    when = formatTime(event.get("log_time")) + " " if includeTimestamp else ""  # type: ignore[arg-type]  # Twisted's type
    system = f"[{_formatSystem(event)}] " if includeSystem else ""
    return f"{when}{system}{text}"


def formatUnformattableEvent(event: LogEvent, error: BaseException) -> str:
    """What to say of an *event* that raised *error* while it was formatted."""
    try:
        return f"Unable to format event {event!r}: {error}"
    except Exception:
        # Not even repr works.  Name every key and value as far as it lets itself be named.
        failure = Failure()
        data = ", ".join(f"{safe_repr(key)} = {safe_repr(value)}" for key, value in event.items())
        return (
            f"MESSAGE LOST: unformattable object logged: {safe_repr(error)}\n"
            f"Recoverable data: {data}\n"
            f"Exception during formatting:\n{failure}"
        )


def _formatEvent(event: LogEvent) -> str:
    try:
        if "log_flattened" in event:
            return flatFormat(event)
        format = event.get("log_format")
        if format is None:
            return ""
        if isinstance(format, bytes):
            format = format.decode("utf-8")
        elif not isinstance(format, str):
            raise TypeError(f"Log format must be str, not {format!r}")
        return formatWithCall(format, event)
    except Exception as error:
        return formatUnformattableEvent(event, error)


def _formatTraceback(failure: Failure) -> str:
    try:
        return failure.getTraceback()
    except Exception as error:
        return f"(UNABLE TO OBTAIN TRACEBACK FROM EVENT):{error}"


def _formatSystem(event: LogEvent) -> str:
    system = event.get("log_system")
    if system is None:
        level = event.get("log_level")
        return f"{event.get('log_namespace', '-')}#{'-' if level is None else level.name}"
    try:
        return str(system)
    except Exception:
        return "UNFORMATTABLE"


def _local_zone(when: float) -> timezone:
    """The local time zone as it was at *when*, daylight saving included."""
    return _zone(time.localtime(when).tm_gmtoff)


@lru_cache(maxsize=16)
def _zone(offset_seconds: int) -> timezone:
    # Named as Twisted names it (%Z); Python's own name has a colon.
    hours, minutes = divmod(abs(offset_seconds) // 60, 60)
    sign = "-" if offset_seconds < 0 else "+"
    return timezone(timedelta(seconds=offset_seconds), f"UTC{sign}{hours:02}{minutes:02}")


# ---- {field()} ----------------------------------------------------------------


def formatWithCall(formatString: str, mapping: Mapping[str, Any]) -> str:
    """`str.format` with *mapping*, where ``{name()}`` is what calling ``name`` returns.

    Raises:
        KeyError: *mapping* lacks a name; or what a value's own formatting raises.
    """
    if "()" not in formatString:
        try:
            return formatString.format_map(mapping)
        except Exception:
            pass  # Say it in the words of the thorough way below, which are Twisted's.
    return str(aFormatter.vformat(formatString, (), CallMapping(mapping)))


def keycall(key: str, getter: Callable[[str], Any]) -> PotentialCallWrapper:
    """What *getter* gives for *key*; if *key* ends in ``()``, what calling that returns."""
    if key.endswith("()"):
        return PotentialCallWrapper(getter(key[:-2])())
    return PotentialCallWrapper(getter(key))


class PotentialCallWrapper:
    """A value in a format, whose attributes may be called: ``{user.name()}``."""

    def __init__(self, wrapped: object) -> None:
        self._wrapped = wrapped

    def __getattr__(self, name: str) -> object:
        return keycall(name, lambda attribute: getattr(self._wrapped, attribute))

    def __getitem__(self, name: str) -> object:
        # No call after an index: str.format's own syntax has "[", "." or the end there.
        return PotentialCallWrapper(self._wrapped[name])  # type: ignore[index]  # raises TypeError, rightly

    def __format__(self, format_spec: str) -> str:
        return format(self._wrapped, format_spec)

    def __repr__(self) -> str:
        return repr(self._wrapped)

    def __str__(self) -> str:
        return str(self._wrapped)


class CallMapping(Mapping[str, Any]):
    """A read-only mapping that understands ``"name()"``."""

    def __init__(self, submapping: Mapping[str, Any]) -> None:
        self._submapping = submapping

    def __iter__(self) -> Iterator[Any]:
        return iter(self._submapping)

    def __len__(self) -> int:
        return len(self._submapping)

    def __getitem__(self, key: str) -> Any:
        return keycall(key, self._submapping.__getitem__)
