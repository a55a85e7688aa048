"""AMP: boxes, arguments, questions and answers, and what takes the connection away from them.

Source of the behaviour: Twisted 26.10, twisted.protocols.amp, by running it.
"""

from __future__ import annotations

import datetime
import decimal
import math
import re
import types
from collections.abc import Callable
from typing import Any

import pytest

from protocols.streams import cuts
from txloop.internet import defer, error, protocol
from txloop.internet.testing import StringTransport
from txloop.protocols import amp
from txloop.python.failure import Failure
from txloop.python.filepath import FilePath


class Full(Exception):
    """Declared, the connection goes on."""


class Broken(Exception):
    """Declared, the connection ends."""


class Add(amp.Command):
    arguments = [(b"a", amp.Integer()), (b"b-print", amp.Integer(optional=True))]  # noqa: RUF012
    response = [(b"total", amp.Integer())]  # noqa: RUF012
    errors = {Full: b"FULL"}  # noqa: RUF012
    fatalErrors = {Broken: b"BROKEN"}  # noqa: RUF012


class Tell(amp.Command):
    requiresAnswer = False
    arguments = [(b"a", amp.Integer())]  # noqa: RUF012


class Adder(amp.AMP):
    """Answers Add as its `reply` says."""

    told: list[int]

    def __init__(self) -> None:
        super().__init__()
        self.told = []
        self.reply: Any = lambda a, b: {"total": a + (b or 0)}

    @Add.responder
    def add(self, a: int, b_print: int | None) -> Any:
        return self.reply(a, b_print)

    @Tell.responder
    def tell(self, a: int) -> dict[str, Any]:
        self.told.append(a)
        return {}

    def amp_PLAIN(  # noqa: N802 - the command is called so
        self, box: amp.AmpBox
    ) -> amp.AmpBox:
        return amp.AmpBox(saw=box[b"x"])


class Wires:
    """Two connected sides; `pump` carries bytes until none are left."""

    def __init__(self, kind: Any = Adder, transport: Any = StringTransport) -> None:
        self.asker, self.answerer = kind(), kind()
        self.sides = [(self.asker, self.answerer), (self.answerer, self.asker)]
        for side in (self.asker, self.answerer):
            side.makeConnection(transport())

    def pump(self) -> None:
        moved = True
        while moved:
            moved = False
            for source, sink in self.sides:
                data = source.transport.value()
                source.transport.clear()
                if data:
                    moved = True
                    sink.dataReceived(data)

    def ask(self, command: Any, **arguments: Any) -> Any:
        """The answer, or the failure's exception."""
        found: list[Any] = []
        asked = self.asker.callRemote(command, **arguments)
        asked.addCallbacks(found.append, lambda failure: found.append(failure.value))
        self.pump()
        return found[0]


def failed(wanted: type[BaseException], deferred: Any) -> BaseException:
    found: list[Any] = []
    deferred.addErrback(found.append)
    assert found[0].check(wanted)
    value: BaseException = found[0].value
    return value


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


# ---- commands ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"commandName": "x"}, "Command names must be byte strings, got: 'x'"),
        ({"arguments": [("a", amp.String())]}, "Argument names must be byte strings, got: 'a'"),
        ({"response": [("a", amp.String())]}, "Response names must be byte strings, got: 'a'"),
        ({"errors": {Full: "F"}}, "Error names must be byte strings, got: 'F'"),
        ({"fatalErrors": {Full: "F"}}, "Fatal error names must be byte strings, got: 'F'"),
    ],
)
def test_a_command_is_checked_when_its_class_is_made(body: dict[str, Any], text: str) -> None:
    with pytest.raises(TypeError, match=text):
        types.new_class("Wrong", (amp.Command,), {}, lambda namespace: namespace.update(body))


def test_a_command_has_its_bases_errors_too() -> None:
    class More(Add):
        errors = {KeyError: b"KEY"}  # noqa: RUF012

    assert More.errors == {Full: b"FULL", KeyError: b"KEY"}
    assert More.reverseErrors == {b"FULL": Full, b"KEY": KeyError, b"BROKEN": Broken}
    assert More.commandName == b"More"
    assert Add.errors == {Full: b"FULL"}


# ---- questions and answers --------------------------------------------------


def test_a_question_is_answered_with_typed_values() -> None:
    wires = Wires()
    assert wires.ask(Add, a=1, b_print=2) == {"total": 3}
    assert wires.ask(Add, a=1) == {"total": 1}


def test_what_goes_over_the_wire_is_numbered_and_named() -> None:
    wires = Wires()
    wires.asker.callRemote(Add, a=1)
    assert amp.parseString(wires.asker.transport.value()) == [
        {b"_ask": b"1", b"_command": b"Add", b"a": b"1"}
    ]
    wires.answerer.dataReceived(wires.asker.transport.value())
    assert amp.parseString(wires.answerer.transport.value()) == [{b"_answer": b"1", b"total": b"1"}]


def test_answers_come_in_any_order() -> None:
    wires = Wires()
    later: list[defer.Deferred[Any]] = []

    def answer_later(a: int, b: Any) -> defer.Deferred[Any]:
        later.append(defer.Deferred())
        return later[-1]

    wires.answerer.reply = answer_later
    got: list[Any] = []
    for number in (1, 2):
        wires.asker.callRemote(Add, a=number).addCallback(got.append)
    wires.pump()
    later[1].callback({"total": 22})
    later[0].callback({"total": 11})
    wires.pump()
    assert got == [{"total": 22}, {"total": 11}]


def test_a_command_without_answer_is_only_sent() -> None:
    wires = Wires()
    assert wires.asker.callRemote(Tell, a=5) is None
    wires.pump()
    assert wires.answerer.told == [5]


def test_a_box_made_by_hand_reaches_the_method_of_that_name() -> None:
    wires = Wires()
    got: list[Any] = []
    wires.asker.callRemoteString(b"plain", x=b"1").addCallback(got.append)
    wires.pump()
    assert got[0][b"saw"] == b"1"


@pytest.mark.parametrize(("raised", "ends"), [(Full("no room"), False), (Broken("no more"), True)])
def test_a_declared_error_arrives_as_its_class_and_a_fatal_one_ends_the_connection(
    raised: Exception, ends: bool
) -> None:
    wires = Wires()
    wires.answerer.reply = lambda a, b: defer.fail(raised)
    got = wires.ask(Add, a=1)
    assert (type(got), str(got)) == (type(raised), str(raised))
    assert wires.answerer.transport.disconnecting is ends


def test_another_error_is_logged_here_and_unknown_there_and_ends_the_connection(
    flush_logged_errors: Callable[..., list[Any]],
) -> None:
    wires = Wires()
    wires.answerer.reply = lambda a, b: {"total": "no number"}
    got = wires.ask(Add, a=1)
    assert isinstance(got, amp.UnknownRemoteError)
    assert str(got) == "Code<UNKNOWN>: Unknown Error"
    assert wires.answerer.transport.disconnecting
    (failure,) = flush_logged_errors(amp.BadLocalReturn)
    assert "could not serialize it" in str(failure.value)


def test_a_command_that_nobody_answers_is_unhandled() -> None:
    class Nobody(amp.Command):
        pass

    got = Wires().ask(Nobody)
    assert isinstance(got, amp.UnhandledCommand)
    assert got.args == (b"UNHANDLED", "Unhandled Command: b'Nobody'")


def test_a_missing_argument_fails_the_deferred_and_nothing_is_sent() -> None:
    wires = Wires()
    assert str(failed(amp.InvalidSignature, wires.asker.callRemote(Add))) == "forgot a for b'Add'"
    with pytest.raises(amp.InvalidSignature, match="c is not a valid argument"):
        wires.asker.callRemote(Add, a=1, c=2)
    assert wires.asker.transport.value() == b""


def test_open_questions_fail_with_the_connections_reason_and_later_ones_too() -> None:
    wires = Wires()
    open_question = wires.asker.callRemote(Add, a=1)
    wires.asker.connectionLost(Failure(error.ConnectionLost()))
    failed(error.ConnectionLost, open_question)
    failed(error.ConnectionLost, wires.asker.callRemote(Add, a=1))
    assert wires.asker.callRemote(Tell, a=1) is None


def test_an_answer_after_the_connection_is_lost_is_dropped() -> None:
    wires = Wires()
    later: defer.Deferred[Any] = defer.Deferred()
    wires.answerer.reply = lambda a, b: later
    wires.asker.callRemote(Add, a=1).addErrback(lambda failure: None)
    wires.pump()
    wires.answerer.connectionLost(Failure(error.ConnectionDone()))
    later.callback({"total": 1})


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        (amp.AmpBox(), amp.NoEmptyBoxes),
        (amp.AmpBox(a=b"1"), amp.NoEmptyBoxes),
        (amp.AmpBox(_answer=b"7"), KeyError),
        (amp.AmpBox(_error=b"7"), KeyError),
        (amp.AmpBox(_command=b"\xff", _ask=b"1"), UnicodeDecodeError),
    ],
)
def test_a_box_that_makes_no_sense_is_an_error_of_the_connection(box: Any, kind: type[Exception]) -> None:
    """The transport, which calls dataReceived, logs it and closes."""
    with pytest.raises(kind):
        Wires().asker.dataReceived(box.serialize())


def test_a_protocol_that_forgot_to_call_init_works() -> None:
    class Forgot(Adder):
        def __init__(self) -> None:
            self.reply = lambda a, b: {"total": 0}

    assert Wires(Forgot).ask(Add, a=1) == {"total": 0}


def test_overriding_lookup_function_still_works_and_warns_its_caller() -> None:
    class Old(amp.CommandLocator):
        def lookupFunction(self, name: bytes) -> Any:
            return name

    with pytest.warns(PendingDeprecationWarning, match="Override locateResponder") as caught:
        assert Old().locateResponder(b"x") == b"x"  # type: ignore[comparison-overlap]
    assert caught[0].filename == __file__


# ---- another protocol -------------------------------------------------------


class Switch(amp.ProtocolSwitchCommand):
    pass


class Keep(protocol.Protocol):
    def __init__(self) -> None:
        self.got = b""
        self.reason: Any = None

    def dataReceived(self, data: bytes) -> None:
        self.got += data

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        self.reason = reason.value


class Switcher(Adder):
    @Switch.responder
    def switch(self) -> Keep:
        return Keep()


class KeepFactory(protocol.ClientFactory[Any]):
    protocol = Keep
    failures = 0

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        self.failures += 1


def test_after_a_switch_every_byte_is_the_other_protocols() -> None:
    wires = Wires(Switcher)
    assert wires.ask(Switch, _protoToSwitchToFactory=KeepFactory()) == {}
    wires.asker.dataReceived(b"to the asker")
    assert (wires.asker.innerProtocol.got, wires.answerer.innerProtocol.got) == (b"to the asker", b"")
    with pytest.raises(amp.ProtocolSwitched, match="no AMP traffic allowed"):
        wires.answerer.callRemote(Add, a=1)
    wires.asker.connectionLost(Failure(error.ConnectionDone()))
    assert isinstance(wires.asker.innerProtocol.reason, error.ConnectionDone)


def test_bytes_behind_the_switching_box_are_the_other_protocols_in_any_cut() -> None:
    stream = amp.AmpBox(_ask=b"1", _command=b"Switch").serialize() + b"\x00\x01raw"
    for chunks in cuts(stream):
        side = Switcher()
        side.makeConnection(StringTransport())
        for chunk in chunks:
            side.dataReceived(chunk)
        assert side.innerProtocol.got == b"\x00\x01raw", chunks


def test_a_refused_switch_leaves_the_connection_to_boxes() -> None:
    wires = Wires()
    factory = KeepFactory()
    assert isinstance(wires.ask(Switch, _protoToSwitchToFactory=factory), amp.UnhandledCommand)
    assert factory.failures == 1
    assert wires.ask(Add, a=1) == {"total": 1}


# ---- TLS --------------------------------------------------------------------


class Certificate:
    def options(self, *authorities: Any) -> Any:
        return (self, authorities)


class TLSTransport(StringTransport):
    """Writes down where TLS would begin."""

    def startTLS(self, context: Any) -> None:
        self.tls = context
        self.write(b"<TLS>")


class Secured(Adder):
    mine = Certificate()

    @amp.StartTLS.responder
    def secure(self) -> dict[str, Any]:
        return {"tls_localCertificate": self.mine, "tls_verifyAuthorities": ["ca"]}


@pytest.fixture
def some_ssl(monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS can be had; whose certificates there are does not matter here."""
    monkeypatch.setitem(vars(amp), "ssl", object())


@pytest.mark.usefixtures("some_ssl")
def test_tls_begins_behind_the_answer_and_boxes_wait_for_it() -> None:
    wires = Wires(Secured, TLSTransport)
    ours = Certificate()
    asked = wires.asker.callRemote(amp.StartTLS, tls_localCertificate=ours, tls_verifyAuthorities=["a", "b"])
    wires.asker.callRemote(Tell, a=1)
    assert len(amp.parseString(wires.asker.transport.value())) == 1, "the second box waits"
    wires.answerer.dataReceived(wires.asker.transport.value())
    assert wires.answerer.transport.value() == b"\x00\x07_answer\x00\x011\x00\x00<TLS>"
    assert wires.answerer.transport.tls == (Secured.mine, ("ca",))
    wires.asker.transport.clear()
    wires.asker.dataReceived(wires.answerer.transport.value()[:-5])
    assert wires.asker.transport.value().startswith(b"<TLS>\x00\x08_command\x00\x04Tell")
    assert wires.asker.transport.tls == (ours, ("a", "b"))
    assert asked.called


@pytest.mark.usefixtures("some_ssl")
def test_tls_is_had_once() -> None:
    wires = Wires(Secured, TLSTransport)
    wires.asker.hostCertificate = "mine"
    wires.asker.noPeerCertificate = True
    text = (
        "Previously authenticated connection between mine and None is trying to re-establish as ('c', ['a'])"
    )
    with pytest.raises(amp.OnlyOneTLS, match=re.escape(text)):
        wires.asker.callRemote(amp.StartTLS, tls_localCertificate="c", tls_verifyAuthorities=["a"])
    assert wires.asker.transport.value() == b""
    assert wires.asker._startingTLSBuffer is None


@pytest.mark.usefixtures("some_ssl")
def test_a_connection_lost_right_after_tls_began_blames_our_certificate() -> None:
    wires = Wires(Secured, TLSTransport)
    question = wires.asker.callRemote(Add, a=1)
    wires.asker._startTLS(Certificate(), None)
    wires.asker.connectionLost(Failure(error.ConnectionDone()))
    reason = failed(error.PeerVerifyError, question)
    assert str(reason) == "Peer rejected our certificate for an unknown reason."


def test_without_the_libraries_both_sides_say_that_there_is_no_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(amp), "ssl", None)
    wires = Wires()
    assert str(failed(RuntimeError, wires.asker.callRemote(amp.StartTLS))) == "TLS not available."
    wires.answerer.dataReceived(amp.AmpBox(_ask=b"1", _command=b"StartTLS").serialize())
    (box,) = amp.parseString(wires.answerer.transport.value())
    assert (box[b"_error_code"], box[b"_error_description"]) == (b"TLS_ERROR", b"TLS not available")


# ---- descriptors ------------------------------------------------------------


def test_descriptors_are_found_by_the_order_they_came_in() -> None:
    class Pass(amp.Command):
        arguments = [(b"one", amp.Descriptor()), (b"two", amp.Descriptor())]  # noqa: RUF012

    class Passer(amp.AMP):
        got: Any = None

        @Pass.responder
        def take(self, **descriptors: int) -> dict[str, Any]:
            self.got = descriptors
            return {}

    class UNIXTransport(StringTransport):
        def sendFileDescriptor(self, descriptor: int) -> None:
            self.sent = [*getattr(self, "sent", []), descriptor]

    wires = Wires(Passer, UNIXTransport)
    wires.asker.callRemote(Pass, one=5, two=6)
    assert wires.asker.transport.sent == [5, 6]
    for theirs in (50, 60):
        wires.answerer.fileDescriptorReceived(theirs)
    wires.pump()
    assert wires.answerer.got == {"one": 50, "two": 60}
