"""An event that outlives its objects: flatten what its format mentions into text.

    log_format     "{user.name} left after {seconds()}"
    log_flattened  {"user.name!s:": "ann", "user.name!:": "ann", "seconds()!s:": "3.5", "seconds()!:": 3.5}

Each field has two entries: its text (conversion ``s`` or ``r``) and its value (no
conversion).  A file of events as JSON can then be formatted by whoever reads it, where
``user`` has long gone.  The keys are read by other programs, so they are Twisted's to
the letter; a field that comes twice has ``/2``, ``/3`` … appended.  Format
specifications are part of a key but are not applied to its text.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from string import Formatter
from typing import Any

from txloop.logger._interfaces import LogEvent

__all__ = ["KeyFlattener", "aFormatter", "extractField", "flatFormat", "flattenEvent"]

aFormatter = Formatter()


class KeyFlattener:
    """Names the fields of one format string, one after the other."""

    def __init__(self) -> None:
        self.keys: defaultdict[str, int] = defaultdict(int)

    def flatKey(self, fieldName: str, formatSpec: str | None, conversion: str | None) -> str:
        """The key in ``log_flattened`` for the next field: ``name!conversion:spec``.

        The same field gets a number from its second time on.  The three arguments are
        what `string.Formatter.parse` says of a field.
        """
        key = f"{fieldName}!{conversion or ''}:{formatSpec or ''}"
        self.keys[key] += 1
        times = self.keys[key]
        return key if times == 1 else f"{key}/{times}"


def flattenEvent(event: LogEvent) -> None:
    """Add ``log_flattened`` to *event*: the texts and values that its format mentions.

    An event without ``log_format``, or with one that mentions nothing, stays as it is;
    so does what is flattened already.

    Raises:
        KeyError: The format mentions what the event does not have; or whatever a value's
            own ``str()`` or ``repr()`` raises.  The event is unchanged then.
    """
    format = event.get("log_format")
    if format is None:
        return
    flattened: dict[str, Any] = dict(event.get("log_flattened", ()))
    keys = KeyFlattener()
    for name, spec, conversion in _fields(format):
        as_repr = conversion == "r"
        text_key = keys.flatKey(name, spec, "r" if as_repr else "s")
        value_key = keys.flatKey(name, spec, None)
        if text_key in flattened:
            continue
        value = _value(name, event)
        flattened[text_key] = repr(value) if as_repr else str(value)
        flattened[value_key] = value
    if flattened:
        event["log_flattened"] = flattened


def extractField(field: str, event: LogEvent) -> Any:
    """What *field* stands for in *event*, flattened or not.

    Args:
        field: What could stand between braces in a format: ``"user.name"``, ``"seconds()"``,
            ``"user!r"``.  Without a conversion you get the value, with one its text.
    Raises:
        KeyError: The event's format does not mention that field.
        ValueError: *field* is more than one field.
    """
    [(name, spec, conversion)] = _fields("{" + field + "}")
    key = KeyFlattener().flatKey(name, spec, conversion)
    if "log_flattened" not in event:
        flattenEvent(event)
    return event["log_flattened"][key]


def flatFormat(event: LogEvent) -> str:
    """The text of an event that was flattened.

    Raises:
        KeyError: It was not flattened, or not all of its format was.
    """
    flattened = event["log_flattened"]
    keys = KeyFlattener()
    pieces: list[str] = []
    for literal, name, spec, conversion in aFormatter.parse(event["log_format"]):
        pieces.append(literal)
        if name is not None:
            pieces.append(str(flattened[keys.flatKey(name, spec, conversion or "s")]))
    return "".join(pieces)


def _fields(format: str) -> Iterator[tuple[str, str | None, str | None]]:
    for _literal, name, spec, conversion in aFormatter.parse(format):
        if name is not None:
            yield name, spec, conversion


def _value(name: str, event: LogEvent) -> Any:
    """The value of a field; ``()`` at the end of its name calls it."""
    is_call = name.endswith("()")
    value, _first = aFormatter.get_field(name[:-2] if is_call else name, (), event)
    return value() if is_call else value
