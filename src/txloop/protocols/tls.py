"""TLS over any transport, TLS itself included.

    factory = TLSMemoryBIOFactory(context, isClient, factory_of_the_protocol_inside)
    reactor.listenTCP(port, factory)     # what listenSSL does

Contexts may be ``ssl.SSLContext``, or pyOpenSSL's by way of `internet.ssl` or an older
factory with ``getContext()``.

    _tls/protocol.py    the states, the bytes' way, how it ends
    _tls/engine.py      the standard library's engine;  _tls/openssl.py: pyOpenSSL's
    _tls_legacy.py      what may be given as context factory;  _tls/creators.py: from there to an engine
    _tls/buffering.py   one record for the writes of a turn
    _tls/alpn.py, _tls/producers.py, _tls/writes.py
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from txloop._public import publish
from txloop.internet import interfaces
from txloop.internet._producer_helpers import _PullToPush
from txloop.protocols._tls.buffering import BufferingTLSTransport
from txloop.protocols._tls.creators import make_engine
from txloop.protocols._tls.engine import Engine
from txloop.protocols._tls.producers import _ProducerMembrane
from txloop.protocols._tls.protocol import TLSMemoryBIOProtocol
from txloop.protocols._tls.writes import _AggregateSmallWrites, _NullAggregator
from txloop.protocols._tls_legacy import (
    LegacyContextFactoryWarning,
    SomeConnectionCreator,
    _convertToAppropriateFactory,
)
from txloop.protocols._wrapping import WrappingFactory

__all__ = [
    "BufferingTLSTransport",
    "LegacyContextFactoryWarning",
    "SomeConnectionCreator",
    "TLSMemoryBIOFactory",
    "TLSMemoryBIOProtocol",
    "_AggregateSmallWrites",
    "_NullAggregator",
    "_ProducerMembrane",
    "_PullToPush",
    "_convertToAppropriateFactory",
    "_get_default_clock",
]


def _get_default_clock() -> Any:
    """The ambient reactor."""
    from txloop.internet import reactor  # the reactor is asked for when it is needed, never at import

    return reactor


class TLSMemoryBIOFactory(WrappingFactory[Any]):
    """Makes protocols that speak TLS around those that *wrappedFactory* builds.

    Args:
        contextFactory: An ``ssl.SSLContext``, an IOpenSSLClientConnectionCreator or
            IOpenSSLServerConnectionCreator, or an object with ``getContext()``.
        isClient: Which side of the handshake is ours.
        wrappedFactory: If it provides IProtocolNegotiationFactory, its acceptableProtocols()
            are offered by ALPN.  (With an ``ssl.SSLContext`` that is written into the context.)
        clock: Of the calls that join small writes and bound the close; the reactor without one.
    Raises:
        TypeError: *contextFactory* is none of these.
    Source: Twisted 26.10, by running it.
    """

    protocol: Any = BufferingTLSTransport
    noisy = False

    def __init__(self, contextFactory: Any, isClient: bool, wrappedFactory: Any, clock: Any = None) -> None:
        super().__init__(wrappedFactory)
        self._is_client = isClient
        self._creatorCallable = _convertToAppropriateFactory(isClient, contextFactory)
        self._clock = clock if clock is not None else _get_default_clock()

    def logPrefix(self) -> str:
        """``Echo (TLS)``: the inner factory's prefix."""
        wrapped = self.wrappedFactory
        prefix = (
            wrapped.logPrefix() if interfaces.ILoggingContext.providedBy(wrapped) else type(wrapped).__name__
        )
        return f"{prefix} (TLS)"

    # ---- ours: TLSMemoryBIOProtocol asks ----------------------------------------

    @property
    def clock(self) -> Any:
        """Has callLater."""
        return self._clock

    def engine_for(self, protocol: TLSMemoryBIOProtocol, transport: Any) -> Engine:
        """A new engine for *protocol*, which will speak over *transport*."""
        made = self._creatorCallable(protocol)
        return make_engine(made, self._is_client, protocol, transport, self.protocol_names())

    def protocol_names(self) -> Sequence[bytes]:
        """What the factory inside speaks, for ALPN; the best first."""
        negotiates = interfaces.IProtocolNegotiationFactory.providedBy(self.wrappedFactory)
        return tuple(self.wrappedFactory.acceptableProtocols()) if negotiates else ()


_PUBLISHED_ELSEWHERE = {
    "LegacyContextFactoryWarning",
    "SomeConnectionCreator",
    "_convertToAppropriateFactory",
    "_PullToPush",
}
publish(__name__, [name for name in __all__ if name not in _PUBLISHED_ELSEWHERE])
