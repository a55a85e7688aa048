"""Which way an event came: through publishers and filters, and from which line of the program."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Final

from txloop.logger._interfaces import LogTrace

__all__ = ["formatTrace", "frame_of_the_program"]

# Modules that stand between the line that logs and an observer.
_MACHINERY: Final = ("txloop.logger.", "txloop.python.log", "txloop.python._log_", "txloop.python.context")


def formatTrace(trace: LogTrace) -> str:
    """The way of one event as an indented text, one line for each step.

    Args:
        trace: The list that the event carried as ``log_trace``: pairs of
            who passed the event on and the observer that got it.
    Returns:
        The first sender, below it the observers, each two columns deeper than who
        called it; "" for an empty trace.  An object with a ``name`` shows it in parentheses.
    """
    if not trace:
        return ""
    lines = [_describe(trace[0][0])]
    callers: list[object] = []
    for caller, observer in trace:
        # An event comes back to a caller that is further up when the branch below it is done.
        while callers and callers[-1] is not caller:
            callers.pop()
        if not callers:
            callers.append(caller)
        lines.append(f"{'  ' * len(callers)}-> {_describe(observer)}")
        callers.append(observer)
    return "\n".join(lines) + "\n"


def _describe(thing: object) -> str:
    name = getattr(thing, "name", None)
    return repr(thing) if name is None else f"{thing!r} ({name})"


def frame_of_the_program(depth: int = 0) -> FrameType | None:
    """The innermost frame outside the logging system, *depth* or more calls above the caller."""
    frame: FrameType | None = sys._getframe(depth + 1)
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(_MACHINERY):
        frame = frame.f_back
    return frame
