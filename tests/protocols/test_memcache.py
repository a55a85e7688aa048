"""A client of memcached.  Source of the claims: Twisted 26.10's memcache, by running it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import CHILD_TIMEOUT_SECONDS
from txloop.internet import defer, error, reactor
from txloop.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from txloop.internet.task import Clock
from txloop.internet.testing import StringTransportWithDisconnection
from txloop.protocols import memcache
from txloop.python.failure import Failure

Flush = Callable[..., list[Any]]


class Wire:
    """A protocol, its transport and its clock."""

    def __init__(self) -> None:
        self.protocol: Any = memcache.MemCacheProtocol()
        self.clock = Clock()
        self.protocol.callLater = self.clock.callLater
        self.transport: Any = StringTransportWithDisconnection()
        self.transport.protocol = self.protocol
        self.protocol.makeConnection(self.transport)

    def ask(self, call: Callable[[Any], defer.Deferred[Any]]) -> list[Any]:
        """Sends a command; the list gets its result, or its error."""
        results: list[Any] = []
        call(self.protocol).addBoth(lambda r: results.append(r.value if isinstance(r, Failure) else r))
        return results


@pytest.fixture
def wire() -> Wire:
    return Wire()


ANSWERS: list[tuple[Callable[[Any], Any], bytes, bytes, Any]] = [
    (lambda m: m.set(b"k", b"bar"), b"set k 0 0 3\r\nbar\r\n", b"STORED\r\n", True),
    (lambda m: m.set(b"k", b"b", 5, 60), b"set k 5 60 1\r\nb\r\n", b"NOT_STORED\r\n", False),
    (lambda m: m.add(b"k", b""), b"add k 0 0 0\r\n\r\n", b"NOT STORED\r\n", False),
    (lambda m: m.replace(b"k", b"b"), b"replace k 0 0 1\r\nb\r\n", b"STORED\r\n", True),
    (lambda m: m.append(b"k", b"b"), b"append k 0 0 1\r\nb\r\n", b"STORED\r\n", True),
    (lambda m: m.prepend(b"k", b"b"), b"prepend k 0 0 1\r\nb\r\n", b"STORED\r\n", True),
    (lambda m: m.checkAndSet(b"k", b"v", b"9"), b"cas k 0 0 1 9\r\nv\r\n", b"EXISTS\r\n", False),
    (lambda m: m.get(b"k"), b"get k\r\n", b"VALUE k 3 4\r\nh\r\ni\r\nEND\r\n", (3, b"h\r\ni")),
    (lambda m: m.get(b"k"), b"get k\r\n", b"END\r\n", (0, None)),
    (lambda m: m.get(b"k", True), b"gets k\r\n", b"VALUE k 3 0 77\r\n\r\nEND\r\n", (3, b"77", b"")),
    (
        lambda m: m.getMultiple([b"a", b"b"]),
        b"get a b\r\n",
        b"VALUE b 0 1\r\nx\r\nEND\r\n",
        {b"a": (0, None), b"b": (0, b"x")},
    ),
    (lambda m: m.increment(b"k"), b"incr k 1\r\n", b"4\r\n", 4),
    (lambda m: m.decrement(b"k", 3), b"decr k 3\r\n", b"NOT_FOUND\r\n", False),
    (lambda m: m.delete(b"k"), b"delete k\r\n", b"DELETED\r\n", True),
    (lambda m: m.version(), b"version\r\n", b"VERSION 1.1 x\r\n", b"1.1 x"),
    (lambda m: m.flushAll(), b"flush_all\r\n", b"OK\r\n", True),
    (
        lambda m: m.stats(b"i"),
        b"stats i\r\n",
        b"STAT a 1\r\nSTAT b x y\r\nEND\r\n",
        {b"a": b"1", b"b": b"x y"},
    ),
]


@pytest.mark.parametrize(("call", "sent", "answer", "result"), ANSWERS)
@pytest.mark.parametrize("cut", [1, 3, 1000])
def test_a_command_and_its_answer_however_it_is_cut(
    wire: Wire, call: Any, sent: bytes, answer: bytes, result: Any, cut: int
) -> None:
    results = wire.ask(call)
    assert wire.transport.value() == sent
    for start in range(0, len(answer), cut):
        wire.protocol.dataReceived(answer[start : start + cut])
    assert results == [result]
    assert wire.clock.calls == []


def test_commands_are_answered_in_their_order(wire: Wire) -> None:
    results = [wire.ask(call) for call, *_ in ANSWERS]
    wire.protocol.dataReceived(b"".join(answer for _, _, answer, _ in ANSWERS))
    assert results == [[result] for *_, result in ANSWERS]


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (b"ERROR\r\n", memcache.NoSuchCommand, ""),
        (b"CLIENT_ERROR bad\r\n", memcache.ClientError, "b'bad'"),
        (b"SERVER_ERROR full\r\n", memcache.ServerError, "b'full'"),
    ],
)
def test_errors_of_the_server(
    wire: Wire, answer: bytes, kind: type[Exception], text: str, flush_logged_errors: Flush
) -> None:
    results = wire.ask(lambda m: m.get(b"k"))
    wire.protocol.dataReceived(answer)
    assert [(type(each), str(each)) for each in results] == [(kind, text)]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda m: m.get(b"a" * 251), "Key too long"),
        (lambda m: m.set("k", b""), "Invalid type for key: <class 'str'>, expecting bytes"),
        (lambda m: m.set(b"k", 1), "Invalid type for value: <class 'int'>, expecting bytes"),
        (
            lambda m: m.getMultiple([b"k", b"a\r\nflush_all"]),
            "Key with white space or control characters, or empty",
        ),
        (lambda m: m.delete(b""), "Key with white space or control characters, or empty"),
        (lambda m: m.increment(b"a b"), "Key with white space or control characters, or empty"),
    ],
)
def test_what_makes_no_sense_is_not_sent(wire: Wire, call: Any, text: str) -> None:
    """The last three are sent by Twisted: whoever chooses the key could send other commands."""
    results = wire.ask(call)
    assert [(type(each), str(each)) for each in results] == [(memcache.ClientError, text)]
    assert wire.transport.value() == b""


@pytest.mark.parametrize(
    "answer",
    [b"END\r\nEND\r\n", b"ZORK\r\n", b"7\r\n", b"VALUE other 0 1\r\n", b"VALUE k 0 x\r\n", b"\xff\r\n"],
)
def test_an_answer_to_nothing_that_was_asked_is_an_error(wire: Wire, answer: bytes) -> None:
    wire.ask(lambda m: m.get(b"k"))
    with pytest.raises(RuntimeError, match="Unexpected commands answer"):
        wire.protocol.dataReceived(answer)


@given(
    st.lists(
        st.sampled_from([b"VALUE k 0 3\r\n", b"abc\r\n", b"END\r\n", b"STAT a b\r\n", b"7\r\n"]) | st.binary()
    )
)
def test_any_answer_is_taken_or_refused_with_that_error(pieces: list[bytes]) -> None:
    wire = Wire()
    errors: list[str] = []
    wire.ask(lambda m: m.get(b"k"))
    wire.ask(lambda m: m.increment(b"k"))
    try:
        for piece in pieces:
            wire.protocol.dataReceived(piece)
    except RuntimeError as refused:
        errors.append(str(refused))
    finally:
        wire.protocol.connectionLost(Failure(error.ConnectionDone()))
    assert errors in ([], ["Unexpected commands answer."])


def test_no_answer_in_time_loses_the_connection_and_all_that_wait_fail(wire: Wire) -> None:
    first, second = (wire.ask(lambda m: m.get(b"k")) for _ in range(2))
    wire.clock.advance(59)
    wire.protocol.dataReceived(b"VALUE k 0 10\r\nabc")  # a sign of life
    wire.clock.advance(59)
    assert (first, second) == ([], [])
    wire.clock.advance(1)
    assert [type(each) for each in first + second] == [defer.TimeoutError] * 2
    assert not wire.transport.connected
    (late,) = wire.ask(lambda m: m.get(b"k"))
    assert (type(late), str(late)) == (RuntimeError, "not connected")


def test_a_lost_connection_fails_all_that_wait(wire: Wire) -> None:
    results = wire.ask(lambda m: m.get(b"k"))
    wire.transport.loseConnection()
    assert [type(each) for each in results] == [error.ConnectionDone]


@pytest.mark.needs_tool("memcached")
@pytest.mark.asyncio
async def test_a_real_memcached() -> None:
    server = subprocess.Popen(
        ["memcached", "-l", "127.0.0.1", "-p", "-1", "-u", "nobody"],
        env={"MEMCACHED_PORT_FILENAME": "/dev/stdout"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        port = int(next(line for line in server.stdout if line.startswith("TCP INET:")).split()[-1])
        client: Any = await connectProtocol(
            TCP4ClientEndpoint(reactor, "127.0.0.1", port), memcache.MemCacheProtocol()
        )
        assert await client.set(b"k", b"line\r\nline", flags=7)
        assert await client.get(b"k") == (7, b"line\r\nline")
        _, identifier, _ = await client.get(b"k", withIdentifier=True)
        assert await client.checkAndSet(b"k", b"5", identifier)
        assert not await client.checkAndSet(b"k", b"6", identifier)
        assert await client.increment(b"k", 37) == 42
        assert await client.delete(b"k")
        assert b"pid" in await client.stats()
        client.transport.loseConnection()
    finally:
        server.kill()
        server.communicate(timeout=CHILD_TIMEOUT_SECONDS)
