"""A traceback object for a Failure whose real one is gone.

    recorded frame                          ->  reads like a real one
    (name, file, line, locals, globals)     ->  tb.tb_frame.f_code.co_name, tb.tb_lineno, …

A cleaned or unpickled Failure keeps only names and numbers.  `traceback.format_tb`,
`pdb.post_mortem` and pytest's reporter want the attributes of a traceback; the three
small classes here have those, and nothing that could be run.

Source: attributes seen on Twisted 26.10's Failure.getTracebackObject().
"""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

# (function name, file name, line number, items of locals, items of globals);
# the last two are empty unless variables were captured.
FrameRecord = Sequence[Any]


class _Code:
    """What stands for a code object: a name in a file."""

    co_argcount = 0
    co_cellvars: tuple[str, ...] = ()
    co_code = b""
    co_consts: tuple[object, ...] = ()
    co_firstlineno = 0
    co_flags = 0
    co_freevars: tuple[str, ...] = ()
    co_kwonlyargcount = 0
    co_lnotab = b""
    co_names: tuple[str, ...] = ()
    co_nlocals = 0
    co_posonlyargcount = 0
    co_stacksize = 0

    def __init__(self, name: str, filename: str) -> None:
        self.co_name = name
        self.co_qualname = name
        self.co_filename = filename
        self.co_varnames: list[str] = []

    def co_positions(self) -> tuple[tuple[None, None, None, None], ...]:
        """No column is known; `traceback` then marks none."""
        return ((None, None, None, None),)

    def co_lines(self) -> Iterator[tuple[int, int, int | None]]:
        return iter(())


class _Frame:
    """What stands for a frame: where it was, and its variables if they were captured."""

    f_lasti = 0
    f_trace = None

    def __init__(self, frameinfo: FrameRecord, back: _Frame | None) -> None:
        name, filename, line, local_items, global_items = frameinfo
        self.f_code = _Code(name, filename)
        self.f_lineno = line
        self.f_locals: dict[str, Any] = dict(local_items or ())
        self.f_globals: dict[str, Any] = dict(global_items or ())
        self.f_builtins: dict[str, Any] = vars(builtins).copy()
        self.f_back = back


class _TracebackFrame:
    """One link of a traceback."""

    tb_lasti = 0

    def __init__(self, frame: _Frame) -> None:
        self.tb_frame = frame
        self.tb_lineno: int = frame.f_lineno
        self.tb_next: _TracebackFrame | None = None


def _Traceback(tbFrames: Iterable[FrameRecord]) -> _TracebackFrame:
    """The first link of a fake traceback through *tbFrames*, outermost first.

    Raises:
        ValueError: there is no frame.  (A real traceback cannot be empty either.)
    """
    links: list[_TracebackFrame] = []
    frame: _Frame | None = None
    for record in tbFrames:
        frame = _Frame(record, frame)
        links.append(_TracebackFrame(frame))
    if not links:
        raise ValueError("a traceback needs at least one frame")
    for link, following in itertools.pairwise(links):
        link.tb_next = following
    return links[0]
