"""Many workers behind one `do`: grown when there is work, shrunk when asked.

    do(task) -> coordinator: an idle worker takes it
                             else a new worker, if `createWorker` gives one
                             else it waits for the first worker that is done

Everything below "inside the coordinator" runs as a task of one exclusive worker.
So the counts need no lock of their own, and no user code runs while they change.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from zope.interface import implementer

from txloop._threads._convenience import Quit
from txloop._threads._ithreads import IWorker, Worker

Task = Callable[[], object]


class Statistics:
    """How a team stood at one moment.

    Args:
        idleWorkerCount: Workers with nothing to do.
        busyWorkerCount: Workers with a task.
        backloggedWorkCount: Tasks that wait for a worker.
    """

    def __init__(self, idleWorkerCount: int, busyWorkerCount: int, backloggedWorkCount: int) -> None:
        self.idleWorkerCount = idleWorkerCount
        self.busyWorkerCount = busyWorkerCount
        self.backloggedWorkCount = backloggedWorkCount

    def __repr__(self) -> str:
        return (
            f"<Statistics idle={self.idleWorkerCount} busy={self.busyWorkerCount}"
            f" backlogged={self.backloggedWorkCount}>"
        )


@implementer(IWorker)
class Team:
    """Gives each task to one of its workers.

    Args:
        coordinator: An exclusive worker, this team's own; it keeps the books and quits
            with the team.
        createWorker: Called inside the coordinator for one more worker; None says that
            there may not be more just now, and the task waits.
        logException: Called in the worker, inside the ``except`` block, when a task raises.
    Source: Twisted 26.10, twisted._threads.Team, by running it.
    """

    def __init__(
        self,
        coordinator: Worker,
        createWorker: Callable[[], Worker | None],
        logException: Callable[[], object],
    ) -> None:
        self._quit = Quit()
        self._coordinator = coordinator
        self._createWorker = createWorker
        self._logException = logException
        # The last one to become idle is the next to work: its stack is warm, and what
        # stays at the bottom is what a pool can do without.
        self._idle: list[Worker] = []
        self._busyCount = 0
        self._pending: deque[Task] = deque()
        self._toShrink = 0
        self._shouldQuitCoordinator = False

    def statistics(self) -> Statistics:
        """How many workers are idle and busy, and how many tasks wait.

        Read without stopping anybody: a snapshot for people and for limits.
        """
        return Statistics(len(self._idle), self._busyCount, len(self._pending))

    def do(self, task: Task) -> None:
        """Perform *task* in a worker, or keep it until one is free.

        Raises `AlreadyQuit` after `quit`, and what `createWorker` raises; the task is
        not kept then.
        """
        self._quit.check()
        self._coordinator.do(lambda: self._assign(task))

    def grow(self, n: int) -> None:
        """Make up to *n* more workers: fewer when `createWorker` says None.

        Those waiting for work take it.  Raises `AlreadyQuit` after `quit`.
        """
        self._quit.check()

        def create() -> None:
            for _ in range(n):
                worker = self._createWorker()
                if worker is None:
                    return
                self._make_available(worker)

        self._coordinator.do(create)

    def shrink(self, n: int | None = None) -> None:
        """Let *n* workers quit (None: all that there are), the idle ones first.

        Busy ones quit when they have performed their task and nothing waits.
        Raises `AlreadyQuit` after `quit`.
        """
        self._quit.check()
        self._coordinator.do(lambda: self._dismiss(n))

    def quit(self) -> None:
        """Take no more tasks; when those accepted are done, every worker quits.

        Tasks for which there was never a worker are dropped if nobody is at work.
        Raises `AlreadyQuit` the second time.
        """
        self._quit.set()

        def begin_to_quit() -> None:
            self._shouldQuitCoordinator = True
            self._dismiss(None)

        self._coordinator.do(begin_to_quit)

    # ---- inside the coordinator ------------------------------------------

    def _assign(self, task: Task) -> None:
        worker = self._idle.pop() if self._idle else self._createWorker()
        if worker is None:
            self._pending.append(task)
            return
        assigned = worker
        self._busyCount += 1

        def perform() -> None:
            try:
                task()
            except BaseException:
                # SystemExit too: it would end this thread and nothing else, unseen.
                self._logException()
            self._coordinator.do(finish)

        def finish() -> None:
            self._busyCount -= 1
            self._make_available(assigned)

        worker.do(perform)

    def _make_available(self, worker: Worker) -> None:
        """What a worker without a task does: work that waits, then leave, then idle."""
        self._idle.append(worker)
        if self._pending:
            self._assign(self._pending.popleft())
        elif self._shouldQuitCoordinator:
            self._dismiss(None)
        elif self._toShrink > 0:
            self._toShrink -= 1
            self._idle.remove(worker)
            worker.quit()

    def _dismiss(self, n: int | None) -> None:
        if n is None:
            n = len(self._idle) + self._busyCount
        for _ in range(n):
            if self._idle:
                self._idle.pop().quit()
            else:
                self._toShrink += 1
        if self._shouldQuitCoordinator and self._busyCount == 0:
            self._coordinator.quit()
