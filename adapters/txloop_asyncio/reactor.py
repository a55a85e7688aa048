"""The reactor of one event loop: what `reactor`, `port.reactor` and `connector.reactor` finally are.

    no loop yet             ports are bound sockets, delayed calls are data, calls wait
    run()                   it runs a loop of its own, as Twisted's does    (_reactor/standalone.py)
    inside a running loop   it is a guest there, running from the start     (_reactor/guest.py)

The faces that users hold (`txloop.internet.reactor`, `txloop.AsyncioReactor`) pass each
call on to one of these (txloop/internet/_reactor_face.py, where the doors are
documented); transports hold it itself.

Its doors that open ports, connections and children are in _reactor/transport_doors.py.
Composed of: _reactor/delayed_calls.py (time), threads.py, names.py, fdset.py, and from src the
life table and the system events.  Not here: which reactor `reactor` is (ambient.py).
"""

from __future__ import annotations

import asyncio
import builtins
import threading
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context, copy_context
from time import monotonic
from time import time as wall_clock
from types import FrameType
from typing import Any

from zope.interface import implementer

from txloop._snapshot import ReactorSnapshot
from txloop.internet import error
from txloop.internet._delayed_call import DelayedCall
from txloop.internet._reactor_face import REACTOR_INTERFACES
from txloop.internet._reactor_life import ReactorEvent, ReactorLife, next_life
from txloop.internet._system_events import _ThreePhaseEvent
from txloop.internet.defer import Deferred
from txloop.internet.main import CONNECTION_LOST
from txloop.logger import Logger
from txloop.python import log
from txloop.python._log_owner import Turn
from txloop.python.failure import Failure
from txloop.python.threadpool import ThreadPool
from txloop_asyncio._reactor import whereabouts
from txloop_asyncio._reactor.attempts import Attempts
from txloop_asyncio._reactor.delayed_calls import DelayedCalls
from txloop_asyncio._reactor.observing import snapshot_of
from txloop_asyncio._reactor.slow_calls import watched
from txloop_asyncio._reactor.transport_doors import TransportDoors
from txloop_asyncio.fdset import FDSet
from txloop_asyncio.names import Names
from txloop_asyncio.threads import ReactorThreads

# The loop's attribute that leads to its reactor: a callable, so that it may be a weak reference.
OF_LOOP = "_txloop_reactor"

# A lost transport closes its socket one turn later; uvloop takes one more for its handles.
CLOSING_TURNS = 3

_log = Logger(namespace="txloop.internet.base")


class Entry:
    """How a reactor is inside its loop while it runs: standalone or as a guest."""

    is_guest = False

    def started(self) -> None:
        """The reactor is running: its "startup" has come to "during"."""

    def shutting_down(self) -> None:
        """Its "shutdown" has come to "during": everything is about to be lost."""

    def crashed(self) -> None:
        """The reactor runs no more."""


@implementer(*REACTOR_INTERFACES)
class LoopReactor(TransportDoors):
    """One loop's reactor.  Made without a loop it collects ports and calls until it gets one.

    Attributes:
        loop: Its loop, or None before it has run or was adopted.
        entry: How it is inside that loop now, or was last; None before.
        reference: A weak reference to it, always the same one.
    """

    _exitSignal: int | None = None
    installed = True

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self.reference = weakref.ref(self)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.entry: Entry | None = None
        # A loop that was made for it already, so that code before run() may use it; see ambient.py.
        self.proposed_loop: asyncio.AbstractEventLoop | None = None
        self.stopped_properly = False  # by stop(), not by crash()
        self._in_shutdown = False  # between "during" and the end of "after"
        self.home_thread = threading.get_ident()  # whose first loop may adopt us
        self._life = ReactorLife.IDLE
        # Wall-clock time when it was made, monotonic from then on: programs store it.
        self._epoch = wall_clock() - monotonic()
        # In place of the method, which would be bound anew for each delayed call.
        vars(self)["seconds"] = _clock_since(self._epoch)
        self._waiting: list[tuple[Context, Callable[[asyncio.AbstractEventLoop], object]]] = []
        # Of these, and of .loop while it is None: threads call in.  Signal handlers too, in the midst
        # of the thread that holds it; hence RLock, and every order of the lines it guards is right.
        self._lock = threading.RLock()
        self._from_threads: deque[tuple[Context, Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = (
            deque()
        )
        self._from_threads_noticed = False  # the loop will make them
        # Who speaks in the thread of its loop, for the log; a connection that begins puts it here.
        self.turn: Turn | None = None
        self._kept: dict[Any, None] = {}  # in the order they came; no key of its own: 32 bytes a connection
        self._events: dict[str, _ThreePhaseEvent] = {}
        self._empty: list[Callable[[], object]] = []  # called once, when nothing is kept any more
        self._end_waiters: list[asyncio.Future[None]] = []
        self.calls = DelayedCalls(self, self._report_delayed_call)
        # `callLater` with its arguments as a tuple and a dict, for the face: no frame, no copies.
        self.add_delayed_call = self.calls.add
        self.attempts = Attempts()
        self.fds = FDSet()
        self.threads = ReactorThreads(self)
        self.names = Names(self)
        if loop is not None:
            self.take_loop(loop, as_its_own=True)

    # ---- what transports ask of us -------------------------------------------

    def when_loop(self, start: Callable[[asyncio.AbstractEventLoop], object]) -> None:
        """Call ``start(loop)`` now if there is a loop, else as soon as there is one, in the order asked."""
        if self.loop is None:
            with self._lock:
                if self.loop is None:
                    self._waiting.append((copy_context(), start))
                    return
        start(self.loop)

    def call_soon(self, function: Callable[..., object], *args: Any) -> None:
        """Call in the next turn of the loop; before there is a loop, in its first."""
        self.when_loop(lambda loop: loop.call_soon(function, *args))

    def keep(self, thing: Any) -> None:
        """Register an open port, connection or attempt: it is lost at shutdown and shown by snapshot()."""
        self._kept[thing] = None

    def forget(self, thing: Any) -> None:
        """It is closed.  Forgetting twice does no harm."""
        self._kept.pop(thing, None)
        while self._empty and not self._kept:
            self._empty.pop()()

    # ---- IReactorTime --------------------------------------------------------

    def seconds(self) -> float:
        """Like time.time(), but never set back."""
        return self._epoch + monotonic()

    def callLater(
        self, delay: float, callable: Callable[..., object], *args: object, **kwargs: object
    ) -> DelayedCall:
        """Call after *delay* seconds, in a copy of the current context."""
        return self.calls.add(delay, callable, args, kwargs)

    def runUntilCurrent(self) -> None:
        """Make the calls that have come from threads, then the delayed ones that are due: one turn's."""
        self._make_thread_calls()
        self.calls.wake()

    def timeout(self) -> float | None:
        """Seconds until the next delayed call, None without any."""
        return self.calls.next_due()

    def getDelayedCalls(self) -> Sequence[DelayedCall]:
        """The calls still to come."""
        return self.calls.pending()

    # ---- IReactorCore: running -----------------------------------------------

    @property
    def running(self) -> bool:
        """True from startup to shutdown."""
        return self._life in (ReactorLife.RUNNING, ReactorLife.STOPPING)

    @property
    def _started(self) -> bool:
        return self._life is not ReactorLife.IDLE

    @property
    def _stopped(self) -> bool:
        return self._life in (ReactorLife.IDLE, ReactorLife.STOPPING)

    @property
    def is_guest(self) -> bool:
        """True if somebody else runs the loop."""
        return self.entry is not None and self.entry.is_guest

    def run(self, installSignalHandlers: bool = True) -> None:
        """Run a loop until stop() or crash()."""
        if self._started and not self.is_guest:
            raise error.ReactorAlreadyRunning(
                "reactor.run() was called while it runs; loops do not nest: return to it, or await something"
            )
        if self.entry is not None and not self.is_guest:
            raise error.ReactorNotRestartable(
                "reactor.run() was called while its last run is ending; call it once that has returned"
            )
        self.refuse_inside_a_loop("run")
        from txloop_asyncio._reactor.standalone import Standalone  # it makes loops; guests never need it

        Standalone(self).run(bool(installSignalHandlers))

    def iterate(self, delay: float = 0.0) -> None:
        """One turn, or turns for *delay* seconds."""
        self.refuse_inside_a_loop("iterate")
        from txloop_asyncio._reactor.standalone import Standalone

        Standalone(self).iterate(delay)

    def stop(self) -> None:
        """Fire "shutdown" in the next turn."""
        if self._stopped or self.loop is None:
            raise error.ReactorNotRunning("Can't stop reactor that isn't running.")
        self.advance(ReactorEvent.STOP_ASKED)
        self.loop.call_soon(self._fire_shutdown)

    def crash(self) -> None:
        """End at once: no triggers, nothing closed."""
        self.advance(ReactorEvent.CRASHED)
        whereabouts.ended(self)
        if self.entry is not None:
            self.entry.crashed()
        if not self._in_shutdown:  # every shutdown begins with a crash(); this one is the end
            self._tell_ended()

    async def stopped(self) -> None:
        """Wait until the reactor has been stopped and its shutdown is over."""
        if self._started:
            waiter = asyncio.get_running_loop().create_future()
            self._end_waiters.append(waiter)
            await waiter

    # ---- IReactorCore: system events -----------------------------------------

    def addSystemEventTrigger(
        self, phase: str, eventType: str, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> Any:
        """Call before, during or after an event."""
        if not builtins.callable(callable):
            raise AssertionError(f"{callable} is not callable")
        event = self._events.setdefault(eventType, _ThreePhaseEvent())
        return eventType, event.addTrigger(phase, callable, *args, **kwargs)

    def removeSystemEventTrigger(self, triggerID: Any) -> None:
        """Call it no more."""
        eventType, handle = triggerID
        self._events[eventType].removeTrigger(handle)

    def fireSystemEvent(self, eventType: str) -> None:
        """Call all its triggers; the reactor's own come first in "during"."""
        event = self._events.setdefault(eventType, _ThreePhaseEvent())
        if eventType == "startup":
            event.during.insert(0, (self._really_start, (), {}))
        elif eventType == "shutdown":
            event.during[:0] = [(call, (), {}) for call in (self._shut_down, self.crash, self.disconnectAll)]
            event.after.append((self._tell_ended, (), {}))
            self.stopped_properly = True
        event.fireEvent()

    def callWhenRunning(self, callable: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        """Call now if it runs, else after startup."""
        if self._started:
            callable(*args, **kwargs)
            return None
        return self.addSystemEventTrigger("after", "startup", callable, *args, **kwargs)

    # ---- IReactorThreads, IReactorFromThreads --------------------------------

    def callFromThread(self, callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """Call in the loop's thread, from any thread."""
        if not builtins.callable(callable):
            raise AssertionError(f"{callable} is not callable")

        with self._lock:
            self._from_threads.append((copy_context(), callable, args, kwargs))
            loop = self.loop
            if loop is None or self._from_threads_noticed:
                return  # take_loop() will see to it, or the loop knows already
            self._from_threads_noticed = True
        self._have_thread_calls_made(loop)

    def callInThread(self, callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """Call in a thread of the pool."""
        self.getThreadPool().callInThread(callable, *args, **kwargs)

    def getThreadPool(self) -> ThreadPool:
        """The pool, made now if there is none."""
        return self.threads.get()

    def suggestThreadPoolSize(self, size: int) -> None:
        """At most so many threads."""
        self.getThreadPool().adjustPoolsize(maxthreads=size)

    @property
    def threadpool(self) -> ThreadPool | None:
        """The pool, None before it was asked for."""
        return self.threads.pool

    @property
    def usingThreads(self) -> bool:
        """True: threads are always at hand."""
        return True

    def _stopThreadPool(self) -> None:
        """End the pool: here and now, or, as a guest, beside the loop, which must not wait for threads."""
        for pool in (self.threads.take(), self.names.take_pool()):
            if pool is None:
                continue
            if not pool.started:
                pool.start()  # so that calls which waited for it are made before it ends
            if self.entry is not None and self.entry.is_guest:
                self.entry.end_pool(pool)  # type: ignore[attr-defined]  # a Guest; Entry is its bare base
            else:
                pool.stop()

    # ---- names: IReactorPluggableResolver, IReactorPluggableNameResolver -----

    @property
    def resolver(self) -> Any:
        """The IResolverSimple in use."""
        return self.names.resolver

    @property
    def nameResolver(self) -> Any:
        """The IHostnameResolver in use."""
        return self.names.nameResolver

    def installResolver(self, resolver: Any) -> Any:
        """Use that IResolverSimple; returns the one before."""
        return self.names.installResolver(resolver)

    def installNameResolver(self, resolver: Any) -> Any:
        """Use that IHostnameResolver; returns the one before."""
        return self.names.installNameResolver(resolver)

    def resolve(self, name: str, timeout: Sequence[int] = (1, 3, 11, 45)) -> Deferred[str]:
        """The IPv4 address of a name."""
        return self.names.resolve(name, timeout)

    # ---- IReactorFDSet -------------------------------------------------------

    def addReader(self, reader: Any) -> None:
        """Watch it for reading."""
        self.fds.readers.add(reader)

    def addWriter(self, writer: Any) -> None:
        """Watch it for writing."""
        self.fds.writers.add(writer)

    def removeReader(self, reader: Any) -> None:
        """Watch it for reading no more."""
        self.fds.readers.remove(reader)

    def removeWriter(self, writer: Any) -> None:
        """Watch it for writing no more."""
        self.fds.writers.remove(writer)

    def getReaders(self) -> list[Any]:
        """Who is watched for reading; ports and connections too."""
        reading = (thing for thing in self._kept if getattr(thing, "is_reading", True))
        return [*self.fds.readers.descriptors, *reading]

    def getWriters(self) -> list[Any]:
        """Who is watched for writing."""
        return list(self.fds.writers.descriptors)

    def removeAll(self) -> list[Any]:
        """Forget every port, connection and descriptor that is watched, without closing it.  Returns them.

        (Not a connection that is paused, or half closed and idle: Twisted watches none of those.)
        """
        watched = [thing for thing in self._kept if getattr(thing, "is_watched", True)]
        for thing in watched:
            self.forget(thing)
            stop_reading = getattr(thing, "stopReading", None)
            if stop_reading is not None:
                stop_reading()
        return [*self.fds.remove_all(), *watched]

    def disconnectAll(self) -> None:
        """Lose every port, connection and descriptor with ConnectionLost."""
        things = [*self.removeAll(), *self._kept]
        self._kept.clear()
        for thing in things:
            log.callWithLogger(thing, thing.connectionLost, Failure(CONNECTION_LOST))

    def _disconnectSelectable(self, selectable: Any, why: BaseException, isRead: bool) -> None:
        self.fds.disconnect(selectable, why, isRead)

    # ---- signals -------------------------------------------------------------

    def sigInt(self, number: int, frame: FrameType | None = None) -> None:
        """SIGINT came: stop."""
        self._stop_by_signal("SIGINT", number)

    def sigTerm(self, number: int, frame: FrameType | None = None) -> None:
        """SIGTERM came: stop."""
        self._stop_by_signal("SIGTERM", number)

    def sigBreak(self, number: int, frame: FrameType | None = None) -> None:
        """SIGBREAK came: stop."""
        self._stop_by_signal("SIGBREAK", number)

    def _stop_by_signal(self, name: str, number: int) -> None:
        log.msg(f"Received {name}, shutting down.")
        self._exitSignal = number
        self.callFromThread(self.stop)

    # ---- beside Twisted ------------------------------------------------------

    def snapshot(self) -> ReactorSnapshot:
        """What it holds now."""
        return snapshot_of(self)

    def __repr__(self) -> str:
        return f"<LoopReactor {self._life.name} on {self.loop!r}>"

    # ---- ours, for the rooms beside this one ---------------------------------

    @property
    def life(self) -> ReactorLife:
        """Where it is in its life."""
        return self._life

    def kept(self) -> list[Any]:
        """The open ports, connections and attempts, in the order they came."""
        return list(self._kept)

    def when_nothing_is_kept(self, call: Callable[[], object]) -> None:
        """Call once, as soon as every port and connection is gone."""
        self._empty.append(call)
        while self._empty and not self._kept:
            self._empty.pop()()

    def event(self, name: str) -> _ThreePhaseEvent:
        """The triggers of a system event."""
        return self._events.setdefault(name, _ThreePhaseEvent())

    def advance(self, event: ReactorEvent) -> None:
        """Go on in life."""
        self._life = next_life(self._life, event)

    def take_loop(self, loop: asyncio.AbstractEventLoop, *, as_its_own: bool = False) -> None:
        """It is our loop from now on: what has waited for one begins.

        Args:
            as_its_own: The loop was not made by us and lives longer: it holds us.  (A loop
                of ours must not, or neither would ever be freed.)
        """
        if self.loop is loop:
            return
        with self._lock:
            self.loop = loop
            waiting, self._waiting = self._waiting, []
            self._from_threads_noticed = bool(self._from_threads)
        if self._from_threads_noticed:
            self._have_thread_calls_made(loop)
        setattr(loop, OF_LOOP, (lambda: self) if as_its_own else self.reference)
        self.fds.attach(loop)
        for context, start in waiting:
            try:
                context.run(start, loop)
            except Exception:
                _log.failure("while beginning what has waited for an event loop")

    def make_calls_soon(self) -> None:
        """Have `runUntilCurrent` called in the next pass of our loop."""
        if self.loop is not None and not self._from_threads_noticed:  # which has it called
            self.loop.call_soon(self.runUntilCurrent)

    def refuse_inside_a_loop(self, call: str) -> None:
        """Raise if this thread is inside a running loop: loops do not nest."""
        if asyncio._get_running_loop() is None:
            return
        if call == "run":
            raise error.ReactorAlreadyRunning(
                "reactor.run() was called inside a running event loop. There the reactor works without it: "
                "just use it. To wait for reactor.stop(), `await reactor.stopped()`; for an orderly end, "
                "`async with txloop.running():`"
            )
        raise RuntimeError(
            f"reactor.{call}() was called inside a running event loop, which cannot be run from within: "
            "return to it and go on in a later turn, by reactor.callLater(0, ...) or after "
            "`await deferLater(reactor, 0)`"
        )

    # ---- ours ----------------------------------------------------------------

    def _really_start(self) -> None:
        self.advance(ReactorEvent.STARTED)
        if self.entry is not None:
            self.entry.started()

    def _fire_shutdown(self) -> None:
        if self._life is ReactorLife.STOPPING:
            self.fireSystemEvent("shutdown")

    def _shut_down(self) -> None:
        self._in_shutdown = True
        if self.entry is not None:
            self.entry.shutting_down()

    def _tell_ended(self) -> None:
        self._in_shutdown = False
        waiters, self._end_waiters = self._end_waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _have_thread_calls_made(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.call_soon_threadsafe(self._thread_calls_are_due)
        except RuntimeError:
            if not loop.is_closed():
                raise
            _log.debug(
                "dropped calls from threads, the event loop is closed: {calls}", calls=self._from_threads
            )
            self._from_threads.clear()
            self._from_threads_noticed = False

    def _thread_calls_are_due(self) -> None:
        if self._from_threads:  # else somebody has made them already
            self.runUntilCurrent()

    def _make_thread_calls(self) -> None:
        """All that have come by now."""
        with self._lock:
            self._from_threads_noticed = False
            of_this_turn = len(self._from_threads)
        try:
            for _ in range(of_this_turn):
                context, function, args, kwargs = self._from_threads.popleft()
                of_this_turn -= 1
                try:
                    watched(context, self.loop).run(function, *args, **kwargs)
                except BaseException as failed:
                    self._report(failed, "while calling from thread")
        finally:
            if of_this_turn and self.loop is not None:  # one of them left for the host
                self._have_thread_calls_made(self.loop)

    def _report_delayed_call(self, failed: BaseException) -> None:
        self._report(failed, "while handling timed call")

    def _report(self, failed: BaseException, text: str) -> None:
        # Twisted logs even these and goes on; in somebody else's loop they are the host's.
        if isinstance(failed, (SystemExit, KeyboardInterrupt)) and self.is_guest:
            raise failed
        _log.failure(text, failure=Failure(failed))


def _clock_since(epoch: float) -> Callable[[], float]:
    def seconds() -> float:
        return epoch + monotonic()

    return seconds
