"""Protocols and their factories: what a program derives from.

    class Echo(Protocol):                       one object a connection
        def dataReceived(self, data):
            self.transport.write(data)

    reactor.listenTCP(8007, Factory.forProtocol(Echo))

This is the door; the rooms: _protocols.py, _factories.py, _reconnecting.py,
_client_creator.py, _file_wrapper.py.

Source: names, signatures, order of calls and log texts were read off Twisted 26.10 by
running it.
"""

from __future__ import annotations

from txloop._public import publish
from txloop.internet._client_creator import ClientCreator
from txloop.internet._client_creator import _InstanceFactory as _InstanceFactory
from txloop.internet._factories import ClientFactory, Factory, ServerFactory
from txloop.internet._factories import P as P  # Twisted's own tcp module asks for it
from txloop.internet._file_wrapper import FileWrapper
from txloop.internet._protocols import (
    AbstractDatagramProtocol,
    BaseProtocol,
    ConnectedDatagramProtocol,
    ConsumerToProtocolAdapter,
    DatagramProtocol,
    ProcessProtocol,
    Protocol,
    ProtocolToConsumerAdapter,
    connectionDone,
)
from txloop.internet._reconnecting import ReconnectingClientFactory

__all__ = [
    "AbstractDatagramProtocol",
    "BaseProtocol",
    "ClientCreator",
    "ClientFactory",
    "ConnectedDatagramProtocol",
    "ConsumerToProtocolAdapter",
    "DatagramProtocol",
    "Factory",
    "FileWrapper",
    "ProcessProtocol",
    "Protocol",
    "ProtocolToConsumerAdapter",
    "ReconnectingClientFactory",
    "ServerFactory",
    "connectionDone",
]

publish(__name__, [*(name for name in __all__ if name != "connectionDone"), "_InstanceFactory"])
