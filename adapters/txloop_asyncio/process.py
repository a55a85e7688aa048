"""Child processes: Twisted's IProcessTransport over pipes, or over a terminal.

    spawnProcess            the child runs when it returns                (_children/spawning.py)
    a pipe has data, ends   childDataReceived, childConnectionLost           (_children/pipes.py)
    the child has exited    the loop tells us; we wait for that child only   (_children/watch.py)
                            ->  processExited(reason)
    … and every pipe ended  ->  processEnded(reason)

No handler of SIGCHLD, no wait for anybody else's children: asyncio's, subprocess' and
ours live beside each other, in loops of any thread.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from zope.interface import implementer

from txloop._public import lives_at
from txloop.internet import error, interfaces
from txloop.internet import process as door
from txloop.internet.main import CONNECTION_DONE
from txloop.logger import Logger
from txloop.python import log
from txloop.python.failure import Failure
from txloop_asyncio._children import spawning
from txloop_asyncio._children.pipes import ProcessReader, ProcessWriter, WriteQueue, read_some
from txloop_asyncio._children.watch import ChildWatch
from txloop_asyncio._reactor.whose import reactor_behind

# For a child whose status somebody else has taken.
UNKNOWN_STATUS = 255 << 8

_log = Logger(namespace="txloop.internet.process")


class ChildLife:
    """From its start to processEnded: what children with pipes and with terminals share.

    Attributes:
        pid: Its process id; None once it was waited for.
        status: Its raw wait status, -1 before.
        proto: The user's; None after processEnded.
        lostProcess: True once it was waited for.
    """

    pid: int | None = None
    status = -1
    lostProcess = False
    proto: Any = None
    _watch: ChildWatch | None = None

    # ---- Twisted's names ----------------------------------------------------------

    def signalProcess(self, signalID: str | int) -> None:
        """Send the child a signal.

        Args:
            signalID: Its number, or its name without ``SIG``: HUP, STOP, INT, KILL, TERM, …
        Raises:
            ProcessExitedAlready: It has exited.
        """
        if self.pid is None:
            raise error.ProcessExitedAlready()
        number: Any = getattr(signal, f"SIG{signalID}", signalID)
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            raise error.ProcessExitedAlready() from None

    def reapProcess(self) -> None:
        """Wait for the child, without blocking; if it has exited, tell the protocol."""
        if self.pid is None:
            return
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            log.msg(f"The status of child {self.pid} was taken by somebody else")
            pid, status = self.pid, UNKNOWN_STATUS
        if pid:
            door.unregisterReapProcessHandler(pid, self)
            self.processEnded(status)

    def processEnded(self, status: int) -> None:
        """The child was waited for: processExited, and processEnded if nothing is left to read.

        Args:
            status: The raw wait status.
        """
        self._stop_watching()
        self.pid = None
        self.status = status
        self.lostProcess = True
        _tell(self.proto, "processExited", Failure(self._reason(status)))
        self.maybeCallProcessEnded()

    def maybeCallProcessEnded(self) -> None:
        """processEnded, if the child has exited and nothing is left to read."""
        if self.lostProcess and not self._still_open() and self.proto is not None:
            proto, self.proto = self.proto, None
            _tell(proto, "processEnded", Failure(self._reason(self.status)))

    def getHost(self) -> Any:
        """Nothing to say: a child has no address."""
        raise NotImplementedError

    def getPeer(self) -> Any:
        """Nothing to say: a child has no address."""
        raise NotImplementedError

    # ---- ours ------------------------------------------------------------------------

    def _still_open(self) -> bool:
        raise NotImplementedError

    def _reason(self, status: int) -> Exception:
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            return error.ProcessDone(status)
        if os.WIFEXITED(status):
            return error.ProcessTerminated(os.WEXITSTATUS(status), None, status)
        return error.ProcessTerminated(None, os.WTERMSIG(status), status)

    def _begin(self, reactor: Any, pid: int) -> None:
        """It runs and everything is set: tell the protocol, then watch."""
        self.pid = pid
        if self.proto is not None:
            try:
                self.proto.makeConnection(self)
            except Exception:
                log.err()
        # Noted, not waited for yet: whoever called spawnProcess shall have it returned before
        # anything is told.
        door.reapProcessHandlers[pid] = self
        reactor.when_loop(self._watch_by)

    def _watch_by(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.pid is not None:
            self._watch = ChildWatch(loop, self.pid, self.reapProcess)

    def _stop_watching(self) -> None:
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} pid={self.pid} status={self.status}>"


@lives_at("txloop.internet.process")
@implementer(interfaces.IProcessTransport)
class Process(ChildLife):
    """A child with pipes.

    Args:
        reactor: Whose loop watches.
        executable: A path, or a name to look up in ``PATH``.
        args: Its arguments, the first being its own name.
        environment: Its environment; None means ours.
        path: Its directory; None means ours.
        proto: Is told what it does.
        uid: Its user; None means ours.
        gid: Its group; None means ours.
        childFDs: Its descriptors, each ``"w"`` (a pipe that we write to), ``"r"`` (that we
            read) or a number of ours.  None means ``{0: "w", 1: "r", 2: "r"}``.

    Attributes:
        pipes: Its descriptor -> our end, for those open.
    """

    # What a subclass may replace.
    processReaderFactory: Callable[..., Any] = ProcessReader
    processWriterFactory: Callable[..., Any] = ProcessWriter

    def __init__(
        self,
        reactor: Any,
        executable: Any,
        args: Any,
        environment: Mapping[Any, Any] | None,
        path: Any,
        proto: Any,
        uid: int | None = None,
        gid: int | None = None,
        childFDs: Mapping[int, int | str] | None = None,
    ) -> None:
        self._reactor = reactor = reactor_behind(reactor)
        self.proto = proto
        self.pipes: dict[int, Any] = {}
        ours: dict[int, tuple[str, int]] = {}
        theirs: dict[int, int] = {}
        made: list[int] = []  # what the child gets a copy of, closed here in any case
        try:
            for number, what in ({0: "w", 1: "r", 2: "r"} if childFDs is None else childFDs).items():
                if what not in ("r", "w"):
                    if not isinstance(what, int):
                        raise AssertionError(f"{what!r} should be an int")
                    theirs[number] = what
                    continue
                read_end, write_end = os.pipe()
                mine, its = (read_end, write_end) if what == "r" else (write_end, read_end)
                ours[number] = (str(what), mine)
                theirs[number] = its
                made.append(its)
            pid = spawning.start(executable, args, environment, theirs, path, uid, gid)
        except BaseException:
            for _, mine in ours.values():
                os.close(mine)
            raise
        finally:
            for its in made:
                os.close(its)
        try:
            for number, (what, mine) in ours.items():
                factory = self.processReaderFactory if what == "r" else self.processWriterFactory
                self.pipes[number] = factory(reactor, self, number, mine)
        except BaseException:  # a loop that watches no descriptors
            _forget(pid, reactor, self.pipes.values(), [mine for _, mine in ours.values()])
            raise
        self._begin(reactor, pid)

    # ---- Twisted's names: writing ----------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send bytes to the child's standard input, if it is a pipe of ours and open."""
        pipe = self._standard_input()
        if pipe is not None:
            pipe.write(data)

    def writeSequence(self, seq: Iterable[bytes]) -> None:
        """Send several pieces."""
        pipe = self._standard_input()
        if pipe is not None:
            pipe.writeSequence(seq)

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """Send bytes to one of its descriptors.

        Raises:
            KeyError: There is no pipe to it, or not any more.
        """
        pipe = self.pipes[childFD]
        if hasattr(pipe, "write"):
            pipe.write(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Have *producer* write to its standard input, as it takes it; see IConsumer."""
        pipe = self._standard_input()
        if pipe is not None:
            pipe.registerProducer(producer, streaming)
        else:
            producer.stopProducing()

    def unregisterProducer(self) -> None:
        """It has no more to write."""
        pipe = self._standard_input()
        if pipe is not None:
            pipe.unregisterProducer()

    # ---- Twisted's names: reading (we are an IPushProducer) ---------------------------

    def pauseProducing(self) -> None:
        """Deliver nothing that the child writes until resumeProducing()."""
        for pipe in self._readers():
            pipe.stopReading()

    def resumeProducing(self) -> None:
        """Deliver again."""
        for pipe in self._readers():
            pipe.startReading()

    def stopProducing(self) -> None:
        """As loseConnection()."""
        self.loseConnection()

    # ---- Twisted's names: closing -----------------------------------------------------

    def closeChildFD(self, childFD: int) -> None:
        """Close our end of that pipe, what is queued for it first; the child goes on."""
        if childFD in self.pipes:
            self.pipes[childFD].loseConnection()

    def closeStdin(self) -> None:
        """Close its standard input."""
        self.closeChildFD(0)

    def closeStdout(self) -> None:
        """Close its standard output."""
        self.closeChildFD(1)

    def closeStderr(self) -> None:
        """Close its standard error."""
        self.closeChildFD(2)

    def loseConnection(self) -> None:
        """Close its standard input, output and error; a well-behaved child exits then."""
        self.closeStdin()
        self.closeStdout()
        self.closeStderr()

    # ---- Twisted's names: the pipes call these -----------------------------------------

    def childDataReceived(self, name: int, data: bytes) -> None:
        """The child has written."""
        if self.proto is not None:
            self.proto.childDataReceived(name, data)

    def childConnectionLost(self, childFD: int, reason: Failure) -> None:
        """A pipe has ended."""
        del self.pipes[childFD]
        _tell(self.proto, "childConnectionLost", childFD)
        self.maybeCallProcessEnded()

    # ---- ours -----------------------------------------------------------------------------

    def _standard_input(self) -> Any:
        """None if it is closed, or no pipe that we write to."""
        pipe = self.pipes.get(0)
        return pipe if hasattr(pipe, "write") else None

    def _readers(self) -> list[Any]:
        return [pipe for pipe in self.pipes.values() if not hasattr(pipe, "write")]

    def _still_open(self) -> bool:
        return bool(self.pipes)


@lives_at("txloop.internet.process")
@implementer(
    interfaces.IProcessTransport,
    interfaces.IReadDescriptor,
    interfaces.IWriteDescriptor,
    interfaces.IConsumer,
    interfaces.IPushProducer,
)
class PTYProcess(ChildLife):
    """A child with a terminal: one descriptor for what it reads and writes.

    Args:
        reactor: Whose loop watches.
        executable: A path, or a name to look up in ``PATH``.
        args: Its arguments, the first being its own name.
        environment: Its environment; None means ours.
        path: Its directory; None means ours.
        proto: Is told what it does; all it writes is its standard output.
        uid: Its user; None means ours.
        gid: Its group; None means ours.
        usePTY: A terminal to use: the master's and the slave's descriptor and the slave's
            file name.  The master is ours from then on, and closed at the end.
    """

    connected = False

    def __init__(
        self,
        reactor: Any,
        executable: Any,
        args: Any,
        environment: Mapping[Any, Any] | None,
        path: Any,
        proto: Any,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: Any = None,
    ) -> None:
        self.reactor = reactor = reactor_behind(reactor)
        self.proto = proto
        given = isinstance(usePTY, (tuple, list))
        master, slave, name = usePTY if given else _open_terminal()
        try:
            pid = spawning.start(executable, args, environment, {}, path, uid, gid, name)
        except BaseException:
            if not given:
                os.close(master)
            raise
        finally:
            if not given:
                os.close(slave)
        self.fd = master
        os.set_blocking(master, False)
        self.connected = True
        self._queue = WriteQueue(self)
        try:
            self.startReading()
        except BaseException:  # a loop that watches no descriptors
            _forget(pid, reactor, [], [master])
            raise
        self._begin(reactor, pid)

    # ---- Twisted's names: writing ----------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send bytes, soon; after the end nothing happens."""
        if self.connected:
            self._queue.write(data)

    def writeSequence(self, iovec: Iterable[bytes]) -> None:
        """Send several pieces."""
        self.write(b"".join(iovec))

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """Refused: a terminal is one descriptor; use write()."""
        raise NotImplementedError

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Have *producer* write, as the terminal takes it; see IConsumer."""
        if self.connected:
            self._queue.register(producer, streaming)
        else:
            producer.stopProducing()

    def unregisterProducer(self) -> None:
        """It has no more to write."""
        self._queue.unregister()

    # ---- Twisted's names: closing -----------------------------------------------------

    def loseConnection(self) -> None:
        """Close the terminal once the queued bytes are out; the child is hung up."""
        if self.connected:
            self._queue.lose()

    def closeChildFD(self, descriptor: int) -> None:
        """Refused: a terminal is one descriptor; use loseConnection()."""
        raise NotImplementedError

    def closeStdin(self) -> None:
        """Nothing: a terminal has no side of its own for it."""

    def closeStdout(self) -> None:
        """Nothing: a terminal has no side of its own for it."""

    def closeStderr(self) -> None:
        """Nothing: a terminal has no side of its own for it."""

    # ---- Twisted's names: reading -------------------------------------------------------

    def stopReading(self) -> None:
        """Deliver nothing."""
        self.reactor.fds.readers.remove(self)

    def startReading(self) -> None:
        """Deliver again."""
        if self.connected:
            self.reactor.fds.readers.add(self)

    pauseProducing = stopReading
    resumeProducing = startReading

    def stopProducing(self) -> None:
        """As loseConnection()."""
        self.loseConnection()

    # ---- Twisted's names: a descriptor of the reactor's ------------------------------------

    def fileno(self) -> int:
        """The terminal's master; -1 when it is closed."""
        return self.fd if self.connected else -1

    def doRead(self) -> Any:
        """There is something, or the end."""
        return read_some(self.fd, self._deliver)

    def doWrite(self) -> Any:
        """There is room."""
        return self._queue.write_some()

    def connectionLost(self, reason: Failure = Failure(CONNECTION_DONE)) -> None:  # noqa: B008  # never changed
        """It is over: close the terminal."""
        if not self.connected:
            return
        self.reactor.fds.readers.remove(self)
        self.reactor.fds.writers.remove(self)
        self.connected = False
        os.close(self.fd)
        self._queue.end()
        self.maybeCallProcessEnded()

    def logPrefix(self) -> str:
        """Its name in the log: none."""
        return "-"

    # ---- ours ---------------------------------------------------------------------------------

    def _deliver(self, data: bytes) -> None:
        if self.proto is not None:
            self.proto.childDataReceived(1, data)

    def _still_open(self) -> bool:
        return self.connected


def _tell(proto: Any, name: str, *args: object) -> None:
    """Call the protocol; what it raises is logged, and the rest is told all the same."""
    if proto is not None:
        try:
            getattr(proto, name)(*args)
        except Exception:
            _log.failure("while calling {name}:", name=name)


def _forget(pid: int, reactor: Any, watched: Iterable[Any], descriptors: Iterable[int]) -> None:
    """A child that cannot be watched: it, and our ends of its pipes, go again."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    for each in watched:
        reactor.fds.readers.remove(each)
        reactor.fds.writers.remove(each)
    for number in descriptors:
        os.close(number)


def _open_terminal() -> tuple[int, int, str]:
    """Master, slave and the slave's file name of a new terminal."""
    master, slave = os.openpty()
    return master, slave, os.ttyname(slave)
