"""System events: before, during, after.  Source of the claims: Twisted 26.10, by running it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from txloop.internet.base import _ThreePhaseEvent
from txloop.internet.defer import Deferred
from txloop.logger import capturedLogs

Flush = Callable[..., list[Any]]


@pytest.fixture
def event() -> _ThreePhaseEvent:
    return _ThreePhaseEvent()


@pytest.fixture
def seen() -> list[Any]:
    return []


def test_phases_come_in_order_whatever_the_order_of_adding(event: _ThreePhaseEvent, seen: list[Any]) -> None:
    for phase in ("after", "during", "before"):
        event.addTrigger(phase, seen.append, phase)
    event.fireEvent()
    assert seen == ["before", "during", "after"]


def test_triggers_of_a_phase_come_in_the_order_of_adding(event: _ThreePhaseEvent, seen: list[Any]) -> None:
    for number in range(3):
        event.addTrigger("during", seen.append, number)
    event.fireEvent()
    assert seen == [0, 1, 2]


def test_during_waits_for_every_deferred_of_before(event: _ThreePhaseEvent, seen: list[Any]) -> None:
    first: Deferred[None] = Deferred()
    second: Deferred[None] = Deferred()
    event.addTrigger("before", lambda: first)
    event.addTrigger("before", lambda: second)
    event.addTrigger("before", seen.append, "third before")
    event.addTrigger("during", seen.append, "during")
    event.fireEvent()
    assert seen == ["third before"]
    second.callback(None)
    assert seen == ["third before"]
    first.callback(None)
    assert seen == ["third before", "during"]


def test_a_failed_deferred_of_before_ends_the_waiting_and_stays_a_failure(
    event: _ThreePhaseEvent, seen: list[Any]
) -> None:
    waited_for: Deferred[None] = Deferred()
    event.addTrigger("before", lambda: waited_for)
    event.addTrigger("during", seen.append, "during")
    event.fireEvent()
    waited_for.errback(ValueError("still unhandled"))
    assert seen == ["during"]
    waited_for.addErrback(lambda failure: seen.append(failure.type))
    assert seen == ["during", ValueError]


def test_fired_again_an_event_calls_nobody_twice(event: _ThreePhaseEvent, seen: list[Any]) -> None:
    event.addTrigger("during", seen.append, 1)
    event.fireEvent()
    event.fireEvent()
    assert seen == [1]


@pytest.mark.parametrize("phase", ["before", "during", "after"])
def test_a_trigger_that_raises_is_logged_and_the_others_run(
    phase: str, event: _ThreePhaseEvent, seen: list[Any], flush_logged_errors: Flush
) -> None:
    def fail() -> None:
        raise ValueError(phase)

    event.addTrigger(phase, fail)
    event.addTrigger(phase, seen.append, "next")
    with capturedLogs() as events:
        event.fireEvent()
    assert seen == ["next"]
    assert [str(failure.value) for failure in flush_logged_errors(ValueError)] == [phase]
    assert events[0]["log_format"] == "While calling system event trigger handler"


def test_a_removed_trigger_is_not_called(event: _ThreePhaseEvent, seen: list[Any]) -> None:
    handle = event.addTrigger("after", seen.append, 1)
    event.removeTrigger(handle)
    event.fireEvent()
    assert seen == []


def test_a_before_trigger_may_remove_a_later_one(event: _ThreePhaseEvent, seen: list[Any]) -> None:
    event.addTrigger("before", lambda: event.removeTrigger(later))
    later = event.addTrigger("before", seen.append, 1)
    event.fireEvent()
    assert seen == []


def test_removing_a_before_trigger_that_was_just_called_only_warns(event: _ThreePhaseEvent) -> None:
    handle = event.addTrigger("before", lambda: None)
    event.addTrigger("before", lambda: event.removeTrigger(handle))
    with pytest.warns(DeprecationWarning, match="Removing already-fired system event triggers"):
        event.fireEvent()


def test_removing_twice_is_a_value_error(event: _ThreePhaseEvent) -> None:
    handle = event.addTrigger("during", lambda: None)
    event.removeTrigger(handle)
    with pytest.raises(ValueError, match="not in list"):
        event.removeTrigger(handle)


def test_bad_handles_and_phases_are_refused(event: _ThreePhaseEvent) -> None:
    with pytest.raises(KeyError, match="invalid phase"):
        event.addTrigger("sometimes", lambda: None)
    with pytest.raises(KeyError, match="invalid phase"):
        event.removeTrigger(("sometimes", lambda: None, (), {}))
    with pytest.raises(ValueError, match="invalid trigger handle"):
        event.removeTrigger(3)  # type: ignore[arg-type]
