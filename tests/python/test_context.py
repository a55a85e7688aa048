"""python.context: what holds for the calls below."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from txloop.python import context


@pytest.fixture
def key() -> Iterator[object]:
    key = object()
    yield key
    context.defaultContextDict.pop(key, None)


def test_a_key_holds_inside_the_call_only(key: object) -> None:
    assert context.call({key: 1}, context.get, key) == 1
    assert context.get(key) is None
    assert context.get(key, "default") == "default"


def test_contexts_nest_and_inherit(key: object) -> None:
    def inner() -> tuple[Any, Any]:
        return context.get(key), context.get("other")

    assert context.call({key: 1, "other": 2}, context.call, {key: 3}, inner) == (3, 2)


def test_arguments_and_result_pass_through() -> None:
    assert context.call({}, lambda a, b: (a, b), 1, b=2) == (1, 2)


def test_an_exception_ends_the_context(key: object) -> None:
    with pytest.raises(ZeroDivisionError):
        context.call({key: 1}, lambda: 1 / 0)
    assert context.get(key) is None


def test_a_default_holds_everywhere_where_nothing_else_does(key: object) -> None:
    context.setDefault(key, "default")
    seen: list[Any] = [context.get(key), context.call({key: 1}, context.get, key)]
    thread = threading.Thread(target=lambda: seen.append(context.get(key)))
    context.call({key: 2}, lambda: (thread.start(), thread.join()))
    assert seen == ["default", 1, "default"]


def test_a_tracker_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mine:
        def callWithContext(self, ctx: Any, func: Any, *args: Any, **kw: Any) -> Any:
            return "mine", ctx, func(*args, **kw)

        def getContext(self, key: Any, default: Any = None) -> Any:
            return "mine", key, default

    for name in ("theContextTracker", "call", "get"):
        monkeypatch.setattr(context, name, getattr(context, name))  # put back afterwards
    context.installContextTracker(Mine())
    assert context.call({"a": 1}, len, "xy") == ("mine", {"a": 1}, 2)
    assert context.get("k", 3) == ("mine", "k", 3)


def test_the_stack_of_a_thread_is_what_call_and_get_use(key: object) -> None:
    stack = context.stack_of_this_thread()
    stack.append({key: 1})
    try:
        assert context.get(key) == 1
        assert context.call({}, context.get, key) == 1
    finally:
        stack.pop()
    assert context.get(key) is None
    assert context.stack_of_this_thread() is stack
