"""The text of a legacy log event.  Whatever is wrong with an event, some text comes out."""

from __future__ import annotations

from typing import Any, TypeAlias

from txloop.python.reflect import safe_str

__all__ = ["EventDict", "textFromEventDict"]

EventDict: TypeAlias = dict[str, Any]


def textFromEventDict(eventDict: EventDict) -> str | None:
    """The text of an event: its message, else its failure's traceback, else its format filled in.

    Args:
        eventDict: With ``message``, a tuple; and if that is empty, with ``isError`` and ``failure``
            (and perhaps ``why``), or with ``format`` in the syntax of ``%``.
    Returns:
        None if there is nothing to say.
    """
    message = eventDict["message"]
    if message:
        return " ".join(map(safe_str, message))
    if eventDict.get("isError") and "failure" in eventDict:
        why = eventDict.get("why") or "Unhandled Error"
        try:
            traceback = eventDict["failure"].getTraceback()
        except Exception as error:
            traceback = f"(unable to obtain traceback): {error}"
        return f"{safe_str(why)}\n{traceback}"
    if "format" in eventDict:
        return _safeFormat(eventDict["format"], eventDict)
    return None


def _safeFormat(fmtString: str, fmtDict: EventDict) -> str:
    """``fmtString % fmtDict``, or a text that says as much as can be said of the two."""
    try:
        return fmtString % fmtDict
    except Exception:
        pass
    try:
        return f"Invalid format string or unformattable object in log message: {fmtString!r}, {fmtDict}"
    except Exception:
        pass
    try:
        return f"UNFORMATTABLE OBJECT WRITTEN TO LOG with fmt {fmtString!r}, MESSAGE LOST"
    except Exception:
        return "PATHOLOGICAL ERROR IN BOTH FORMAT STRING AND MESSAGE DETAILS, MESSAGE LOST"
