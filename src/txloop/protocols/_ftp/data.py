"""What runs on an FTP client's data connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from txloop._contract import Interface, checkable, contract
from txloop.internet import error, interfaces
from txloop.internet.defer import Deferred
from txloop.internet.protocol import ClientFactory, Protocol, ServerFactory
from txloop.protocols._ftp.errors import FTPError, UnexpectedData
from txloop.python.failure import Failure

__all__ = [
    "FTPDataPortFactory",
    "IFinishableConsumer",
    "ProtocolWrapper",
    "SenderProtocol",
]


@checkable
class IFinishableConsumer(interfaces.IConsumer, Interface, metaclass=contract):
    """A consumer that is told when it has all."""

    def finish(self) -> None:  # type: ignore[misc]  # mypy-zope
        """That was all."""


class ProtocolWrapper(Protocol):
    """Gives *original* what comes, and fires *deferred* when that was all.

    Attributes:
        hang_up: Ends what the connection was made with.
    """

    def __init__(self, original: Any, deferred: Deferred[Any]) -> None:
        self.original = original
        self.deferred = deferred
        self.hang_up: Callable[[], Any] = lambda: None

    def makeConnection(self, transport: Any) -> None:
        """It is connected."""
        self.original.makeConnection(transport)

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come."""
        self.original.dataReceived(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has no default
        """That was all."""
        self.original.connectionLost(reason)
        if not self.deferred.called:
            self.deferred.callback(None)


@implementer(IFinishableConsumer)
class SenderProtocol(Protocol):
    """Takes bytes to send.

    Attributes:
        connectedDeferred: Fires with this when it is connected.
        deferred: Fires when the connection has ended; with its failure if that was not in order.
        hang_up: Ends what the connection was made with.
    """

    transport: Any

    def __init__(self) -> None:
        self.connectedDeferred: Deferred[Any] = Deferred()
        self.deferred: Deferred[Any] = Deferred()
        self.hang_up: Callable[[], Any] = lambda: None

    def dataReceived(self, data: bytes) -> None:
        """Nothing may come.

        Raises:
            UnexpectedData: Always.
        """
        raise UnexpectedData("Received data from the server on a send-only data-connection")

    def makeConnection(self, transport: Any) -> None:
        """It is connected."""
        super().makeConnection(transport)
        self.connectedDeferred.callback(self)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has no default
        """It has ended."""
        if self.deferred.called:
            return
        if reason.check(error.ConnectionDone):
            self.deferred.callback("connection done")
        else:
            self.deferred.errback(reason)

    def write(self, data: bytes) -> None:
        """Send *data*."""
        self.transport.write(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Have *producer* write."""
        self.transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """It has done."""
        self.transport.unregisterProducer()

    def finish(self) -> None:
        """That was all: close when it is sent."""
        self.transport.loseConnection()


class _PassiveConnectionFactory(ClientFactory[Any]):
    """Connects the one protocol *protoInstance*."""

    noisy = False

    def __init__(self, protoInstance: Any) -> None:
        self.protoInstance = protoInstance

    def buildProtocol(self, ignored: Any) -> Any:
        self.protoInstance.factory = self
        return self.protoInstance

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        deferred = self.protoInstance.deferred
        if not deferred.called:
            deferred.errback(Failure(FTPError("Connection Failed", reason)))


class FTPDataPortFactory(ServerFactory[Any]):
    """Takes one connection for the one protocol it has.

    Attributes:
        protocol: It, no class.
        port: Closed with the first connection.
    """

    noisy = False
    protocol: Any = None
    port: Any = None

    def buildProtocol(self, addr: Any) -> Any:
        self.protocol.factory = self
        self.port.loseConnection()
        return self.protocol
