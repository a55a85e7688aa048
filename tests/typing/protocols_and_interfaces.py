"""A program over protocols and interfaces, as strict type checkers see it.

Not run: `mypy --strict` reads it, with and without the mypy-zope plugin, and must find
nothing.  What has to be refused carries an ignore, and an ignore that is not needed is
an error too.
"""

from __future__ import annotations

from typing import assert_type

from zope.interface import implementer

from txloop._contract import adapt
from txloop.internet import protocol
from txloop.internet.error import ConnectionDone
from txloop.internet.interfaces import (
    IAddress,
    IConnector,
    IConsumer,
    IDelayedCall,
    IHalfCloseableProtocol,
    IListeningPort,
    IPushProducer,
    IReactorTCP,
    IReactorTime,
    ITCPTransport,
    ITransport,
)
from txloop.internet.protocol import Factory, Protocol, ReconnectingClientFactory
from txloop.python.failure import Failure


@implementer(IHalfCloseableProtocol)
class Echo(Protocol):
    def __init__(self, name: str = "") -> None:
        self.name = name

    def connectionMade(self) -> None:
        assert_type(self.transport, ITransport | None)

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)
        self.transport.write("text")  # type: ignore[arg-type]
        self.factory.seen += 1

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        reason.trap(ConnectionDone)

    def readConnectionLost(self) -> None: ...

    def writeConnectionLost(self) -> None: ...


class EchoFactory(Factory):
    protocol = Echo
    seen = 0


class NamingFactory(Factory):
    def buildProtocol(self, addr: IAddress | None) -> Echo:
        made = Echo(f"for {addr}")
        made.factory = self
        return made


class Client(ReconnectingClientFactory):
    protocol = Echo

    def clientConnectionLost(self, connector: IConnector, reason: Failure) -> None:
        self.resetDelay()
        super().clientConnectionLost(connector, reason)


@implementer(IPushProducer)
class Counter:
    def __init__(self, consumer: IConsumer) -> None:
        consumer.registerProducer(self, streaming=True)

    def stopProducing(self) -> None: ...

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...


class OwnFactory:
    """Not derived from ours: it only has the methods."""

    def buildProtocol(self, addr: IAddress) -> Echo | None: ...

    def doStart(self) -> None: ...

    def doStop(self) -> None: ...


def serve(reactor: IReactorTCP) -> IListeningPort:
    reactor.listenTCP(port=0, factory=NamingFactory(), interface="::1")
    reactor.listenTCP(0, OwnFactory())
    reactor.listenTCP(0, Echo())  # type: ignore[arg-type]
    reactor.connectTCP("host", 80, Client())
    factory = Factory.forProtocol(Echo)
    assert_type(factory, Factory[Echo])
    assert_type(factory.buildProtocol(None), Echo | None)
    port = reactor.listenTCP(0, EchoFactory())
    assert_type(port.getHost(), IAddress)
    return port


def ask(thing: object, transport: ITCPTransport) -> None:
    if IReactorTime.providedBy(thing):
        assert_type(thing.callLater(1, print, "later"), IDelayedCall)
    assert_type(adapt(IHalfCloseableProtocol, thing), IHalfCloseableProtocol | None)
    transport.setTcpNoDelay(enabled=True)
    plain: ITransport = transport
    plain.loseWriteConnection()  # type: ignore[attr-defined]
