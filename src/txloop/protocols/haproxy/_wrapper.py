"""What stands between the transport and a protocol that is listened with.

the first bytes    ->  which version; a parser is made, and fed until the header is whole
the rest           ->  the protocol inside, whose transport has the header's addresses
not a header       ->  disconnected, and nothing reaches the protocol inside
"""

from __future__ import annotations

from typing import Any

from txloop.internet._endpoints.wrapping import _WrapperServerEndpoint
from txloop.internet.interfaces import ILoggingContext
from txloop.protocols import policies
from txloop.protocols.haproxy import _info
from txloop.protocols.haproxy._exceptions import InvalidProxyHeader
from txloop.protocols.haproxy._v1parser import V1Parser
from txloop.protocols.haproxy._v2parser import V2Parser


class HAProxyProtocolWrapper(policies.ProtocolWrapper):
    """Takes the header off, and tells its addresses as the transport's."""

    def __init__(self, factory: policies.WrappingFactory[Any], wrappedProtocol: Any) -> None:
        super().__init__(factory, wrappedProtocol)
        self._proxyInfo: _info.ProxyInfo | None = None
        self._parser: V1Parser | V2Parser | None = None
        self._begin = b""

    def dataReceived(self, data: bytes) -> None:
        if self._proxyInfo is not None:
            self.wrappedProtocol.dataReceived(data)
            return
        try:
            self._proxyInfo, rest = self._feed(data)
        except InvalidProxyHeader:
            self.loseConnection()
            return
        if self._proxyInfo is not None and rest:
            self.wrappedProtocol.dataReceived(rest)

    def _feed(self, data: bytes) -> tuple[_info.ProxyInfo, bytes] | tuple[None, None]:
        if self.disconnecting:
            return None, None  # it had a wrong one
        if self._parser is None:
            self._begin += data
            self._parser, data = _parser_for(self._begin), self._begin
        return self._parser.feed(data) if self._parser else (None, None)

    def getPeer(self) -> Any:
        """The client's address, if the header tells it."""
        source = self._proxyInfo and self._proxyInfo.source
        return source or self.transport.getPeer()

    def getHost(self) -> Any:
        """The address that the client connected to, if the header tells it."""
        destination = self._proxyInfo and self._proxyInfo.destination
        return destination or self.transport.getHost()


def _parser_for(begin: bytes) -> V1Parser | V2Parser | None:
    """What reads a header that begins so; None: it is too early to say."""
    kinds: tuple[tuple[bytes, type[V1Parser | V2Parser]], ...] = (
        (V1Parser.PROXYSTR + b" ", V1Parser),
        (V2Parser.PREFIX, V2Parser),
    )
    for prefix, kind in kinds:
        if begin.startswith(prefix):
            return kind()
        if prefix.startswith(begin):
            return None
    raise InvalidProxyHeader


class HAProxyWrappingFactory(policies.WrappingFactory[Any]):
    """Puts a `HAProxyProtocolWrapper` around each protocol."""

    protocol: Any = HAProxyProtocolWrapper

    def logPrefix(self) -> str:
        """The inner factory's, and that there is a proxy before it."""
        inner = self.wrappedFactory
        named = ILoggingContext.providedBy(inner)
        return f"{inner.logPrefix() if named else type(inner).__name__} (PROXY)"


def proxyEndpoint(wrappedEndpoint: Any) -> _WrapperServerEndpoint:
    """An endpoint that expects a header on each connection of *wrappedEndpoint*."""
    return _WrapperServerEndpoint(wrappedEndpoint, HAProxyWrappingFactory)
