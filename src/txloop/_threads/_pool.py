"""A team of threads with a limit: what `ThreadPool` stands on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Protocol

from txloop._threads._team import Team
from txloop._threads._threadworker import LockWorker, ThreadWorker
from txloop.python import log


class ThreadFactory(Protocol):
    """Makes a thread, not started yet; `threading.Thread` is one."""

    def __call__(self, *, target: Callable[..., object]) -> threading.Thread: ...


def pool(currentLimit: Callable[[], int], threadFactory: ThreadFactory = threading.Thread) -> Team:
    """A `Team` whose workers are threads, at most ``currentLimit()`` of them.

    Args:
        currentLimit: Asked each time one more thread might be made.
        threadFactory: Called as ``threadFactory(target=…)``.
    Source: Twisted 26.10, twisted._threads.pool.
    """

    def start_thread(target: Callable[[], object]) -> None:
        threadFactory(target=target).start()

    def one_more() -> ThreadWorker | None:
        now = team.statistics()
        if now.busyWorkerCount + now.idleWorkerCount >= currentLimit():
            return None
        return ThreadWorker(start_thread, SimpleQueue())

    team = Team(LockWorker(threading.Lock(), threading.local()), one_more, log.err)
    return team
