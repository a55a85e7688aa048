"""The reactor's life table."""

from __future__ import annotations

import pytest

from txloop.internet._reactor_life import REACTOR_LIFE, ReactorEvent, ReactorLife, next_life


def walk(*events: ReactorEvent) -> ReactorLife:
    life = ReactorLife.IDLE
    for event in events:
        life = next_life(life, event)
    return life


def test_an_ordinary_life_ends_where_it_began() -> None:
    assert walk(ReactorEvent.RUN_ASKED) is ReactorLife.STARTING
    assert walk(ReactorEvent.RUN_ASKED, ReactorEvent.STARTED) is ReactorLife.RUNNING
    assert walk(ReactorEvent.RUN_ASKED, ReactorEvent.STARTED, ReactorEvent.STOP_ASKED) is ReactorLife.STOPPING
    assert walk(*list(ReactorEvent)) is ReactorLife.IDLE


def test_stopped_by_a_startup_trigger_it_stays_stopping() -> None:
    assert walk(ReactorEvent.RUN_ASKED, ReactorEvent.STOP_ASKED, ReactorEvent.STARTED) is ReactorLife.STOPPING


@pytest.mark.parametrize("life", list(ReactorLife))
def test_crash_is_possible_from_anywhere(life: ReactorLife) -> None:
    assert next_life(life, ReactorEvent.CRASHED) is ReactorLife.IDLE


def test_a_missing_pair_names_both_and_whose_fault_it_is() -> None:
    missing = [
        (life, event) for life in ReactorLife for event in ReactorEvent if (life, event) not in REACTOR_LIFE
    ]
    assert missing
    for life, event in missing:
        with pytest.raises(AssertionError, match=f"{event.name} while {life.name}: please report"):
            next_life(life, event)
