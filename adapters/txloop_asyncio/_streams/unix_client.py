"""An outgoing UNIX connection, and its connector.

    the path                  connect() succeeds or fails at once
    a server's full queue     asked again, until the attempt's timeout

Not here: the states of the attempt (txloop/internet/_connector.py), what clients share
(tcp_client.py), the connection (unix_connection.py).
"""

from __future__ import annotations

import socket
from typing import Any

from zope.interface import implementer

from txloop._life import Life
from txloop._public import lives_at
from txloop.internet import address, error, interfaces
from txloop.internet._connector import BaseConnector
from txloop.python import lockfile
from txloop_asyncio._reactor.whose import reactor_behind
from txloop_asyncio._streams.reasons import connect_reason
from txloop_asyncio._streams.stream import StreamConnection
from txloop_asyncio._streams.tcp_client import BaseClient
from txloop_asyncio._streams.tcp_connection import class_text, state_of
from txloop_asyncio._streams.unix_connection import _SendmsgMixin, name_of
from txloop_asyncio._streams.unix_port import path_of
from txloop_asyncio._streams.unix_wire import UNIXWire

# The system tells nobody when a full queue has room again.  Arbitrary, not tuned.
FULL_QUEUE_SECONDS = 0.01


@lives_at("txloop.internet.unix")
@implementer(interfaces.IUNIXTransport)
class Client(_SendmsgMixin, BaseClient):
    """An outgoing UNIX connection, from the attempt on.

    Args:
        filename: The server's path, or its abstract name.
        connector: Who is told.
        reactor: Whose loop it uses.
        checkPID: Fail with BadFileError unless the server's lock is held.
    """

    addressFamily = getattr(socket, "AF_UNIX", -1)

    def __init__(
        self, filename: str | bytes, connector: Any, reactor: Any = None, checkPID: bool = False
    ) -> None:
        self.addr = path_of(filename)
        self._check_lock = checkPID
        super().__init__(connector, reactor, self.addressFamily, None)

    def getPeer(self) -> Any:
        """The server's path."""
        return address.UNIXAddress(self.addr)

    def getHost(self) -> Any:
        """This end; it has no name."""
        return name_of(None if self._wire is None else self._wire.get_extra_info("sockname"))

    def resolveAddress(self) -> None:
        """There is nothing to look up, but perhaps the server's lock."""
        if self._check_lock and not lockfile.isLocked(self.addr + b".lock"):
            self.failIfNotConnected(error.BadFileError(string=self.addr))
            return
        self.reactor.attempts.settled(self)
        self.reactor.keep(self)
        self._try_to_connect()

    def _try_to_connect(self) -> None:
        assert self._socket is not None
        try:
            self._socket.connect(self.addr)
        except BlockingIOError:
            loop = self.reactor.loop
            loop.call_later(FULL_QUEUE_SECONDS, self._attempt_guarded, self._try_to_connect)
            return
        except OSError as refused:
            self.failIfNotConnected(connect_reason(refused))
            return
        try:
            wire = UNIXWire(self.reactor.loop, self._socket)
        except OSError as gone:  # the server has closed already
            self.failIfNotConnected(connect_reason(gone))
            return
        self._socket = None  # the wire's
        wire.set_protocol(self)
        self.connection_made(wire)

    _close_wire = StreamConnection._close_wire

    def __repr__(self) -> str:
        if self._life is Life.NEW:
            return f"<{class_text(self)} connecting to {self.addr!r} at {id(self):x}>"
        return f"<{class_text(self)} to {self.addr!r} at {id(self):x}{state_of(self)}>"


@lives_at("txloop.internet.unix")
class Connector(BaseConnector):
    """Connects to one path, again and again if the factory asks for it.

    Args:
        address: The server's path, or its abstract name.
        factory: The ClientFactory.
        timeout: Seconds until an attempt is given up; None for never.
        reactor: Whose loop it uses.
        checkPID: Fail with BadFileError unless the server's lock is held.
    """

    def __init__(
        self, address: str | bytes, factory: Any, timeout: float | None, reactor: Any, checkPID: bool = False
    ) -> None:
        self.address = path_of(address)
        self.checkPID = checkPID
        super().__init__(factory, timeout, reactor_behind(reactor))

    def getDestination(self) -> Any:
        """Where it connects to: a UNIXAddress."""
        return address.UNIXAddress(self.address)

    def _makeTransport(self) -> Client:
        return Client(self.address, self, self.reactor, self.checkPID)
