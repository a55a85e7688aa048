"""What a worker is, as interfaces, and the error of one that has quit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from zope.interface import Interface


class AlreadyQuit(Exception):
    """This worker was told to quit before; it takes no more tasks.

    Source: Twisted 26.10, twisted._threads.
    """


class IWorker(Interface):
    """Something that performs tasks: later, elsewhere, or at once.

    Whether tasks overlap is the implementer's choice; see `IExclusiveWorker`.
    Source: Twisted 26.10, twisted._threads.IWorker.
    """

    def do(task: Callable[[], object]) -> None:
        """Perform *task*, a callable without arguments.  Raises `AlreadyQuit` after `quit`."""

    def quit() -> None:
        """Take no more tasks; those accepted are still performed.  Raises `AlreadyQuit` the second time."""


class IExclusiveWorker(IWorker):
    """A worker that performs one task at a time, in the order they came.

    State that is touched only from inside its tasks needs no other lock.
    Source: Twisted 26.10, twisted._threads.IExclusiveWorker.
    """


class Worker(Protocol):
    """`IWorker` for the type checker."""

    def do(self, task: Callable[[], object], /) -> None: ...

    def quit(self) -> None: ...
