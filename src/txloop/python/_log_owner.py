"""Who speaks when a line is logged: ``[Echo,0,127.0.0.1]``.

What a protocol logs while its transport calls it carries the transport's name; what it
logs from a delayed call does not.  So the owner is not a context variable (those travel
into delayed calls and tasks); it holds for one call from the loop, in one thread.

Twisted pushes a dictionary on this thread's context stack around each such call.  Here
the stack's lowest entry is replaced, once a thread, by a `Turn`, which answers
the log's question from its ``owner``; a transport's hot path is two attribute stores:

    turn = self.reactor.turn   # turn_of_this_thread(), kept for all of its connections
    turn.owner = self
    protocol.dataReceived(data)
    turn.owner = None

Contexts that a program enters itself (`log.callWithContext`) lie above it and win.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from txloop._ids import id_of
from txloop.python.context import defaultContextDict, stack_of_this_thread
from txloop.python.log import ILogContext


class Turn(Mapping[Any, Any]):
    """A thread's lowest context: the defaults, and whose turn it is.

    Attributes:
        owner: What the loop's event is for, anything with ``logPrefix()``; None outside.
    """

    def __init__(self) -> None:
        self.owner: Any = None  # not on the class too: that would make each store slow

    def get(self, key: Any, default: Any = None) -> Any:
        """What the context has for *key*."""
        if key is ILogContext and self.owner is not None:
            owner = self.owner
            return {
                **defaultContextDict[ILogContext],
                "system": owner.logPrefix(),
                "owner_id": id_of(owner),  # what reactor.snapshot() calls it
            }
        return defaultContextDict.get(key, default)

    def __getitem__(self, key: Any) -> Any:
        if key not in defaultContextDict:
            raise KeyError(key)
        return self.get(key)

    def __iter__(self) -> Iterator[Any]:
        return iter(defaultContextDict)

    def __len__(self) -> int:
        return len(defaultContextDict)


class _Turns(threading.local):
    """Each thread's `Turn`, laid below what its context stack holds when it is first asked for."""

    def __init__(self) -> None:
        stack: list[Any] = stack_of_this_thread()
        self.own = stack[0] = Turn()


_turns = _Turns()


def turn_of_this_thread() -> Turn:
    """This thread's `Turn`, always the same one."""
    return _turns.own
