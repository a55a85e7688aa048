"""Every stream parser against bytes that nobody meant: no cut matters, nothing escapes, memory is bounded."""

from __future__ import annotations

import itertools
import os
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from txloop.internet import protocol
from txloop.internet.address import IPv4Address
from txloop.internet.testing import MemoryReactor, StringTransport
from txloop.protocols import amp, basic, finger, ftp, ident, memcache, postfix, socks, stateful
from txloop.protocols.haproxy._wrapper import HAProxyWrappingFactory

EXAMPLES = int(os.environ.get("TXLOOP_RELIABILITY_EXAMPLES", "12")) * 15


class Transport(StringTransport):
    """As a real one: who has lost the connection is told nothing more."""

    @property
    def is_over(self) -> bool:
        return self.disconnecting or self.disconnected


def noting(kind: type, *names: str) -> Any:
    """A *kind* whose callbacks of these names write down what they are given."""

    def note(name: str) -> Callable[..., None]:
        return lambda self, *args: self.seen.append((name, *args))

    return type(f"Noting{kind.__name__}", (kind,), {name: note(name) for name in names})


class Alternating(basic.LineReceiver):
    """Lines and raw data in turn, as HTTP has them: a line that is a number announces so many raw bytes."""

    MAX_LENGTH = 100
    left = 0

    def lineReceived(self, line: bytes) -> None:
        self.seen.append(("line", line))  # type: ignore[attr-defined]
        if line.isdigit() and len(line) < 3:
            self.left = int(line)
            if self.left:
                self.setRawMode()

    def rawDataReceived(self, data: bytes) -> None:
        raw, rest = data[: self.left], data[self.left :]
        self.left -= len(raw)
        self.seen.extend(("raw", raw[at : at + 1]) for at in range(len(raw)))  # type: ignore[attr-defined]
        if not self.left:
            self.setLineMode(rest)


class Stateful(stateful.StatefulProtocol):
    """A number's length, then the number, in two states."""

    def getInitialState(self) -> Any:
        return self.length, 1

    def length(self, data: bytes) -> Any:
        self.seen.append(("length", data))  # type: ignore[attr-defined]
        return self.content, data[0]

    def content(self, data: bytes) -> Any:
        self.seen.append(("content", data))  # type: ignore[attr-defined]
        return self.length, 1


class Boxes:
    """Receives AMP's boxes."""

    def startReceivingBoxes(self, sender: Any) -> None:
        self.sender = sender

    def ampBoxReceived(self, box: Any) -> None:
        self.sender.seen.append(("box", dict(box)))

    def stopReceivingBoxes(self, reason: Any) -> None:
        """The end."""


class BoxReader(amp.BinaryBoxProtocol):
    """Reads boxes."""

    max_box_bytes = 2_000

    def __init__(self) -> None:
        super().__init__(Boxes())


class Echo(amp.Command):
    """A command with a number and a list."""

    arguments = ((b"number", amp.Integer()), (b"texts", amp.ListOf(amp.Unicode(), optional=True)))
    response = ((b"number", amp.Integer()),)


class Answering(amp.AMP):
    """Answers Echo."""

    @Echo.responder
    def echo(self, number: int, texts: Any = None) -> dict[str, int]:
        self.seen.append(("echo", number, texts))  # type: ignore[attr-defined]
        return {"number": number}


def small(kind: Any, length: int = 100) -> Any:
    kind.MAX_LENGTH = length
    return kind


PARSERS: dict[str, Callable[[], Any]] = {
    "LineReceiver": small(noting(basic.LineReceiver, "lineReceived")),
    "LineReceiver, raw": Alternating,
    "LineOnlyReceiver": small(noting(basic.LineOnlyReceiver, "lineReceived")),
    "NetstringReceiver": small(noting(basic.NetstringReceiver, "stringReceived")),
    "Int8StringReceiver": small(noting(basic.Int8StringReceiver, "stringReceived")),
    "Int16StringReceiver": small(noting(basic.Int16StringReceiver, "stringReceived")),
    "Int32StringReceiver": small(noting(basic.Int32StringReceiver, "stringReceived")),
    "StatefulProtocol": Stateful,
    "AMP boxes": BoxReader,
    "AMP": Answering,
}

# What AMP says, as Twisted's, of a box that means nothing; a transport loses that connection then.
REFUSALS = (amp.NoEmptyBoxes, KeyError)

# What these formats are made of, so that random bytes are sometimes nearly right.
PIECES = st.sampled_from(
    [
        b"\r\n", b"\n", b"\r", b"0", b"1:", b"3:abc,", b"99", b"00:", b",", b":", b"7\r\n", b"x" * 99,
        b"x" * 101,
        b"\x00", b"\x03abc", b"\x00\x03abc", b"\x00\x00\x00\x03abc", b"\xff\xff", b"\x7f\xff\xff\xff",
        b"\x00\x04_ask\x00\x011", b"\x00\x08_command\x00\x04Echo", b"\x00\x06number\x00\x012", b"\x00\x00",
        b"\x00\x06number\x00\x02-x", b"\x00\x05texts\x00\x04\x00\x02\xff\xfe", b"\x00\x07_answer\x00\x011",
        b"\x00\x06_error\x00\x011", b"\x01\x00",
    ]
)  # fmt: skip
STREAMS = st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=14).map(b"".join)


def fed(make: Callable[[], Any], pieces: Iterator[bytes]) -> tuple[list[Any], bool]:
    """What a new parser has seen of the *pieces*, and whether it has lost the connection."""
    parser = make()
    parser.seen = []
    transport = Transport()
    parser.makeConnection(transport)
    for piece in pieces:
        if transport.is_over:
            break
        try:
            parser.dataReceived(piece)
        except REFUSALS:
            return parser.seen, True
    return parser.seen, transport.is_over


@pytest.mark.parametrize("name", PARSERS)
def test_nothing_escapes_and_no_cut_matters(name: str, flush_logged_errors: Callable[..., list[Any]]) -> None:
    @given(STREAMS, st.lists(st.integers(0, 300), max_size=6))
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
    def holds(stream: bytes, places: list[int]) -> None:
        whole = fed(PARSERS[name], iter([stream]))
        edges = [0, *sorted(min(place, len(stream)) for place in places), len(stream)]
        cut = fed(
            PARSERS[name],
            (stream[start:end] for start, end in itertools.pairwise(edges) if end > start),
        )
        single = fed(PARSERS[name], (stream[at : at + 1] for at in range(len(stream))))
        assert whole == cut == single

    holds()
    flush_logged_errors()  # AMP logs what it refuses


def behind_a_proxy() -> Any:
    """Waits for the PROXY header."""
    factory = HAProxyWrappingFactory(protocol.Factory.forProtocol(protocol.Protocol))
    return factory.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))


def without_a_timeout(kind: Any) -> Any:
    made = kind()
    made.timeOut = made.timeout = None
    return made


def ftp_server() -> Any:
    """Waits for a login."""
    made = without_a_timeout(ftp.FTP)
    made.factory = ftp.FTPFactory()
    return made


def ftp_client() -> Any:
    """Waits for the server's greeting."""
    made = ftp.FTPClientBasic()
    made.queueLogin("ann", "secret")
    return made


# Tests of their own, in tests/protocols, cut these at random.
OTHERS: dict[str, Callable[[], Any]] = {
    "finger": finger.Finger,
    "ident": ident.IdentServer,
    "ident's client": ident.IdentClient,
    "postfix": lambda: without_a_timeout(postfix.PostfixTCPMapServer),
    "memcache": lambda: without_a_timeout(memcache.MemCacheProtocol),
    "SOCKS": lambda: socks.SOCKSv4(reactor=MemoryReactor()),
    "PROXY": behind_a_proxy,
    "FTP": ftp_server,
    "FTP's client": ftp_client,
}

NEVER_ENDING: dict[str, tuple[str, bytes]] = {
    "a line": ("LineReceiver", b"x" * 65_536),
    "a line in raw mode's protocol": ("LineReceiver, raw", b"y" * 65_536),
    "a line, lines only": ("LineOnlyReceiver", b"x" * 65_536),
    "a netstring's digits": ("NetstringReceiver", b"9" * 65_536),
    "a netstring's zeros": ("NetstringReceiver", b"0" * 65_536),
    "a frame of 4 GiB": ("Int32StringReceiver", b"\xff" * 65_536),
    "a box of ever new keys": ("AMP boxes", b""),
    "an AMP box of ever new keys": ("AMP", b""),
    "a question of finger": ("finger", b"x" * 65_536),
    "a question of ident": ("ident", b"1" * 65_536),
    "an answer of ident": ("ident's client", b":" * 65_536),
    "a question of postfix": ("postfix", b"get " * 16_384),
    "an answer of memcache": ("memcache", b"VALUE " * 10_000),
    "a user of SOCKS": ("SOCKS", b"\x04\x01\x01\x50\x01\x02\x03\x04" * 1_000),
    "a PROXY header": ("PROXY", b"PROXY " * 10_000),
    "a command of FTP": ("FTP", b"USER " * 10_000),
    "a line of FTP's answer": ("FTP's client", b"220-" * 10_000),
}


# What a limit allows to be kept, with Python's own overhead: an AMP box may have 16 MiB.
MOST_BYTES = {"AMP": 48 << 20, "AMP boxes": 48 << 20}


@pytest.mark.parametrize("name", NEVER_ENDING)
def test_what_never_ends_is_refused_or_dropped_and_never_kept(name: str) -> None:
    """Sixteen megabytes, each parser with its limits as they are by default."""
    which, chunk = NEVER_ENDING[name]
    made = {**PARSERS, **OTHERS}[which]()
    kind = type(made)
    for limit in ("MAX_LENGTH", "max_box_bytes"):
        if limit in vars(kind) and hasattr(kind.__mro__[1], limit):
            setattr(made, limit, getattr(kind.__mro__[1], limit))  # as it is by default
    made.seen = []
    transport = Transport()
    made.makeConnection(transport)
    tracemalloc.start()
    try:
        for number in range(256 if chunk else 60_000):
            if transport.is_over:
                break
            made.dataReceived(chunk or b"\x00\x05%05d\x01\x90%s" % (number, b"v" * 400))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert transport.is_over
    assert most < MOST_BYTES.get(which, 1 << 20)
