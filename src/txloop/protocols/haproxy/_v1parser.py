"""Version 1 of the header: a line of text, 107 bytes at most.

PROXY TCP4 192.0.2.1 198.51.100.1 56324 443        client, where it connected to, both ports
PROXY UNKNOWN …                                    what follows means nothing
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from txloop.internet import address
from txloop.internet.abstract import isIPAddress, isIPv6Address
from txloop.protocols.haproxy import _info, _interfaces
from txloop.protocols.haproxy._exceptions import (
    InvalidNetworkProtocol,
    InvalidProxyHeader,
    MissingAddressData,
    convertError,
)

# The longest header with its line's end, by the specification.
_LONGEST_BYTES = 107
_LARGEST_PORT = 65535


@implementer(_interfaces.IProxyParser)
class V1Parser:
    """Reads one header of version 1."""

    PROXYSTR = b"PROXY"
    UNKNOWN_PROTO = b"UNKNOWN"
    TCP4_PROTO = b"TCP4"
    TCP6_PROTO = b"TCP6"

    ALLOWED_NET_PROTOS = (TCP4_PROTO, TCP6_PROTO, UNKNOWN_PROTO)

    NEWLINE = b"\r\n"

    def __init__(self) -> None:
        self.buffer = b""

    def feed(self, data: bytes) -> tuple[_info.ProxyInfo, bytes] | tuple[None, None]:
        """Take the next bytes.

        Returns:
            What the header says, and the bytes behind it; both None while it is not whole.
        Raises:
            InvalidProxyHeader: It will never be one.
        """
        self.buffer += data
        line, end, rest = self.buffer.partition(self.NEWLINE)
        if not end:
            if len(self.buffer) > _LONGEST_BYTES:
                raise InvalidProxyHeader
            return None, None
        self.buffer = b""
        return self.parse(line), rest

    @classmethod
    def parse(cls, line: bytes) -> _info.ProxyInfo:
        """What *line* says, a header without its end.

        Raises:
            InvalidProxyHeader: It is none.
            InvalidNetworkProtocol: Neither TCP4 nor TCP6 nor UNKNOWN.
            MissingAddressData: It ends too early.
        """
        word, *fields = line.split(b" ")
        if word != cls.PROXYSTR or len(line) + len(cls.NEWLINE) > _LONGEST_BYTES:
            raise InvalidProxyHeader
        if not fields:
            raise InvalidProxyHeader if line == cls.PROXYSTR else InvalidNetworkProtocol
        if fields[0] not in cls.ALLOWED_NET_PROTOS:
            raise InvalidNetworkProtocol
        if fields[0] == cls.UNKNOWN_PROTO:
            return _info.ProxyInfo(line, None, None)
        if len(fields) < 5:
            raise InvalidNetworkProtocol if len(fields) == 1 else MissingAddressData
        if len(fields) > 5:
            raise InvalidProxyHeader
        with convertError(ValueError, InvalidProxyHeader):  # UnicodeDecodeError is one
            client, server, client_port, server_port = (field.decode("ascii") for field in fields[1:])
            source = cls._address(fields[0], client, client_port)
            destination = cls._address(fields[0], server, server_port)
        return _info.ProxyInfo(line, source, destination)

    @classmethod
    def _address(cls, protocol: bytes, host: str, port: str) -> Any:
        make, is_one = (
            (address.IPv4Address, isIPAddress)
            if protocol == cls.TCP4_PROTO
            else (address.IPv6Address, isIPv6Address)
        )
        if not is_one(host) or not port.isdecimal() or int(port) > _LARGEST_PORT:
            raise ValueError(f"no address: {host} {port}")
        return make("TCP", host, int(port))
