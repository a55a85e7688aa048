"""Tests that return Deferreds, collected as coroutine tests.

    def test_x(): return d        ->    async def test_x(): await d

pytest asks its plugins what to make of a function; this one answers by asking again, with
the coroutine function in its place.  So pytest-asyncio (or anyio's plugin) sees what it
would see of a test written with ``async def``: its marks, scopes and loops are as they
are.  The module under test is not changed.

    collect_as_coroutine_test   the function that is asked about
    bind_coroutine_tests        pytest's items look the function up once more by its name: they
                                are given the same one

Not here: whose loop it is.  That is the other plugin's.
"""

from __future__ import annotations

import dis
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from types import CodeType, MethodType
from typing import Any, cast

import pytest

# On a coroutine function of ours: the test that it stands for.
_STANDS_FOR = "_txloop_stands_for"


def collect_as_coroutine_test(collector: Any, name: str, obj: object) -> Any:
    """The items of *obj*, if it is a test that returns a Deferred; None leaves it to the others."""
    function = obj.__func__ if isinstance(obj, staticmethod) else obj
    if hasattr(function, _STANDS_FOR) or not collector.istestfunction(obj, name):
        return None
    if not callable(function) or inspect.isclass(function):
        return None
    mark = _mark_of(function, collector, "txloop")
    automatic = collector.config.getini("txloop_mode") == "auto"
    by_itself = _is_inline_callbacks(function)
    if not (mark or by_itself or (automatic and _returns_a_value(function))):
        return None
    coroutine_function = function if inspect.iscoroutinefunction(function) else _coroutine_of(function)
    if (mark or automatic) and _wants_asyncio_mark(function, collector):
        coroutine_function = _marked_asyncio(coroutine_function, mark)
    if coroutine_function is function:
        return None
    if isinstance(obj, staticmethod):
        coroutine_function = staticmethod(coroutine_function)
    return collector.ihook.pytest_pycollect_makeitem(collector=collector, name=name, obj=coroutine_function)


def bind_coroutine_tests(made: Any, obj: object) -> Any:
    """Give the items *made* of a coroutine function of ours that function."""
    function = obj.__func__ if isinstance(obj, staticmethod) else obj
    if not hasattr(function, _STANDS_FOR):
        return made
    for item in made if isinstance(made, list) else [made]:
        if isinstance(item, pytest.Function):
            instance = getattr(item.obj, "__self__", None)
            item.obj = function if instance is None else MethodType(function, instance)  # type: ignore[arg-type]
            mark = _mark_of(function, item, "asyncio")
            if mark is not None and item.get_closest_marker("asyncio") is None:
                item.add_marker(pytest.mark.asyncio(**mark.kwargs))
    return made


def has_pytest_asyncio(config: pytest.Config) -> bool:
    """Does pytest-asyncio take part in this run?"""
    try:
        config.getini("asyncio_mode")
    except (KeyError, ValueError):  # nobody has such a setting
        return False
    return True


# ---- ours -----------------------------------------------------------------------------


def _coroutine_of(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def test(*args: Any, **kwargs: Any) -> None:
        result = function(*args, **kwargs)
        if hasattr(type(result), "__await__"):
            await result

    setattr(test, _STANDS_FOR, function)
    return test


def _marked_asyncio(function: Callable[..., Any], mark: pytest.Mark | None) -> Callable[..., Any]:
    if not hasattr(function, _STANDS_FOR):  # the program's own: leave its marks alone
        own = function

        @functools.wraps(own)
        async def function(*args: Any, **kwargs: Any) -> None:
            await own(*args, **kwargs)

        setattr(function, _STANDS_FOR, own)
    marked: Callable[..., Any] = pytest.mark.asyncio(**mark.kwargs if mark else {})(function)
    return marked


def _wants_asyncio_mark(function: Any, collector: Any) -> bool:
    return (
        has_pytest_asyncio(collector.config)
        and _mark_of(function, collector, "asyncio") is None
        and _mark_of(function, collector, "anyio") is None
    )


def _mark_of(function: Any, node: Any, name: str) -> pytest.Mark | None:
    own = getattr(function, "pytestmark", [])
    for mark in own if isinstance(own, list) else [own]:
        if getattr(mark, "name", None) == name:
            return cast(pytest.Mark, getattr(mark, "mark", mark))
    around: pytest.Mark | None = node.get_closest_marker(name)
    return around


def _is_inline_callbacks(function: Any) -> bool:
    coroutines = sys.modules.get("txloop.internet._deferred.coroutines")
    if coroutines is None:
        return False
    return any(coroutines.is_inline_callbacks(layer) for layer in _layers(function))


def _layers(function: Any) -> Iterator[Any]:
    """*function*, what it wraps, what that wraps …"""
    seen: set[int] = set()
    while function is not None and id(function) not in seen:
        seen.add(id(function))
        yield function
        function = getattr(function, "__wrapped__", None)


def _returns_a_value(function: Any) -> bool:
    """Is there a `return` with something other than None in it?  Others cannot return a Deferred."""
    code = getattr(function, "__code__", None)
    suspends = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
    return code is not None and not code.co_flags & suspends and _code_returns_a_value(code)


def _code_returns_a_value(code: CodeType) -> bool:
    before: dis.Instruction | None = None
    for instruction in dis.get_instructions(code):
        if instruction.opname == "RETURN_CONST" and instruction.argval is not None:  # 3.12, 3.13
            return True
        if instruction.opname == "RETURN_VALUE" and not (
            before is not None and before.opname == "LOAD_CONST" and before.argval is None
        ):
            return True
        before = instruction
    return False
