"""Ports, connectors and endpoints: where connections come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from txloop._contract import Interface, checkable, contract

if TYPE_CHECKING:
    from txloop.internet._interfaces.address import IAddress
    from txloop.internet._interfaces.protocol import IProtocol, IProtocolFactory
    from txloop.internet.defer import Deferred


@checkable
class IListeningPort(Interface, metaclass=contract):
    """A place where peers can reach us."""

    def startListening(self) -> None:
        """Listen, again after stopListening() too.

        Raises:
            CannotListenError: The address is taken or not ours.
        """

    def stopListening(self) -> Deferred[None] | None:
        """Accept nothing more; connections made before go on.

        Returns:
            A Deferred that fires when the port is closed, or None if it was.
        """

    def getHost(self) -> IAddress:
        """The address listened on, with the port number that the system chose."""


@checkable
class IConnector(Interface, metaclass=contract):
    """One connection to make, again and again if wanted."""

    def stopConnecting(self) -> None:
        """Stop trying; the factory is told clientConnectionFailed at once.

        Raises:
            NotConnectingError: It was not trying.
        """

    def disconnect(self) -> None:
        """Close the connection, or stop trying to make it."""

    def connect(self) -> None:
        """Try, again after clientConnectionFailed or clientConnectionLost too."""

    def getDestination(self) -> IAddress:
        """The address to connect to."""


@checkable
class IStreamClientEndpoint(Interface, metaclass=contract):
    """A peer to connect to, by whatever way."""

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; may be called again.

        Returns:
            A Deferred of the protocol, which is connected.  It fails with ConnectError or
            what the way of connecting adds; cancelling it stops the attempt.
        """


@checkable
class IStreamServerEndpoint(Interface, metaclass=contract):
    """A place to listen at, by whatever way."""

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen.

        Returns:
            A Deferred of the port; it fails with CannotListenError.
        """


@checkable
class IStreamServerEndpointStringParser(Interface, metaclass=contract):
    """A plugin that makes a server endpoint of a text such as ``"tcp:8080:interface=127.0.0.1"``."""

    @property
    def prefix(self) -> str:
        """The word before the first colon that it answers to."""

    def parseStreamServer(self, reactor: Any, *args: str, **kwargs: str) -> IStreamServerEndpoint:
        """The endpoint for what stands after the prefix: plain parts and ``key=value`` parts."""


@checkable
class IStreamClientEndpointStringParserWithReactor(Interface, metaclass=contract):
    """A plugin that makes a client endpoint of a text such as ``"tcp:example.org:80"``."""

    @property
    def prefix(self) -> str:
        """The word before the first colon that it answers to."""

    def parseStreamClient(self, reactor: Any, *args: str, **kwargs: str) -> IStreamClientEndpoint:
        """The endpoint for what stands after the prefix: plain parts and ``key=value`` parts."""


@checkable
class IServiceCollection(Interface, metaclass=contract):
    """A collection of named services; kept for old programs, see application.service."""

    def getServiceNamed(self, serviceName: str) -> Any:
        """The service of that name.

        Raises:
            KeyError: There is none.
        """

    def addService(self, service: Any) -> None:
        """Add *service*."""

    def removeService(self, service: Any) -> None:
        """Remove *service*."""
