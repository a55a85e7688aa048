"""``haproxy:`` before the description of another server endpoint: ``haproxy:tcp:8080``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zope.interface import implementer

from txloop.internet._endpoints.strings import quoteStringArgument, serverFromString
from txloop.internet._endpoints.wrapping import _WrapperServerEndpoint
from txloop.internet.interfaces import IStreamServerEndpointStringParser
from txloop.plugin import IPlugin
from txloop.protocols.haproxy._wrapper import proxyEndpoint


def unparseEndpoint(args: tuple[object, ...], kwargs: Mapping[str, object]) -> str:
    """The description that these parts were taken from."""
    quote = quoteStringArgument
    parts = [quote(str(arg)) for arg in args]
    return ":".join(parts + [f"{quote(name)}={quote(str(value))}" for name, value in kwargs.items()])


@implementer(IPlugin, IStreamServerEndpointStringParser)
class HAProxyServerParser:
    """Wraps the endpoint that is described behind the prefix."""

    prefix = "haproxy"

    def parseStreamServer(self, reactor: Any, *args: object, **kwargs: object) -> _WrapperServerEndpoint:
        """The endpoint; what is wrong is as serverFromString() says it."""
        return proxyEndpoint(serverFromString(reactor, unparseEndpoint(args, kwargs)))
