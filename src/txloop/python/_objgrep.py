"""Where is a reference held?  A walk from an object to all that it holds."""

from __future__ import annotations

import re
import sys
import types
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from io import IOBase, StringIO
from typing import Any

__all__ = ["findInstances", "isLike", "isOfType", "isSame", "modgrep", "objgrep"]

# What holds nothing worth looking at.
_LEAVES = (
    str,
    int,
    float,
    types.BuiltinFunctionType,
    types.FunctionType,
    type(None),
    IOBase,
    StringIO,
    re.Pattern,
)


def isSame(a: object, b: object) -> bool:
    """Whether both are one object."""
    return a is b


def isLike(a: object, b: object) -> bool:
    """Whether both are equal."""
    return a == b


def isOfType(start: object, goal: type) -> bool:
    """Whether *start* is of exactly the type *goal*."""
    return type(start) is goal


def findInstances(start: object, t: type) -> list[str]:
    """The ways that lead from *start* to instances of *t*."""
    return objgrep(start, t, isOfType)


def modgrep(goal: object) -> list[str]:
    """The ways that lead from the imported modules to objects equal to *goal*."""
    return objgrep(sys.modules, goal, isLike, "sys.modules")


def objgrep(
    start: object,
    goal: Any,
    eq: Callable[[Any, Any], object] = isLike,
    path: str = "",
    paths: list[str] | None = None,
    seen: dict[int, object] | None = None,
    showUnknowns: object = 0,
    maxDepth: int | None = None,
) -> list[str]:
    """The ways that lead from *start* to *goal*, as Python would be written.

    Args:
        start: Where to begin.
        goal: What to look for.
        eq: Called with an object met and *goal*; says whether it is found.
        path: How the ways begin: a name for *start*.
        paths: A list to add the ways to.
        seen: Objects not to enter again, by their id; those entered are added.
        showUnknowns: Print the objects that it does not know how to enter.
        maxDepth: How many steps to go at most.
    Returns:
        *paths*, or a new list.
    """
    paths = [] if paths is None else paths
    seen = {} if seen is None else seen
    if eq(start, goal):
        paths.append(path)
    if id(start) in seen:
        return paths
    seen[id(start)] = start
    if maxDepth is not None:
        if maxDepth == 0:
            return paths
        maxDepth -= 1
    for step, held in _held_by(start, showUnknowns):
        objgrep(held, goal, eq, path + step, paths, seen, showUnknowns, maxDepth)
    return paths


def _held_by(start: Any, show_unknowns: object) -> Iterator[tuple[str, object]]:
    """What *start* holds, each with the step that leads there."""
    if isinstance(start, dict):
        for key, value in list(start.items()):
            yield f"{{{value!r}}}", key
            yield f"[{key!r}]", value
    elif isinstance(start, (list, tuple, deque)):
        yield from ((f"[{index}]", item) for index, item in enumerate(list(start)))
    elif isinstance(start, types.MethodType):
        yield ".__func__", start.__func__
        yield ".__self__", start.__self__
        yield ".__self__.__class__", start.__self__.__class__
    elif isinstance(start, weakref.ref):
        yield "()", start()
    elif isinstance(start, _LEAVES):
        return
    elif hasattr(start, "__dict__"):
        yield from ((f".{name}", value) for name, value in list(vars(start).items()))
    elif show_unknowns:
        print("unknown type", type(start), start)
