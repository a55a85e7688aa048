"""What is known to fail: a test's attribute `todo`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from txloop.python.failure import Failure

__all__ = ["Todo", "makeTodo"]


class Todo:
    """A test is expected to fail.

    Args:
        reason: Why.
        errors: The exceptions that it may fail with; None: any.
    """

    def __init__(self, reason: str, errors: Iterable[type[BaseException]] | None = None) -> None:
        self.reason = reason
        self.errors = errors

    def expected(self, failure: Failure) -> bool:
        """Is it what was expected?"""
        return self.errors is None or any(failure.check(error) for error in self.errors)

    def __repr__(self) -> str:
        return f"<Todo reason={self.reason!r} errors={self.errors!r}>"

    def __str__(self) -> str:
        return self.reason


def makeTodo(value: Any) -> Todo | None:
    """A Todo from what a test says: ``"reason"``, ``(Error, "reason")`` or ``([Error, …], "reason")``."""
    if isinstance(value, str):
        return Todo(reason=value)
    if isinstance(value, tuple):
        errors, reason = value
        return Todo(reason=reason, errors=[errors] if isinstance(errors, type) else list(errors))
    return None
