"""AMP: commands, questions and answers, and what takes the connection away from them.

Source of the behaviour: Twisted 26.10, twisted.protocols.amp, by running it.
"""

from __future__ import annotations

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
