"""The table of a stream connection's life, without a loop."""

from __future__ import annotations

import pytest

from txloop._life import CONNECTED, LIFE, Life, LifeEvent, next_life


def test_every_request_is_allowed_in_every_state() -> None:
    """A program may ask to lose or abort at any time; it never gets an error for that."""
    for now in Life:
        for asked in (LifeEvent.LOSE_ASKED, LifeEvent.ABORT_ASKED):
            assert (now, asked) in LIFE


def test_a_connection_ends_once() -> None:
    """Each state but the last can end; the last cannot again."""
    assert {now for now in Life if (now, LifeEvent.ENDED) in LIFE} == set(Life) - {Life.CLOSED}
    with pytest.raises(RuntimeError, match="ENDED while CLOSED: please report this bug in txloop"):
        next_life(Life.CLOSED, LifeEvent.ENDED)


def test_asking_never_makes_an_unconnected_one_connected() -> None:
    """Only a wire does."""
    for (now, event), then in LIFE.items():
        if now not in CONNECTED and then in CONNECTED:
            assert event is LifeEvent.WIRE_MADE


def test_an_abort_wins_over_a_close_and_not_the_other_way() -> None:
    assert next_life(Life.CLOSING, LifeEvent.ABORT_ASKED) is Life.ABORTING
    assert next_life(Life.ABORTING, LifeEvent.LOSE_ASKED) is Life.ABORTING
