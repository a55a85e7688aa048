"""A server that forwards each of its connections to another host.

    a client  <->  ProxyServer  <->  ProxyClient  <->  the other host

Both sides pause each other: nothing is read that the other side cannot take, so a
forwarded connection needs little memory however slow one end is.
Source of the behaviour: Twisted 26.10, twisted.protocols.portforward, by running it.
"""

from __future__ import annotations

from typing import Any

from txloop.internet import protocol

__all__ = ["Proxy", "ProxyClient", "ProxyClientFactory", "ProxyFactory", "ProxyServer"]


class Proxy(protocol.Protocol):
    """One half of a forwarded connection.

    Attributes:
        peer: The other half; None before it is there, and after this half is lost.
        noisy: Twisted's; nothing reads it.
    """

    transport: Any  # any stream's: TCP, TLS, a test's string
    noisy = True
    peer: Proxy | None = None
    # True once this half is lost.  The other one may come into being after that.
    _lost = False

    def setPeer(self, peer: Proxy | None) -> None:
        """Forward to *peer* from now on."""
        self.peer = peer

    def dataReceived(self, data: bytes) -> None:
        if self.peer is not None:
            self.peer.transport.write(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has no default
        """This half is lost: close the other one, when it has sent what it was given."""
        self._lost = True
        peer, self.peer = self.peer, None
        if peer is not None:
            # We produce nothing more; a consumer closes only when its producer has gone.
            peer.transport.unregisterProducer()
            peer.transport.loseConnection()


class ProxyClient(Proxy):
    """The half that connects to the other host."""

    def connectionMade(self) -> None:
        server = self.peer
        if server is None or server._lost:
            self.transport.loseConnection()
            return
        server.setPeer(self)
        # Each side reads no faster than the other can write.
        self.transport.registerProducer(server.transport, True)
        server.transport.registerProducer(self.transport, True)
        # It was paused until now: we are whom it forwards to.
        server.transport.resumeProducing()


class ProxyClientFactory(protocol.ClientFactory[Any]):
    """Makes the client's half for one `ProxyServer`."""

    protocol: Any = ProxyClient

    def setServer(self, server: ProxyServer) -> None:
        """The half to forward for."""
        self.server = server

    def buildProtocol(self, addr: Any) -> Any:
        client: Any = super().buildProtocol(addr)
        client.setPeer(self.server)
        return client

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        self.server.transport.loseConnection()


class ProxyServer(Proxy):
    """The half that was connected to.

    Attributes:
        clientProtocolFactory: Makes the factory for the other half.
        reactor: Connects the other half; None: the current reactor.
    """

    clientProtocolFactory: Any = ProxyClientFactory
    reactor: Any = None

    def connectionMade(self) -> None:
        # Read nothing before there is somebody to forward it to.
        self.transport.pauseProducing()
        client = self.clientProtocolFactory()
        client.setServer(self)
        if self.reactor is None:
            from txloop.internet import reactor  # the reactor is asked for when it is needed, never at import

            self.reactor = reactor
        self.reactor.connectTCP(self.factory.host, self.factory.port, client)


class ProxyFactory(protocol.Factory[Any]):
    """Forwards each connection to *host* and *port*."""

    protocol: Any = ProxyServer

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
