"""Version 2 of the header, in binary.

offset  bytes
     0     12   PREFIX
    12      1   version (2) and command: LOCAL (the proxy itself connects) or PROXY
    13      1   family and protocol
    14      2   how many bytes follow
    16          both addresses, both ports; what is behind them (TLVs) is skipped
"""

from __future__ import annotations

import struct
from socket import inet_ntoa
from typing import Any

from constantly import ValueConstant, Values  # type: ignore[import-untyped]
from zope.interface import implementer

from txloop.internet import address
from txloop.protocols.haproxy import _info, _interfaces
from txloop.protocols.haproxy._exceptions import (
    InvalidNetworkProtocol,
    InvalidProxyHeader,
    MissingAddressData,
    convertError,
)

_HIGH = 0b11110000
_LOW = 0b00001111
_LOCALCOMMAND = "LOCAL"
_PROXYCOMMAND = "PROXY"
_LENGTH = struct.Struct("!H")


class NetFamily(Values):  # type: ignore[misc]  # an untyped base
    """The kinds of addresses: the upper half of their byte."""

    UNSPEC = ValueConstant(0x00)
    INET = ValueConstant(0x10)
    INET6 = ValueConstant(0x20)
    UNIX = ValueConstant(0x30)


class NetProtocol(Values):  # type: ignore[misc]  # an untyped base
    """The kinds of connections: the lower half of their byte."""

    UNSPEC = ValueConstant(0)
    STREAM = ValueConstant(1)
    DGRAM = ValueConstant(2)


_IPV4, _IPV6, _UNIX = "!4s4s2H", "!16s16s2H", "!108s108s"


@implementer(_interfaces.IProxyParser)
class V2Parser:
    """Reads one header of version 2."""

    PREFIX = b"\r\n\r\n\x00\r\nQUIT\n"
    VERSIONS = [0x20]  # noqa: RUF012 - a list in Twisted, too
    COMMANDS = {0: _LOCALCOMMAND, 1: _PROXYCOMMAND}  # noqa: RUF012
    ADDRESSFORMATS = {  # noqa: RUF012
        0x11: _IPV4,
        0x12: _IPV4,
        0x21: _IPV6,
        0x22: _IPV6,
        0x31: _UNIX,
        0x32: _UNIX,
    }

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
        begin = len(self.PREFIX)
        if not (self.buffer[:begin] == self.PREFIX[: len(self.buffer)]):
            raise InvalidProxyHeader
        if len(self.buffer) < begin + 4:
            return None, None
        (length,) = _LENGTH.unpack_from(self.buffer, begin + 2)
        size = begin + 4 + length
        if len(self.buffer) < size:
            return None, None
        header, rest = self.buffer[:size], self.buffer[size:]
        self.buffer = b""
        return self.parse(header), rest

    @staticmethod
    def _bytesToIPv4(bytestring: bytes) -> bytes:
        """The text of an address of 4 bytes."""
        return inet_ntoa(bytestring).encode("ascii")

    @staticmethod
    def _bytesToIPv6(bytestring: bytes) -> bytes:
        """The text of an address of 16 bytes: eight numbers, none left out."""
        return b":".join(b"%x" % number for number in struct.unpack("!8H", bytestring))

    @classmethod
    def parse(cls, line: bytes) -> _info.ProxyInfo:
        """What *line* says, a whole header.

        Raises:
            InvalidProxyHeader: It is none: no prefix, another version, an unknown command.
            InvalidNetworkProtocol: An unknown family or protocol.
            MissingAddressData: It is too short for its addresses.
        """
        begin = len(cls.PREFIX)
        if line[:begin] != cls.PREFIX:
            raise InvalidProxyHeader
        with convertError(IndexError, MissingAddressData):
            version_and_command, kind = line[begin], line[begin + 1]
        if version_and_command & _HIGH not in cls.VERSIONS:
            raise InvalidProxyHeader
        if version_and_command & _LOW not in cls.COMMANDS:
            raise InvalidProxyHeader
        with convertError(ValueError, InvalidNetworkProtocol):
            family = NetFamily.lookupByValue(kind & _HIGH)
            protocol = NetProtocol.lookupByValue(kind & _LOW)
        if (
            cls.COMMANDS[version_and_command & _LOW] == _LOCALCOMMAND
            or family is NetFamily.UNSPEC
            or protocol is NetProtocol.UNSPEC
        ):
            return _info.ProxyInfo(line, None, None)
        with convertError(struct.error, MissingAddressData):
            fields = struct.unpack_from(cls.ADDRESSFORMATS[kind], line, begin + 4)
        return _info.ProxyInfo(line, *cls._addresses(family, protocol, fields))

    @classmethod
    def _addresses(cls, family: Any, protocol: Any, fields: tuple[Any, ...]) -> tuple[Any, Any]:
        if family is NetFamily.UNIX:
            client, server = (address.UNIXAddress(field.rstrip(b"\0")) for field in fields)
            return client, server
        make: Any
        make, text = (
            (address.IPv4Address, cls._bytesToIPv4)
            if family is NetFamily.INET
            else (address.IPv6Address, cls._bytesToIPv6)
        )
        kind = "TCP" if protocol is NetProtocol.STREAM else "UDP"
        source, destination, source_port, destination_port = fields
        return (
            make(kind, text(source).decode("ascii"), source_port),
            make(kind, text(destination).decode("ascii"), destination_port),
        )
