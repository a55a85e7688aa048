"""What tests of protocols need: transports and reactors that are only pretended.

    StringTransport, StringTransportWithDisconnection, FakeDatagramTransport   _testing/transports.py
    MemoryReactor, MemoryReactorClock, RaisingMemoryReactor                    _testing/reactors.py
    AccumulatingProtocol, LineSendingProtocol, EventLoggingObserver, …         _testing/protocols.py

Source of the behaviour: Twisted 26.10, twisted.internet.testing, by running it.
"""

from __future__ import annotations

from txloop._public import publish
from txloop.internet._testing.protocols import (
    AccumulatingProtocol,
    EventLoggingObserver,
    LineSendingProtocol,
    NonStreamingProducer,
    waitUntilAllDisconnected,
)
from txloop.internet._testing.reactors import (
    MemoryReactor,
    MemoryReactorClock,
    RaisingMemoryReactor,
    SynchronousResolver,  # noqa: F401  # not in Twisted's list, but there
)
from txloop.internet._testing.transports import (
    FakeDatagramTransport,
    StringIOWithoutClosing,
    StringTransport,
    StringTransportWithDisconnection,
    _FakeConnector,
    _FakePort,
)

# Twisted's list, in its order; twisted.test.proto_helpers has the same.
__all__ = [  # noqa: RUF022
    "AccumulatingProtocol",
    "LineSendingProtocol",
    "FakeDatagramTransport",
    "StringTransport",
    "StringTransportWithDisconnection",
    "StringIOWithoutClosing",
    "_FakeConnector",
    "_FakePort",
    "MemoryReactor",
    "MemoryReactorClock",
    "RaisingMemoryReactor",
    "NonStreamingProducer",
    "waitUntilAllDisconnected",
    "EventLoggingObserver",
]

publish(__name__, [*__all__, "SynchronousResolver"])
