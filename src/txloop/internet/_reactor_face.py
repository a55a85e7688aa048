"""The reactor as users hold it: Twisted's doors, and behind them one reactor or the ambient one.

    txloop.internet.reactor          the ambient face: each call goes to the reactor that is
                                     meant here and now (in a running loop: that loop's)
    txloop.AsyncioReactor(loop)      a face of that loop's reactor
    txloop.AsyncioReactor()          a face of a new reactor that makes its loop when it runs

A face holds nothing but its target, so importing and holding one costs nothing and
makes no loop.  Programs may set attributes on it, replace its methods (trial does, for
`stop`, `crash` and `iterate`) and swap the ``__dict__`` and ``__class__`` of two faces
(Twisted's ReactorBuilder does): that just moves the target.  Names that are not
Twisted's are refused like on any object; a catch-all would answer ``__spec__`` too.

Not here: the doors that open something (_reactor_face_transports.py), the reactors (the
adapter's), and which one is meant (its ambient.py).
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from zope.interface import implementer

from txloop import _host
from txloop._snapshot import ReactorSnapshot
from txloop.internet import interfaces
from txloop.internet._delayed_call import DelayedCall
from txloop.internet._reactor_face_transports import TransportFace
from txloop.internet.defer import Deferred
from txloop.python.threadpool import ThreadPool

# Windows' Python has no UNIX sockets.
UNIX_INTERFACES = (
    (interfaces.IReactorUNIX, interfaces.IReactorUNIXDatagram) if hasattr(socket, "AF_UNIX") else ()
)


# What each reactor provides: the faces, and what stands behind them.
REACTOR_INTERFACES = (
    interfaces.IReactorCore,
    interfaces.IReactorTime,
    interfaces.IReactorThreads,
    interfaces.IReactorTCP,
    interfaces.IReactorSSL,
    interfaces.IReactorUDP,
    interfaces.IReactorMulticast,
    interfaces.IReactorSocket,
    *UNIX_INTERFACES,
    interfaces.IReactorProcess,
    interfaces.IReactorFDSet,
    interfaces.IReactorPluggableResolver,
    interfaces.IReactorPluggableNameResolver,
    interfaces._ISupportsExitSignalCapturing,
)


@implementer(*REACTOR_INTERFACES)
class AsyncioReactor(TransportFace):
    """A Twisted reactor on an asyncio or uvloop event loop.

    Args:
        loop: Whose reactor; there is one a loop, and each face of it is as good as another.
            None: a reactor of its own, which makes its loop when it is run, of the kind
            that the environment variable ``TXLOOP_LOOP`` names (auto, asyncio, uvloop).
        eventloop: The same, by the name it has in Twisted.
    """

    def __init__(self, loop: Any = None, *, eventloop: Any = None) -> None:
        # The reactor behind this face; None is the ambient one.  (No default on the class: it
        # would make finding this one slow.)
        self._target = _host.host().make_reactor(loop if loop is not None else eventloop)

    def _now(self) -> Any:
        """The reactor that is meant."""
        target = self._target
        return _host.ambient_reactor() if target is None else target

    def _for_threads(self) -> Any:
        """The reactor that a call which may come from any thread is meant for."""
        target = self._target
        return target if target is not None else _host.host().reactor_for_threads()

    # ---- IReactorTime --------------------------------------------------------

    def seconds(self) -> float:
        """The time, in seconds: `time.time()` when the reactor was made, never set back since."""
        seconds: float = self._now().seconds()
        return seconds

    def callLater(
        self, delay: float, callable: Callable[..., object], *args: object, **kwargs: object
    ) -> DelayedCall:
        """Call later, from the reactor's turn, never from inside this call.

        Never early, and in the order of their times.  The call runs in a copy of the
        current `contextvars` context.

        Args:
            delay: Seconds from now, 0 or more, on the reactor's monotonic clock.
        Returns:
            The pending call: cancel(), reset(secondsFromNow), delay(secondsLater).
        Raises:
            AssertionError: *delay* is negative.
        """
        target = self._target
        if target is None:
            target = _host.ambient_reactor()
        call: DelayedCall
        try:
            add = target.add_delayed_call
        except AttributeError:  # a foreign reactor, installed
            call = target.callLater(delay, callable, *args, **kwargs)
        else:
            call = add(delay, callable, args, kwargs)
        return call

    def getDelayedCalls(self) -> Sequence[DelayedCall]:
        """The calls that are still to come, in no particular order."""
        calls: Sequence[DelayedCall] = self._now().getDelayedCalls()
        return calls

    # ---- IReactorCore --------------------------------------------------------

    @property
    def running(self) -> bool:
        """True from startup to shutdown; inside a running loop, unless it was stopped there."""
        return bool(self._now().running)

    def run(self, installSignalHandlers: bool = True) -> None:
        """Run a loop until `stop` or `crash`; may be called again after that.

        Args:
            installSignalHandlers: Have SIGINT, SIGTERM and SIGBREAK stop it; for the main
                thread only.
        Raises:
            ReactorAlreadyRunning: it runs, or this is inside a running loop.
        """
        self._now().run(installSignalHandlers)

    def stop(self) -> None:
        """Fire "shutdown" in the next turn and, if `run` runs the loop, leave it.

        Inside somebody else's loop it ends txloop's work and leaves the loop alone.

        Raises:
            ReactorNotRunning: it does not run, or was told to stop already.
        """
        self._now().stop()

    def crash(self) -> None:
        """Leave the loop at once: no triggers, nothing is closed."""
        self._now().crash()

    def iterate(self, delay: float = 0.0) -> None:
        """One turn without waiting: calls from threads, delayed calls that are due, ready descriptors.

        Or turns for *delay* seconds.

        Raises:
            RuntimeError: inside a running loop.
        """
        self._now().iterate(delay)

    def resolve(self, name: str, timeout: Sequence[int] = (1, 3, 11, 45)) -> Deferred[str]:
        """The IPv4 address of *name*, or DNSLookupError.

        Args:
            timeout: Handed to the installed resolver; the default one has the system's.
        """
        result: Deferred[str] = self._now().resolve(name, timeout)
        return result

    def addSystemEventTrigger(
        self, phase: str, eventType: str, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> Any:
        """Call ``callable(*args, **kwargs)`` when a system event fires.

        Args:
            phase: ``"before"`` (may return a Deferred, which is waited for), ``"during"`` or
                ``"after"``.
            eventType: ``"startup"``, ``"shutdown"``, or a name of your own.
        Returns:
            What `removeSystemEventTrigger` takes.
        Raises:
            KeyError: no such phase.
            AssertionError: *callable* cannot be called.
        """
        return self._now().addSystemEventTrigger(phase, eventType, callable, *args, **kwargs)

    def removeSystemEventTrigger(self, triggerID: Any) -> None:
        """Have a trigger called no more.

        Raises:
            ValueError: it is not there, or no longer.
        """
        self._now().removeSystemEventTrigger(triggerID)

    def fireSystemEvent(self, eventType: str) -> None:
        """Call the triggers of *eventType*; each is forgotten as it is called."""
        self._now().fireSystemEvent(eventType)

    def callWhenRunning(self, callable: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        """Call now if the reactor runs, else after "startup".

        Returns:
            None if it was called, else what `removeSystemEventTrigger` takes.
        """
        return self._now().callWhenRunning(callable, *args, **kwargs)

    # ---- IReactorThreads, IReactorFromThreads --------------------------------

    def callFromThread(self, callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """Call in the reactor's thread, in a later turn; from any thread, in the order asked.

        After the loop was closed the call is dropped.
        """
        self._for_threads().callFromThread(callable, *args, **kwargs)

    def callInThread(self, callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """Call in a thread of the reactor's pool."""
        self._for_threads().callInThread(callable, *args, **kwargs)

    def getThreadPool(self) -> ThreadPool:
        """The reactor's pool, made now if there is none."""
        pool: ThreadPool = self._now().getThreadPool()
        return pool

    def suggestThreadPoolSize(self, size: int) -> None:
        """Have the pool make *size* threads at most."""
        self._now().suggestThreadPoolSize(size)

    @property
    def threadpool(self) -> ThreadPool | None:
        """The reactor's pool, None before it was asked for."""
        pool: ThreadPool | None = self._now().threadpool
        return pool

    @property
    def usingThreads(self) -> bool:
        """True, as it is in Twisted once threads are used."""
        return bool(self._now().usingThreads)

    def _stopThreadPool(self) -> None:
        self._now()._stopThreadPool()

    # ---- IReactorPluggableResolver, IReactorPluggableNameResolver ------------

    @property
    def resolver(self) -> Any:
        """The IResolverSimple in use."""
        return self._now().resolver

    @property
    def nameResolver(self) -> Any:
        """The IHostnameResolver in use: what connectTCP asks."""
        return self._now().nameResolver

    def installResolver(self, resolver: Any) -> Any:
        """Resolve by that IResolverSimple.  Returns the one before."""
        return self._now().installResolver(resolver)

    def installNameResolver(self, resolver: Any) -> Any:
        """Resolve by that IHostnameResolver.  Returns the one before."""
        return self._now().installNameResolver(resolver)

    # ---- IReactorFDSet -------------------------------------------------------

    def addReader(self, reader: Any) -> None:
        """Call ``reader.doRead()`` whenever its descriptor is readable."""
        self._now().addReader(reader)

    def addWriter(self, writer: Any) -> None:
        """Call ``writer.doWrite()`` whenever its descriptor is writable."""
        self._now().addWriter(writer)

    def removeReader(self, reader: Any) -> None:
        """Undo addReader, if it was done."""
        self._now().removeReader(reader)

    def removeWriter(self, writer: Any) -> None:
        """Undo addWriter, if it was done."""
        self._now().removeWriter(writer)

    def getReaders(self) -> list[Any]:
        """Who is watched for reading; ports and connections too."""
        readers: list[Any] = self._now().getReaders()
        return readers

    def getWriters(self) -> list[Any]:
        """Who is watched for writing."""
        writers: list[Any] = self._now().getWriters()
        return writers

    def removeAll(self) -> list[Any]:
        """Forget every port, connection and watched descriptor, without closing it.  Returns them."""
        removed: list[Any] = self._now().removeAll()
        return removed

    def disconnectAll(self) -> None:
        """Lose every port, connection and watched descriptor with ConnectionLost."""
        self._now().disconnectAll()

    def _disconnectSelectable(
        self, selectable: Any, why: BaseException, isRead: bool, faildict: Any = None
    ) -> None:
        self._now()._disconnectSelectable(selectable, why, isRead)

    # ---- signals -------------------------------------------------------------

    def sigInt(self, number: int, frame: FrameType | None = None) -> None:
        """What SIGINT does: log it and stop."""
        self._now().sigInt(number, frame)

    def sigTerm(self, number: int, frame: FrameType | None = None) -> None:
        """What SIGTERM does: log it and stop."""
        self._now().sigTerm(number, frame)

    def sigBreak(self, number: int, frame: FrameType | None = None) -> None:
        """What SIGBREAK does: log it and stop."""
        self._now().sigBreak(number, frame)

    @property
    def _exitSignal(self) -> int | None:
        number: int | None = self._now()._exitSignal
        return number

    @_exitSignal.setter
    def _exitSignal(self, number: int | None) -> None:
        # Reactors derived from this one may end by themselves.
        self._now()._exitSignal = number

    def _uninstallHandler(self) -> None:
        """Nothing to undo: our handlers stand only while `run` runs."""

    # ---- names of Twisted's concrete reactors that programs reach for --------

    installed = True

    @property
    def _asyncioEventloop(self) -> Any:
        """The event loop; None if the reactor has not run yet."""
        target = self._now()
        return target.loop if target.loop is not None else target.proposed_loop

    @property
    def _started(self) -> bool:
        return bool(self._now()._started)

    @property
    def _stopped(self) -> bool:
        return bool(self._now()._stopped)

    def startRunning(self, installSignalHandlers: bool = True) -> None:
        """Inside a running loop there is nothing to start: the reactor runs from its first use.

        Recipes for embedding Twisted's reactor call it there.

        Raises:
            RuntimeError: no loop runs here.
        """
        if _host.running_loop() is None:
            raise RuntimeError("startRunning() is for code inside a running event loop; here, call run()")
        self._now()

    def runUntilCurrent(self) -> None:
        """Make the delayed calls that are due, here and now."""
        self._now().runUntilCurrent()

    def doIteration(self, delay: float | None) -> None:
        """As `iterate`; None waits for the next delayed call."""
        target = self._now()
        target.iterate((target.timeout() or 0.0) if delay is None else delay)

    def timeout(self) -> float | None:
        """Seconds until the next delayed call, None without any."""
        seconds: float | None = self._now().timeout()
        return seconds

    def wakeUp(self) -> None:
        """Have the loop make a turn; from any thread."""
        self._for_threads().callFromThread(_nothing)

    # ---- beside Twisted ------------------------------------------------------

    def snapshot(self) -> ReactorSnapshot:
        """What the reactor holds now: ports, connections, delayed calls, threads."""
        snapshot: ReactorSnapshot = self._now().snapshot()
        return snapshot

    async def stopped(self) -> None:
        """Wait until somebody has called `stop` and the shutdown it began is over.

        Cancels nobody: neither the caller nor the loop.
        """
        await self._now().stopped()

    # ---- ours ----------------------------------------------------------------

    def __repr__(self) -> str:
        if self._target is None:  # looking at it must make nothing
            return "<txloop.internet.reactor: the reactor of the running loop>"
        return f"<AsyncioReactor {self._target.life.name} on {self._target.loop!r}>"

    def __setattr__(self, name: str, value: Any) -> None:
        # Twisted has one object where we have two: a method that a program replaces on its
        # reactor is also the one that the reactor itself calls.
        object.__setattr__(self, name, value)
        if name in _CALLED_BY_REACTOR:
            _replace_in_reactor(self._now(), name, value)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        if name in _CALLED_BY_REACTOR:
            vars(self._now()).pop(name, None)  # the ambient one may be another by now


# What a reactor calls of its own methods: a signal stop(), a shutdown crash() …
_CALLED_BY_REACTOR = frozenset({"crash", "disconnectAll", "removeAll", "seconds", "stop"})


def _replace_in_reactor(target: Any, name: str, value: Any) -> None:
    """Have *target* call *value*, which may in turn call the method it replaces, through its face."""
    if getattr(value, "__func__", None) is getattr(AsyncioReactor, name):  # the old one is put back
        vars(target).pop(name, None)
        return
    original = getattr(type(target), name)
    inside = False

    def replaced(*args: Any) -> Any:
        nonlocal inside
        if inside:
            return original(target, *args)
        inside = True
        try:
            return value(*args)
        finally:
            inside = False

    setattr(target, name, replaced)


def face_of(target: Any) -> AsyncioReactor:
    """A face of that reactor."""
    face = AsyncioReactor.__new__(AsyncioReactor)
    face._target = target
    return face


def ambient_face() -> AsyncioReactor:
    """The face whose target is asked for at each call."""
    return face_of(None)


def _nothing() -> None:
    pass
