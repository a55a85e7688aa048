"""What a drained queue is good for, without a loop."""

from __future__ import annotations

import itertools

import pytest

from txloop._write_gate import ACCEPT_BYTES, Drained, too_much, when_drained


def drained(**given: bool) -> Drained:
    """`when_drained` with False for what is not given."""
    asked = dict.fromkeys(("producer", "streaming", "paused", "lose_asked", "end_of_writing_asked"), False)
    return when_drained(**{**asked, **given})


def test_a_producer_may_fill_the_buffer_and_not_a_byte_more() -> None:
    """Source: Twisted 26.10: 65,536 bytes do not pause, one more does."""
    assert not too_much(ACCEPT_BYTES)
    assert too_much(ACCEPT_BYTES + 1)
    assert too_much(2, limit_bytes=1)


@pytest.mark.parametrize("end", ["lose_asked", "end_of_writing_asked"])
def test_a_waiting_producer_comes_before_an_end(end: str) -> None:
    """A pull producer, or a paused push producer, has more to say."""
    assert drained(producer=True, streaming=False, **{end: True}) is Drained.RESUME_PRODUCER
    assert drained(producer=True, streaming=True, paused=True, **{end: True}) is Drained.RESUME_PRODUCER


def test_an_unpaused_push_producer_does_not_delay_the_end() -> None:
    """Source: Twisted 26.10 stops such a producer; its port forwarder relies on it."""
    assert drained(producer=True, streaming=True, lose_asked=True) is Drained.END


def test_without_a_producer_and_without_an_end_no_gate_is_needed() -> None:
    assert drained() is Drained.NOTHING
    assert drained(producer=True, streaming=True) is Drained.WAIT
    assert drained(end_of_writing_asked=True) is Drained.END_WRITING


def test_a_lost_connection_never_half_closes() -> None:
    """loseConnection after loseWriteConnection: the whole end wins."""
    for producer, streaming in itertools.product((False, True), repeat=2):
        result = drained(producer=producer, streaming=streaming, lose_asked=True, end_of_writing_asked=True)
        assert result is not Drained.END_WRITING
