"""UNIX sockets: the classes behind listenUNIX, connectUNIX and their datagram sisters.

Programs use them through the reactor; some name them, to subclass or to test for them:

    Port                     what listenUNIX returns: an IListeningPort
    Connector                what connectUNIX returns: an IConnector
    Server, Client           ``protocol.transport``: an IUNIXTransport, which passes descriptors
    DatagramPort             what listenUNIXDatagram returns, ``protocol.transport`` too
    ConnectedDatagramPort    … connectUNIXDatagram

They touch an event loop, so they live in the adapter and are loaded from it when they
are first asked for; importing this module loads no event loop.
"""

from __future__ import annotations

# Programs take these from here.
from errno import EAGAIN as EAGAIN
from errno import ECONNREFUSED as ECONNREFUSED
from errno import EINTR as EINTR
from errno import EMSGSIZE as EMSGSIZE
from errno import ENOBUFS as ENOBUFS
from errno import EWOULDBLOCK as EWOULDBLOCK
from typing import TYPE_CHECKING, Any

from txloop import _host

if TYPE_CHECKING:
    Client: Any
    ConnectedDatagramPort: Any
    Connector: Any
    DatagramPort: Any
    Port: Any
    Server: Any
    _SendmsgMixin: Any

__all__ = ["Client", "ConnectedDatagramPort", "Connector", "DatagramPort", "Port", "Server", "_SendmsgMixin"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = _host.host().concrete(f"unix.{name}")
    return found
