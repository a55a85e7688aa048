"""Two workers that need real threads: one owns a thread, one borrows its caller's."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from typing import Any, Final, Literal, Protocol

from zope.interface import implementer

from txloop._threads._convenience import Quit
from txloop._threads._ithreads import AlreadyQuit, IExclusiveWorker


class Stop(enum.Enum):
    """What stands in a thread's queue behind its last task."""

    Thread = enum.auto()


StopThread: Final = Stop.Thread

Task = Callable[[], object]


class SimpleQueue(Protocol):
    """The part of a queue we use: `queue.SimpleQueue` and `queue.Queue` both have it."""

    def put(self, item: Any, /) -> None: ...

    def get(self) -> Any: ...


class SimpleLock(Protocol):
    """The part of a lock we use."""

    def acquire(self) -> bool: ...

    def release(self) -> object: ...


@implementer(IExclusiveWorker)
class ThreadWorker:
    """One thread that performs tasks in the order they came.

    A task that raises ends the thread: whoever puts the tasks together catches.

    Args:
        startThread: Called once, at once, with the function the new thread runs.
        queue: Where tasks wait for the thread.
    Source: Twisted 26.10, twisted._threads.ThreadWorker, by running it.
    """

    def __init__(
        self,
        startThread: Callable[[Callable[[], object]], object],
        queue: SimpleQueue,
    ) -> None:
        self._q = queue
        self._hasQuit = Quit()

        def work() -> None:
            # Nothing here may keep the last task alive while the thread waits for the
            # next one: a task holds its arguments, and those may be large.
            get = queue.get
            while (task := get()) is not StopThread:
                task()
                del task

        startThread(work)

    def do(self, task: Task | Literal[Stop.Thread]) -> None:
        """Give *task* to the thread.  Raises `AlreadyQuit` after `quit`."""
        self._hasQuit.check()
        self._q.put(task)

    def quit(self) -> None:
        """End the thread behind the tasks it has.  Raises `AlreadyQuit` the second time."""
        self._hasQuit.set()
        self._q.put(StopThread)


@implementer(IExclusiveWorker)
class LockWorker:
    """Performs each task at once, in the calling thread, while holding a lock.

    A task that calls `do` again (it holds the lock already) has its new task performed
    right after it, by the same thread under the same hold.

    Args:
        lock: Not reentrant.
        local: A `threading.local()` of this worker's own.
    Source: Twisted 26.10, twisted._threads.LockWorker, by running it.
    """

    def __init__(self, lock: SimpleLock, local: threading.local) -> None:
        self._quit = Quit()
        self._lock: SimpleLock | None = lock
        self._local = local

    def do(self, work: Task) -> None:
        """Perform *work* now, or right behind the task this call is made from.

        What *work* raises reaches the caller; tasks queued behind it are dropped.
        Raises `AlreadyQuit` after `quit`.
        """
        self._quit.check()
        lock = self._lock
        if lock is None:  # another thread's quit() came between these lines
            raise AlreadyQuit()
        local = self._local
        mine: list[Task] | None = getattr(local, "working", None)
        if mine is not None:
            mine.append(work)
            return
        # Told before the lock is taken: a signal handler that calls us from here on,
        # in this thread, must append and not wait for a lock that this thread holds.
        mine = local.working = [work]
        try:
            lock.acquire()
            try:
                for task in mine:  # grows while we walk it: see the branch above
                    task()
            finally:
                lock.release()
        finally:
            local.working = None

    def quit(self) -> None:
        """Take no more tasks and let go of the lock.  Raises `AlreadyQuit` the second time."""
        self._quit.set()
        self._lock = None
