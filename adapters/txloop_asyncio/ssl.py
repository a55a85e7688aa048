"""Ports and connectors whose protocols speak TLS: the classes that `txloop.internet.ssl` shows.

    listenSSL    Port:      a TCP port, around whose factory stands a TLSMemoryBIOFactory
    connectSSL   Connector: likewise

Nothing else differs from TCP: TLS is a protocol over the connection (txloop/protocols/tls.py).
Loaded by the first of these: most programs speak no TLS.
"""

from __future__ import annotations

from typing import Any

from txloop.protocols.tls import TLSMemoryBIOFactory
from txloop_asyncio import tcp

__all__ = ["Connector", "Port"]


class Port(tcp.Port):
    """A TCP port whose protocols speak TLS.

    Args:
        port: As in `tcp.Port`, and so are the others.
        ctxFactory: An ``ssl.SSLContext``, or what TLSMemoryBIOFactory takes else.
    """

    __module__ = "txloop.internet.ssl"

    _type = "TLS"

    def __init__(
        self,
        port: Any,
        factory: Any,
        ctxFactory: Any,
        backlog: int = 50,
        interface: str = "",
        reactor: Any = None,
    ) -> None:
        secured = TLSMemoryBIOFactory(ctxFactory, False, factory, reactor)
        super().__init__(port, secured, backlog, interface, reactor)


class Connector(tcp.Connector):
    """Connects; the protocol speaks TLS.

    Args:
        host: As in `tcp.Connector`, and so are the others.
        contextFactory: An ``ssl.SSLContext``, or what TLSMemoryBIOFactory takes else.
    """

    __module__ = "txloop.internet.ssl"

    def __init__(
        self,
        host: str,
        port: int | str,
        factory: Any,
        contextFactory: Any,
        timeout: float | None,
        bindAddress: Any,
        reactor: Any = None,
    ) -> None:
        secured = TLSMemoryBIOFactory(contextFactory, True, factory, reactor)
        super().__init__(host, port, secured, timeout, bindAddress, reactor)
