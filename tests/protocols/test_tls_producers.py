"""A producer over TLS is paused by two, the wire and the handshake, and resumed when neither holds it."""

from __future__ import annotations

from transport_suite.parts import Producer
from txloop.protocols._tls.producers import _ProducerMembrane


def test_either_pauses_it_once_and_it_is_resumed_when_both_have_let_go() -> None:
    producer = Producer()
    membrane = _ProducerMembrane(producer)
    membrane.hold()
    membrane.pauseProducing()
    membrane.hold()
    assert producer.told == ["pause"]
    membrane.release()  # the handshake is done, but what waited for it has filled the wire
    assert producer.told == ["pause"]
    membrane.resumeProducing()
    assert producer.told == ["pause", "resume"]


def test_who_does_not_hold_it_lets_nothing_go() -> None:
    producer = Producer()
    membrane = _ProducerMembrane(producer)
    membrane.resumeProducing()
    membrane.release()
    assert producer.told == []
    membrane.stopProducing()
    membrane.stopProducing()
    assert producer.told == ["stop"]
