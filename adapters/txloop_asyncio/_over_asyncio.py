"""Twisted's protocols over asyncio transports that somebody else has opened.

    loop.create_connection(lambda: as_asyncio_protocol(p), …)     the loop makes the wire
    take_transport(wire, p)                                       it is there already

The connection is one of our streams like any other (_streams/stream.py): the loop calls it, it
calls the user's protocol, with the same write gate, life and reasons.  It only knows less
of its wire: that may be TLS of the loop's, a pipe, or something that no socket is under.
"""

from __future__ import annotations

import asyncio
from contextvars import copy_context
from typing import Any

from zope.interface import implementer

from txloop._life import Life
from txloop.internet import address, interfaces
from txloop.python.failure import Failure
from txloop_asyncio import ambient
from txloop_asyncio._streams.stream import StreamConnection
from txloop_asyncio._streams.tcp_connection import Connection, address_of, log_prefix_of, state_of

# More than a reader ever holds: twice its limit, and one chunk.
_ALL = 2**40


@implementer(interfaces.ITCPTransport)
class WornTransport(Connection):
    """A Twisted transport over an asyncio transport that is not ours.

    Args:
        protocol: The user's protocol, or a factory.
    """

    _made_by: Any = None
    _kept_alive: Any = None  # a StreamWriter closes its transport when it is freed

    def __init__(self, protocol: Any) -> None:
        is_factory = hasattr(protocol, "buildProtocol")
        super().__init__(None, None if is_factory else protocol, ambient.ambient_reactor())
        self._made_by = protocol if is_factory else None

    # ---- Twisted's names ---------------------------------------------------------

    def getPeer(self) -> Any:
        """The other end, by the kind of its name: IPv4Address, IPv6Address, UNIXAddress."""
        return _address(self._wire.get_extra_info("peername"))

    def getHost(self) -> Any:
        """This end, likewise."""
        return _address(self._wire.get_extra_info("sockname"))

    def loseWriteConnection(self) -> None:
        """As a TCP connection's; the whole one is lost where the wire cannot be half closed (TLS)."""
        if self._wire.can_write_eof():
            super().loseWriteConnection()
        else:
            self.loseConnection()

    # ---- the loop's names ----------------------------------------------------------

    def connection_made(self, wire: Any) -> None:
        """Connected: the user's protocol begins."""
        if self._made_by is not None:
            self.protocol = self._made_by.buildProtocol(_address(wire.get_extra_info("peername")))
            self._made_by = None
            if self.protocol is None:
                wire.close()
                return
        self._begin(wire, asyncio.get_running_loop(), copy_context())
        self.logstr = f"{log_prefix_of(self.protocol)},{wire_name(wire)}"
        self._call_user(self.protocol.makeConnection, self)

    # ---- ours -----------------------------------------------------------------------

    def _begin(self, wire: Any, loop: Any, context: Any) -> None:
        StreamConnection._begin(self, wire, loop, context)  # Nagle's algorithm stays as its maker wants it

    def _was_lost(self, reason: Failure) -> None:
        self._kept_alive = None

    def __repr__(self) -> str:
        kind = type(self._wire).__name__
        return f"<{(self._ended_as or type(self.protocol)).__name__} over {kind}{state_of(self)}>"


def asyncio_protocol(protocol: Any) -> WornTransport:
    """`txloop.as_asyncio_protocol`."""
    return WornTransport(protocol)


def take_transport(
    wire: Any, protocol: Any, received: bytes, *, at_eof: bool = False, kept_alive: Any = None
) -> Any:
    """`txloop.take_transport`.

    Args:
        at_eof: The peer has ended its side, and nothing will be told about it any more.
        kept_alive: Lives as long as the connection.
    """
    if wire.is_closing():
        raise ConnectionResetError(f"{wire!r} is closing")
    connection = WornTransport(protocol)
    connection._kept_alive = kept_alive
    wire.pause_reading()
    wire.set_protocol(connection)
    connection.connection_made(wire)
    user = connection.protocol
    if user is None and connection._life is Life.NEW:
        raise ConnectionRefusedError(f"{protocol!r} wants no protocol for this connection")
    if received:
        connection.data_received(received)
    if at_eof:
        if not connection.eof_received():
            wire.close()
    elif connection._life is Life.OPEN and not connection._silent:
        wire.resume_reading()
    return user


def take_streams(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, protocol: Any) -> Any:
    """`txloop.take_streams`."""
    failed = reader.exception()
    if failed is not None:
        raise failed
    received = _held_by(reader)
    return take_transport(writer.transport, protocol, received, at_eof=reader.at_eof(), kept_alive=writer)


def wire_name(wire: Any) -> str:
    """How a wire is called in the log: its peer's host, or its class."""
    name = wire.get_extra_info("peername")
    return str(name[0]) if isinstance(name, tuple) else type(wire).__name__


def _held_by(reader: asyncio.StreamReader) -> bytes:
    """What has come and nobody has read: read() does not wait while there is something, nor after the end.

    Raises:
        RuntimeError: Somebody is waiting in a read of theirs.
    """
    reading = reader.read(_ALL)
    try:
        reading.send(None)
    except StopIteration as returned:
        held: bytes = returned.value
        return held
    reading.close()  # it wants to wait: there is nothing
    return b""


def _address(name: Any) -> Any:
    if isinstance(name, tuple):
        return address_of(name)
    if isinstance(name, (str, bytes)):
        return address.UNIXAddress(name or None)
    return address._ProcessAddress()
