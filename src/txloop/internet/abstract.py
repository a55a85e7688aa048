"""What descriptors and addresses have in common: `FileDescriptor`, and texts that are IP addresses."""

from __future__ import annotations

from txloop._public import publish
from txloop.internet._ip_text import isIPAddress, isIPv6Address

__all__ = ["isIPAddress", "isIPv6Address"]

publish(__name__, __all__)
