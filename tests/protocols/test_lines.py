"""Lines in any cut.  Source of the behaviour: Twisted 26.10, twisted.protocols.basic, by running it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from protocols.streams import cuts, grows_linearly
from txloop.internet.testing import StringTransport
from txloop.protocols.basic import LineOnlyReceiver, LineReceiver

STREAM = b"hello\r\n\r\na\r\r\nb\nc\r\nlonger than the others\r\n\r\r\nunfinished\r"
LINES = [b"hello", b"", b"a\r", b"b\nc", b"longer than the others", b"\r"]


class Lines(LineReceiver):
    """Keeps what it gets, and does what some lines say."""

    def __init__(self) -> None:
        self.got: list[Any] = []

    def lineReceived(self, line: bytes) -> Any:
        self.got.append(line)
        act = getattr(self, "when_" + line.decode("latin-1"), None)
        return act() if act is not None else None

    def rawDataReceived(self, data: bytes) -> Any:
        self.got.append(("raw", data))
        if b"." in data:
            self.setLineMode(data.partition(b".")[2])

    def lineLengthExceeded(self, line: bytes) -> Any:
        self.got.append(("too long", line))
        return super().lineLengthExceeded(line)

    def when_raw(self) -> None:
        self.setRawMode()

    def when_pause(self) -> None:
        self.pauseProducing()

    def when_close(self) -> None:
        self.transport.loseConnection()

    def when_stop(self) -> None:
        self.stopProducing()

    def when_raise(self) -> None:
        raise ValueError("as told")

    def when_bars(self) -> None:
        self.delimiter = b"|"

    def when_rest(self) -> None:
        self.got.append(("rest", self.clearLineBuffer()))

    def when_more(self) -> None:
        self.dataReceived(b"nested\r\n")

    def when_why(self) -> str:
        return "because"


class OnlyLines(LineOnlyReceiver):
    def __init__(self) -> None:
        self.got: list[Any] = []

    def lineReceived(self, line: bytes) -> None:
        self.got.append(line)

    def lineLengthExceeded(self, line: bytes) -> Any:
        self.got.append(("too long", line))
        return super().lineLengthExceeded(line)


def connected(receiver: Any, **attributes: Any) -> Any:
    for name, value in attributes.items():
        setattr(receiver, name, value)
    receiver.makeConnection(StringTransport())
    return receiver


@pytest.mark.parametrize("kind", [Lines, OnlyLines])
def test_any_cut_of_the_stream_gives_the_same_lines(kind: type[Any]) -> None:
    for chunks in cuts(STREAM):
        receiver = connected(kind())
        for chunk in chunks:
            receiver.dataReceived(chunk)
        assert receiver.got == LINES, chunks


@pytest.mark.parametrize("kind", [Lines, OnlyLines])
def test_a_delimiter_that_overlaps_itself_is_found_from_the_left(kind: type[Any]) -> None:
    for chunks in cuts(b"1aaa2aaaa3aa"):
        receiver = connected(kind(), delimiter=b"aa")
        for chunk in chunks:
            receiver.dataReceived(chunk)
        assert receiver.got == [b"1", b"a2", b"", b"3"], chunks


@pytest.mark.parametrize("kind", [Lines, OnlyLines])
def test_a_line_of_the_greatest_length_passes_in_any_cut_and_one_byte_more_does_not(kind: type[Any]) -> None:
    for chunks in cuts(b"12345\r\n1234\r\n"):
        receiver = connected(kind(), MAX_LENGTH=5)
        for chunk in chunks:
            receiver.dataReceived(chunk)
        assert receiver.got == [b"12345", b"1234"], chunks
    for chunks in cuts(b"1\r\n123456\r\n"):
        receiver = connected(kind(), MAX_LENGTH=5)
        for chunk in chunks:
            if receiver.transport.disconnecting:
                break
            receiver.dataReceived(chunk)
        assert receiver.got[0] == b"1"
        assert receiver.got[1][0] == "too long", chunks
        assert receiver.transport.disconnecting


@pytest.mark.parametrize("kind", [Lines, OnlyLines])
def test_a_line_that_never_ends_takes_no_more_memory_than_the_limit(kind: type[Any]) -> None:
    receiver = connected(kind(), MAX_LENGTH=1000)
    receiver.lineLengthExceeded = lambda line: receiver.got.append(len(line))  # and does not close
    for _ in range(10_000):
        receiver.dataReceived(b"x" * 100)
        assert len(receiver._buffer) <= 1100
    assert len(receiver.got) > 800


@pytest.mark.parametrize("kind", [Lines, OnlyLines])
def test_a_long_line_byte_by_byte_costs_the_same_for_each_byte(kind: type[Any]) -> None:
    def seconds_for(length: int) -> float:
        receiver = connected(kind(), MAX_LENGTH=10**9)
        began = time.process_time()
        for _ in range(length):
            receiver.dataReceived(b"x")
        receiver.dataReceived(b"\r\n")
        spent = time.process_time() - began
        assert len(receiver.got[0]) == length
        return spent

    assert grows_linearly(seconds_for, 20_000)


def test_many_lines_in_one_chunk_cost_the_same_for_each_line() -> None:
    def seconds_for(lines: int) -> float:
        receiver = connected(Lines())
        began = time.process_time()
        receiver.dataReceived(b"x\r\n" * lines)
        spent = time.process_time() - began
        assert len(receiver.got) == lines
        return spent

    assert grows_linearly(seconds_for, 10_000)


@pytest.mark.parametrize("size", [1, 7, 5000, 20_000])
def test_chunks_larger_than_a_window_are_delivered_whole(size: int) -> None:
    lines = [b"%d" % number * 11 for number in range(3000)]
    stream = b"\r\n".join([*lines, b""])
    receiver = connected(Lines())
    for at in range(0, len(stream), size):
        receiver.dataReceived(stream[at : at + size])
    assert receiver.got == lines


def test_what_follows_in_the_chunk_is_raw_and_what_raw_gives_back_is_lines() -> None:
    for chunks in cuts(b"a\r\nraw\r\nb\r\nc.d\r\nraw\r\n.e\r\n"):
        receiver = connected(Lines())
        for chunk in chunks:
            receiver.dataReceived(chunk)
        raw = b"".join(entry[1] for entry in receiver.got if entry[0] == "raw")
        lines = [entry for entry in receiver.got if isinstance(entry, bytes)]
        assert raw.startswith(b"b\r\nc.")
        assert lines == [b"a", b"raw", b"d", b"raw", b"e"], chunks


def test_a_paused_receiver_holds_the_rest_until_it_is_resumed() -> None:
    receiver = connected(Lines())
    receiver.dataReceived(b"1\r\npause\r\n2\r\n3")
    receiver.dataReceived(b"\r\n4\r\n")
    assert receiver.got == [b"1", b"pause"]
    assert receiver.transport.producerState == "paused"
    receiver.resumeProducing()
    assert receiver.got == [b"1", b"pause", b"2", b"3", b"4"]
    assert receiver.transport.producerState == "producing"


def test_pausing_at_each_line_of_a_large_chunk_loses_nothing() -> None:
    lines = [b"%d" % number for number in range(2000)]
    receiver = connected(Lines())

    def pause(line: bytes) -> None:
        receiver.got.append(line)
        receiver.pauseProducing()

    receiver.lineReceived = pause
    receiver.dataReceived(b"\r\n".join([*lines, b""]))
    for _ in lines:
        receiver.resumeProducing()
    assert receiver.got == lines


def test_a_stopped_receiver_delivers_nothing_more() -> None:
    receiver = connected(Lines())
    receiver.dataReceived(b"stop\r\n1\r\n")
    receiver.dataReceived(b"2\r\n")
    assert receiver.got == [b"stop"]
    assert receiver.transport.producerState == "stopped"


def test_nothing_of_a_chunk_is_delivered_behind_the_line_that_closed() -> None:
    receiver = connected(Lines())
    receiver.dataReceived(b"1\r\nclose\r\n2\r\n3\r\n")
    assert receiver.got == [b"1", b"close"]


def test_a_new_delimiter_counts_from_the_next_line_on() -> None:
    receiver = connected(Lines())
    receiver.dataReceived(b"1\r\nbars\r\n2|3\r\n|4")
    assert receiver.got == [b"1", b"bars", b"2", b"3\r\n"]
    receiver.dataReceived(b"|")
    assert receiver.got[-1] == b"4"


def test_a_delimiter_set_while_a_line_is_unfinished_is_found_in_what_came_before() -> None:
    for receiver in (connected(Lines()), connected(OnlyLines())):
        receiver.dataReceived(b"one;two")
        receiver.delimiter = b";"
        receiver.dataReceived(b";")
        assert receiver.got == [b"one", b"two"]


def test_the_rest_can_be_taken_in_the_middle_of_a_chunk() -> None:
    receiver = connected(Lines())
    receiver.dataReceived(b"1\r\nrest\r\n2\r\n3")
    assert receiver.got == [b"1", b"rest", ("rest", b"2\r\n3")]
    receiver.dataReceived(b"4\r\n")
    assert receiver.got[-1] == b"4"


def test_data_that_comes_inside_a_line_is_delivered_behind_what_came_before() -> None:
    receiver = connected(Lines())
    receiver.dataReceived(b"more\r\n1\r\n")
    receiver.dataReceived(b"more\r\n")
    assert receiver.got == [b"more", b"1", b"nested", b"more", b"nested"]


def test_an_error_in_a_line_loses_that_line_only() -> None:
    receiver = connected(Lines())
    with pytest.raises(ValueError, match="as told"):
        receiver.dataReceived(b"1\r\nraise\r\n2\r\n")
    receiver.dataReceived(b"3\r\n")
    assert receiver.got == [b"1", b"raise", b"2", b"3"]


def test_what_a_line_returns_comes_back_and_the_rest_waits() -> None:
    receiver = connected(Lines())
    assert receiver.dataReceived(b"why\r\n1\r\n") == "because"
    assert receiver.got == [b"why"]
    assert receiver.dataReceived(b"") is None
    assert receiver.got == [b"why", b"1"]


def test_a_method_set_on_the_instance_gets_the_next_line() -> None:
    receiver = connected(Lines())
    other: list[bytes] = []

    def switch(line: bytes) -> None:
        receiver.lineReceived = other.append

    receiver.lineReceived = switch
    receiver.dataReceived(b"1\r\n2\r\n3\r\n")
    assert other == [b"2", b"3"]


def test_lines_are_sent_with_their_delimiter_and_only_bytes_are() -> None:
    receiver = connected(Lines())
    receiver.sendLine(b"line")
    assert receiver.transport.value() == b"line\r\n"
    with pytest.raises(TypeError, match="line must be bytes, not str"):
        receiver.sendLine("text")
    only = connected(OnlyLines())
    only.sendLine(b"line")
    assert only.transport.value() == b"line\r\n"


@pytest.mark.parametrize("kind", [LineReceiver, LineOnlyReceiver])
def test_a_receiver_without_line_received_says_so(kind: type[Any]) -> None:
    with pytest.raises(NotImplementedError):
        connected(kind()).dataReceived(b"1\r\n")
