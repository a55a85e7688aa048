"""Endpoints: where to listen and what to connect to, as objects or as text.

    listening = serverFromString(reactor, "tcp:8080").listen(factory)      a Deferred of the port
    connecting = HostnameEndpoint(reactor, "example.com", 80).connect(f)   a Deferred of the protocol
    protocol = await clientFromString(reactor, "tls:example.com:443").connect(f)

This is the door; the rooms:

    _endpoint_sockets    TCP, SSL, UNIX, adopted descriptors
    _endpoint_hostname   names with several addresses
    _endpoint_process    standard input and output, child processes
    _endpoint_tls        TLS around endpoints
    _endpoint_strings    endpoints from text
    _endpoint_plugins    ``tcp6:``, ``tls:``, ``stdio:``, ``systemd:``
    _endpoint_wrapping   how a connection becomes one Deferred

Source: names, signatures and results were read off Twisted 26.10 by running it.
"""

from __future__ import annotations

import importlib
from typing import Any

from txloop._public import neighbour, publish
from txloop.internet._endpoints.hostname import HostnameEndpoint, _SimpleHostnameResolver
from txloop.internet._endpoints.plugins import (
    _parseClientTLS as _parseClientTLS,
)
from txloop.internet._endpoints.plugins import (
    _StandardIOParser,
    _SystemdParser,
    _TCP6ServerParser,
    _TLSClientEndpointParser,
    _TLSServerEndpointParser,
)
from txloop.internet._endpoints.process import (
    ProcessEndpoint,
    StandardErrorBehavior,
    StandardIOEndpoint,
    _IProcessTransportWithConsumerAndProducer,
    _ProcessEndpointTransport,
    _WrapIProtocol,
)
from txloop.internet._endpoints.sockets import (
    AdoptedStreamServerEndpoint,
    SSL4ClientEndpoint,
    SSL4ServerEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    TCP6ClientEndpoint,
    TCP6ServerEndpoint,
    UNIXClientEndpoint,
    UNIXServerEndpoint,
    _TCPServerEndpoint,
)
from txloop.internet._endpoints.strings import (
    _matchPluginToPrefix as _matchPluginToPrefix,
)
from txloop.internet._endpoints.strings import (
    _parse as _parse,
)
from txloop.internet._endpoints.strings import (
    _parseServer as _parseServer,
)
from txloop.internet._endpoints.strings import (
    _tokenize as _tokenize,
)
from txloop.internet._endpoints.strings import (
    clientFromString,
    quoteStringArgument,
    serverFromString,
)
from txloop.internet._endpoints.tls import (
    _loadCAsFromDir as _loadCAsFromDir,
)
from txloop.internet._endpoints.tls import (
    _parseTrustRootPath as _parseTrustRootPath,
)
from txloop.internet._endpoints.tls import (
    _privateCertFromPaths as _privateCertFromPaths,
)
from txloop.internet._endpoints.tls import (
    _TLSServerEndpoint,
    wrapClientTLS,
    wrapServerTLS,
)
from txloop.internet._endpoints.wrapping import (
    _WrapperEndpoint,
    _WrapperServerEndpoint,
    _WrappingFactory,
    _WrappingProtocol,
    connectProtocol,
)
from txloop.internet.interfaces import (
    IStreamClientEndpointStringParserWithReactor as IStreamClientEndpointStringParserWithReactor,
)
from txloop.internet.interfaces import (
    IStreamServerEndpointStringParser as IStreamServerEndpointStringParser,
)

__all__ = [
    "AdoptedStreamServerEndpoint",
    "HostnameEndpoint",
    "ProcessEndpoint",
    "SSL4ClientEndpoint",
    "SSL4ServerEndpoint",
    "StandardErrorBehavior",
    "StandardIOEndpoint",
    "TCP4ClientEndpoint",
    "TCP4ServerEndpoint",
    "TCP6ClientEndpoint",
    "TCP6ServerEndpoint",
    "UNIXClientEndpoint",
    "UNIXServerEndpoint",
    "clientFromString",
    "connectProtocol",
    "quoteStringArgument",
    "serverFromString",
    "wrapClientTLS",
    "wrapServerTLS",
]

# Not public, but Twisted's upper layers and its plugins take these from here.
_FOR_UPPER_LAYERS = [
    _IProcessTransportWithConsumerAndProducer,
    _ProcessEndpointTransport,
    _SimpleHostnameResolver,
    _StandardIOParser,
    _SystemdParser,
    _TCP6ServerParser,
    _TCPServerEndpoint,
    _TLSClientEndpointParser,
    _TLSServerEndpoint,
    _TLSServerEndpointParser,
    _WrapIProtocol,
    _WrapperEndpoint,
    _WrapperServerEndpoint,
    _WrappingFactory,
    _WrappingProtocol,
]


# Names that Twisted has here too though they are others' own; loading those loads TLS.
_OTHERS = {
    "SNIConnectionCreator": "protocols._sni",
    "TLSMemoryBIOFactory": "protocols.tls",
    "autoReloadingDirectoryOfPEMs": "protocols._sni",
}


def __getattr__(name: str) -> Any:
    if name not in _OTHERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(neighbour(__name__, _OTHERS[name])), name)


publish(__name__, [*__all__, *(thing.__name__ for thing in _FOR_UPPER_LAYERS)])
