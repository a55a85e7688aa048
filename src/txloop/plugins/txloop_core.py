"""The types of endpoints beyond ``tcp:``, ``unix:`` and ``ssl:``, and the reactors by name."""

from __future__ import annotations

from txloop.application.reactors import Reactor
from txloop.internet._endpoints.plugins import (
    _StandardIOParser,
    _SystemdParser,
    _TCP6ServerParser,
    _TLSClientEndpointParser,
    _TLSServerEndpointParser,
)
from txloop.protocols.haproxy._parser import HAProxyServerParser

systemdEndpointParser: _SystemdParser = _SystemdParser()
tcp6ServerEndpointParser: _TCP6ServerParser = _TCP6ServerParser()
stdioEndpointParser: _StandardIOParser = _StandardIOParser()
tlsClientEndpointParser: _TLSClientEndpointParser = _TLSClientEndpointParser()
tlsServerEndpointParser: _TLSServerEndpointParser = _TLSServerEndpointParser()
haproxy: HAProxyServerParser = HAProxyServerParser()

# The reactors that `twistd --reactor` knows: every name that means asyncio, or "whatever is best here".
default: Reactor = Reactor(
    "default", "txloop.internet.default", "asyncio's loop, or uvloop if it is installed."
)
asyncio: Reactor = Reactor("asyncio", "txloop.internet.asyncioreactor", "asyncio based reactor")
epoll: Reactor = Reactor("epoll", "txloop.internet.epollreactor", "another name of the default")
poll: Reactor = Reactor("poll", "txloop.internet.pollreactor", "another name of the default")
select: Reactor = Reactor("select", "txloop.internet.selectreactor", "another name of the default")
kqueue: Reactor = Reactor("kqueue", "txloop.internet.kqreactor", "another name of the default")
