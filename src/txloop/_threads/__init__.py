"""Workers, and teams of them: the parts a thread pool is put together from.

    ThreadWorker   a thread of its own, one task after the other
    LockWorker     the calling thread, one task at a time, under a lock
    MemoryWorker   nobody: a test performs the tasks one by one
    Team           many workers behind one `do`, growing and shrinking
    pool           a Team of threads with a limit: what ThreadPool stands on

As in Twisted this package is private; programs use `txloop.python.threadpool`.
"""

from __future__ import annotations

from txloop._public import publish
from txloop._threads._ithreads import AlreadyQuit, IWorker
from txloop._threads._memory import createMemoryWorker
from txloop._threads._pool import pool
from txloop._threads._team import Team
from txloop._threads._threadworker import LockWorker, ThreadWorker

__all__ = ["AlreadyQuit", "IWorker", "LockWorker", "Team", "ThreadWorker", "createMemoryWorker", "pool"]

publish(__name__, [name for name in __all__ if name != "IWorker"])
