"""AMP: boxes, and the arguments in them.

Source of the behaviour: Twisted 26.10, twisted.protocols.amp, by running it.
"""

from __future__ import annotations

import datetime
import decimal
import math
from typing import Any

import pytest

from protocols.streams import cuts
from txloop.internet import error
from txloop.internet.testing import StringTransport
from txloop.protocols import amp
from txloop.python.failure import Failure
from txloop.python.filepath import FilePath

# ---- boxes ------------------------------------------------------------------


def test_a_box_is_its_keys_in_order_each_string_behind_its_length() -> None:
    assert amp.AmpBox(b=b"22", a=b"1").serialize() == b"\x00\x01a\x00\x011\x00\x01b\x00\x0222\x00\x00"


def test_boxes_come_back_from_their_bytes_and_an_incomplete_last_one_is_dropped() -> None:
    boxes = [amp.AmpBox(a=b"1"), amp.AmpBox(), amp.AmpBox(x=b"", y=b"z" * 65535)]
    data = b"".join(box.serialize() for box in boxes)
    assert amp.parseString(data) == boxes
    assert amp.parseString(data[:-1]) == boxes[:-1]


@pytest.mark.parametrize(
    ("box", "text"),
    [
        ({b"k" * 256: b""}, "local key too long: 256"),
        ({b"k": b"v" * 65536}, "local value b'k' too long: 65536"),
    ],
)
def test_a_box_refuses_what_does_not_fit(box: Any, text: str) -> None:
    with pytest.raises(amp.TooLong) as caught:
        amp.AmpBox(box).serialize()
    assert repr(caught.value) == text


def test_text_is_no_value() -> None:
    with pytest.raises(TypeError, match="Unicode value for key b'a' not allowed: '1'"):
        amp.AmpBox(a="1").serialize()


def test_a_key_that_cannot_be_one_is_refused_by_the_parser_of_strings() -> None:
    with pytest.raises(amp.TooLong):
        amp.parseString(b"\x01\x01" + b"k" * 257)


class Boxes:
    """An IBoxReceiver that keeps what comes."""

    def __init__(self) -> None:
        self.got: list[amp.AmpBox] = []
        self.reasons: list[Any] = []

    def startReceivingBoxes(self, boxSender: Any) -> None:
        self.sender = boxSender

    def ampBoxReceived(self, box: amp.AmpBox) -> None:
        self.got.append(box)

    def stopReceivingBoxes(self, reason: Any) -> None:
        self.reasons.append(reason.value)


def connected(boxes: Boxes, **attributes: Any) -> Any:
    reader: Any = amp.BinaryBoxProtocol(boxes)
    for name, value in attributes.items():
        setattr(reader, name, value)
    reader.makeConnection(StringTransport())
    return reader


def test_any_cut_of_the_stream_gives_the_boxes_that_were_sent() -> None:
    boxes = [amp.AmpBox(a=b"1", bb=b""), amp.AmpBox(), amp.AmpBox(c=b"\x00\x00\x00")]
    for chunks in cuts(b"".join(box.serialize() for box in boxes)):
        got = Boxes()
        reader = connected(got)
        for chunk in chunks:
            reader.dataReceived(chunk)
        assert got.got == boxes, chunks


def test_a_key_length_above_255_closes_and_the_reason_is_too_long() -> None:
    got = Boxes()
    reader = connected(got)
    reader.dataReceived(b"GET / HTTP/1.1\r\n" * 1000)
    assert reader.transport.disconnecting
    assert len(reader.recvd) <= 2
    reader.connectionLost(Failure(error.ConnectionDone()))
    assert isinstance(got.reasons[0], amp.TooLong)
    assert got.got == []


def test_a_box_without_end_is_not_kept() -> None:
    got = Boxes()
    reader = connected(got, max_box_bytes=10_000)
    for number in range(1000):
        reader.dataReceived(b"\x00\x04%04d\x00\x64" % number + b"v" * 100)
    assert reader.transport.disconnecting
    assert reader._currentBox is None
    assert reader.recvd == b""
    reader.connectionLost(Failure(error.ConnectionDone()))
    assert isinstance(got.reasons[0], amp.MalformedAmpBox)


# ---- arguments --------------------------------------------------------------

NOON = datetime.datetime(2012, 1, 23, 12, 34, 56, 54321)


@pytest.mark.parametrize(
    ("argument", "value", "encoded"),
    [
        (amp.Integer(), -(10**30), b"-1" + b"0" * 30),
        (amp.Float(), 0.1, b"0.1"),
        (amp.Float(), -math.inf, b"-inf"),
        (amp.Boolean(), True, b"True"),
        (amp.Boolean(), False, b"False"),
        (amp.String(), b"\x00\xff", b"\x00\xff"),
        (amp.Unicode(), "é", b"\xc3\xa9"),
        (amp.Path(), FilePath("/a/é"), b"/a/\xc3\xa9"),
        (amp.Decimal(), decimal.Decimal("1.20"), b"1.20"),
        (amp.Decimal(), decimal.Decimal("1E+5"), b"1E+5"),
        (amp.DateTime(), NOON.replace(tzinfo=amp.utc), b"2012-01-23T12:34:56.054321-00:00"),
        (
            amp.DateTime(),
            NOON.replace(tzinfo=datetime.timezone(-datetime.timedelta(hours=3, minutes=30))),
            b"2012-01-23T12:34:56.054321-03:30",
        ),
        (amp.ListOf(amp.Integer()), [1, 22, 333], b"\x00\x011\x00\x0222\x00\x03333"),
        (amp.ListOf(amp.ListOf(amp.Unicode())), [["a"], []], b"\x00\x03\x00\x01a\x00\x00"),
        (
            amp.AmpList([(b"a", amp.Integer()), (b"class", amp.String(optional=True))]),
            [{"a": 1, "Class": None}, {"a": 2, "Class": b"x"}],
            b"\x00\x01a\x00\x011\x00\x00\x00\x01a\x00\x012\x00\x05class\x00\x01x\x00\x00",
        ),
    ],
)
def test_an_argument_becomes_its_bytes_and_comes_back(argument: Any, value: Any, encoded: bytes) -> None:
    assert argument.toStringProto(value, None) == encoded
    assert argument.fromStringProto(encoded, None) == value


@pytest.mark.parametrize(
    ("argument", "encoded", "kind", "text"),
    [
        (amp.Integer(), b"1.5", ValueError, "invalid literal"),
        (amp.Boolean(), b"true", TypeError, "Bad boolean value: b'true'"),
        (amp.Unicode(), b"\xff", UnicodeDecodeError, "invalid start byte"),
        (amp.DateTime(), b"2012", ValueError, "invalid date format '2012'"),
        (amp.DateTime(), b"2012-01-23T12:34:56.054321*00:00", ValueError, "Invalid sign for timezone '\\*'"),
        (amp.Decimal(), b"x", decimal.InvalidOperation, "ConversionSyntax"),
        (amp.AmpList([(b"a", amp.Integer())]), amp.AmpBox(b=b"1").serialize(), KeyError, "a"),
    ],
)
def test_bytes_that_are_no_such_argument_are_an_error(
    argument: Any, encoded: bytes, kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text):
        argument.fromStringProto(encoded, None)


@pytest.mark.parametrize(
    ("argument", "value", "text"),
    [
        (amp.Float(), 1, "Bad float value 1"),
        (amp.Decimal(), 1.5, "amp.Decimal can only encode instances of decimal.Decimal"),
        (amp.DateTime(), NOON, "cannot serialize naive datetime instances"),
    ],
)
def test_a_value_of_another_type_is_refused(argument: Any, value: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        argument.toString(value)


def test_a_list_of_arguments_names_them_in_bytes() -> None:
    with pytest.raises(AssertionError, match="should be defined with a list of"):
        amp.AmpList([("a", amp.Integer())])  # type: ignore[list-item]
