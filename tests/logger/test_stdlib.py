"""Events in the standard library's logging."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from txloop.logger import Logger, LogLevel, LogPublisher, STDLibLogObserver
from txloop.python.failure import Failure

NAME = "txloop.tests.stdlib"


class Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def records() -> Iterator[list[logging.LogRecord]]:
    logger = logging.getLogger(NAME)
    handler = Records()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield handler.records
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)
    logger.propagate = True


@pytest.mark.parametrize(
    ("level", "number"),
    [
        (LogLevel.debug, logging.DEBUG),
        (LogLevel.info, logging.INFO),
        (LogLevel.warn, logging.WARNING),
        (LogLevel.error, logging.ERROR),
        (LogLevel.critical, logging.CRITICAL),
        (None, logging.INFO),
    ],
)
def test_levels_are_translated(records: list[logging.LogRecord], level: Any, number: int) -> None:
    STDLibLogObserver(NAME)({"log_format": "{a} %s", "a": 1, "log_level": level})
    assert [(record.levelno, record.getMessage()) for record in records] == [(number, "1 %s")]


def test_a_failure_is_exc_info(records: list[logging.LogRecord]) -> None:
    try:
        raise ValueError("no")
    except ValueError as error:
        failure, raised = Failure(), error
    STDLibLogObserver(NAME)({"log_format": "why", "log_failure": failure})
    exc_info = records[0].exc_info
    assert exc_info
    assert exc_info[0] is ValueError
    assert exc_info[1] is raised
    assert 'test_stdlib.py", line' in logging.Formatter().format(records[0])


def test_nothing_is_formatted_for_a_logger_that_is_not_enabled(records: list[logging.LogRecord]) -> None:
    class Untouchable:
        def __repr__(self) -> str:
            raise AssertionError("formatted")

    logging.getLogger(NAME).setLevel(logging.WARNING)
    STDLibLogObserver(NAME)({"log_format": "{it}", "it": Untouchable(), "log_level": LogLevel.info})
    assert records == []


def test_the_record_names_the_line_that_logged(records: list[logging.LogRecord]) -> None:
    """Twisted 26.10 names its own publisher; a line of the program is what one wants to know."""
    log = Logger("n", observer=LogPublisher(STDLibLogObserver(NAME)))
    log.info("here")
    [record] = records
    assert (record.filename, record.funcName) == (
        "test_stdlib.py",
        "test_the_record_names_the_line_that_logged",
    )


def test_a_deeper_stack_names_the_callers_caller(records: list[logging.LogRecord]) -> None:
    observer = STDLibLogObserver(NAME, stackDepth=STDLibLogObserver.defaultStackDepth + 1)

    def helper() -> None:
        observer({"log_format": "x"})

    helper()
    assert records[0].funcName == "test_a_deeper_stack_names_the_callers_caller"
