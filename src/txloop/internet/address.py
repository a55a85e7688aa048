"""Addresses: who is at the other end of a connection, and where we are ourselves.

Each is a plain value: equal when its fields are, usable as a key of a dict.

Source: fields, repr, equality and hash were read off Twisted 26.10 by running it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from zope.interface import implementer

from txloop._public import publish
from txloop.internet.interfaces import IAddress

__all__ = ["HostnameAddress", "IPv4Address", "IPv6Address", "UNIXAddress"]

Transport = Literal["TCP", "UDP"]


def _check_transport(type: object) -> None:
    if type not in ("TCP", "UDP"):
        raise ValueError(f"'type' must be in ['TCP', 'UDP'] (got {type!r})")


@implementer(IAddress)
@dataclass(order=True, unsafe_hash=True)
class IPv4Address:
    """One end of a connection or a datagram, over IPv4.

    Attributes:
        type: ``"TCP"`` or ``"UDP"``; anything else raises ValueError.
        host: The address in dotted form.
        port: The port number.
    """

    type: Transport
    host: str
    port: int

    def __post_init__(self) -> None:
        _check_transport(self.type)


@implementer(IAddress)
@dataclass(order=True, unsafe_hash=True)
class IPv6Address:
    """One end of a connection or a datagram, over IPv6.

    Attributes:
        type: ``"TCP"`` or ``"UDP"``; anything else raises ValueError.
        host: The address in colon form, without a scope.
        port: The port number.
        flowInfo: The flow label.
        scopeID: The interface a link-local address belongs to: its index or its name.
    """

    type: Transport
    host: str
    port: int
    flowInfo: int = 0
    scopeID: str | int = 0

    def __post_init__(self) -> None:
        _check_transport(self.type)


@implementer(IAddress)
@dataclass(order=True, unsafe_hash=True)
class HostnameAddress:
    """A host by its name, which nobody has looked up yet.

    Attributes:
        hostname: The name.
        port: The port number.
    """

    hostname: bytes
    port: int


@implementer(IAddress)
class UNIXAddress:
    """One end of a UNIX socket's connection: a path.

    Two addresses are equal when their paths are the same or lead to the same file.

    Attributes:
        name: The path as bytes, whether text or bytes was given; a leading NUL marks one
            of Linux' abstract names.  None for the end of a socket that has no name.
    """

    __match_args__ = ("name",)

    def __init__(self, name: str | bytes | None) -> None:
        if not (name is None or isinstance(name, (str, bytes))):
            raise TypeError(f"name must be str, bytes or None, not {type(name).__name__}")
        self.name: bytes | None = os.fsencode(name) if isinstance(name, str) else name

    def _file(self) -> tuple[int, int] | None:
        """What identifies the file at the path; None without a path or a file."""
        if not self.name or self.name.startswith(b"\0"):
            return None
        try:
            found = os.stat(self.name)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UNIXAddress):
            return NotImplemented
        if self.name == other.name:
            return True
        file = self._file()
        return file is not None and file == other._file()

    def __hash__(self) -> int:
        # By the file, so that two paths to it, being equal, hash equal.
        return hash(self._file() or self.name)

    def __repr__(self) -> str:
        name = None if self.name is None else os.fsdecode(self.name)
        return f"UNIXAddress({name!r})"


@implementer(IAddress)
class _ProcessAddress:
    """Both ends of a connection to a child process: there is nothing to say about them."""


publish(__name__, [*__all__, "_ProcessAddress"])
