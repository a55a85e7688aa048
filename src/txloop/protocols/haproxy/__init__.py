"""HAProxy's PROXY protocol, versions 1 and 2: whom a proxy connects you with.

    endpoint = proxyEndpoint(TCP4ServerEndpoint(reactor, 8080))     or "haproxy:tcp:8080"

A proxy writes a header before the first byte of a connection.  It is taken off, and the
transport's getPeer() and getHost() are then the client's address and the one it connected to.
Whoever sends no header, or a wrong one, is disconnected.

    _wrapper    the protocol and factory around those that are listened with
    _v1parser   PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\\r\\n
    _v2parser   the same in binary
    _parser     the endpoint's prefix

Source: the specification (proxy-protocol.txt of HAProxy); names and errors as of Twisted 26.10's
twisted.protocols.haproxy, by running it.
"""

from __future__ import annotations

from txloop._public import publish
from txloop.protocols.haproxy._wrapper import proxyEndpoint

__all__ = ["proxyEndpoint"]

publish(__name__, __all__)
