"""How a Failure reads: its three kinds of traceback text.

    "default"   as Python prints a traceback, without markers and causes
    "brief"     one line for the error, one `file:line:function` a frame
    "verbose"   with each frame's variables, if the Failure captured them

Everything here works on recorded frames, so a Failure that was cleaned or came out
of a pickle reads like a live one.

Source: texts printed by Twisted 26.10; log readers and tests match on them.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from txloop.python._fake_traceback import FrameRecord
from txloop.python.reflect import qual, safe_repr, safe_str

if TYPE_CHECKING:
    from txloop.python.failure import Failure

Write = Callable[[str], object]

NOT_CAPTURED = "verbose-vars-not-captured"


def format_frames(frames: Iterable[FrameRecord], write: Write, detail: str = "default") -> None:
    """Write *frames*, outermost first, piece by piece to *write*.

    Args:
        frames: (function name, file name, line number, items of its locals, of its globals).
        write: Called with each piece of text.
        detail: ``"default"``, ``"brief"``, ``"verbose"`` or ``"verbose-vars-not-captured"``.
    Raises:
        ValueError: *detail* is none of these; nothing is written.
    Source: Twisted 26.10, failure.format_frames.
    """
    if detail == "default":
        for name, filename, line, _, _ in frames:
            write(f'  File "{filename}", line {line}, in {name}\n')
            write(f"    {linecache.getline(filename, line).strip()}\n")
    elif detail == "brief":
        for name, filename, line, _, _ in frames:
            write(f"{filename}:{line}:{name}\n")
    elif detail == "verbose":
        for name, filename, line, local_items, global_items in frames:
            write(f"{filename}:{line}: {name}(...)\n")
            write(" [ Locals ]\n")
            _write_variables(local_items, write)
            write(" ( Globals )\n")
            _write_variables(global_items, write)
    elif detail == NOT_CAPTURED:
        for name, filename, line, _, _ in frames:
            write(f"{filename}:{line}: {name}(...)\n")
        write(" [Capture of Locals and Globals disabled (use captureVars=True)]\n")
    else:
        raise ValueError(f"Detail must be default, brief, verbose, or {NOT_CAPTURED}. (not {detail!r})")


def _write_variables(items: Iterable[tuple[str, object]], write: Write) -> None:
    for name, value in items:
        # safe_repr: one object with a broken repr must not hide the whole report.
        write(f"  {name} : {safe_repr(value)}\n")


def write_traceback(failure: Failure, write: Write, detail: str) -> None:
    """Write *failure*'s whole text: headline, frames, error.

    Raises:
        ValueError: unknown *detail*; nothing is written.
    """
    if detail == "brief":
        _write_brief(failure, write)
    elif detail == "verbose":
        number = f"#{failure.count}{' (pickled)' if failure.pickled else ''}"
        write(f"*--- Failure {number} ---\n")
        _write_frames_and_error(failure, write, "verbose" if failure.captureVars else NOT_CAPTURED)
        write(f"*--- End of Failure #{failure.count} ---\n")
    elif detail == "default" or detail == NOT_CAPTURED:
        write("Traceback (most recent call last):\n")
        _write_frames_and_error(failure, write, detail)
    else:
        format_frames((), write, detail)  # raises: it has the sentence


def _write_brief(failure: Failure, write: Write) -> None:
    frames = failure.frames
    headline = "Traceback" if frames else "Traceback (failure with no frames)"
    write(f"{headline}: {safe_str(failure.type)}: {safe_str(failure.value)}\n")
    format_frames(frames, write, "brief")


def _write_frames_and_error(failure: Failure, write: Write, detail: str) -> None:
    frames = failure.frames
    if frames:
        format_frames(frames, write, detail)
    else:
        write("Failure: ")
    write(f"{type_name(failure)}: {safe_str(failure.value)}\n")


def type_name(failure: Failure) -> str:
    """The dotted name of the error's class; a Failure that came over the wire has only that name."""
    return failure.type if isinstance(failure.type, str) else qual(failure.type)
