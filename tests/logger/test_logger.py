"""Logger: namespaces, events, levels, and code whose failures are logged."""

from __future__ import annotations

import gc
import time
import weakref
from typing import Any

import pytest

from txloop.logger import InvalidLogLevelError, Logger, LogLevel, _loggerFor, globalLogPublisher
from txloop.python.failure import Failure, NoCurrentExceptionError

Events = list[dict[str, Any]]


@pytest.fixture
def events() -> Events:
    return []


@pytest.fixture
def log(events: Events) -> Logger:
    return Logger("here", observer=events.append)


# ---- where an event comes from -------------------------------------------------


def test_the_namespace_is_the_module_that_makes_the_logger() -> None:
    assert Logger().namespace == __name__
    assert Logger().observer is globalLogPublisher


def test_code_without_a_module_name_has_the_namespace_unknown() -> None:
    scope: dict[str, Any] = {"Logger": Logger, "__builtins__": __builtins__}
    exec("logger = Logger()", scope)
    del scope["__builtins__"]
    assert scope["logger"].namespace in {"builtins", "<unknown>"}


def test_as_a_class_attribute_it_takes_namespace_and_source_from_the_class(events: Events) -> None:
    class Base:
        log = Logger("ignored", observer=events.append)

    class Derived(Base):
        pass

    instance = Derived()
    assert (Base.log.namespace, Base.log.source) == (f"{__name__}.Base", Base)
    assert (instance.log.namespace, instance.log.source) == (f"{__name__}.Derived", instance)
    instance.log.info("hello")
    assert events[0]["log_source"] is instance
    assert events[0]["log_namespace"] == f"{__name__}.Derived"


def test_a_subclass_of_logger_stays_that_class_when_it_is_looked_up() -> None:
    class Mine(Logger):
        pass

    class User:
        log = Mine()

    assert type(User().log) is Mine
    assert repr(User.log) == f"<Mine '{__name__}.User'>"


def test_looking_up_a_logger_leaves_nothing_on_the_instance() -> None:
    class User:
        log = Logger()

    user = User()
    _ = user.log
    gone = weakref.ref(user)
    assert vars(user) == {}
    gc.disable()
    try:
        del user, _
        assert gone() is None
    finally:
        gc.enable()


def test_logger_for_an_object_is_the_one_its_class_would_have() -> None:
    logger = _loggerFor(5)
    assert (logger.namespace, logger.source) == ("builtins.int", 5)


# ---- events --------------------------------------------------------------------


@pytest.mark.parametrize("level", list(LogLevel.iterconstants()), ids=lambda level: str(level.name))
def test_each_level_has_a_method_that_emits_it(log: Logger, events: Events, level: Any) -> None:
    before = time.time()
    getattr(log, level.name)("{who} left", who="ann")
    [event] = events
    assert before <= event.pop("log_time") <= time.time()
    assert event == {
        "who": "ann",
        "log_logger": log,
        "log_level": level,
        "log_namespace": "here",
        "log_source": None,
        "log_format": "{who} left",
    }


def test_emitting_formats_nothing() -> None:
    """No cost for text that nobody reads."""

    class Untouchable:
        def __repr__(self) -> str:
            raise AssertionError("formatted")

    Logger(observer=lambda event: None).info("{it}", it=Untouchable())


def test_our_own_keys_win_over_the_callers(log: Logger, events: Events) -> None:
    """Source: Twisted 26.10, seen."""
    log.info("x", log_time=3, log_level="y", log_source="z")
    assert events[0]["log_level"] is LogLevel.info
    assert events[0]["log_time"] != 3
    assert events[0]["log_source"] is None


@pytest.mark.parametrize("level", ["info", None, 30, ["unhashable"]], ids=repr)
def test_an_invalid_level_becomes_a_critical_event_that_says_so(
    log: Logger, events: Events, level: Any
) -> None:
    log.emit(level, "lost")
    [event] = events
    assert event["log_level"] is LogLevel.critical
    assert event["log_failure"].check(InvalidLogLevelError)
    assert event["invalidLevel"] == level


def test_level_with_name_knows_the_five_levels_and_no_other() -> None:
    assert LogLevel.levelWithName("warn") is LogLevel.warn
    with pytest.raises(InvalidLogLevelError) as caught:
        LogLevel.levelWithName("grave")
    assert caught.value.level == "grave"
    assert LogLevel.debug < LogLevel.info < LogLevel.warn < LogLevel.error < LogLevel.critical


# ---- failures ------------------------------------------------------------------


def test_failure_logs_the_exception_being_handled(log: Logger, events: Events) -> None:
    try:
        raise ValueError("no")
    except ValueError:
        log.failure("could not {verb}", verb="go")
    assert events[0]["log_failure"].check(ValueError)
    assert events[0]["log_level"] is LogLevel.critical
    assert events[0]["verb"] == "go"


def test_failure_takes_a_failure_and_a_level(log: Logger, events: Events) -> None:
    failure = Failure(ValueError("no"))
    log.failure("why", failure, LogLevel.warn)
    assert events[0]["log_failure"] is failure
    assert events[0]["log_level"] is LogLevel.warn


def test_failure_outside_of_an_except_block_is_the_callers_mistake(log: Logger, events: Events) -> None:
    with pytest.raises(NoCurrentExceptionError):
        log.failure("nothing happened")
    assert events == []


def test_failures_handled_logs_what_the_block_raises_and_goes_on(log: Logger, events: Events) -> None:
    with log.failuresHandled("while {verb}", verb="dancing") as op:
        assert not op.succeeded
        assert not op.failed
        raise ValueError("no")
    assert (op.succeeded, op.failed) == (False, True)
    assert events[0]["log_failure"] is op.failure
    assert events[0]["verb"] == "dancing"


def test_failures_handled_of_a_good_block_logs_nothing(log: Logger, events: Events) -> None:
    with log.failuresHandled("while dancing", LogLevel.info) as op:
        pass
    assert (op.succeeded, op.failed, op.failure) == (True, False, None)
    assert events == []


def test_a_failure_handler_serves_many_blocks(log: Logger, events: Events) -> None:
    handler = log.failureHandler("oops", LogLevel.error)
    for number in range(2):
        with handler:
            raise ValueError(number)
        with handler:
            pass
    assert [event["log_failure"].value.args for event in events] == [(0,), (1,)]
    assert {event["log_level"] for event in events} == {LogLevel.error}
