"""A reactor's threads: its pool, made when it is first asked for.

    made        getThreadPool(), callInThread(), deferToThread(), suggestThreadPoolSize()
    started     when the reactor runs; in a running loop at once
    stopped     "during" shutdown, where its waiting calls are performed and its threads joined

A worker knows its reactor: `reactor` in its code means that one.

Not here: the pool itself (txloop/python/threadpool.py), lookups' threads (names.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from txloop.python.threadpool import ThreadPool
from txloop_asyncio._reactor import whereabouts

if TYPE_CHECKING:
    from txloop_asyncio.reactor import LoopReactor

# Twisted's number.
DEFAULT_THREADS = 10


def make_pool(reactor: LoopReactor, most: int, name: str) -> ThreadPool:
    """A pool of up to *most* threads that belong to *reactor*.  Not started."""
    pool = ThreadPool(0, most, name)
    reference = reactor.reference

    def make_thread(target: Callable[[], object], name: str) -> threading.Thread:
        def work_for_the_reactor() -> None:
            whereabouts.own_this_thread(reference())
            target()

        return threading.Thread(target=work_for_the_reactor, name=name, daemon=True)

    pool.threadFactory = make_thread
    return pool


class ReactorThreads:
    """The pool of one reactor, and the two triggers that start and stop it."""

    def __init__(self, reactor: LoopReactor) -> None:
        self._reference = reactor.reference
        self.pool: ThreadPool | None = None
        self.startup_id: Any = None
        self.shutdown_id: Any = None

    def get(self) -> ThreadPool:
        """The pool, made now if there is none."""
        if self.pool is None:
            reactor = self._reference()
            assert reactor is not None  # it is the reactor that asks
            self.pool = make_pool(reactor, DEFAULT_THREADS, "twisted.internet.reactor")
            if reactor.is_guest:  # also after stop(): whoever awaits a thread there must not hang
                self.pool.start()
            else:
                self.startup_id = reactor.callWhenRunning(self.pool.start)
            self.shutdown_id = reactor.addSystemEventTrigger("during", "shutdown", reactor._stopThreadPool)
        return self.pool

    def take(self) -> ThreadPool | None:
        """The pool, for whoever stops it; its triggers are gone, and the next `get` makes a new one."""
        pool, self.pool = self.pool, None
        reactor = self._reference()
        for trigger in (self.startup_id, self.shutdown_id):
            if trigger is not None and reactor is not None:
                try:
                    reactor.removeSystemEventTrigger(trigger)
                except ValueError:
                    pass  # it has been called: perhaps it is what called us
        self.startup_id = self.shutdown_id = None
        return pool
