"""Services and ports from the text of an endpoint: ``service("tcp:8080", factory)``."""

from __future__ import annotations

from typing import Any

from txloop._public import publish
from txloop.application.internet import StreamServerEndpointService
from txloop.internet import endpoints

__all__ = ["listen", "service"]


def _getReactor() -> Any:
    from txloop.internet import reactor  # the reactor is asked for when it is needed, never at import

    return reactor


def service(description: str, factory: Any, reactor: Any = None) -> StreamServerEndpointService:
    """The service that listens where *description* says.

    Args:
        description: As `serverFromString` takes it: ``"tcp:8080:interface=127.0.0.1"``.
        reactor: The current one, if None.
    Returns:
        The service; when it cannot listen, its start raises.
    """
    endpoint = endpoints.serverFromString(_getReactor() if reactor is None else reactor, description)
    made = StreamServerEndpointService(endpoint, factory)
    made._raiseSynchronously = True
    return made


def listen(description: str, factory: Any) -> Any:
    """Listen where *description* says, with the current reactor, now.

    Returns:
        The port.
    """
    from txloop.internet import reactor  # as in _getReactor

    name, args, kw = endpoints._parseServer(description, factory)
    return getattr(reactor, "listen" + name)(*args, **kw)


publish(__name__, __all__)
