"""Names for people: of functions, classes and places, as they stand in snapshots and warnings."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from types import CodeType
from typing import Any

from txloop import _host
from txloop.python.reflect import qual

_STACK_LINE = re.compile(r'\s*File "(.*)", line (\d+), in (.*)')

# So many functions of a Deferred's chain are named.  Arbitrary: a line in a log.
_NAMED_CALLBACKS = 5


def class_name(thing: object) -> str:
    """`my_chat.ChatFactory`."""
    return qual(type(thing))


def function_name(function: Callable[..., object]) -> str:
    """A function as a programmer knows it: `Echo.dataReceived at echo.py:12`.

    Partials and bound methods are looked through; a callable object is named by its class.
    """
    inner: Any = function
    while True:
        below = getattr(inner, "func", None) or getattr(inner, "__wrapped__", None)
        if below is None:
            break
        inner = below
    owner = getattr(inner, "__self__", None)
    code = getattr(inner, "__code__", None) or getattr(type(inner).__call__, "__code__", None)
    name = getattr(inner, "__qualname__", None) or class_name(inner)
    if code is None:
        return str(name)
    place = f"{os.path.basename(code.co_filename)}:{code.co_firstlineno}"
    if owner is not None and not isinstance(owner, type):
        name = f"{type(owner).__qualname__}.{inner.__name__}"  # not of the class that it inherits this from
        if _is_ours(code.co_filename):  # a LineReceiver's dataReceived: say where its class is
            place = os.path.basename(
                getattr(sys.modules.get(type(owner).__module__), "__file__", None) or "?"
            )
    return f"{name} at {place}"


def place_in(stack: Sequence[str]) -> str:
    """The innermost place in a formatted stack that is not txloop's own: `login at client.py:40`."""
    places = [found.groups() for found in map(_STACK_LINE.match, "".join(stack).splitlines()) if found]
    if not places:
        return "?"
    outside = [place for place in places if not _is_ours(place[0])]
    path, line, function = (outside or places)[-1]
    return f"{function} at {os.path.basename(path)}:{line}"


def call_name(function: Callable[..., object]) -> Callable[[], str]:
    """As `function_name`; but when it fires a Deferred, the functions in that one's chain.

    Asked before the call, since the chain is gone afterwards; answered when it is wanted.
    """
    chain = getattr(getattr(function, "__self__", None), "_callbacks", None)
    names = list(dict.fromkeys(_names_in(chain or ())))[:_NAMED_CALLBACKS]
    if names:
        return lambda: f"the callbacks of a Deferred ({', '.join(names)})"
    return lambda: function_name(function)


def _names_in(links: Sequence[Any]) -> Iterator[str]:
    """The program's functions in the links of a chain, those of Deferreds that wait for it too."""
    for entry in links:
        callback, errback, extra = entry if type(entry) is tuple else (entry, None, None)
        link = callback or errback
        coroutine = getattr(link, "coro", None)
        waiting = [link, *(extra[0] if isinstance(extra, tuple) else ())]  # chainDeferred's stands there
        chains = [each._callbacks for each in waiting if getattr(each, "_callbacks", None)]
        if coroutine is not None:
            code: CodeType | None = getattr(coroutine, "gi_code", None) or getattr(coroutine, "cr_code", None)
            yield str(coroutine.__qualname__) if code is None else _with_place(coroutine.__qualname__, code)
        elif chains:
            for chain in chains:
                yield from _names_in(chain)
        elif callable(link) and not _is_ours(getattr(getattr(link, "__code__", None), "co_filename", "")):
            yield function_name(link)


def _with_place(name: str, code: CodeType) -> str:
    return f"{name} at {os.path.basename(code.co_filename)}:{code.co_firstlineno}"


def _is_ours(path: str) -> bool:
    """In one of our own packages: not the place that a program's author looks for."""
    packages = (sys.modules.get(name) for name in ("txloop", _host.ADAPTER))
    return any(path.startswith(package.__path__[0] + os.sep) for package in packages if package is not None)
