"""Two protocols, connected to each other: in memory, over TCP or over a UNIX socket.

    loopbackAsync(server, client)   in memory, in turns of the reactor
    loopbackTCP, loopbackUNIX       over a real socket
    LoopbackRelay                   one direction, moved by hand

Source of the behaviour: Twisted 26.10, twisted.protocols.loopback, by running it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from txloop.internet import defer, interfaces, main, protocol
from txloop.internet.task import deferLater
from txloop.protocols import policies
from txloop.python.failure import Failure

__all__ = [
    "LoopbackClientFactory",
    "LoopbackRelay",
    "collapsingPumpPolicy",
    "identityPumpPolicy",
    "loopbackAsync",
    "loopbackTCP",
    "loopbackUNIX",
]


class _LoopbackQueue:
    """What one side has written and the other has not received; None marks the end.

    Attributes:
        disconnect: True once the writing side has lost the connection.
    """

    _notificationDeferred: defer.Deferred[None] | None = None
    disconnect = False

    def __init__(self) -> None:
        self._queue: list[bytes | None] = []

    def put(self, v: bytes | None) -> None:
        self._queue.append(v)
        if self._notificationDeferred is not None:
            notify, self._notificationDeferred = self._notificationDeferred, None
            notify.callback(None)

    def __bool__(self) -> bool:
        return bool(self._queue)

    def get(self) -> bytes | None:
        return self._queue.pop(0)


PumpPolicy = Callable[[_LoopbackQueue, Any], object]


@implementer(interfaces.IAddress)
class _LoopbackAddress:
    """The address of either end."""


@implementer(interfaces.ITransport, interfaces.IConsumer)
class _LoopbackTransport:
    """The writing side of a `_LoopbackQueue`."""

    disconnecting = False
    producer: Any = None
    streamingProducer = False

    def __init__(self, q: _LoopbackQueue) -> None:
        self.q = q

    def write(self, data: bytes) -> None:
        if not isinstance(data, bytes):
            raise TypeError("Can only write bytes to ITransport")
        self.q.put(data)

    def writeSequence(self, iovec: Any) -> None:
        self.q.put(b"".join(iovec))

    def loseConnection(self) -> None:
        self.q.disconnect = True
        self.q.put(None)

    def abortConnection(self) -> None:
        self.loseConnection()

    def getPeer(self) -> Any:
        return _LoopbackAddress()

    def getHost(self) -> Any:
        return _LoopbackAddress()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        if self.producer is not None:
            raise RuntimeError("Cannot register two producers")
        self.producer = producer
        self.streamingProducer = streaming
        self._pollProducer()

    def unregisterProducer(self) -> None:
        self.producer = None

    def _pollProducer(self) -> None:
        """All that was written has been received: ask a pull producer for more."""
        if self.producer is not None and not self.streamingProducer:
            self.producer.resumeProducing()


def identityPumpPolicy(queue: _LoopbackQueue, target: Any) -> None:
    """Deliver each write by a dataReceived of its own."""
    while queue:
        data = queue.get()
        if data is None:
            break
        target.dataReceived(data)


def collapsingPumpPolicy(queue: _LoopbackQueue, target: Any) -> None:
    """Deliver all that was written by one dataReceived."""
    pieces = []
    while queue:
        data = queue.get()
        if data is None:
            break
        pieces.append(data)
    if pieces:
        target.dataReceived(b"".join(pieces))


def loopbackAsync(
    server: Any, client: Any, pumpPolicy: PumpPolicy = identityPumpPolicy
) -> defer.Deferred[None]:
    """Connect *server* and *client* to each other, in memory.

    What is written arrives in a later turn of the reactor, never inside the write.

    Args:
        pumpPolicy: How writes become chunks: `identityPumpPolicy`, `collapsingPumpPolicy`
            or any ``policy(queue, protocol)``.
    Returns:
        A Deferred of None: both sides have lost the connection.
    """
    server_to_client, client_to_server = _LoopbackQueue(), _LoopbackQueue()
    server.makeConnection(_LoopbackTransport(server_to_client))
    client.makeConnection(_LoopbackTransport(client_to_server))
    return _loopbackAsyncBody(server, server_to_client, client, client_to_server, pumpPolicy)


def _loopbackAsyncBody(
    server: Any,
    serverToClient: _LoopbackQueue,
    client: Any,
    clientToServer: _LoopbackQueue,
    pumpPolicy: PumpPolicy,
) -> defer.Deferred[None]:
    """Move bytes until neither side has any, then wait for one that has."""

    def pump(source: Any, queue: _LoopbackQueue, target: Any) -> bool:
        if not queue:
            return False
        pumpPolicy(queue, target)
        if not queue:
            source.transport._pollProducer()
        return True

    while True:
        server_sent = pump(server, serverToClient, client)
        client_sent = pump(client, clientToServer, server)
        if serverToClient.disconnect or clientToServer.disconnect:
            # What was written before, and after, still arrives.
            pump(server, serverToClient, client)
            pump(client, clientToServer, server)
            server.connectionLost(Failure(main.CONNECTION_DONE))
            client.connectionLost(Failure(main.CONNECTION_DONE))
            return defer.succeed(None)
        if not server_sent and not client_sent:
            break

    written: defer.Deferred[None] = defer.Deferred()
    clientToServer._notificationDeferred = written
    serverToClient._notificationDeferred = written
    return written.addCallback(
        _loopbackAsyncContinue, server, serverToClient, client, clientToServer, pumpPolicy
    )


def _loopbackAsyncContinue(
    ignored: object,
    server: Any,
    serverToClient: _LoopbackQueue,
    client: Any,
    clientToServer: _LoopbackQueue,
    pumpPolicy: PumpPolicy,
) -> defer.Deferred[None]:
    """Somebody wrote: go on, but not inside that write."""
    clientToServer._notificationDeferred = None
    serverToClient._notificationDeferred = None
    from txloop.internet import reactor  # the reactor is asked for when it is needed, never at import

    return deferLater(
        reactor, 0, _loopbackAsyncBody, server, serverToClient, client, clientToServer, pumpPolicy
    )


@implementer(interfaces.ITransport, interfaces.IConsumer)
class LoopbackRelay:
    """A transport that delivers to *target* what was written to it, when `clearBuffer` is called.

    Args:
        target: The protocol that receives.
        logFile: Open for text; gets a line for each write and each delivery.
    """

    buffer: bytes = b""
    # 0: connected; 1: loseConnection was called; -1: connectionLost too.
    shouldLose: int = 0
    disconnecting = 0
    producer: Any = None

    def __init__(self, target: Any, logFile: Any = None) -> None:
        self.target = target
        self.logFile = logFile

    def write(self, data: bytes) -> None:
        """Keep the bytes for `clearBuffer`."""
        self.buffer += data
        if self.logFile is not None:
            self.logFile.write(f"loopback writing {data!r}\n")

    def writeSequence(self, iovec: Any) -> None:
        """Keep the pieces, joined, for `clearBuffer`."""
        self.write(b"".join(iovec))

    def clearBuffer(self) -> None:
        """Deliver what was written, and the end of the connection if it was asked for."""
        if self.shouldLose == -1:
            return
        if self.producer is not None:
            self.producer.resumeProducing()
        if self.buffer:
            if self.logFile is not None:
                self.logFile.write(f"loopback receiving {self.buffer!r}\n")
            data, self.buffer = self.buffer, b""
            self.target.dataReceived(data)
        if self.shouldLose == 1:
            self.shouldLose = -1
            self.target.connectionLost(Failure(main.CONNECTION_DONE))

    def loseConnection(self) -> None:
        """Have the next `clearBuffer` end the connection, behind what was written."""
        if self.shouldLose == 0:
            self.shouldLose = 1

    def getHost(self) -> Any:
        """The text `loopback`: there is no address."""
        return "loopback"

    def getPeer(self) -> Any:
        """The text `loopback`: there is no address."""
        return "loopback"

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Ask *producer* to go on at each `clearBuffer`."""
        self.producer = producer

    def unregisterProducer(self) -> None:
        """The producer has no more."""
        self.producer = None

    def logPrefix(self) -> str:
        """The name for log lines."""
        return f"Loopback({type(self.target).__name__!r})"


class LoopbackClientFactory(protocol.ClientFactory[Any]):
    """Connects one protocol; its `deferred` fires with None when that is over."""

    def __init__(self, protocol: Any) -> None:
        self.disconnected: int = 0
        self.deferred: defer.Deferred[None] = defer.Deferred()
        self.protocol = protocol

    def buildProtocol(self, addr: Any) -> Any:
        return self.protocol

    def clientConnectionLost(self, connector: Any, reason: Any) -> None:
        self.disconnected = 1
        self.deferred.callback(None)


class _FireOnClose(policies.ProtocolWrapper):
    """A wrapper whose `deferred` fires with None when the connection is lost."""

    def __init__(self, protocol: Any, factory: Any) -> None:
        super().__init__(factory, protocol)
        self.deferred: defer.Deferred[None] = defer.Deferred()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has no default
        super().connectionLost(reason)
        self.deferred.callback(None)


def loopbackTCP(server: Any, client: Any, port: int = 0, noisy: bool = True) -> defer.Deferred[None]:
    """Connect *server* and *client* by TCP on this machine.

    Args:
        port: Where the server listens; 0: any free port.
        noisy: Whether the factories log that they start and stop.
    Returns:
        A Deferred of None: both have lost the connection, and the port is closed.
    """
    from txloop.internet import reactor  # as in _loopbackAsyncContinue

    factory, wrapper = _serving_once(server, noisy)
    listening = reactor.listenTCP(port, factory, interface="127.0.0.1")
    connecting = LoopbackClientFactory(client)
    connecting.noisy = noisy
    reactor.connectTCP("127.0.0.1", listening.getHost().port, connecting)
    return _until_closed(connecting, wrapper, listening)


def loopbackUNIX(server: Any, client: Any, noisy: bool = True) -> defer.Deferred[None]:
    """Connect *server* and *client* by a UNIX socket; otherwise like `loopbackTCP`."""
    from txloop.internet import reactor  # as in _loopbackAsyncContinue

    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "socket")
    factory, wrapper = _serving_once(server, noisy)
    listening = reactor.listenUNIX(path, factory)
    connecting = LoopbackClientFactory(client)
    connecting.noisy = noisy
    reactor.connectUNIX(path, connecting)
    return _until_closed(connecting, wrapper, listening).addBoth(_removing(folder))


def _serving_once(server: Any, noisy: bool) -> tuple[Any, _FireOnClose]:
    factory: Any = policies.WrappingFactory(protocol.Factory())
    factory.noisy = factory.wrappedFactory.noisy = noisy
    wrapper = _FireOnClose(server, factory)
    factory.buildProtocol = lambda addr: wrapper
    return factory, wrapper


def _until_closed(
    connecting: LoopbackClientFactory, wrapper: _FireOnClose, listening: Any
) -> defer.Deferred[None]:
    done = connecting.deferred
    done.addCallback(lambda ignored: wrapper.deferred)
    done.addCallback(lambda ignored: listening.stopListening())
    return done


def _removing(folder: str) -> Callable[[Any], Any]:
    def remove(result: Any) -> Any:
        os.rmdir(folder)
        return result

    return remove
