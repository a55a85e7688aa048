"""Ident.  Source of the claims: RFC 1413, and Twisted 26.10's twisted.protocols.ident, by running it."""

from __future__ import annotations

import os
import pwd
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.streams import cuts
from txloop.internet import defer, reactor
from txloop.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from txloop.internet.protocol import Factory
from txloop.internet.testing import StringTransport
from txloop.protocols import ident
from txloop.python.failure import Failure


class Server(ident.IdentServer):
    def __init__(self, answer: Any = ("UNIX", "ann")) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def lookup(self, *addresses: Any) -> Any:
        self.asked.append(addresses)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def answered(protocol: Any, *chunks: bytes) -> tuple[bytes, bool]:
    transport = StringTransport()
    protocol.makeConnection(transport)
    for chunk in chunks:
        protocol.dataReceived(chunk)
    return transport.value(), transport.disconnecting


def test_a_query_is_answered_in_any_cut() -> None:
    for chunks in cuts(b"6191, 23\r\n 7 ,9 \r\n"):
        assert answered(server := Server(), *chunks) == (
            b"6191, 23 : USERID : UNIX : ann\r\n7, 9 : USERID : UNIX : ann\r\n",
            False,
        )
        assert server.asked[0] == (("10.0.0.1", 6191), ("192.168.1.1", 23))


@pytest.mark.parametrize("line", [b"a, b", b"1", b"", b"1, 2, 3", b"1.0, 2", b"\xff, 1", b"9" * 9000 + b",1"])
def test_what_is_no_query_closes_the_connection(line: bytes) -> None:
    assert answered(Server(), line + b"\r\n") == (b"", True)


@pytest.mark.parametrize("line", [b"0, 1", b"1, 0", b"65536, 1", b"-1, 5"])
def test_ports_that_cannot_be(line: bytes) -> None:
    assert answered(server := Server(), line + b"\r\n") == (line + b" : ERROR : INVALID-PORT\r\n", False)
    assert server.asked == []


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (ident.NoUser(), b"ERROR : NO-USER"),
        (ident.HiddenUser("why"), b"ERROR : HIDDEN-USER"),
        (ident.IdentError(), b"ERROR : UNKNOWN-ERROR"),
        (defer.fail(ident.NoUser()), b"ERROR : NO-USER"),
        (defer.succeed(("OTHER", "\u00e9")), b"USERID : OTHER : \xc3\xa9"),
    ],
)
def test_what_lookup_says_is_answered(answer: Any, text: bytes) -> None:
    assert answered(Server(answer), b"5, 6\r\n") == (b"5, 6 : " + text + b"\r\n", False)


def test_nothing_is_known_by_default() -> None:
    assert answered(ident.IdentServer(), b"5, 6\r\n")[0] == b"5, 6 : ERROR : UNKNOWN-ERROR\r\n"


def test_an_error_of_lookup_is_logged_and_unknown_to_the_client(flush_logged_errors: Any) -> None:
    assert answered(Server(KeyError("mine")), b"5, 6\r\n")[0] == b"5, 6 : ERROR : UNKNOWN-ERROR\r\n"
    assert len(flush_logged_errors(KeyError)) == 1


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (b"12, 34 : USERID : UNIX : ann", ("USERID", "UNIX : ann")),
        (b"12,34:USERID:UNIX:ann:x", ("USERID", "UNIX:ann:x")),
        (b"12, 34 : ERROR : NO-USER", ident.NoUser),
        (b"12, 34 : ERROR : HIDDEN-USER", ident.HiddenUser),
        (b"12, 34 : ERROR : INVALID-PORT", ident.InvalidPort),
        (b"12, 34 : ERROR : X-OWN", ident.IdentError),
        (b"12, 34 : ERROR", ident.IdentError),
        (b"junk", ident.IdentError),
    ],
)
def test_the_client_gets_the_answer_or_the_error(line: bytes, outcome: Any) -> None:
    client = ident.IdentClient()
    transport = StringTransport()
    client.makeConnection(transport)
    results: list[Any] = []
    client.lookup(12, 34).addBoth(results.append)
    client.lookup(56, 78).addErrback(lambda _: None)
    assert transport.value() == b"12, 34\r\n"
    client.dataReceived(line + b"\r\n")
    assert transport.value() == b"12, 34\r\n56, 78\r\n"
    (result,) = results
    assert (result.type if isinstance(result, Failure) else result) == outcome
    client.connectionLost(Failure(ValueError("gone")))


def test_a_lost_connection_fails_all_queries() -> None:
    client = ident.IdentClient()
    client.makeConnection(StringTransport())
    results: list[Any] = []
    for port in (1, 2):
        client.lookup(port, 3).addErrback(lambda failure: results.append(failure.type))
    client.connectionLost(Failure(ValueError("gone")))
    assert results == [ident.IdentError] * 2


@given(st.lists(st.binary(max_size=40)))
def test_any_bytes_leave_both_whole(chunks: list[bytes]) -> None:
    for protocol in (ident.IdentServer(), client := ident.IdentClient()):
        protocol.makeConnection(StringTransport())
        for chunk in chunks:
            protocol.dataReceived(chunk + b"\r\n")
    assert client.queries == []


def test_a_line_of_the_table_of_connections() -> None:
    line = "  0: 0100007F:1F90 0200007F:0050 01 00000000:00000000 00:00000000 00000000  1000        0 12345"
    if sys.byteorder == "little":
        assert ident.ProcServerMixin().parseLine(line) == (("127.0.0.1", 8080), ("127.0.0.2", 80), 1000)


class Knowing(ident.ProcServerMixin, ident.IdentServer):
    pass


@pytest.mark.asyncio
@pytest.mark.skipif(sys.platform != "linux", reason="Linux's table of connections")
async def test_the_server_knows_whose_connections_there_are() -> None:
    """We ask about the connection that we ask over: it is our own."""
    port = reactor.listenTCP(0, Factory.forProtocol(Knowing), interface="127.0.0.1")
    there = port.getHost().port
    client: Any = await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", there), ident.IdentClient())
    me = pwd.getpwuid(os.getuid())[0]
    assert await client.lookup(there, client.transport.getHost().port) == ("USERID", f"LINUX : {me}")
    with pytest.raises(ident.NoUser):
        await client.lookup(1, 1)
    client.transport.loseConnection()
    await port.stopListening()
