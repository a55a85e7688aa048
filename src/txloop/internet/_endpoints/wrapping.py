"""What turns a factory's connection into one Deferred: the wrapper that client endpoints connect with.

    connect(factory)
      reactor.connectTCP(…, _WrappingFactory(factory))
        startedConnecting(connector)    kept, so that cancelling the Deferred can stop it
        clientConnectionFailed(reason)  -> the Deferred fails
        buildProtocol(addr)             -> _WrappingProtocol around the factory's own
          connectionMade()              -> the user's protocol is connected, then the Deferred fires

From then on the wrapping protocol only hands on what happens.  And endpoints around
endpoints: `_WrapperEndpoint`, `_WrapperServerEndpoint`, and connectProtocol().
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import alsoProvides, implementer

from txloop.internet import defer
from txloop.internet._factories import start
from txloop.internet.defer import Deferred
from txloop.internet.error import ConnectingCancelledError, NoProtocol
from txloop.internet.interfaces import (
    IFileDescriptorReceiver,
    IHalfCloseableProtocol,
    IHandshakeListener,
    ILoggingContext,
    IStreamClientEndpoint,
    IStreamServerEndpoint,
)
from txloop.internet.protocol import ClientFactory, Factory, Protocol
from txloop.python.failure import Failure

# What a protocol may do beyond IProtocol; transports ask whether it does.
_FURTHER_INTERFACES = (IHalfCloseableProtocol, IFileDescriptorReceiver, IHandshakeListener)


class _WrappingProtocol(Protocol):
    """Stands before the user's protocol until that is connected, and hands on everything after.

    It provides of IHalfCloseableProtocol, IFileDescriptorReceiver and IHandshakeListener
    what the protocol inside provides.
    """

    transport: Any

    def __init__(self, connectedDeferred: Deferred[Any], wrappedProtocol: Any) -> None:
        self._connectedDeferred = connectedDeferred
        self._wrappedProtocol = wrappedProtocol
        for interface in _FURTHER_INTERFACES:
            if interface.providedBy(wrappedProtocol):
                alsoProvides(self, interface)

    def logPrefix(self) -> str:
        """The inner protocol's."""
        if ILoggingContext.providedBy(self._wrappedProtocol):
            return str(self._wrappedProtocol.logPrefix())
        return type(self._wrappedProtocol).__name__

    def connectionMade(self) -> None:
        """Connect the protocol inside to our transport, then tell who waits for it."""
        if self._connectedDeferred.called:
            self._not_wanted()
            return
        self._wrappedProtocol.makeConnection(self.transport)
        self._connectedDeferred.callback(self._wrappedProtocol)

    def _not_wanted(self) -> None:
        # The attempt was cancelled after buildProtocol() and before this: the program has its
        # CancelledError and knows nothing of this connection.  (Twisted raises AlreadyCalledError.)
        self._wrappedProtocol = Protocol()
        self.transport.loseConnection()

    def dataReceived(self, data: bytes) -> None:
        self._wrappedProtocol.dataReceived(data)

    def fileDescriptorReceived(self, descriptor: int) -> None:
        self._wrappedProtocol.fileDescriptorReceived(descriptor)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has no default
        self._wrappedProtocol.connectionLost(reason)

    def readConnectionLost(self) -> None:
        self._wrappedProtocol.readConnectionLost()

    def writeConnectionLost(self) -> None:
        self._wrappedProtocol.writeConnectionLost()

    def handshakeCompleted(self) -> None:
        self._wrappedProtocol.handshakeCompleted()


class _WrappingFactory(ClientFactory[Any]):
    """Wraps *wrappedFactory* for one attempt to connect.

    Attributes:
        _onConnection: Fires with the user's protocol once that is connected.  Cancelling it
            stops the attempt; it then fails with ConnectingCancelledError.
    """

    protocol: Any = _WrappingProtocol

    def __init__(self, wrappedFactory: Any) -> None:
        self._wrappedFactory = wrappedFactory
        self._onConnection: Deferred[Any] = Deferred(canceller=self._canceller)
        self._connector: Any = None

    def startedConnecting(self, connector: Any) -> None:
        """An attempt begins, and *connector* can stop it."""
        self._connector = connector

    def _canceller(self, deferred: Deferred[Any]) -> None:
        if self._connector is None:  # cancelled before the reactor had begun: Deferred's own error
            return
        deferred.errback(ConnectingCancelledError(self._connector.getDestination()))
        self._connector.stopConnecting()

    def doStart(self) -> None:
        start(self._wrappedFactory)

    def doStop(self) -> None:
        self._wrappedFactory.doStop()

    def buildProtocol(self, addr: Any) -> Any:
        """The wrapper around what the factory inside builds.

        If that refuses, the Deferred fails with NoProtocol; if it raises, with what it raised.
        Either way the connection is closed.
        """
        try:
            wrapped = self._wrappedFactory.buildProtocol(addr)
            if wrapped is None:
                raise NoProtocol()
        except BaseException:
            self._onConnection.errback()
            return None
        return self.protocol(self._onConnection, wrapped)

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        """The attempt failed; after a cancellation that is no news."""
        if not self._onConnection.called:
            self._onConnection.errback(reason)


def connect_by(method: Callable[..., Any], factory: Any, *before: Any, **after: Any) -> Deferred[Any]:
    """Connect *factory* by a reactor's *method*: ``method(*before, wrapped factory, **after)``.

    Returns:
        A Deferred of the protocol; what *method* itself raises fails it.
    """
    try:
        wrapping = _WrappingFactory(factory)
        method(*before, wrapping, **after)
        return wrapping._onConnection
    except BaseException:
        return defer.fail(Failure())


# ---- endpoints around endpoints ------------------------------------------------


@implementer(IStreamClientEndpoint)
class _WrapperEndpoint:
    """Connects by another endpoint, with a factory around the user's (TLS, PROXY headers).

    The wrapping factory's protocols carry the user's as ``wrappedProtocol``, and connect()
    answers that.
    """

    def __init__(self, wrappedEndpoint: Any, wrapperFactory: Callable[[Any], Any]) -> None:
        self._wrappedEndpoint = wrappedEndpoint
        self._wrapperFactory = wrapperFactory

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Connect, and answer the user's protocol."""
        connecting: Deferred[Any] = self._wrappedEndpoint.connect(self._wrapperFactory(protocolFactory))
        return connecting.addCallback(lambda wrapper: wrapper.wrappedProtocol)


@implementer(IStreamServerEndpoint)
class _WrapperServerEndpoint:
    """Listens by another endpoint, with a factory around the user's."""

    def __init__(self, wrappedEndpoint: Any, wrapperFactory: Callable[[Any], Any]) -> None:
        self._wrappedEndpoint = wrappedEndpoint
        self._wrapperFactory = wrapperFactory

    def listen(self, protocolFactory: Any) -> Deferred[Any]:
        """Listen."""
        listening: Deferred[Any] = self._wrappedEndpoint.listen(self._wrapperFactory(protocolFactory))
        return listening


# ---- one protocol, one connection ------------------------------------------------


def connectProtocol(endpoint: IStreamClientEndpoint, protocol: Any) -> Deferred[Any]:
    """Connect *protocol*, which exists already, by *endpoint*: no factory to write.

    Returns:
        A Deferred of *protocol*, when it is connected.
    Source: Twisted 26.10, twisted.internet.endpoints.connectProtocol.
    """

    class OneShotFactory(Factory[Any]):
        def buildProtocol(self, addr: Any) -> Any:
            return protocol

    return endpoint.connect(OneShotFactory())
