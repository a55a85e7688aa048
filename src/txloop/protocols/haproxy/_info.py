"""What a header says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zope.interface import implementer

from txloop.protocols.haproxy._interfaces import IProxyInfo


@implementer(IProxyInfo)
@dataclass(frozen=True)
class ProxyInfo:
    """What a header says.

    Attributes:
        header: Its bytes.
        source: The client's IAddress, or None.
        destination: The IAddress that the client connected to, or None.
    """

    header: bytes
    source: Any
    destination: Any
