"""Standard input and output: a transport for one protocol, without a port or an address.

    StandardIO(protocol)   over descriptors 0 and 1, or two others
    PipeAddress            what it says it is

StandardIO touches an event loop, so it lives in the adapter and is loaded from it when it
is first asked for; importing this module loads no event loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from txloop import _host
from txloop._public import publish
from txloop.internet.interfaces import IAddress
from txloop.python.runtime import platform as platform

if TYPE_CHECKING:
    StandardIO: Any

__all__ = ["PipeAddress", "StandardIO"]


@implementer(IAddress)
class PipeAddress:
    """The address of what has none: a pipe, a terminal, a file."""


def __getattr__(name: str) -> Any:
    if name != "StandardIO":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = _host.host().concrete("stdio.StandardIO")
    return found


publish(__name__, ["PipeAddress"])
