"""The reactor itself: its running, its clock, its threads, its resolver, its descriptors."""

# mypy-zope would have no ``self`` in an interface that extends another (code "misc").
# mypy: disable-error-code=misc

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from txloop._contract import Interface, checkable, contract
from txloop.internet._interfaces.protocol import ILoggingContext

if TYPE_CHECKING:
    from txloop.internet._interfaces.address import IHostnameResolver, IResolverSimple
    from txloop.internet.defer import Deferred
    from txloop.python.failure import Failure
    from txloop.python.threadpool import ThreadPool


# ---- running ----------------------------------------------------------------


@checkable
class IReactorCore(Interface, metaclass=contract):
    """Runs, stops, and tells those who asked."""

    @property
    def running(self) -> bool:
        """True from the start of run() until everything of the ``during`` shutdown phase is over."""

    def resolve(self, name: str, timeout: Sequence[int] = (1, 3, 11, 45)) -> Deferred[str]:
        """The IPv4 address of a host; *timeout* is the seconds to wait at each try.

        Returns:
            A Deferred of the address; it fails with DNSLookupError.
        """

    def run(self) -> None:
        """Fire the startup triggers, then serve events until stop()."""

    def stop(self) -> None:
        """End run() after the shutdown triggers, those before it having time to finish.

        Raises:
            ReactorNotRunning: It does not run, or is stopping.
        """

    def crash(self) -> None:
        """End run() at once and fire no shutdown trigger."""

    def iterate(self, delay: float) -> None:
        """Serve what is due now, waiting for it *delay* seconds at most."""

    def fireSystemEvent(self, eventType: str) -> None:
        """Call the triggers of *eventType*: ``before`` ones, and their Deferreds, ``during``, ``after``."""

    def addSystemEventTrigger(
        self, phase: str, eventType: str, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> Any:
        """Call *callable* when an event happens.

        Args:
            phase: ``"before"``, ``"during"`` or ``"after"``.  A Deferred returned in
                ``before`` is waited for before ``during`` begins.
            eventType: ``"startup"``, ``"shutdown"`` or ``"persist"``.
            callable: Called with the rest of the arguments.
        Returns:
            An id for removeSystemEventTrigger().
        """

    def removeSystemEventTrigger(self, triggerID: Any) -> None:
        """Take back what addSystemEventTrigger() returned *triggerID* for.

        Raises:
            ValueError, KeyError, TypeError: There is no such trigger, or no more.
        """

    def callWhenRunning(self, callable: Callable[..., Any], *args: object, **kwargs: object) -> Any | None:
        """Call at the start of run(), or now if it runs.

        Returns:
            An id for removeSystemEventTrigger(), or None if it was called.
        """


@checkable
class IReactorDaemonize(Interface, metaclass=contract):
    """A reactor that has to know when the process becomes a daemon by fork()."""

    def beforeDaemonize(self) -> None:
        """The fork comes next."""

    def afterDaemonize(self) -> None:
        """This is the child."""


# ---- the clock --------------------------------------------------------------


@checkable
class IReactorTime(Interface, metaclass=contract):
    """Calls functions later."""

    def seconds(self) -> float:
        """Seconds since 1970 on the reactor's clock, which never goes back."""

    def callLater(
        self, delay: float, callable: Callable[..., Any], *args: object, **kwargs: object
    ) -> IDelayedCall:
        """Call later, from the reactor's turn, never from inside this call.

        Args:
            delay: Seconds from now, 0 or more.
            callable: Called with the rest of the arguments.
        """

    def getDelayedCalls(self) -> Sequence[IDelayedCall]:
        """The calls that are still to come, in no order."""


@checkable
class IDelayedCall(Interface, metaclass=contract):
    """A call that callLater() will make.

    Each method but active() and getTime() raises AlreadyCalled once it was made and
    AlreadyCancelled once it was cancelled.
    """

    def getTime(self) -> float:
        """When, on the clock of seconds()."""

    def cancel(self) -> None:
        """Do not call."""

    def delay(self, secondsLater: float) -> None:
        """Call *secondsLater* seconds later than now planned."""

    def reset(self, secondsFromNow: float) -> None:
        """Call *secondsFromNow* seconds from now."""

    def active(self) -> bool:
        """Whether the call is still to come."""


# ---- threads ----------------------------------------------------------------


@checkable
class IReactorFromThreads(Interface, metaclass=contract):
    """Takes calls from other threads."""

    def callFromThread(self, callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """Call soon, in the reactor's thread; the one method that any thread may use."""


@checkable
class IReactorInThreads(Interface, metaclass=contract):
    """Gives calls to other threads."""

    def callInThread(self, callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """Call in a thread of the pool; an error is logged."""


@checkable
class IReactorThreads(IReactorFromThreads, IReactorInThreads, Interface, metaclass=contract):
    """Gives calls to threads and takes them back."""

    def getThreadPool(self) -> ThreadPool:
        """The pool that callInThread() uses."""

    def suggestThreadPoolSize(self, size: int) -> None:
        """Let the pool have *size* threads at most."""


# ---- names ------------------------------------------------------------------


@checkable
class IReactorPluggableResolver(Interface, metaclass=contract):
    """A reactor whose IPv4 resolver can be replaced."""

    def installResolver(self, resolver: IResolverSimple) -> IResolverSimple:
        """Ask *resolver* from now on; the one before is returned."""


@checkable
class IReactorPluggableNameResolver(Interface, metaclass=contract):
    """A reactor whose name resolver can be replaced."""

    @property
    def nameResolver(self) -> IHostnameResolver:
        """The resolver now in use."""

    def installNameResolver(self, resolver: IHostnameResolver) -> IHostnameResolver:
        """Ask *resolver* from now on; the one before is returned."""


# ---- descriptors of the program's own ---------------------------------------


@checkable
class IFileDescriptor(ILoggingContext, Interface, metaclass=contract):
    """Something with a descriptor that the reactor may watch."""

    def fileno(self) -> int:
        """The descriptor; -1 once it is closed."""

    def connectionLost(self, reason: Failure) -> None:
        """The reactor no longer watches it, for *reason*."""


@checkable
class IReactorFDSet(Interface, metaclass=contract):
    """A reactor that watches descriptors."""

    def addReader(self, reader: IReadDescriptor) -> None:
        """Call reader.doRead() whenever it can be read; adding it twice is the same as once."""

    def addWriter(self, writer: IWriteDescriptor) -> None:
        """Call writer.doWrite() whenever it can be written; adding it twice is the same as once."""

    def removeReader(self, reader: IReadDescriptor) -> None:
        """Watch it no longer for reading; nothing happens if it was not watched."""

    def removeWriter(self, writer: IWriteDescriptor) -> None:
        """Watch it no longer for writing; nothing happens if it was not watched."""

    def removeAll(self) -> Sequence[IReadDescriptor | IWriteDescriptor]:
        """Watch nothing any longer but what the reactor itself needs; what was watched is returned."""

    def getReaders(self) -> Sequence[IReadDescriptor]:
        """What is watched for reading."""

    def getWriters(self) -> Sequence[IWriteDescriptor]:
        """What is watched for writing."""


@checkable
class IReactorWin32Events(Interface, metaclass=contract):
    """A reactor that watches Windows event objects."""

    def addEvent(self, event: Any, fd: Any, action: str) -> None:
        """Call the method *action* of *fd* whenever *event* is set."""

    def removeEvent(self, event: Any) -> None:
        """Watch *event* no longer."""


@checkable
class IReadDescriptor(IFileDescriptor, Interface, metaclass=contract):
    """A descriptor to read from."""

    def doRead(self) -> Failure | Exception | None:
        """Read what is there; an error returned ends the watching, with connectionLost."""


@checkable
class IWriteDescriptor(IFileDescriptor, Interface, metaclass=contract):
    """A descriptor to write to."""

    def doWrite(self) -> Failure | Exception | None:
        """Write what fits; an error returned ends the watching, with connectionLost."""


@checkable
class IReadWriteDescriptor(IReadDescriptor, IWriteDescriptor, Interface, metaclass=contract):
    """A descriptor to read from and to write to."""


@checkable
class IHalfCloseableDescriptor(Interface, metaclass=contract):
    """A descriptor whose two directions can be closed one after the other."""

    def writeConnectionLost(self, reason: Failure) -> None:
        """It can no longer be written."""

    def readConnectionLost(self, reason: Failure) -> None:
        """It can no longer be read."""


@checkable
class _ISupportsExitSignalCapturing(Interface, metaclass=contract):
    """A reactor that remembers the signal which ended it, so that the program can end by the same."""

    @property
    def _exitSignal(self) -> int | None:
        """The number of that signal, or None."""
