"""A listening UNIX port.

    listenUNIX         its lock if asked for; socket, bind, mode and listen, in the call
    the loop is there  it watches the socket; we accept
    stopListening()    a turn later: closed, the path removed, the lock released

A path outlives its socket.  With *wantPID* a lock beside it, ``path.lock``, tells whether its
owner lives; a dead owner's path is taken over.  Only a path that still is the socket we
bound is removed: a successor may have put its own there.

Not here: the connection (unix_connection.py, unix_wire.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
from contextvars import copy_context
from typing import Any

from txloop._public import lives_at
from txloop.internet import address, error
from txloop.internet.defer import Deferred
from txloop.python import lockfile, log
from txloop.python.failure import Failure
from txloop.python.reflect import qual
from txloop_asyncio._reactor.whose import reactor_behind
from txloop_asyncio._streams import tcp_port
from txloop_asyncio._streams.unix_connection import Server
from txloop_asyncio._streams.unix_wire import UNIXWire

# How long a port without any descriptor waits before it tries again: asyncio's number.
PAUSE_SECONDS = 1.0


def path_of(name: str | bytes) -> bytes:
    """A socket's name as the system takes it; a leading NUL marks one of Linux' abstract names."""
    if isinstance(name, (str, bytes)):
        return os.fsencode(name)
    raise TypeError(f"the path of a UNIX socket must be str or bytes, not {type(name).__name__}")


def in_file_system(path: bytes) -> bool:
    """False for an abstract name, and for none."""
    return bool(path) and not path.startswith(b"\0")


def file_at(path: bytes) -> tuple[int, int] | None:
    """What identifies the socket at *path*; None if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISSOCK(found.st_mode) else None


class Acceptor:
    """Accepts for a port, while the loop runs."""

    def __init__(self, loop: asyncio.AbstractEventLoop, port: Port) -> None:
        self._loop = loop
        self._port = port
        self._descriptor = port.socket.fileno()
        self._paused: asyncio.TimerHandle | None = None
        loop.add_reader(self._descriptor, self._accept)

    def close(self) -> None:
        """Accept no more."""
        if self._paused is not None:
            self._paused.cancel()
        elif not self._loop.is_closed():
            self._loop.remove_reader(self._descriptor)

    def _accept(self) -> None:
        port = self._port
        for _ in range(port.numberAccepts):
            if not port.connected or port.disconnecting:
                return
            try:
                made, peer = port.socket.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as failed:
                log.err(Failure(failed), "Could not accept new connection")
                self._pause()
                return
            try:
                wire = UNIXWire(self._loop, made)
            except OSError:
                made.close()  # gone already
                continue
            context = copy_context()
            context.run(port._welcome, wire, peer, context)

    def _pause(self) -> None:
        """Not even the reserve is left: the socket stays ready, and asking at once would go on for ever."""
        self._loop.remove_reader(self._descriptor)
        self._paused = self._loop.call_later(PAUSE_SECONDS, self._go_on)

    def _go_on(self) -> None:
        self._paused = None
        self._port.socket.reserve()
        self._loop.add_reader(self._descriptor, self._accept)


@lives_at("txloop.internet.unix")
class Port(tcp_port.Port):
    """A UNIX port.

    Args:
        fileName: Its path, or an abstract name.
        factory: Makes a protocol for each connection.
        backlog: So many connections may wait to be accepted.
        mode: The permissions of the path.
        reactor: Whose loop accepts.
        wantPID: Keep a lock beside the path.

    Attributes:
        lockFile: The lock, while it is held.
    """

    addressFamily = getattr(socket, "AF_UNIX", -1)
    transport = Server
    _type = "UNIX"
    lockFile: Any = None
    _bound_file: tuple[int, int] | None = None

    def __init__(
        self,
        fileName: str | bytes,
        factory: Any,
        backlog: int = 50,
        mode: int = 0o666,
        reactor: Any = None,
        wantPID: bool = False,
    ) -> None:
        self.reactor = reactor_behind(reactor)
        self.factory = factory
        self.backlog = backlog
        self.port = path_of(fileName)
        self.interface = None
        self.mode = mode
        self.wantPID = wantPID
        self._stopped: list[Deferred[None]] = []

    # ---- Twisted's names ---------------------------------------------------------

    def startListening(self) -> None:
        """Lock, bind and listen, now; accept as soon as the loop runs.  Also again, after a stop.

        Raises:
            CannotListenError: The path is taken or not allowed, or its owner holds the lock.
        """
        if self.wantPID:
            self._lock()
        try:
            made = self._bound_socket()
        except OSError as refused:
            self._leave_path()
            raise error.CannotListenError(self.interface, self.port, refused) from refused
        try:
            self._begin_listening(made)
        except BaseException:  # the factory's
            self._leave_path()
            raise

    def getHost(self) -> Any:
        """Where it listens: a UNIXAddress.

        Raises:
            AttributeError: It does not listen.
        """
        if self.socket is None:
            raise AttributeError(f"{self} has no address")
        return address.UNIXAddress(self.socket.getsockname())

    def connectionLost(self, reason: Failure) -> None:
        """Close at once, remove the path and release the lock."""
        if not self.connected:
            return
        self._leave_path()
        super().connectionLost(reason)

    # ---- ours ------------------------------------------------------------------------

    def _leave_path(self) -> None:
        bound, self._bound_file = self._bound_file, None
        if bound is not None and file_at(self.port) == bound:
            with contextlib.suppress(OSError):  # somebody else's directory by now
                os.unlink(self.port)
        self._unlock()

    def _lock(self) -> None:
        lock = lockfile.FilesystemLock(self.port + b".lock")
        try:
            locked = lock.lock()
        except OSError as refused:
            raise error.CannotListenError(self.interface, self.port, refused) from refused
        if not locked:
            raise error.CannotListenError(self.interface, self.port, "Cannot acquire lock")
        self.lockFile = lock
        if not lock.clean and file_at(self.port) is not None:
            os.unlink(self.port)  # a dead owner's

    def _unlock(self) -> None:
        lock, self.lockFile = self.lockFile, None
        if lock is not None:
            lock.unlock()

    def _bound_socket(self) -> Any:
        made = self.createInternetSocket()
        try:
            made.bind(self.port)
            if in_file_system(self.port):
                self._bound_file = file_at(self.port)
                os.chmod(self.port, self.mode)  # before it listens: nobody has connected yet
            made.listen(self.backlog)
        except BaseException:
            made.close()
            raise
        return made

    @classmethod
    def _for_name(cls, name: Any, factory: Any, reactor: Any) -> Any:
        return cls(name, factory, reactor=reactor)

    def _local_name(self, made: socket.socket) -> Any:
        return os.fsdecode(made.getsockname())

    def _buildAddr(self, name: Any) -> address.UNIXAddress:
        return address.UNIXAddress(name)

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.connected and not self.disconnecting and self._server is None:
            self._server = Acceptor(loop, self)

    def __repr__(self) -> str:
        name = "(not listening)" if self._realPortNumber is None else f"on {self._realPortNumber!r}"
        return f"<{qual(type(self.factory))} {name}>"
