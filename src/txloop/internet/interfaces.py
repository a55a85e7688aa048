"""Every interface of Twisted 26.10: what protocols, transports and reactors promise each other.

This is the door; the interfaces are written in rooms by their noun:

    _interfaces_protocol    IProtocol, IProtocolFactory, IHalfCloseableProtocol, …
    _interfaces_transport   ITransport and its kin, IUDPTransport, IConsumer, producers
    _interfaces_endpoint    IListeningPort, IConnector, endpoints and their parsers
    _interfaces_address     IAddress, resolvers
    _interfaces_tls         what TLS asks of the program
    _interfaces_network     what a reactor can open: IReactorTCP, IReactorUDP, …
    _interfaces_reactor     the reactor itself: IReactorCore, IReactorTime, threads, descriptors

**For a program** they are zope interfaces: ``@implementer(IProtocol)``,
``IReactorTCP.providedBy(reactor)``, ``IHalfCloseableProtocol(protocol, None)``.

**For a type checker** they are typing.Protocols (see `txloop._contract`): a class with the
methods fits, whether or not it says ``@implementer``, with and without the mypy-zope
plugin; ``providedBy`` narrows.  Only the adapting call ``IFoo(x, None)`` is refused by
checkers; write ``adapt(IFoo, x)`` from `txloop._contract` inside txloop, or ignore the
line.  An attribute asked for is a read-only property: a plain attribute of that type,
or a property, fits.

Source: names, bases, members and signatures were read off Twisted 26.10 by running it
(recorded in tests/data/twisted_contracts.json); the texts are ours.
"""

from __future__ import annotations

from txloop._public import publish
from txloop.internet._interfaces.address import (
    Binding,
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IResolutionReceiver,
    IResolver,
    IResolverSimple,
)
from txloop.internet._interfaces.address import (
    _Binding as _Binding,
)
from txloop.internet._interfaces.endpoint import (
    IConnector,
    IListeningPort,
    IServiceCollection,
    IStreamClientEndpoint,
    IStreamClientEndpointStringParserWithReactor,
    IStreamServerEndpoint,
    IStreamServerEndpointStringParser,
)
from txloop.internet._interfaces.network import (
    IReactorMulticast,
    IReactorProcess,
    IReactorSocket,
    IReactorSSL,
    IReactorTCP,
    IReactorTCP2,
    IReactorUDP,
    IReactorUNIX,
    IReactorUNIXDatagram,
)
from txloop.internet._interfaces.protocol import (
    IFileDescriptorReceiver,
    IHalfCloseableProtocol,
    IHandshakeListener,
    ILoggingContext,
    IProcessProtocol,
    IProtocol,
    IProtocolFactory,
)
from txloop.internet._interfaces.reactor import (
    IDelayedCall,
    IFileDescriptor,
    IHalfCloseableDescriptor,
    IReactorCore,
    IReactorDaemonize,
    IReactorFDSet,
    IReactorFromThreads,
    IReactorInThreads,
    IReactorPluggableNameResolver,
    IReactorPluggableResolver,
    IReactorThreads,
    IReactorTime,
    IReactorWin32Events,
    IReadDescriptor,
    IReadWriteDescriptor,
    IWriteDescriptor,
)
from txloop.internet._interfaces.reactor import (
    _ISupportsExitSignalCapturing as _ISupportsExitSignalCapturing,
)
from txloop.internet._interfaces.tls import (
    IAcceptableCiphers,
    ICipher,
    IOpenSSLClientConnectionCreator,
    IOpenSSLContextFactory,
    IOpenSSLServerConnectionCreator,
    IProtocolNegotiationFactory,
)
from txloop.internet._interfaces.transport import (
    IConsumer,
    IMulticastTransport,
    INegotiated,
    IProcessTransport,
    IProducer,
    IPullProducer,
    IPushProducer,
    ISSLTransport,
    ISystemHandle,
    ITCPTransport,
    ITLSTransport,
    ITransport,
    IUDPTransport,
    IUNIXDatagramConnectedTransport,
    IUNIXDatagramTransport,
    IUNIXTransport,
)

__all__ = [
    "Binding",
    "IAcceptableCiphers",
    "IAddress",
    "ICipher",
    "IConnector",
    "IConsumer",
    "IDelayedCall",
    "IFileDescriptor",
    "IFileDescriptorReceiver",
    "IHalfCloseableDescriptor",
    "IHalfCloseableProtocol",
    "IHandshakeListener",
    "IHostResolution",
    "IHostnameResolver",
    "IListeningPort",
    "ILoggingContext",
    "IMulticastTransport",
    "INegotiated",
    "IOpenSSLClientConnectionCreator",
    "IOpenSSLContextFactory",
    "IOpenSSLServerConnectionCreator",
    "IProcessProtocol",
    "IProcessTransport",
    "IProducer",
    "IProtocol",
    "IProtocolFactory",
    "IProtocolNegotiationFactory",
    "IPullProducer",
    "IPushProducer",
    "IReactorCore",
    "IReactorDaemonize",
    "IReactorFDSet",
    "IReactorFromThreads",
    "IReactorInThreads",
    "IReactorMulticast",
    "IReactorPluggableNameResolver",
    "IReactorPluggableResolver",
    "IReactorProcess",
    "IReactorSSL",
    "IReactorSocket",
    "IReactorTCP",
    "IReactorTCP2",
    "IReactorThreads",
    "IReactorTime",
    "IReactorUDP",
    "IReactorUNIX",
    "IReactorUNIXDatagram",
    "IReactorWin32Events",
    "IReadDescriptor",
    "IReadWriteDescriptor",
    "IResolutionReceiver",
    "IResolver",
    "IResolverSimple",
    "ISSLTransport",
    "IServiceCollection",
    "IStreamClientEndpoint",
    "IStreamClientEndpointStringParserWithReactor",
    "IStreamServerEndpoint",
    "IStreamServerEndpointStringParser",
    "ISystemHandle",
    "ITCPTransport",
    "ITLSTransport",
    "ITransport",
    "IUDPTransport",
    "IUNIXDatagramConnectedTransport",
    "IUNIXDatagramTransport",
    "IUNIXTransport",
    "IWriteDescriptor",
]

publish(__name__, [*__all__, "_ISupportsExitSignalCapturing"])
