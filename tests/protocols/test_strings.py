"""Netstrings, strings behind their length, and FileSender.

Source of the behaviour: Twisted 26.10, twisted.protocols.basic, by running it.
"""

from __future__ import annotations

import io
import time
from typing import Any

import pytest

from protocols.streams import cuts, grows_linearly
from txloop.internet.testing import StringTransport
from txloop.protocols.basic import (
    FileSender,
    Int8StringReceiver,
    Int16StringReceiver,
    Int32StringReceiver,
    NetstringReceiver,
    StatefulStringProtocol,
    StringTooLongError,
)

STRINGS = [b"abc", b"", b"3:abc,", b"\x00\x01" * 20, b"end"]
KINDS = [Int8StringReceiver, Int16StringReceiver, Int32StringReceiver, NetstringReceiver]


def receiver(kind: type[Any], **attributes: Any) -> Any:
    """A connected receiver that keeps its strings in `got`."""
    made = type("Kept", (kind,), {"stringReceived": lambda self, string: self.got.append(string)})()
    made.got = []
    for name, value in attributes.items():
        setattr(made, name, value)
    made.makeConnection(StringTransport())
    return made


def sent(kind: type[Any], *strings: bytes) -> bytes:
    sender = receiver(kind)
    for string in strings:
        sender.sendString(string)
    value: bytes = sender.transport.value()
    return value


@pytest.mark.parametrize("kind", KINDS)
def test_any_cut_of_the_stream_gives_the_strings_that_were_sent(kind: type[Any]) -> None:
    for chunks in cuts(sent(kind, *STRINGS)):
        r = receiver(kind)
        for chunk in chunks:
            r.dataReceived(chunk)
        assert r.got == STRINGS, chunks
        assert not r.transport.disconnecting


@pytest.mark.parametrize("kind", [Int32StringReceiver, NetstringReceiver])
def test_a_long_string_byte_by_byte_costs_the_same_for_each_byte(kind: type[Any]) -> None:
    def seconds_for(length: int) -> float:
        stream = sent(kind, b"x" * length)
        r = receiver(kind, MAX_LENGTH=length)
        began = time.process_time()
        for at in range(len(stream)):
            r.dataReceived(stream[at : at + 1])
        spent = time.process_time() - began
        assert r.got == [b"x" * length]
        return spent

    assert grows_linearly(seconds_for, 20_000)


@pytest.mark.parametrize("kind", KINDS)
def test_a_string_above_the_limit_closes_before_it_has_come(kind: type[Any]) -> None:
    stream = sent(kind, b"ok", b"12345", b"never")
    for chunks in cuts(stream):
        r = receiver(kind, MAX_LENGTH=4)
        for chunk in chunks:
            r.dataReceived(chunk)
        assert r.got == [b"ok"], chunks
        assert r.transport.disconnecting


def test_behind_a_length_above_the_limit_nothing_is_kept_or_delivered() -> None:
    r = receiver(Int8StringReceiver, MAX_LENGTH=4)
    r.lengthLimitExceeded = lambda length: r.got.append(length)  # and does not close
    for _ in range(1000):
        r.dataReceived(b"\x05x\x01y")
        assert len(r.recvd) < 5
    assert set(r.got) == {5}


@pytest.mark.parametrize(
    "broken",
    [b"a", b":", b"-1:", b" 1:a,", b"01:a,", b"00:,", b"1x", b"3abc", b"3:abcd", b"0:x", b"1\n:", b"+1:a,"],
)
def test_what_is_no_netstring_closes_and_nothing_after_it_is_read(broken: bytes) -> None:
    r = receiver(NetstringReceiver)
    r.dataReceived(b"1:x," + broken + b"1:y,")
    r.dataReceived(b"1:z,")
    assert r.got == [b"x"]
    assert r.brokenPeer == 1
    assert r.transport.disconnecting


@pytest.mark.parametrize("digits", [b"100000", b"9" * 7, b"9" * 5000])
def test_a_netstring_length_is_refused_before_its_colon_has_come(digits: bytes) -> None:
    r = receiver(NetstringReceiver)
    r.dataReceived(digits)
    assert r.brokenPeer == 1


def test_only_bytes_can_be_sent() -> None:
    for kind in KINDS:
        with pytest.raises(TypeError, match="string must be bytes, not str"):
            receiver(kind).sendString("text")


def test_a_string_that_does_not_fit_its_prefix_is_not_sent() -> None:
    r = receiver(Int8StringReceiver)
    with pytest.raises(StringTooLongError, match="Try to send 256 bytes whereas maximum is 256"):
        r.sendString(b"x" * 256)
    assert r.transport.value() == b""


@pytest.mark.parametrize("kind", [Int8StringReceiver, Int16StringReceiver, Int32StringReceiver])
def test_a_paused_receiver_holds_the_rest_until_it_is_resumed(kind: type[Any]) -> None:
    r = receiver(kind)

    def pause_at_first(string: bytes) -> None:
        r.got.append(string)
        if string == b"1":
            r.pauseProducing()

    r.stringReceived = pause_at_first
    stream = sent(kind, b"1", b"2", b"3")
    r.dataReceived(stream[:-1])
    r.dataReceived(stream[-1:])
    assert r.got == [b"1"]
    r.resumeProducing()
    assert r.got == [b"1", b"2", b"3"]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_in_a_string_loses_that_string_only(kind: type[Any]) -> None:
    """Twisted's IntN receivers deliver it a second time."""
    r = receiver(kind)

    def raise_at_first(string: bytes) -> None:
        r.got.append(string)
        if string == b"1":
            raise ValueError("as told")

    r.stringReceived = raise_at_first
    with pytest.raises(ValueError, match="as told"):
        r.dataReceived(sent(kind, b"1", b"2"))
    r.dataReceived(sent(kind, b"3"))
    assert r.got == [b"1", b"2", b"3"]


@pytest.mark.parametrize("kind", KINDS)
def test_data_that_comes_inside_a_string_is_delivered_behind_what_came_before(kind: type[Any]) -> None:
    r = receiver(kind)

    def nest(string: bytes) -> None:
        r.got.append(string)
        if string == b"1":
            r.dataReceived(sent(kind, b"3"))

    r.stringReceived = nest
    r.dataReceived(sent(kind, b"1", b"2"))
    assert r.got == [b"1", b"2", b"3"]


def test_recvd_shows_what_is_not_delivered_and_can_be_replaced() -> None:
    r = receiver(Int8StringReceiver)
    seen: list[bytes] = []

    def replace(string: bytes) -> None:
        r.got.append(string)
        if string == b"1":
            seen.append(r.recvd)
            r.recvd = b"\x01Q"

    r.stringReceived = replace
    r.dataReceived(b"\x011\x012\x05x")
    assert seen == [b"\x012\x05x"]
    assert r.got == [b"1", b"Q"]


def test_each_state_gets_the_strings_that_come_in_it() -> None:
    said: list[str] = []

    class Conversation(StatefulStringProtocol, Int8StringReceiver):
        def proto_init(self, string: bytes) -> str:
            said.append(f"init {string.decode()}")
            return "body"

        def proto_body(self, string: bytes) -> str:
            said.append(f"body {string.decode()}")
            return "done" if string == b"bye" else "body"

    talk = Conversation()
    talk.makeConnection(StringTransport())
    talk.dataReceived(sent(Int8StringReceiver, b"hi", b"there", b"bye", b"late"))
    assert said == ["init hi", "body there", "body bye"]
    assert talk.transport.disconnecting


class Asking(StringTransport):
    """A consumer that asks for everything, at once or piece by piece."""

    def drain(self) -> None:
        while self.producer is not None:
            self.producer.resumeProducing()


def test_a_file_is_sent_in_pieces_and_its_last_byte_is_the_result() -> None:
    sender, consumer = FileSender(), Asking()
    results: list[Any] = []
    content = b"x" * 40_000 + b"!"
    sender.beginFileTransfer(io.BytesIO(content), consumer).addCallback(results.append)
    assert consumer.streaming is False
    consumer.drain()
    assert consumer.value() == content
    assert results == [b"!"]


def test_each_piece_of_a_file_goes_through_the_transform() -> None:
    sender, consumer = FileSender(), Asking()
    sender.beginFileTransfer(io.BytesIO(b"abc"), consumer, bytes.upper)
    consumer.drain()
    assert consumer.value() == b"ABC"


def test_a_consumer_that_stops_fails_the_transfer() -> None:
    sender, consumer = FileSender(), Asking()
    failures: list[Any] = []
    sender.beginFileTransfer(io.BytesIO(b"abc"), consumer).addErrback(failures.append)
    sender.stopProducing()
    sender.stopProducing()
    assert [str(failure.value) for failure in failures] == ["Consumer asked us to stop producing"]
