"""UNIX stream connections: a stream that has paths for addresses and can pass descriptors.

    unix.Server    one that a Port accepted, or that was adopted
    unix.Client    one that a Connector made               (unix_client.py)

Not here: reading, writing and ending, which all streams share (stream.py), and the socket
itself (unix_wire.py).
"""

from __future__ import annotations

import asyncio
import functools
import os
import socket
from contextvars import copy_context
from typing import Any

from zope.interface import implementer

from txloop._contract import adapt
from txloop._life import CONNECTED, Life
from txloop._public import lives_at
from txloop.internet import address, error, interfaces
from txloop.python import log
from txloop_asyncio._computed import Computed
from txloop_asyncio._streams import tcp_connection
from txloop_asyncio._streams.stream import StreamConnection
from txloop_asyncio._streams.unix_wire import UNIXWire

# A push producer is paused when more descriptors than this wait for bytes to carry them (Twisted's number).
DESCRIPTORS_WAITING = 64


def name_of(name: str | bytes | None) -> address.UNIXAddress:
    """The address of a socket name; the empty one of an unbound socket is None."""
    return address.UNIXAddress(name or None)


@lives_at("txloop.internet.unix")
class _SendmsgMixin:
    """What UNIX connections have beyond TCP's; the name is Twisted's."""

    _fileDescriptorBufferSize = DESCRIPTORS_WAITING

    def sendFileDescriptor(self: Any, fileno: int) -> None:
        """Pass a copy of a descriptor to the peer, with the next byte that is written after this.

        Write at least one byte for each: more descriptors than bytes end the connection with
        FileDescriptorOverrun.  The descriptor may be closed when this returns.

        Raises:
            OSError: *fileno* is no open descriptor.
        """
        if self._life not in CONNECTED or self._write_ended:
            return
        self._flush()
        self._wire.pass_descriptor(fileno)
        too_many = self._wire.descriptors_queued > self._fileDescriptorBufferSize
        if self.producer is not None and self.streamingProducer and not self.producerPaused and too_many:
            self.producerPaused = True
            self._gate().come_back()
            self.producer.pauseProducing()

    def getTcpNoDelay(self) -> bool:
        """False: there is no such thing here."""
        return False

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Does nothing."""

    # ---- the wire's name --------------------------------------------------------------

    def descriptor_received(self: Any, descriptor: int) -> None:
        """One has come; it is the protocol's to close, if that takes descriptors."""
        if self._life is not Life.OPEN:
            os.close(descriptor)
            return
        receiver = adapt(interfaces.IFileDescriptorReceiver, self.protocol)
        if receiver is not None:
            self._call_user(receiver.fileDescriptorReceived, descriptor)
            return
        os.close(descriptor)
        log.msg(
            format="%(protocolName)s (on %(hostAddress)r) does not provide IFileDescriptorReceiver; "
            "closing file descriptor received (from %(peerAddress)r).",
            protocolName=tcp_connection.log_prefix_of(self.protocol),
            hostAddress=self.getHost(),
            peerAddress=self.getPeer(),
        )

    # ---- ours -----------------------------------------------------------------------------

    def _end_cleanly(self: Any) -> None:
        """All has left, if no descriptor still waits for a byte."""
        if self._life in CONNECTED and self._wire.descriptors_waiting:
            self._end(error.FileDescriptorOverrun())
        else:
            StreamConnection._end_cleanly(self)


@lives_at("txloop.internet.unix")
@implementer(interfaces.IUNIXTransport)
class Server(_SendmsgMixin, tcp_connection.Server):
    """A connection that a `Port` accepted; as TCP's, with paths for addresses."""

    def getHost(self) -> Any:
        """This end: the port's path."""
        return name_of(self._wire.get_extra_info("sockname"))

    def getPeer(self) -> Any:
        """The other end; mostly it has no name."""
        return name_of(self._wire.get_extra_info("peername"))

    @Computed
    def client(self) -> Any:
        """The peer's name and None, in place of TCP's tuple."""
        return (self._wire.get_extra_info("peername"), None)

    @Computed
    def hostname(self) -> Any:
        """The peer's name; of an adopted connection, as in Twisted, its own."""
        return self._wire.get_extra_info("sockname" if self.server is None else "peername")

    @functools.cached_property
    def repstr(self) -> str:
        """How it is printed while it is open: `<Echo #0 on 'path'>`."""
        name = (self._ended_as or type(self.protocol)).__name__
        where = os.fsdecode(self._wire.get_extra_info("sockname"))
        return f"<{name} #{self.sessionno} on {where}>"

    # ---- ours: adopted ---------------------------------------------------------------

    @staticmethod
    def _address(name: Any) -> Any:
        return address.UNIXAddress(name)

    @classmethod
    def _serve_adopted(cls, made: socket.socket, protocol: Any, peer: Any, reactor: Any) -> Server:
        connection = cls(None, protocol, peer, None, 0, reactor)
        context = copy_context()

        def begin(loop: asyncio.AbstractEventLoop) -> None:
            wire = UNIXWire(loop, made)
            wire.set_protocol(connection)
            connection._begin(wire, loop, context)
            connection._call_user(protocol.makeConnection, connection)

        reactor.when_loop(begin)
        return connection
