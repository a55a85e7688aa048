"""The Logger: what programs log with.

    class Chat(Protocol):
        log = Logger()                                    # namespace "chat.Chat", from the class

        def connectionMade(self):
            self.log.info("{user.name} joined", user=self.user)

    one call  ->  one event (a dict)  ->  the observer, usually globalLogPublisher

Nothing is formatted here.  As a class attribute a Logger is a descriptor: seen through
an instance or the class it is a Logger of that class with ``log_source`` set.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from time import time
from types import TracebackType
from typing import Any, ClassVar, Final, Protocol

from txloop._public import public_address
from txloop.logger._interfaces import LogEvent, LogObserver
from txloop.logger._levels import LEVELS, InvalidLogLevelError, LogLevel, NamedConstant
from txloop.python.failure import Failure

__all__ = ["Logger", "Operation"]

INVALID_LEVEL: Final = "Got invalid log level {invalidLevel!r} in {logger}.emit()."


class Operation(Protocol):
    """What became of the block under `Logger.failuresHandled`."""

    @property
    def succeeded(self) -> bool:
        """True once the block ended without an exception."""

    @property
    def failure(self) -> Failure | None:
        """The exception that ended the block."""

    @property
    def failed(self) -> bool:
        """True once an exception ended the block."""


class Logger:
    """Emits events in one namespace.

    Args:
        namespace: Where the events come from, dotted like a module; by default the name
            of the module that makes the Logger, and as a class attribute that of the class.
        source: The object that logs, kept as ``log_source``.
        observer: Gets the events; by default `globalLogPublisher`.
    """

    # globalLogPublisher.  A publisher reports its broken observers with a Logger, so it
    # is made after this class: _global.py puts it here while the package is imported.
    # (A LogObserver.  Said so, a type checker would take it for a method.)
    _global_observer: ClassVar[Any]

    def __init__(
        self, namespace: str | None = None, source: object | None = None, observer: LogObserver | None = None
    ) -> None:
        self.namespace: str = self._namespaceFromCallingContext() if namespace is None else namespace
        self.source = source
        self.observer: LogObserver = self._global_observer if observer is None else observer

    def __get__(self, instance: object, owner: type | None = None) -> Logger:
        """The Logger of *owner*, of the same class and with the same observer as this one.

        Its source is *instance*, or *owner* if asked through the class.  It is made at
        each access: kept on the instance it would be a cycle and would show in `vars()`.
        """
        if owner is None:
            owner = type(instance)
        return self.__class__(
            f"{owner.__module__}.{owner.__name__}", owner if instance is None else instance, self.observer
        )

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__} {self.namespace!r}>"

    def emit(self, level: NamedConstant, format: str | None = None, **kwargs: object) -> None:
        """Emit one event.

        Args:
            level: One of `LogLevel`'s constants.  With anything else the event becomes a
                critical one that says so.
            format: The message, in `str.format`'s syntax; ``{name()}`` calls.
            kwargs: The event's fields.  Names that begin with ``log_`` are ours.
        """
        if level not in LEVELS:
            self.failure(INVALID_LEVEL, Failure(InvalidLogLevelError(level)), invalidLevel=level, logger=self)
            return
        event: LogEvent = kwargs
        event["log_logger"] = self
        event["log_level"] = level
        event["log_namespace"] = self.namespace
        event["log_source"] = self.source
        event["log_format"] = format
        event["log_time"] = time()
        if "log_trace" in event:
            event["log_trace"].append((self, self.observer))
        self.observer(event)

    def failure(
        self,
        format: str,
        failure: Failure | None = None,
        level: NamedConstant = LogLevel.critical,
        **kwargs: object,
    ) -> None:
        """Emit a failure: the event has it as ``log_failure``.

        Args:
            format: What could not be done, as in `emit`.
            failure: By default the exception being handled.
        Raises:
            NoCurrentExceptionError: No *failure* was given and none is being handled.
        """
        self.emit(level, format, log_failure=Failure() if failure is None else failure, **kwargs)

    def debug(self, format: str | None = None, **kwargs: object) -> None:
        """Emit a debug event; see `emit`."""
        self.emit(LogLevel.debug, format, **kwargs)

    def info(self, format: str | None = None, **kwargs: object) -> None:
        """Emit an info event; see `emit`."""
        self.emit(LogLevel.info, format, **kwargs)

    def warn(self, format: str | None = None, **kwargs: object) -> None:
        """Emit a warn event; see `emit`."""
        self.emit(LogLevel.warn, format, **kwargs)

    def error(self, format: str | None = None, **kwargs: object) -> None:
        """Emit an error event; see `emit`."""
        self.emit(LogLevel.error, format, **kwargs)

    def critical(self, format: str | None = None, **kwargs: object) -> None:
        """Emit a critical event; see `emit`."""
        self.emit(LogLevel.critical, format, **kwargs)

    def failuresHandled(
        self, format: str, level: NamedConstant = LogLevel.critical, **kwargs: object
    ) -> AbstractContextManager[Operation]:
        """``with log.failuresHandled("reading {path}", path=p) as op:`` logs what the block raises.

        Whatever ends the block is logged as by `failure` and goes no further, KeyboardInterrupt
        and SystemExit included; ``op.succeeded`` and ``op.failure`` tell afterwards.
        """
        return _FailCtxMgr(lambda failure: self.failure(format, failure, level, **kwargs))

    def failureHandler(
        self, staticMessage: str, level: NamedConstant = LogLevel.critical
    ) -> AbstractContextManager[None]:
        """The same for hot code: made once, used in many ``with`` statements, also at the same time.

        Args:
            staticMessage: A format without fields.
        """
        return _FastFailCtxMgr(self, staticMessage, level)

    @staticmethod
    def _namespaceFromCallingContext() -> str:
        """The name of the module that called `__init__` (or what else called our caller)."""
        # 0 is this function, 1 __init__, 2 who made the Logger.
        name = sys._getframe(2).f_globals.get("__name__")
        return public_address(name) if isinstance(name, str) else "<unknown>"


class _FailCtxMgr:
    """One ``with log.failuresHandled(…)``: the context manager and the Operation in one."""

    succeeded = False
    failure: Failure | None = None

    def __init__(self, fail: Callable[[Failure], None]) -> None:
        self._fail = fail

    @property
    def failed(self) -> bool:
        return self.failure is not None

    def __enter__(self) -> Operation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool:
        if error is None:
            self.succeeded = True
        else:
            self.failure = Failure(error, kind, traceback)
            self._fail(self.failure)
        return True


class _FastFailCtxMgr:
    """`Logger.failureHandler`'s: keeps no state, so one serves many blocks."""

    def __init__(self, logger: Logger, message: str, level: NamedConstant) -> None:
        self._logger = logger
        self._message = message
        self._level = level

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool:
        if error is not None:
            self._logger.failure(self._message, Failure(error, kind, traceback), self._level)
        return True


def _loggerFor(obj: object) -> Logger:
    """The Logger that *obj* would have as a class attribute: its class's namespace, *obj* as the source."""
    return Logger("").__get__(obj, type(obj))
