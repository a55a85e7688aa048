"""The types of endpoints beyond ``tcp:``, ``unix:`` and ``ssl:``."""

from __future__ import annotations

from txloop.internet._endpoint_plugins import (
    _StandardIOParser,
    _SystemdParser,
    _TCP6ServerParser,
    _TLSClientEndpointParser,
    _TLSServerEndpointParser,
)

systemdEndpointParser = _SystemdParser()
tcp6ServerEndpointParser = _TCP6ServerParser()
stdioEndpointParser = _StandardIOParser()
tlsClientEndpointParser = _TLSClientEndpointParser()
tlsServerEndpointParser = _TLSServerEndpointParser()
