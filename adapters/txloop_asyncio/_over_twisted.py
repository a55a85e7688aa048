"""asyncio's protocols over Twisted's transports.

    Twisted calls us             we call asyncio's protocol
    makeConnection           ->  connection_made(our TransportFace)
    dataReceived             ->  data_received, or get_buffer and buffer_updated
    pause/resumeProducing    ->  pause_writing / resume_writing      (we are the transport's producer)
    readConnectionLost       ->  eof_received; unless it answers true, the connection is closed
    connectionLost(reason)   ->  eof_received if that was the peer's end and is not told yet;
                                 connection_lost(None or an OSError)

The transport that asyncio's protocol gets is a face: it holds no bytes and knows no
state that Twisted's transport does not.

Not here: what a reason is called in asyncio (txloop/_faces.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from zope.interface import implementer

from txloop._faces import loss_for_asyncio
from txloop._write_gate import ACCEPT_BYTES
from txloop.internet import error, interfaces
from txloop.internet.protocol import Protocol
from txloop.python.failure import Failure
from txloop_asyncio._reactor.observing import queued_bytes
from txloop_asyncio._streams.stream import StreamConnection


class TransportFace(asyncio.Transport):
    """A Twisted transport as asyncio's protocols know one.

    Args:
        transport: Twisted's.
        owner: Who is told by it.
    """

    def __init__(self, transport: Any, owner: OverTwisted) -> None:
        super().__init__()
        self._transport = transport
        self._owner = owner
        self._reading = True
        self._closing = False
        self._eof_written = False

    # ---- ending ----------------------------------------------------------------

    def is_closing(self) -> bool:
        """close() or abort() was called, or the connection is gone."""
        return self._closing

    def close(self) -> None:
        """Close once what was written is out; nothing more is received."""
        if not self._closing:
            self._closing = True
            self._owner.write_no_more()
            self._transport.loseConnection()

    def abort(self) -> None:
        """Close now, without what is queued."""
        self._closing = True
        self._owner.write_no_more()
        end = getattr(self._transport, "abortConnection", None) or self._transport.loseConnection
        end()

    # ---- writing ---------------------------------------------------------------

    def write(self, data: Any) -> None:
        """Send bytes, soon."""
        self._transport.write(data if type(data) is bytes else bytes(data))

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        """Send them all."""
        self._transport.writeSequence([bytes(data) for data in list_of_data])

    def can_write_eof(self) -> bool:
        """Our side can be ended alone: not under TLS."""
        return interfaces.IHalfCloseableDescriptor.providedBy(
            self._transport
        ) and not interfaces.ISSLTransport.providedBy(self._transport)

    def write_eof(self) -> None:
        """End our side once what was written is out; the peer may go on."""
        if not self.can_write_eof():
            raise NotImplementedError("this transport has no half-closed connections")
        if not self._eof_written and not self._closing:
            self._eof_written = True
            self._owner.write_no_more()
            self._transport.loseWriteConnection()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Pause the protocol above *high* bytes; it is resumed when all have left, whatever *low* says."""
        if high is None:
            high = ACCEPT_BYTES if low is None else 4 * low
        if not high >= (low or 0) >= 0:
            raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")
        if isinstance(self._transport, StreamConnection):
            self._transport.bufferSize = high

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """(low, high); low is always 0."""
        return 0, int(getattr(self._transport, "bufferSize", ACCEPT_BYTES))

    def get_write_buffer_size(self) -> int:
        """Bytes written and not yet taken by the system; 0 for transports that do not tell."""
        return queued_bytes(self._transport) if isinstance(self._transport, StreamConnection) else 0

    # ---- reading ---------------------------------------------------------------

    def is_reading(self) -> bool:
        """Neither paused nor closing."""
        return self._reading and not self._closing

    def pause_reading(self) -> None:
        """Deliver nothing until resume_reading()."""
        if self.is_reading():
            self._reading = False
            self._transport.pauseProducing()

    def resume_reading(self) -> None:
        """Deliver again."""
        if not self._reading and not self._closing:
            self._reading = True
            self._transport.resumeProducing()

    # ---- what it is --------------------------------------------------------------

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """*protocol* gets what comes from now on."""
        self._owner.inner = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The one that gets it now."""
        inner: asyncio.BaseProtocol = self._owner.inner
        return inner

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """``peername``, ``sockname``, ``socket``, ``ssl_object``, ``sslcontext``, ``twisted_transport``."""
        found = self._extra_info(name)
        return default if found is None else found

    def __repr__(self) -> str:
        return f"<TransportFace of {self._transport!r}>"

    # ---- ours ----------------------------------------------------------------------

    def _extra_info(self, name: str) -> Any:
        if name == "twisted_transport":
            return self._transport
        if name in ("peername", "sockname"):
            return _name_of(self._transport.getPeer() if name == "peername" else self._transport.getHost())
        secure = interfaces.ISSLTransport.providedBy(self._transport)
        if name in ("ssl_object", "sslcontext"):
            handle = self._transport.getHandle() if secure else None
            # pyOpenSSL's connection has no attribute `context`, but get_context().
            return handle if name == "ssl_object" else getattr(handle, "context", handle)
        wire = getattr(self._transport, "_wire", None)  # through wrappers too: they hand attributes on
        return None if wire is None else wire.get_extra_info(name)

    def _ended(self) -> None:
        self._closing = True


@implementer(interfaces.IHalfCloseableProtocol, interfaces.IPushProducer)
class OverTwisted(Protocol):
    """An asyncio protocol, worn as a Twisted one.

    Attributes:
        inner: asyncio's protocol.
    """

    transport: Any

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self._face: TransportFace | None = None
        self._eof_told = False
        self._produces = False
        self._paused = False

    @property
    def wrappedProtocol(self) -> Any:
        """asyncio's, as Twisted's wrappers call what they wrap."""
        return self.inner

    # ---- Twisted's names: the transport calls these ---------------------------------

    def connectionMade(self) -> None:
        """Give asyncio's protocol its transport."""
        self._face = TransportFace(self.transport, self)
        if hasattr(self.transport, "registerProducer"):
            self._produces = True
            self.transport.registerProducer(self, True)
        self.inner.connection_made(self._face)

    def dataReceived(self, data: bytes) -> None:
        """Hand it on; a BufferedProtocol gets it piece by piece."""
        if isinstance(self.inner, asyncio.BufferedProtocol):
            self._fill_buffers(data)
        else:
            self.inner.data_received(data)

    def readConnectionLost(self) -> None:
        """The peer sends no more."""
        if not self._tell_eof() and self._face is not None:
            self._face.close()

    def writeConnectionLost(self) -> None:
        """write_eof() is done: asyncio has no word for that."""

    def connectionLost(self, reason: Failure = Failure(error.ConnectionDone())) -> None:  # noqa: B008  # never changed
        """The end."""
        face = self._face
        assert face is not None  # connectionMade came before
        asked = face.is_closing()
        self._produces = False
        face._ended()
        lost = loss_for_asyncio(reason, asked=asked)
        if lost is None and not asked:
            self._tell_eof()
        self.inner.connection_lost(lost)

    def pauseProducing(self) -> None:
        """More is queued than the transport likes."""
        self._paused = True
        self.inner.pause_writing()

    def resumeProducing(self) -> None:
        """All has left."""
        if self._paused:
            self._paused = False
            self.inner.resume_writing()

    def stopProducing(self) -> None:
        """The connection ends; connectionLost says so."""

    def logPrefix(self) -> str:
        """The inner protocol's class."""
        return type(self.inner).__name__

    # ---- ours ---------------------------------------------------------------------------

    def write_no_more(self) -> None:
        """Be no producer any more: one that is registered, and paused, would hold the close up."""
        if self._produces:
            self._produces = False
            self.transport.unregisterProducer()

    def _tell_eof(self) -> bool:
        """Does the protocol want to keep its side open?"""
        if self._eof_told:
            return True
        self._eof_told = True
        return bool(self.inner.eof_received())

    def _fill_buffers(self, data: bytes) -> None:
        left = memoryview(data)
        while left and not self._face_is_closing():
            buffer = memoryview(self.inner.get_buffer(len(left)))
            if not len(buffer):
                raise RuntimeError("get_buffer() returned an empty buffer")
            size = min(len(buffer), len(left))
            buffer[:size] = left[:size]
            self.inner.buffer_updated(size)
            left = left[size:]

    def _face_is_closing(self) -> bool:
        return self._face is None or self._face.is_closing()


class StreamProtocol(asyncio.StreamReaderProtocol):
    """asyncio's own protocol of streams, which can be asked for both of them.

    Args:
        connected: As asyncio.start_server's client_connected_cb; or None.
        limit: The reader's.
    """

    def __init__(self, connected: Callable[..., Awaitable[None] | None] | None, limit: int) -> None:
        self._loop_of_streams = loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=limit, loop=loop)
        # asyncio holds the reader weakly, to notice when nobody reads; so do we once it was asked for.
        self._to_be_asked_for = None if connected else reader
        super().__init__(reader, connected, loop=loop)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember it, for the writer."""
        self._wire = transport
        super().connection_made(transport)

    def streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The reader, and a writer that closes the connection when it is forgotten.  Ask once."""
        reader, self._to_be_asked_for = self._to_be_asked_for, None
        assert reader is not None
        assert isinstance(self._wire, asyncio.WriteTransport)
        return reader, asyncio.StreamWriter(self._wire, self, reader, self._loop_of_streams)


def _name_of(address: Any) -> Any:
    """An address as the socket module has it."""
    if hasattr(address, "host"):
        return (address.host, address.port)
    return getattr(address, "name", None)
