"""Is this text an IP address?  Then it needs no resolver.

(`inet_pton` decides, which knows no scopes: ``fe80::1%eth0`` is asked for without them.)
"""

from __future__ import annotations

from socket import AF_INET, AF_INET6, inet_pton


def isIPAddress(addr: str | bytes, family: int = AF_INET) -> bool:
    """True iff *addr* is an IP address in text.

    Args:
        addr: Text; bytes are taken as ASCII.
        family: AF_INET for dotted quads, AF_INET6 for the colon form, with or without a
            ``%scope``.
    """
    if isinstance(addr, bytes):
        try:
            addr = addr.decode("ascii")
        except UnicodeDecodeError:
            return False
    if family == AF_INET6:
        addr = addr.split("%", 1)[0]
    elif family != AF_INET:
        raise ValueError(f"unknown address family {family!r}")
    try:
        inet_pton(family, addr)
    except (ValueError, OSError):
        return False
    return True


def isIPv6Address(addr: str) -> bool:
    """True iff *addr* is an IPv6 address in text, with or without a ``%scope``."""
    return isIPAddress(addr, AF_INET6)
