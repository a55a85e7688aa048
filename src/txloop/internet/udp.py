"""UDP: the classes behind listenUDP and listenMulticast.

Programs use them through the reactor; some name them, to subclass or to test for them:

    Port            what listenUDP returns, ``protocol.transport`` too
    MulticastPort   what listenMulticast returns
    MulticastMixin  what the second has beyond the first

They touch an event loop, so they live in the adapter and are loaded from it when they
are first asked for; importing this module loads no event loop.
"""

from __future__ import annotations

# Programs take these from here.
from errno import EAGAIN as EAGAIN
from errno import ECONNREFUSED as ECONNREFUSED
from errno import EINTR as EINTR
from errno import EMSGSIZE as EMSGSIZE
from errno import ENOPROTOOPT as ENOPROTOOPT
from errno import EWOULDBLOCK as EWOULDBLOCK
from typing import TYPE_CHECKING, Any

from txloop import _host
from txloop.python import log as log

if TYPE_CHECKING:
    MulticastMixin: Any
    MulticastPort: Any
    Port: Any

__all__ = ["MulticastMixin", "MulticastPort", "Port"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = _host.host().concrete(f"udp.{name}")
    return found
