"""Where ports, connections, delayed calls and threads were made: for who looks for leaks.

    remember(for_whom)     from now on each of them says so, in its attribute `made_at`
    forget()               no more of it

It costs a look at the stack for each, so nothing of it is in anybody's way: the methods
that everything passes through are replaced while somebody wants to know.

Not here: who asks, and what is told (txloop_pytest/_leaks.py); what they say (txloop/_made_at.py).
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

from txloop import _host
from txloop._made_at import MADE_AT, Origin
from txloop.internet._delayed_call import DelayedCall
from txloop_asyncio import ambient
from txloop_asyncio._reactor import whereabouts
from txloop_asyncio._reactor.delayed_calls import DelayedCalls
from txloop_asyncio._reactor.transport_doors import TransportDoors
from txloop_asyncio.reactor import LoopReactor

_owner: object = None
_touched: weakref.WeakSet[LoopReactor] = weakref.WeakSet()
_replaced: list[tuple[Any, str, Any]] = []


def remember(owner: object) -> weakref.WeakSet[LoopReactor]:
    """Note the origin of everything made from now on, for *owner*.

    Returns:
        The reactors that are used from now on; it fills as they are.
    """
    global _owner, _touched
    _owner, _touched = owner, weakref.WeakSet()
    if not _replaced:
        _replace(LoopReactor, "keep", _remembering_keep)
        _replace(DelayedCalls, "add", _remembering_add)
        _replace(LoopReactor, "getThreadPool", _touching)
        for door in ("connectTCP", "connectUNIX"):  # connectSSL goes through the first
            _replace(TransportDoors, door, _remembering_connector)
        _replace(_host, "ambient_reactor", _touching_ambient)  # which faces ask
        _replace(threading.Thread, "start", _remembering_start)
        _bind_anew()
    return _touched


def owned_by(owner: object) -> object:
    """Note it for another owner meanwhile.  Returns the one before."""
    global _owner
    before, _owner = _owner, owner
    return before


def forget() -> None:
    """Put the methods back."""
    while _replaced:
        holder, name, method = _replaced.pop()
        setattr(holder, name, method)
    _bind_anew()


def note(thing: Any) -> None:
    """*thing* is being made, by the program's line that is on the stack.  Nothing if nobody remembers."""
    if not _replaced:
        return
    known = getattr(thing, MADE_AT, None)
    if known is not None and known.owner is _owner:
        return  # a port that is watched again
    try:
        setattr(thing, MADE_AT, place_of_caller(_owner))
    except AttributeError:  # it takes none
        pass


def place_of_caller(owner: object = None) -> Origin:
    """The innermost line on the stack that is neither ours nor the event loop's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return Origin("", 0, "", owner) if frame is None else place_of_frame(frame, frame.f_lineno, owner)


def place_of_frame(frame: FrameType, line: int, owner: object = None) -> Origin:
    """*frame* as an Origin; an empty one if it is the event loop's."""
    code = frame.f_code
    if code.co_filename.startswith(_LOOPS):
        return Origin("", 0, "", owner)
    return Origin(code.co_filename, line, code.co_qualname, owner)


def is_ours(path: str) -> bool:
    """Is it a file of txloop's or of the event loop's?"""
    return path.startswith((*_OURS, *_LOOPS))


# ---- what stands in the place of the methods ----------------------------------------


def _replace(holder: Any, name: str, make: Callable[[Any], Any]) -> None:
    method = vars(holder)[name]
    _replaced.append((holder, name, method))
    setattr(holder, name, make(method))


def _remembering_keep(keep: Any) -> Any:
    def remembering_keep(self: LoopReactor, thing: Any) -> None:
        keep(self, thing)
        _touched.add(self)
        note(thing)

    return remembering_keep


def _remembering_add(add: Any) -> Any:
    def remembering_add(self: DelayedCalls, *args: Any) -> DelayedCall:
        call: DelayedCall = add(self, *args)
        if isinstance(self._clock, LoopReactor):
            _touched.add(self._clock)
        note(call)
        return call

    return remembering_add


def _remembering_connector(connect: Any) -> Any:
    def remembering_connector(self: LoopReactor, *args: Any, **kwargs: Any) -> Any:
        connector = connect(self, *args, **kwargs)
        _touched.add(self)
        note(connector)
        return connector

    return remembering_connector


def _touching(method: Any) -> Any:
    def touching(self: LoopReactor, *args: Any) -> Any:
        _touched.add(self)
        return method(self, *args)

    return touching


def _touching_ambient(ambient_reactor: Any) -> Any:
    def touching_ambient() -> Any:
        reactor = ambient_reactor()
        if isinstance(reactor, LoopReactor):
            _touched.add(reactor)
        return reactor

    return touching_ambient


def _remembering_start(start: Any) -> Any:
    def remembering_start(self: threading.Thread) -> None:
        note(self)
        start(self)

    return remembering_start


def _bind_anew() -> None:
    """Reactors that exist have the old method at hand."""
    default = ambient.known_default()
    for reactor in (*whereabouts.running(), *([] if default is None else [default])):
        reactor.add_delayed_call = reactor.calls.add


def _folder(module: Any) -> str:
    return os.path.join(os.path.dirname(str(module.__file__)), "")


_ADAPTER = _folder(sys.modules["txloop_asyncio"])
# Below them nothing is the program's.  Threads are started by Python's own threading.
_OURS = (
    _folder(sys.modules["txloop"]),
    _ADAPTER,
    os.path.join(os.path.dirname(os.path.dirname(_ADAPTER)), "txloop_pytest", ""),  # installed beside
    threading.__file__,
)
_LOOPS = (_folder(asyncio),)
