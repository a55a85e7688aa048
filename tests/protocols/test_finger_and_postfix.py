"""The servers of finger and of postfix's tables.  Source of the claims: Twisted 26.10, by running it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.streams import cuts
from txloop.internet import defer
from txloop.internet.task import Clock
from txloop.internet.testing import StringTransport
from txloop.protocols import finger, postfix


class Asked(finger.Finger):
    """Notes what is asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def getUser(self, *query: Any) -> None:
        self.asked.append(query)
        super().getUser(*query)

    def getDomain(self, *query: Any) -> None:
        self.asked.append(query)
        super().getDomain(*query)

    def forwardQuery(self, *query: Any) -> None:
        self.asked.append(query)
        super().forwardQuery(*query)


def fingered(*chunks: bytes) -> tuple[list[Any], bytes, bool]:
    protocol, transport = Asked(), StringTransport()
    protocol.makeConnection(transport)
    for chunk in chunks:
        protocol.dataReceived(chunk)
    return protocol.asked, transport.value(), transport.disconnecting


NO_LIST = b"Finger online list denied\n"
NO_FORWARDING = b"Finger forwarding service denied\n"


@pytest.mark.parametrize(
    ("line", "asked", "answer"),
    [
        (b"", (0,), NO_LIST),
        (b"  ", (0,), NO_LIST),
        (b"ann", (0, b"ann"), b"Login: ann\nNo such user\n"),
        (b"/W ann", (1, b"ann"), b"Login: ann\nNo such user\n"),
        (b"/w  ann", (1, b"ann"), b"Login: ann\nNo such user\n"),
        (b"\xff", (0, b"\xff"), b"Login: \xff\nNo such user\n"),
        (b"ann@host", (0, b"ann", b"host"), NO_FORWARDING),
        (b"/W ann@a@b", (1, b"ann@a", b"b"), NO_FORWARDING),
        (b"@host", (0, b"", b"host"), NO_FORWARDING),
        (b"ann@", (0, b"ann", b""), NO_FORWARDING),
    ],
)
def test_a_query_of_finger(line: bytes, asked: Any, answer: bytes) -> None:
    """(Twisted tells no forwarded query its host.)"""
    for chunks in cuts(line + b"\r\n"):
        assert fingered(*chunks) == ([asked], answer, True)


def test_only_one_query_is_answered() -> None:
    assert fingered(b"ann\r\nbob\r\n")[0] == [(0, b"ann")]


# ---- postfix's tables --------------------------------------------------------------------------


TABLE: Any = {b"ann": b"here there%", b"bob": "\u00e9\n", b"5": 5}


def table(factory: Any, *chunks: bytes) -> tuple[bytes, bool]:
    protocol, transport = factory.buildProtocol(None), StringTransport()
    protocol.callLater = Clock().callLater
    protocol.makeConnection(transport)
    for chunk in chunks:
        protocol.dataReceived(chunk)
    return transport.value(), transport.disconnecting


BOTH = pytest.mark.parametrize(
    "kind", [postfix.PostfixTCPMapDictServerFactory, postfix.PostfixTCPMapDeferringDictServerFactory]
)


@BOTH
@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"get ann", b"200 here%20there%25"),
        (b"get bob", b"200 %C3%A9%0A"),
        (b"get  ann", b"200 here%20there%25"),
        (b"get nobody", b"500 "),
        (b"get ann bob", b"500 "),
        (b"get", b"400 Command 'get' takes 1 parameters."),
        (b"put a b", b"500 put is not implemented yet."),
        (b"put a", b"400 Command 'put' takes 2 parameters."),
        (b"put", b"400 Command 'put' takes 2 parameters."),
        (b"other ann", b"400 unknown command"),
        (b"\xff", b"400 unknown command"),
        (b"", b"400 unknown command"),
    ],
)
def test_a_question_to_a_table(kind: Any, line: bytes, answer: bytes) -> None:
    for chunks in cuts(line + b"\n"):
        assert table(kind(TABLE), *chunks) == (answer + b"\n", False)


class Failing(postfix.PostfixTCPMapDeferringDictServerFactory):
    def get(self, key: bytes) -> Any:
        return defer.fail(ValueError("no\n200 luck"))


def test_what_goes_wrong_is_answered_on_one_line() -> None:
    """(On two in Twisted, of which the second would be an answer to the next question.)"""
    assert table(Failing(), b"get ann\n")[0] == b"400 no%0A200 luck\n"


@BOTH
def test_a_value_that_is_none_is_logged_and_answered(kind: Any, flush_logged_errors: Any) -> None:
    """(Twisted logs it and answers nothing.)"""
    assert table(kind(TABLE), b"get 5\n")[0] == b"400 a value must be bytes or text, not int\n"
    assert len(flush_logged_errors(TypeError)) == 1


def test_a_command_that_raises_is_answered() -> None:
    class Server(postfix.PostfixTCPMapServer):
        def do_ping(self, rest: bytes) -> None:
            self.sendCode(200, rest + b"!")

    class Factory(postfix.PostfixTCPMapDictServerFactory):
        protocol = Server

    assert table(Factory(), b"ping x\nping\n")[0].startswith(b"200 x!\n400 Command ping failed: ")


def test_a_client_that_asks_nothing_is_closed() -> None:
    protocol, transport, clock = postfix.PostfixTCPMapServer(), StringTransport(), Clock()
    protocol.callLater = clock.callLater  # type: ignore[method-assign]
    protocol.factory = postfix.PostfixTCPMapDictServerFactory()
    protocol.makeConnection(transport)
    clock.advance(599)
    protocol.dataReceived(b"get x\n")
    clock.advance(599)
    assert not transport.disconnecting
    clock.advance(1)
    assert transport.disconnecting


def test_a_line_that_is_too_long_closes_the_connection() -> None:
    assert table(postfix.PostfixTCPMapDictServerFactory(), b"get " + b"x" * 20_000) == (b"", True)


@given(st.binary())
def test_what_is_quoted_comes_back_and_breaks_no_line(value: bytes) -> None:
    quoted = postfix.quote(value)
    assert postfix.unquote(quoted) == value
    assert not set(quoted) & set(b" \r\n")


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"get ", b"put a ", b"\n"])))
def test_any_bytes_leave_the_server_whole(chunks: list[bytes]) -> None:
    answers, _ = table(postfix.PostfixTCPMapDictServerFactory({}), *chunks)
    assert all(line[:4] in (b"400 ", b"500 ") for line in answers.splitlines())
