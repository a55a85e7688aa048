"""UNIX datagram ports: as UDP's, with paths for addresses.

    listenUNIXDatagram     bound to a path; datagramReceived(data, path of the sender or None)
    connectUNIXDatagram    connected to one; datagramReceived(data); write(data)

Paths are not removed when a port stops, as in Twisted: the program does that.

Not here: what all datagram ports share (udp.py).
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from typing import Any

from zope.interface import implementer_only

from txloop._public import lives_at
from txloop.internet import address, error, interfaces
from txloop.internet.defer import Deferred
from txloop.python import log
from txloop.python.failure import Failure
from txloop.python.reflect import qual
from txloop_asyncio import udp
from txloop_asyncio._datagrams.descriptor_reader import DescriptorReader
from txloop_asyncio._reactor.whose import reactor_behind
from txloop_asyncio._streams.tcp_connection import log_prefix_of
from txloop_asyncio._streams.unix_port import in_file_system, path_of


@lives_at("txloop.internet.unix")
@implementer_only(interfaces.IUNIXDatagramTransport, interfaces.IListeningPort, interfaces.IPushProducer)
class DatagramPort(udp.Port):
    """A UNIX datagram port.

    Args:
        addr: Its path, or an abstract name; None for none.
        proto: Gets the datagrams.
        maxPacketSize: Of a longer datagram, only so many bytes are delivered.
        mode: The permissions of the path.
        reactor: Whose loop reads.
    """

    addressFamily = getattr(socket, "AF_UNIX", -1)

    def __init__(
        self,
        addr: str | bytes | None,
        proto: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        reactor: Any = None,
    ) -> None:
        self.reactor = reactor_behind(reactor)
        self.port = None if addr is None else path_of(addr)  # type: ignore[assignment]
        self.protocol = proto
        self.maxPacketSize = maxPacketSize
        self.mode = mode
        self.interface = None  # type: ignore[assignment]
        self.logstr = f"{log_prefix_of(proto)} (UNIXDatagram)"
        self._stopped: list[Deferred[None]] = []

    def getHost(self) -> Any:
        """Where it listens: a UNIXAddress.

        Raises:
            AttributeError: It does not listen.
        """
        if self.socket is None:
            raise AttributeError(f"{self} has no address")
        return address.UNIXAddress(self.socket.getsockname())

    def write(self, datagram: bytes, address: str | bytes) -> int | None:  # type: ignore[override]
        """Send one datagram, now, to the socket at the path *address*.

        Returns:
            How many bytes were sent; None if the other's queue is full.
        Raises:
            MessageLengthError: It is too long for the system.
            OSError: There is no such path, nobody has it open, or it may not be used.
        """
        return self._sent(lambda: self.socket.sendto(datagram, address))

    # ---- ours ------------------------------------------------------------------

    def _sent(self, send: Callable[[], int]) -> int | None:
        try:
            return send()
        except BlockingIOError:
            return None
        except OSError as refused:
            if refused.errno == errno.EMSGSIZE:
                raise error.MessageLengthError("message too long") from refused
            if refused.errno == errno.ENOBUFS:
                return None
            raise

    def _bind(self, made: socket.socket) -> None:
        if self.port is not None:
            path: bytes = self.port  # type: ignore[assignment]
            made.bind(path)
            if in_file_system(path):
                os.chmod(path, self.mode)

    def _local_name(self, made: socket.socket) -> Any:
        name = made.getsockname()
        return os.fsdecode(name) if name else None

    def _reader_of(self, loop: asyncio.AbstractEventLoop) -> DescriptorReader:
        return DescriptorReader(self, loop)

    def _received(self, data: bytes, name: Any) -> None:
        self._call(self.protocol.datagramReceived, data, name)

    def __repr__(self) -> str:
        name = f"on {self._realPortNumber!r}" if self.connected else "(not listening)"
        return f"<{qual(type(self.protocol))} {name}>"


@lives_at("txloop.internet.unix")
@implementer_only(
    interfaces.IUNIXDatagramConnectedTransport, interfaces.IListeningPort, interfaces.IPushProducer
)
class ConnectedDatagramPort(DatagramPort):
    """A UNIX datagram port that exchanges datagrams with one other.

    Args:
        addr: The other's path.
        bindAddress: Its own path; None for none, then it cannot be answered.
    """

    def __init__(
        self,
        addr: str | bytes,
        proto: Any,
        maxPacketSize: int = 8192,
        mode: int = 0o666,
        bindAddress: str | bytes | None = None,
        reactor: Any = None,
    ) -> None:
        super().__init__(bindAddress, proto, maxPacketSize, mode, reactor)
        self.remoteaddr = addr

    def startListening(self) -> None:
        """Bind and connect, now.  What goes wrong is told to the protocol, by connectionFailed(error)."""
        made = self.createInternetSocket()
        try:
            try:
                self._bind(made)
            except OSError as refused:
                raise error.CannotListenError(None, self.port, refused) from refused
            made.connect(path_of(self.remoteaddr))
        except (OSError, error.CannotListenError) as failed:
            made.close()
            self.connectionFailed(failed)
        except BaseException:
            made.close()
            raise
        else:
            self._begin(made)

    def connectionFailed(self, why: Any) -> None:
        """It did not come about: tell the protocol.

        Args:
            why: The error.
        """
        self.stopListening()
        self.protocol.connectionFailed(why)

    def getPeer(self) -> Any:
        """The other's address."""
        return address.UNIXAddress(path_of(self.remoteaddr))

    def write(self, data: bytes) -> int | None:  # type: ignore[override]
        """Send one datagram, now.

        Returns:
            How many bytes were sent; None if its queue is full, or the other is gone, which the
            protocol is told by connectionRefused().
        Raises:
            MessageLengthError: It is too long for the system.
        """
        try:
            return self._sent(lambda: self.socket.send(data))
        except ConnectionRefusedError:
            self.protocol.connectionRefused()
            return None

    def _received(self, data: bytes, name: Any) -> None:
        self._call(self.protocol.datagramReceived, data)

    def _refused(self, exc: BaseException) -> None:
        if isinstance(exc, OSError) and exc.errno in udp.REFUSED:
            self._call(self.protocol.connectionRefused)
        else:
            log.err(Failure(exc), f"while receiving on {self}")
