"""A worker that works when a test says so."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Final, Literal

from zope.interface import implementer

from txloop._threads._convenience import Quit
from txloop._threads._ithreads import IExclusiveWorker


class NoMore(enum.Enum):
    """What stands in a worker's queue behind the last task."""

    Work = enum.auto()


NoMoreWork: Final = NoMore.Work

Task = Callable[[], object]
Entry = Task | Literal[NoMore.Work]


@implementer(IExclusiveWorker)
class MemoryWorker:
    """Keeps its tasks in a list, for `createMemoryWorker`'s second half to perform.

    Args:
        pending: Makes the empty list the tasks are kept in.
    Source: Twisted 26.10, twisted._threads._memory.MemoryWorker, by running it.
    """

    def __init__(self, pending: Callable[[], list[Entry]] = list) -> None:
        self._quit = Quit()
        self._pending = pending()

    def do(self, work: Task) -> None:
        """Keep *work* for later.  Raises `AlreadyQuit` after `quit`."""
        self._quit.check()
        self._pending.append(work)

    def quit(self) -> None:
        """Mark the end of the tasks.  Raises `AlreadyQuit` the second time."""
        self._quit.set()
        self._pending.append(NoMoreWork)


def createMemoryWorker() -> tuple[MemoryWorker, Callable[[], bool]]:
    """A worker without a thread, and the function that performs its next task.

    Returns:
        The worker, and ``perform() -> bool``: True if it performed a task, False if
        none is waiting or the worker has quit.
    """
    worker = MemoryWorker()

    def perform() -> bool:
        if not worker._pending:
            return False
        task = worker._pending[0]
        if isinstance(task, NoMore):
            return False
        del worker._pending[0]
        task()
        return True

    return worker, perform
