"""What a header says, and what reads it."""

from __future__ import annotations

from typing import Any

from zope.interface import Attribute, Interface


class IProxyInfo(Interface):
    """What a header says."""

    header = Attribute("The header itself, bytes.")
    source = Attribute("The client's IAddress; None if it is not told.")
    destination = Attribute("The IAddress that the client connected to; None if it is not told.")


class IProxyParser(Interface):
    """Reads a header."""

    def feed(data: bytes) -> Any:
        """Take the next bytes.

        Returns:
            The IProxyInfo and the bytes behind the header; both None while it is not whole.
        Raises:
            InvalidProxyHeader: It will never be one.
        """

    def parse(line: bytes) -> Any:
        """The IProxyInfo of a whole header; raises InvalidProxyHeader."""
