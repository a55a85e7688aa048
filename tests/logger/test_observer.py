"""The publisher, filters, history and capture: which observer gets which event."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from txloop.logger import (
    FilteringLogObserver,
    ILogFilterPredicate,
    ILogObserver,
    InvalidLogLevelError,
    LimitedHistoryLogObserver,
    Logger,
    LogLevel,
    LogLevelFilterPredicate,
    LogPublisher,
    PredicateResult,
    capturedLogs,
    formatEvent,
    globalLogPublisher,
)
from txloop.logger._observer import bitbucketLogObserver
from txloop.logger._util import formatTrace

Events = list[dict[str, Any]]


# ---- publisher -----------------------------------------------------------------


def test_events_reach_all_observers_in_order() -> None:
    seen: list[str] = []
    publisher = LogPublisher(lambda event: seen.append("a"), lambda event: seen.append("b"))
    publisher.addObserver(lambda event: seen.append("c"))
    publisher({})
    assert seen == ["a", "b", "c"]
    assert verifyObject(ILogObserver, publisher)


def test_an_observer_is_added_once_and_removed_once() -> None:
    events: Events = []
    publisher = LogPublisher()
    observer = events.append
    publisher.addObserver(observer)
    publisher.addObserver(observer)
    publisher({})
    publisher.removeObserver(observer)
    publisher.removeObserver(observer)
    publisher({})
    assert events == [{}]


def test_an_observer_added_while_another_thread_removes_one_is_not_lost() -> None:
    searching, added = threading.Event(), threading.Event()

    class Slow:
        """Gives another thread the time to add its observer in the middle of the removal."""

        def __call__(self, event: dict[str, Any]) -> None:
            pass

        def __eq__(self, other: object) -> bool:
            searching.set()
            added.wait(0.05)  # in vain if the other thread has to wait for us, as it should
            return self is other

        __hash__ = object.__hash__

    events: Events = []
    publisher = LogPublisher(Slow(), bitbucketLogObserver)
    remover = threading.Thread(target=publisher.removeObserver, args=[bitbucketLogObserver])
    remover.start()
    assert searching.wait(10)
    publisher.addObserver(events.append)
    added.set()
    remover.join()
    publisher({})
    assert events == [{}]


def test_what_is_not_callable_is_no_observer() -> None:
    with pytest.raises(TypeError, match="Observer is not callable: 3"):
        LogPublisher().addObserver(3)  # type: ignore[arg-type]  # the point of the test


def test_an_observer_may_remove_itself_and_the_next_still_hears() -> None:
    """In Twisted 26.10 the one after it misses that event; here an event goes to all who were there."""
    seen: list[str] = []
    publisher = LogPublisher()

    def once(event: dict[str, Any]) -> None:
        seen.append("once")
        publisher.removeObserver(once)

    publisher.addObserver(once)
    publisher.addObserver(lambda event: seen.append("always"))
    publisher({})
    publisher({})
    assert seen == ["once", "always", "always"]


def test_an_observer_that_raises_is_reported_to_the_others_only() -> None:
    events: Events = []
    calls: list[object] = []

    def broken(event: dict[str, Any]) -> None:
        calls.append(event)
        raise ValueError("no")

    LogPublisher(broken, events.append)({"a": 1})
    assert len(calls) == 1
    assert events[0] == {"a": 1}
    assert events[1]["log_failure"].check(ValueError)
    assert events[1]["observer"] is broken
    assert events[1]["log_level"] is LogLevel.critical
    assert "Temporarily disabling observer" in formatEvent(events[1])


def test_a_keyboard_interrupt_in_an_observer_is_not_swallowed() -> None:
    def interrupted(event: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        LogPublisher(interrupted)({})


def test_a_trace_tells_the_way_of_an_event() -> None:
    class Named:
        name = "left"

        def __call__(self, event: dict[str, Any]) -> None:
            pass

        def __repr__(self) -> str:
            return "<Named>"

    def last(event: dict[str, Any]) -> None:
        pass

    inner = LogPublisher(Named())
    middle = LogPublisher(inner, last)
    logger = Logger("L", observer=middle)
    trace: list[Any] = []
    logger.info("x", log_trace=trace)
    assert formatTrace(trace) == (
        f"<Logger 'L'>\n  -> {middle!r}\n    -> {inner!r}\n      -> <Named> (left)\n    -> {last!r}\n"
    )
    assert formatTrace([]) == ""


# ---- history and capture -------------------------------------------------------


def test_a_limited_history_keeps_the_last_events_and_replays_them_in_order() -> None:
    history = LimitedHistoryLogObserver(2)
    for number in range(3):
        history({"n": number})
    again: Events = []
    history.replayTo(again.append)
    history.replayTo(again.append)
    assert [event["n"] for event in again] == [1, 2, 1, 2]


def test_events_that_arrive_during_a_replay_are_kept_for_the_next() -> None:
    history = LimitedHistoryLogObserver()
    history({"n": 0})
    seen: Events = []

    def observer(event: dict[str, Any]) -> None:
        seen.append(event)
        history({"n": len(seen)})

    history.replayTo(observer)
    assert [event["n"] for event in seen] == [0]


def test_captured_logs_are_those_of_the_block() -> None:
    log = Logger("captured")
    log.info("before")
    with capturedLogs() as events:
        log.info("inside")
    log.info("after")
    assert [event["log_format"] for event in events] == ["inside"]


def test_capture_ends_also_when_the_block_raises() -> None:
    before = list(globalLogPublisher._observers)
    with pytest.raises(ValueError, match="no"), capturedLogs():
        raise ValueError("no")
    assert globalLogPublisher._observers == before


# ---- filters -------------------------------------------------------------------


def answer(result: Any) -> Any:
    return lambda event: result


@pytest.mark.parametrize(
    ("results", "passes"),
    [
        ([], True),
        ([PredicateResult.maybe], True),
        ([PredicateResult.no, PredicateResult.yes], False),
        ([PredicateResult.yes, PredicateResult.no], True),
        ([PredicateResult.maybe, PredicateResult.no], False),
    ],
    ids=repr,
)
def test_the_first_predicate_that_decides_decides(results: list[Any], passes: bool) -> None:
    yes: Events = []
    no: Events = []
    observer = FilteringLogObserver(yes.append, map(answer, results), no.append)
    observer({"n": 1})
    observer({"n": 2})  # the predicates may come from an iterator; they are kept
    assert (len(yes), len(no)) == ((2, 0) if passes else (0, 2))


@pytest.mark.parametrize("result", [None, True, "yes"])
def test_a_predicate_must_answer_with_a_predicate_result(result: Any) -> None:
    with pytest.raises(TypeError, match=f"Invalid predicate result: {result!r}"):
        FilteringLogObserver(bitbucketLogObserver, [answer(result)])({})


def test_levels_are_inherited_from_the_parent_namespace() -> None:
    predicate = LogLevelFilterPredicate()
    predicate.setLogLevelForNamespace("a", LogLevel.debug)
    predicate.setLogLevelForNamespace("a.b", LogLevel.error)
    assert verifyObject(ILogFilterPredicate, predicate)
    levels = {
        name: predicate.logLevelForNamespace(name) for name in ("a", "a.b", "a.b.c", "a.bc", "x", "", None)
    }
    assert levels == {
        "a": LogLevel.debug,
        "a.b": LogLevel.error,
        "a.b.c": LogLevel.error,
        "a.bc": LogLevel.debug,
        "x": LogLevel.info,
        "": LogLevel.info,
        None: LogLevel.info,
    }
    predicate.clearLogLevels()
    assert predicate.logLevelForNamespace("a.b") is LogLevel.info


def test_the_level_of_the_empty_namespace_is_the_default_for_all() -> None:
    predicate = LogLevelFilterPredicate(defaultLogLevel=LogLevel.warn)
    assert predicate.logLevelForNamespace("x") is LogLevel.warn
    predicate.setLogLevelForNamespace("", LogLevel.debug)
    assert predicate.logLevelForNamespace("x") is LogLevel.debug


def test_a_level_for_a_namespace_must_be_one() -> None:
    with pytest.raises(InvalidLogLevelError):
        LogLevelFilterPredicate().setLogLevelForNamespace("a", "info")


@pytest.mark.parametrize(
    ("event", "result"),
    [
        ({"log_namespace": "a", "log_level": LogLevel.info}, PredicateResult.maybe),
        ({"log_namespace": "a", "log_level": LogLevel.debug}, PredicateResult.no),
        ({"log_namespace": "a"}, PredicateResult.no),
        ({"log_level": LogLevel.critical}, PredicateResult.no),
        ({"log_level": LogLevel.critical, "log_namespace": ""}, PredicateResult.no),
    ],
)
def test_below_the_level_or_without_level_or_namespace_nothing_passes(
    event: dict[str, Any], result: Any
) -> None:
    assert LogLevelFilterPredicate()(event) is result
