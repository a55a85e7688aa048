"""twisted.internet.base: the parts of a reactor that programs name.

    DelayedCall         what callLater returns
    BasePort            a base for ports of a program's own
    ReactorBase         the reactor class, for isinstance()
    PluggableResolverMixin   for reactors of one's own
    BlockingResolver    gethostbyname(), now
    ThreadedResolver    gethostbyname(), in a thread of the reactor's pool
    _ThreePhaseEvent    a system event; the name is public by use

Not here: what these do (_delayed_call.py, _reactor_face.py, _system_events.py).
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any, NewType

from zope.interface import implementer

from txloop._public import publish
from txloop.internet._connector import BaseConnector
from txloop.internet._delayed_call import DelayedCall
from txloop.internet._file_descriptor import FileDescriptor
from txloop.internet._pluggable_resolver import BlockingResolver, PluggableResolverMixin
from txloop.internet._reactor_face import AsyncioReactor as ReactorBase
from txloop.internet._resolver import ComplexResolverSimplifier as _ComplexResolverSimplifier  # noqa: F401
from txloop.internet._resolver import GAIResolver as _GAIResolver  # noqa: F401
from txloop.internet._resolver import SimpleResolverComplexifier as _SimpleResolverComplexifier  # noqa: F401
from txloop.internet._system_events import _ThreePhaseEvent as _ThreePhaseEvent
from txloop.internet.defer import Deferred
from txloop.internet.error import DNSLookupError
from txloop.internet.interfaces import IResolverSimple
from txloop.internet.threads import deferToThreadPool
from txloop.python.failure import Failure

__all__ = [
    "BaseConnector",
    "BasePort",
    "BlockingResolver",
    "DelayedCall",
    "PluggableResolverMixin",
    "ReactorBase",
    "ThreadedResolver",
]

# For annotations: what addSystemEventTrigger returns.
_SystemEventID = NewType("_SystemEventID", tuple[str, Any])


class BasePort(FileDescriptor):
    """A base for ports of a program's own; txloop's are not made of it.

    Attributes:
        addressFamily: The socket's, AF_INET for example; set by the subclass.
        socketType: Likewise, SOCK_STREAM for example.
    """

    addressFamily: Any = None
    socketType: Any = None

    def createInternetSocket(self) -> socket.socket:
        """A new socket of that kind, which does not wait and is not inherited by children."""
        made = socket.socket(self.addressFamily, self.socketType)
        made.setblocking(False)
        return made

    def doWrite(self) -> Any:
        """Nothing: a port does not write."""
        raise RuntimeError(f"doWrite called on a {type(self).__name__}")


@implementer(IResolverSimple)
class ThreadedResolver:
    """Look names up in threads of *reactor*'s pool."""

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor

    def getHostByName(self, name: str, timeout: Sequence[int] = (1, 3, 11, 45)) -> Deferred[str]:
        """The IPv4 address, or DNSLookupError.

        Args:
            timeout: Seconds; after their sum the lookup fails, though its thread goes on.
                Nothing (or 0) waits for 60.
        """
        seconds = sum(timeout) if timeout else 60
        answer: Deferred[str] = Deferred()
        asked = deferToThreadPool(self.reactor, self.reactor.getThreadPool(), socket.gethostbyname, name)
        give_up = self.reactor.callLater(
            seconds, answer.errback, DNSLookupError(f"address {name!r} not found: timeout error")
        )

        def found(result: str | Failure) -> None:
            if not give_up.active():
                return  # too late
            give_up.cancel()
            if isinstance(result, Failure):
                answer.errback(DNSLookupError(f"address {name!r} not found: {result.getErrorMessage()}"))
            else:
                answer.callback(result)

        asked.addBoth(found)
        return answer


# Not ReactorBase: the class's home is asyncioreactor, which can install it.
publish(__name__, [*(name for name in __all__ if name != "ReactorBase"), "_ThreePhaseEvent"])
