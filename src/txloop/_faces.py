"""Twisted-shaped things from asyncio's side, and the other way round: for programs on their way.

    from asyncio code, Twisted's endpoints and factories

        await endpoint.connect(factory)             as it is: the Deferred is awaited
        async with listening(endpoint, factory)     a port, for the length of a block
        await open_connection(endpoint)             reader and writer over an endpoint
        async with start_server(talk, endpoint)     a callback for each connection, likewise
        open_streams(transport)                     reader and writer over a transport that is there

    one side's protocol over the other side's transport

        as_asyncio_protocol(protocol_or_factory)    a Twisted Protocol for loop.create_connection & co.
        take_transport(transport, protocol)         … over an asyncio transport that is open already
        take_streams(reader, writer, protocol)      … over asyncio's streams
        as_twisted_protocol(protocol)               an asyncio.Protocol for Twisted's transports
        as_twisted_factory(protocol_factory)        … and for its endpoints, listenTCP, connectTCP

An endpoint may be given as its text, ``"tcp:8007"`` or ``"tls:example.com:443"``.

Nothing is lost in between: who is paused is paused on the other side too, half-closed
connections stay half closed where the other side knows such, and the reasons are
translated (`loss_for_asyncio`).

Not here: the objects themselves (adapters/txloop_asyncio: _over_asyncio.py, _over_twisted.py).
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any

from txloop import _host
from txloop.internet import error
from txloop.internet.endpoints import clientFromString, serverFromString
from txloop.internet.protocol import ClientFactory

if TYPE_CHECKING:
    from asyncio import BaseProtocol, BaseTransport, StreamReader, StreamWriter
    from types import TracebackType

    from txloop.internet.interfaces import (
        IListeningPort,
        IProtocol,
        IStreamClientEndpoint,
        IStreamServerEndpoint,
    )
    from txloop.python.failure import Failure

__all__ = [
    "Listening",
    "as_asyncio_protocol",
    "as_twisted_factory",
    "as_twisted_protocol",
    "listening",
    "open_connection",
    "open_streams",
    "start_server",
    "take_streams",
    "take_transport",
]

# asyncio's: a StreamReader pauses its transport when twice as much is waiting.
STREAM_LIMIT_BYTES = 64 * 1024


class Listening:
    """A port to come: ``async with`` it, or ``await`` it and stop it yourself.

    Made by `listening` and `start_server`.  Leaving the block stops listening; connections
    that were accepted stay, as when an asyncio Server is closed.
    """

    def __init__(self, endpoint: IStreamServerEndpoint | str, factory: Any) -> None:
        self._endpoint = _server_endpoint(endpoint) if isinstance(endpoint, str) else endpoint
        _must_have(self._endpoint, "listen", "an endpoint to listen on, or its text as in 'tcp:8007',")
        self._factory = factory
        self._port: Any = None

    def __await__(self) -> Generator[Any, None, IListeningPort]:
        port: IListeningPort = yield from self._endpoint.listen(self._factory).__await__()
        return port

    async def __aenter__(self) -> IListeningPort:
        self._port = await self
        port: IListeningPort = self._port
        return port

    async def __aexit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        port, self._port = self._port, None
        stopping = port.stopListening()
        if stopping is not None:  # it was stopped in the block
            await stopping


def listening(endpoint: IStreamServerEndpoint | str, factory: Any) -> Listening:
    """Listen for the length of a block: ``async with listening("tcp:0", factory) as port:``.

    Args:
        endpoint: Where, an IStreamServerEndpoint or its text for the running loop's reactor.
        factory: Asked for a protocol for each connection.
    Raises:
        CannotListenError: on entering; the address is taken or not ours.
        ValueError: the text names no endpoint.
    """
    return Listening(endpoint, factory)


def start_server(
    client_connected_cb: Callable[[StreamReader, StreamWriter], Awaitable[None] | None],
    endpoint: IStreamServerEndpoint | str,
    *,
    limit: int = STREAM_LIMIT_BYTES,
) -> Listening:
    """asyncio.start_server over an endpoint: each connection is a reader and a writer.

    Args:
        client_connected_cb: Called with both; a coroutine function becomes a task.
        endpoint: As for `listening`.
        limit: Bytes; a reader that has twice as many waiting pauses its transport.
    Returns:
        What `listening` returns.
    """
    _must_have(client_connected_cb, "__call__", "a function of reader and writer")
    return listening(
        endpoint, as_twisted_factory(lambda: _host.host().stream_protocol(client_connected_cb, limit))
    )


async def open_connection(
    endpoint: IStreamClientEndpoint | str, *, limit: int = STREAM_LIMIT_BYTES
) -> tuple[StreamReader, StreamWriter]:
    """asyncio.open_connection over an endpoint.

    Over TLS it returns before the handshake, as Twisted's endpoints do: if that fails, it
    is raised where one reads.

    Args:
        endpoint: To where, an IStreamClientEndpoint or its text for the running loop's reactor.
        limit: As for `start_server`.
    Raises:
        ConnectError and its kind, as ``endpoint.connect`` fails with.
        ValueError: the text names no endpoint.
    """
    if isinstance(endpoint, str):
        endpoint = clientFromString(_reactor(), endpoint)
    _must_have(endpoint, "connect", "an endpoint to connect to, or its text as in 'tcp:example.com:80',")
    factory = as_twisted_factory(lambda: _host.host().stream_protocol(None, limit))
    connected: Any = await endpoint.connect(factory)
    return connected.inner.streams()  # type: ignore[no-any-return]  # the adapter's own


def open_streams(transport: Any, *, limit: int = STREAM_LIMIT_BYTES) -> tuple[StreamReader, StreamWriter]:
    """A reader and a writer over a Twisted transport that is connected.

    They take the place of its protocol, which hears nothing any more, not even of the end:
    for a protocol that has done its part, a handshake, and lets a coroutine go on.

    Args:
        transport: An ITransport, as ``protocol.transport``.
        limit: As for `start_server`.
    """
    _must_have(transport, "loseConnection", "a Twisted transport")
    inner = _host.host().stream_protocol(None, limit)
    _put_in_place(transport, as_twisted_protocol(inner))
    return inner.streams()  # type: ignore[no-any-return]


def as_asyncio_protocol(protocol: IProtocol | Any) -> BaseProtocol:
    """A Twisted Protocol that an event loop can connect.

    ``await loop.create_connection(lambda: as_asyncio_protocol(Legacy()), host, port)``; for
    servers give the factory: ``loop.create_server(lambda: as_asyncio_protocol(factory), …)``.

    The connection is one of the running loop's reactor from then on: shown by its
    `snapshot()`, lost at its shutdown.

    Args:
        protocol: A Protocol; or a Factory, whose buildProtocol is asked with the peer's
            address.  None from it closes the connection.  (startFactory and stopFactory
            are not called: who listens or connects is the event loop.)
    """
    _must_be_twisteds(protocol)
    made: BaseProtocol = _host.host().asyncio_protocol(protocol)
    return made


def take_transport(
    transport: BaseTransport, protocol: IProtocol | Any, *, received: bytes = b""
) -> IProtocol:
    """Put a Twisted Protocol on an asyncio transport that is open, in place of the protocol it has.

    Args:
        transport: An asyncio.Transport of the running loop.
        protocol: As for `as_asyncio_protocol`.
        received: Bytes that have come already and are the new protocol's.
    Returns:
        The protocol, connected.
    Raises:
        ConnectionRefusedError: the factory gave none; the transport is closed.
        ConnectionResetError: the transport is closing already; nothing is done.
    """
    _must_be_twisteds(protocol)
    taken: IProtocol = _host.host().take_transport(transport, protocol, received)
    return taken


def take_streams(reader: StreamReader, writer: StreamWriter, protocol: IProtocol | Any) -> IProtocol:
    """As `take_transport`, from asyncio's streams: what the reader still holds is delivered first.

    Neither may be used any more.

    Raises:
        RuntimeError: somebody is waiting in a read of theirs.
        and as `take_transport`; what the connection has failed with, if it has.
    """
    _must_be_twisteds(protocol)
    taken: IProtocol = _host.host().take_streams(reader, writer, protocol)
    return taken


def as_twisted_protocol(protocol: BaseProtocol) -> IProtocol:
    """An asyncio.Protocol (or BufferedProtocol) that Twisted's transports can connect.

    Its transport is an asyncio.Transport; ``get_extra_info("twisted_transport")`` is
    Twisted's.

    Returns:
        An IProtocol; its attribute ``inner`` is *protocol*.
    """
    _must_have(protocol, "connection_made", "an asyncio.Protocol")
    made: IProtocol = _host.host().twisted_protocol(protocol)
    return made


def as_twisted_factory(protocol_factory: Callable[[], BaseProtocol]) -> ClientFactory[Any]:
    """A Twisted factory of what asyncio calls a protocol factory.

    For endpoints, listenTCP and connectTCP; from ``endpoint.connect`` it is
    `as_twisted_protocol`'s object that comes back.
    """
    _must_have(protocol_factory, "__call__", "a function or class that makes an asyncio.Protocol")
    return _FactoryOver(protocol_factory)


def loss_for_asyncio(reason: Failure, *, asked: bool) -> Exception | None:
    """What ``connection_lost`` is told for what ``connectionLost`` was.

    asyncio says None for a clean end and for every end that one has asked for; else it
    gives an OSError, as far as possible the one that was the cause.

    Args:
        reason: Twisted's.
        asked: close() or abort() was called on our side.
    """
    value = reason.value
    if isinstance(value, error.ConnectionDone) or (asked and isinstance(value, error.ConnectionAborted)):
        return None
    if isinstance(value.__cause__, OSError):
        return value.__cause__
    if isinstance(value, OSError):  # TLS says so
        return value
    kind = ConnectionAbortedError if isinstance(value, error.ConnectionAborted) else ConnectionResetError
    lost = kind(str(value))
    lost.__cause__ = value
    return lost


# ---- ours ------------------------------------------------------------------------------


class _FactoryOver(ClientFactory[Any]):
    """Asks asyncio's kind of factory."""

    noisy = False

    def __init__(self, protocol_factory: Callable[[], BaseProtocol]) -> None:
        self._protocol_factory = protocol_factory

    def buildProtocol(self, addr: Any) -> Any:
        """A new one of asyncio's, ready for a Twisted transport."""
        return as_twisted_protocol(self._protocol_factory())


def _must_have(given: Any, method: str, wanted: str) -> None:
    """Refuse what was given in the place of something else now: later, nobody would know by whom."""
    found = getattr(given, method, None)
    if found is None or (isinstance(given, type) and inspect.isfunction(found)):
        instead = f"the class {given.__name__}: call it" if isinstance(given, type) else repr(given)
        raise TypeError(f"{wanted} is needed, not {instead}")


def _must_be_twisteds(protocol: Any) -> None:
    method = "buildProtocol" if hasattr(protocol, "buildProtocol") else "makeConnection"
    _must_have(protocol, method, "a Protocol or Factory")


def _reactor() -> Any:
    return _host.host().ambient_reactor()


def _server_endpoint(text: str) -> Any:
    return serverFromString(_reactor(), text)


def _put_in_place(transport: Any, protocol: Any) -> None:
    """Have *transport* call *protocol* from now on."""
    holder = getattr(transport, "_tls", transport)  # who speaks TLS since startTLS has it there
    name = "wrappedProtocol" if hasattr(holder, "wrappedProtocol") else "protocol"
    setattr(holder, name, protocol)
    protocol.makeConnection(transport)
