"""Structured logging: events are dicts, observers decide what becomes of them.

    log = Logger()
    log.info("{user} said {words!r}", user=user, words=words)

The names and what they do are `twisted.logger`'s; what lives where:

    _logger     Logger                        _format   events as text
    _levels     LogLevel                      _flatten  events that outlive their objects
    _observer   LogPublisher                  _json     events as JSON and back
    _global     the process's publisher,      _file _stdlib _io _buffer _capture _filter
                how logging begins                      observers, and files that log
    _legacy     to and from python.log        _embedded the standard logging, while embedded
"""

from __future__ import annotations

from txloop._public import publish

from txloop.logger._logger import Logger, Operation, _loggerFor  # isort: skip  # needed by all others
from txloop.logger._buffer import LimitedHistoryLogObserver
from txloop.logger._capture import capturedLogs
from txloop.logger._file import FileLogObserver, textFileLogObserver
from txloop.logger._filter import (
    FilteringLogObserver,
    ILogFilterPredicate,
    LogLevelFilterPredicate,
    PredicateResult,
)
from txloop.logger._flatten import extractField
from txloop.logger._format import (
    eventAsText,
    formatEvent,
    formatEventAsClassicLogText,
    formatTime,
    timeFormatRFC3339,
)
from txloop.logger._global import LogBeginner, globalLogBeginner, globalLogPublisher
from txloop.logger._interfaces import ILogObserver, LogEvent
from txloop.logger._io import LoggingFile
from txloop.logger._json import eventAsJSON, eventFromJSON, eventsFromJSONLogFile, jsonFileLogObserver
from txloop.logger._legacy import LegacyLogObserverWrapper
from txloop.logger._levels import InvalidLogLevelError, LogLevel
from txloop.logger._observer import LogPublisher
from txloop.logger._stdlib import STDLibLogObserver

__all__ = [
    "FileLogObserver",
    "FilteringLogObserver",
    "ILogFilterPredicate",
    "ILogObserver",
    "InvalidLogLevelError",
    "LegacyLogObserverWrapper",
    "LimitedHistoryLogObserver",
    "LogBeginner",
    "LogEvent",
    "LogLevel",
    "LogLevelFilterPredicate",
    "LogPublisher",
    "Logger",
    "LoggingFile",
    "Operation",
    "PredicateResult",
    "STDLibLogObserver",
    "_loggerFor",
    "capturedLogs",
    "eventAsJSON",
    "eventAsText",
    "eventFromJSON",
    "eventsFromJSONLogFile",
    "extractField",
    "formatEvent",
    "formatEventAsClassicLogText",
    "formatTime",
    "globalLogBeginner",
    "globalLogPublisher",
    "jsonFileLogObserver",
    "textFileLogObserver",
    "timeFormatRFC3339",
]

publish(__name__, __all__)
