"""TCP: the classes behind listenTCP and connectTCP.

Programs use them through the reactor; some name them, to subclass or to test for them:

    Port        what listenTCP returns: an IListeningPort
    Connector   what connectTCP returns: an IConnector
    Server      ``protocol.transport`` of an accepted connection
    Client      … of one that a Connector made

They touch an event loop, so they live in the adapter and are loaded from it when they
are first asked for; importing this module loads no event loop.
"""

from __future__ import annotations

# Programs (and Twisted's tests) take these from here.
from errno import (
    EAGAIN,
    EALREADY,
    ECONNABORTED,
    EINPROGRESS,
    EINVAL,
    EISCONN,
    EMFILE,
    ENFILE,
    ENOBUFS,
    ENOMEM,
    EPERM,
    EWOULDBLOCK,
)
from typing import TYPE_CHECKING, Any

from txloop import _host
from txloop._public import publish
from txloop.internet._reserved_descriptor import (
    _ACCEPT_ERRORS,
    _BuffersLogs,
    _FileDescriptorReservation,
    _IFileDescriptorReservation,
    _NullFileDescriptorReservation,
)
from txloop.internet._tcp_binding import _NUMERIC_ONLY, _resolveIPv6, makeBinding
from txloop.internet.error import CannotListenError

if TYPE_CHECKING:
    BaseClient: Any
    Client: Any
    Connection: Any
    Connector: Any
    Port: Any
    Server: Any

__all__ = [
    "EAGAIN",
    "EALREADY",
    "ECONNABORTED",
    "EINPROGRESS",
    "EINVAL",
    "EISCONN",
    "EMFILE",
    "ENFILE",
    "ENOBUFS",
    "ENOMEM",
    "EPERM",
    "EWOULDBLOCK",
    "_ACCEPT_ERRORS",
    "_NUMERIC_ONLY",
    "BaseClient",
    "CannotListenError",
    "Client",
    "Connection",
    "Connector",
    "Port",
    "Server",
    "_BuffersLogs",
    "_FileDescriptorReservation",
    "_IFileDescriptorReservation",
    "_NullFileDescriptorReservation",
    "_resolveIPv6",
    "makeBinding",
]

_CONCRETE = frozenset({"BaseClient", "Client", "Connection", "Connector", "Port", "Server"})


def __getattr__(name: str) -> Any:
    if name not in _CONCRETE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = _host.host().concrete(f"tcp.{name}")
    return found


publish(__name__, [name for name in __all__ if name not in _CONCRETE])
