"""What is noted while a test runs: errors that are logged, and warnings."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from txloop.python import log
from txloop.python.failure import Failure

__all__ = ["_LogObserver"]


class _LogObserver:
    """Keeps the errors that are logged while it observes, until somebody takes them."""

    def __init__(self) -> None:
        self._errors: list[Failure] = []
        self._ignored: list[type[BaseException]] = []
        self._added = 0

    def _add(self) -> None:
        if self._added == 0:
            log.addObserver(self.gotEvent)
        self._added += 1

    def _remove(self) -> None:
        self._added -= 1
        if self._added == 0:
            log.removeObserver(self.gotEvent)

    def _ignoreErrors(self, *errorTypes: type[BaseException]) -> None:
        self._ignored.extend(errorTypes)

    def _clearIgnores(self) -> None:
        self._ignored = []

    def gotEvent(self, event: dict[str, Any]) -> None:
        """Keep its Failure, if it is an error."""
        failure = event.get("failure") if event.get("isError") else None
        if failure is not None and not (self._ignored and failure.check(*self._ignored)):
            self._errors.append(failure)

    def getErrors(self) -> list[Failure]:
        """Those that are kept."""
        return self._errors

    def flushErrors(self, *errorTypes: type[BaseException]) -> list[Failure]:
        """Take those of these types, or all."""
        taken = [each for each in self._errors if not errorTypes or each.check(*errorTypes)]
        self._errors = [each for each in self._errors if not any(each is one for one in taken)]
        return taken


class Warnings:
    """The warnings of one test, until they are flushed; the rest is passed on at its end."""

    def __init__(self) -> None:
        self._seen: list[warnings.WarningMessage] = []
        self._now: list[warnings.WarningMessage] = []  # those of the block that is being run

    @contextmanager
    def collecting(self, suppressed: Sequence[tuple[Sequence[Any], dict[str, Any]]]) -> Iterator[None]:
        """Keep every warning of the block, but those that *suppressed* filters out."""
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            for args, kwargs in suppressed:
                warnings.filterwarnings(*args, **kwargs)
            self._now = seen
            try:
                yield
            finally:
                self._seen += seen
                self._now = []

    def flush(self, functions: Iterable[Callable[..., Any]] | None) -> list[dict[str, Any]]:
        """Take those that were issued in the lines of *functions*, or all."""
        self._seen += self._now
        del self._now[:]
        taken = list(self._seen)
        if functions is not None:
            places = [_lines_of(function) for function in functions]
            taken = [each for each in taken if any(_is_in(each, place) for place in places)]
        self._seen = [each for each in self._seen if not any(each is one for one in taken)]
        return [
            {
                "message": str(each.message),
                "category": each.category,
                "filename": each.filename,
                "lineno": each.lineno,
            }
            for each in taken
        ]

    def pass_on(self) -> None:
        """Issue what nobody took, with the filters that hold outside."""
        seen, self._seen = self._seen, []
        for each in seen:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)


def _lines_of(function: Any) -> tuple[str, int, int]:
    """The file of a function (or bound method), its first line and its last."""
    code = inspect.unwrap(getattr(function, "__func__", function)).__code__
    lines = [line for _, _, line in code.co_lines() if line is not None]
    return os.path.abspath(code.co_filename), code.co_firstlineno, max(lines, default=code.co_firstlineno)


def _is_in(warning: warnings.WarningMessage, place: tuple[str, int, int]) -> bool:
    path, first, last = place
    return os.path.abspath(warning.filename) == path and first <= warning.lineno <= last
