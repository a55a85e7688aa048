"""The PROXY protocol.

Source of the claims: HAProxy's proxy-protocol.txt, and Twisted 26.10, by running it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.streams import cuts
from txloop.internet import endpoints, reactor
from txloop.internet._endpoints.strings import _parse
from txloop.internet.address import IPv4Address, IPv6Address, UNIXAddress
from txloop.internet.protocol import Factory, Protocol
from txloop.internet.testing import MemoryReactor, StringTransport
from txloop.protocols.haproxy import _exceptions, _parser, _v1parser, _v2parser, _wrapper, proxyEndpoint


def v2(command: int, kind: int, body: bytes) -> bytes:
    return _v2parser.V2Parser.PREFIX + struct.pack("!BBH", command, kind, len(body)) + body


IPV4 = socket.inet_aton("192.0.2.1") + socket.inet_aton("192.0.2.2") + struct.pack("!HH", 8000, 80)
IPV6 = (
    socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    + socket.inet_pton(socket.AF_INET6, "::2")
    + struct.pack("!HH", 1, 2)
)
PATHS = b"/a".ljust(108, b"\0") + b"\0b".ljust(108, b"\0")

TOLD = [
    (
        b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
        IPv4Address("TCP", "1.2.3.4", 1),
        IPv4Address("TCP", "5.6.7.8", 2),
    ),
    (b"PROXY TCP6 ::1 ::2 1 2\r\n", IPv6Address("TCP", "::1", 1), IPv6Address("TCP", "::2", 2)),
    (b"PROXY UNKNOWN ff ff 1 2\r\n", None, None),
    (b"PROXY UNKNOWN\r\n", None, None),
    (v2(0x21, 0x11, IPV4), IPv4Address("TCP", "192.0.2.1", 8000), IPv4Address("TCP", "192.0.2.2", 80)),
    (v2(0x21, 0x12, IPV4), IPv4Address("UDP", "192.0.2.1", 8000), IPv4Address("UDP", "192.0.2.2", 80)),
    (
        v2(0x21, 0x11, IPV4 + b"\4\0\1x"),
        IPv4Address("TCP", "192.0.2.1", 8000),
        IPv4Address("TCP", "192.0.2.2", 80),
    ),
    (
        v2(0x21, 0x21, IPV6),
        IPv6Address("TCP", "2001:db8:0:0:0:0:0:1", 1),
        IPv6Address("TCP", "0:0:0:0:0:0:0:2", 2),
    ),
    (v2(0x21, 0x31, PATHS), UNIXAddress(b"/a"), UNIXAddress(b"\0b")),
    (v2(0x20, 0x11, IPV4), None, None),
    (v2(0x20, 0x00, b""), None, None),
    (v2(0x21, 0x00, b"rest"), None, None),
    (v2(0x21, 0x10, IPV4), None, None),
]

WRONG = [
    (b"GET / HTTP/1.1\r\n\r\n", _exceptions.InvalidProxyHeader),
    (b"PROXY\r\n", _exceptions.InvalidProxyHeader),
    (b"PROXY TCP4\r\n", _exceptions.InvalidNetworkProtocol),
    (b"PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n", _exceptions.InvalidNetworkProtocol),
    (b"PROXY TCP4 1.2.3.4\r\n", _exceptions.MissingAddressData),
    (b"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n", _exceptions.MissingAddressData),
    (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n", _exceptions.InvalidProxyHeader),
    (b"PROXY TCP4 1.2.3.4 5.6.7.8 x 2\r\n", _exceptions.InvalidProxyHeader),
    (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n", _exceptions.InvalidProxyHeader),
    (b"PROXY TCP4 ::1 ::2 1 2\r\n", _exceptions.InvalidProxyHeader),
    (b"PROXY TCP4 host other 1 2\r\n", _exceptions.InvalidProxyHeader),
    (b"PROXY TCP6 \xff \xff 1 2\r\n", _exceptions.InvalidProxyHeader),
    (b"PROXY UNKNOWN".ljust(200, b"x"), _exceptions.InvalidProxyHeader),
    (b"PROXY UNKNOWN ".ljust(200, b"x") + b"\r\n", _exceptions.InvalidProxyHeader),
    (b"\r\n\r\n\0\r\nQUIX\n" + bytes(10), _exceptions.InvalidProxyHeader),
    (v2(0x11, 0x11, IPV4), _exceptions.InvalidProxyHeader),
    (v2(0x22, 0x11, IPV4), _exceptions.InvalidProxyHeader),
    (v2(0x21, 0x41, IPV4), _exceptions.InvalidNetworkProtocol),
    (v2(0x21, 0x13, IPV4), _exceptions.InvalidNetworkProtocol),
    (v2(0x21, 0x11, IPV4[:7]), _exceptions.MissingAddressData),
    (v2(0x21, 0x21, IPV4), _exceptions.MissingAddressData),
]


class Inside(Protocol):
    got = b""

    def dataReceived(self, data: bytes) -> None:
        self.got += data


def proxied(*chunks: bytes) -> tuple[Any, StringTransport]:
    wrapper: Any = _wrapper.HAProxyWrappingFactory(Factory.forProtocol(Inside)).buildProtocol(None)
    transport = StringTransport()
    wrapper.makeConnection(transport)
    for chunk in chunks:
        wrapper.dataReceived(chunk)
    return wrapper.wrappedProtocol, transport


@pytest.mark.parametrize(("header", "source", "destination"), TOLD)
def test_the_header_tells_the_addresses_in_any_cut(header: bytes, source: Any, destination: Any) -> None:
    """(Twisted refuses a header whose first bytes come alone, and a bare UNKNOWN.)"""
    for chunks in cuts(header + b"rest"):
        inside, transport = proxied(*chunks)
        assert inside.got == b"rest", chunks
        assert inside.transport.getPeer() == (source or transport.getPeer())
        assert inside.transport.getHost() == (destination or transport.getHost())
        assert not transport.disconnecting


@pytest.mark.parametrize(("header", "error"), WRONG)
def test_a_wrong_header_disconnects_and_nothing_gets_through(header: bytes, error: type[Exception]) -> None:
    for chunks in cuts(header) if len(header) < 80 else ([header], [header[:50], header[50:]]):
        inside, transport = proxied(*chunks, b"rest")
        assert transport.disconnecting, chunks
        assert inside.got == b""
    parser = _v1parser.V1Parser() if header.startswith(b"PROXY") else _v2parser.V2Parser()
    with pytest.raises(error) as raised:
        parser.feed(header)
    assert type(raised.value) is error


def test_a_parser_alone_tells_when_it_is_done() -> None:
    parser = _v1parser.V1Parser()
    assert parser.feed(b"PROXY TCP4 1.2.3.4 5.6.7.8") == (None, None)
    info, rest = parser.feed(b" 1 2\r\nrest")
    assert info is not None
    assert (info.header, rest) == (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2", b"rest")
    with pytest.raises(AttributeError):
        info.source = None  # type: ignore[misc]


@given(
    st.lists(
        st.binary(max_size=20)
        | st.sampled_from([b"PROXY ", b"\r\n\r\n\0\r\nQUIT\n", b"\x21\x11\0\x0c", b"\r\n"])
    )
)
def test_any_bytes_are_a_header_or_disconnect(chunks: list[bytes]) -> None:
    inside, transport = proxied(*chunks, b"z" * 200)
    assert transport.disconnecting or inside.got or len(b"".join(chunks)) < 16 + 2**16


@pytest.mark.parametrize(
    ("description", "port", "interface"),
    [("haproxy:tcp:8080", 8080, ""), (r"haproxy:tcp:8080:interface=\:\:1", 8080, "::1")],
)
def test_the_prefix_wraps_any_other_endpoint(description: str, port: int, interface: str) -> None:
    memory = MemoryReactor()
    endpoints.serverFromString(memory, description).listen(Factory.forProtocol(Inside))
    assert [(each[0], each[3]) for each in memory.tcpServers] == [(port, interface)]
    assert isinstance(memory.tcpServers[0][1], _wrapper.HAProxyWrappingFactory)


@pytest.mark.parametrize(
    ("description", "error", "text"),
    [
        ("haproxy:", ValueError, "Unknown endpoint type: ''"),
        ("haproxy:nonsense:1", ValueError, "Unknown endpoint type: 'nonsense'"),
        ("haproxy:tcp", TypeError, "port"),
        ("haproxy:tcp:80:x=1", TypeError, "x"),
    ],
)
def test_a_wrong_description(description: str, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        endpoints.serverFromString(MemoryReactor(), description)


TEXT = st.text("ab:\\,[]", min_size=1)


@given(st.lists(TEXT, min_size=1), st.dictionaries(TEXT, TEXT | st.text("=")))
def test_what_was_parsed_is_put_together_again(args: list[str], kwargs: dict[str, str]) -> None:
    assert _parse(_parser.unparseEndpoint(tuple(args), kwargs)) == (args, kwargs)


@pytest.mark.asyncio
async def test_a_server_behind_a_proxy() -> None:
    class Telling(Protocol):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data + repr(self.transport.getPeer()).encode())
            self.transport.loseConnection()

    endpoint = proxyEndpoint(endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1"))
    factory = Factory.forProtocol(Telling)
    port = await endpoint.listen(factory)
    reader, writer = await asyncio.open_connection("127.0.0.1", port.getHost().port)
    writer.write(b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nhello ")
    assert await reader.read() == b"hello IPv4Address(type='TCP', host='1.2.3.4', port=1)"
    writer.close()
    await writer.wait_closed()
    await port.stopListening()


def test_whose_bytes_they_are_stands_in_the_log() -> None:
    assert _wrapper.HAProxyWrappingFactory(Factory.forProtocol(Inside)).logPrefix() == "Factory (PROXY)"
