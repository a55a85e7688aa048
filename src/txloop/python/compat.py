"""Small helpers for text and bytes, and names from the days of Python 2.

Most names are aliases that warn and say what to use: ``compat.unicode`` is ``str``.
Still of use: nativeString, networkString, iterbytes, lazyByteSlice, ioType, comparable.

Source: names, values, texts and signatures were read off Twisted 26.10 by running it.
"""

from __future__ import annotations

import codecs
import collections.abc
import functools
import html
import http.cookiejar
import io
import os
import platform
import sys
import urllib.parse
from collections.abc import Callable, Iterator
from io import IOBase, TextIOBase
from types import FrameType, MethodType, TracebackType
from typing import Any, NoReturn, TypeVar
from warnings import warn

from incremental import Version, getVersionString

from txloop._public import public_address, publish
from txloop.python.deprecate import deprecated

__all__ = [
    "bytesEnviron",
    "cmp",
    "comparable",
    "currentframe",
    "execfile",
    "intToBytes",
    "ioType",
    "items",
    "iterbytes",
    "iteritems",
    "itervalues",
    "lazyByteSlice",
    "nativeString",
    "networkString",
    "reraise",
]  # and the aliases, below

AnyClass = TypeVar("AnyClass", bound=type)

_PY3 = True  # gone from Twisted; old programs still ask
_PYPY = platform.python_implementation() == "PyPy"
_SINCE = Version("Twisted", 21, 2, 0)


# ---- text and bytes -----------------------------------------------------------


def nativeString(s: str | bytes) -> str:
    """*s* as str.

    Raises:
        UnicodeError: It is not ASCII.
        TypeError: It is neither bytes nor str.
    """
    if not isinstance(s, (bytes, str)):
        raise TypeError(f"{s!r} is neither bytes nor str")
    if isinstance(s, bytes):
        return s.decode("ascii")
    s.encode("ascii")  # refuse now what would be refused where it is sent
    return s


def networkString(s: str) -> bytes:
    """*s* as bytes.

    Raises:
        UnicodeError: It is not ASCII.
        TypeError: It is not str.
    """
    if not isinstance(s, str):
        raise TypeError("Can only convert strings to bytes")
    return s.encode("ascii")


def _matchingString(constantString: str | bytes, inputString: str | bytes) -> Any:
    """*constantString*, ASCII, as str or bytes: of the kind that *inputString* is."""
    if isinstance(constantString, bytes):
        other: str | bytes = constantString.decode("ascii")
    else:
        other = constantString.encode("ascii")
    return constantString if type(constantString) is type(inputString) else other


def iterbytes(originalBytes: bytes) -> Iterator[bytes]:
    """The bytes of *originalBytes*, each as a bytes of length 1."""
    return (originalBytes[place : place + 1] for place in range(len(originalBytes)))


def lazyByteSlice(object: bytes, offset: int = 0, size: int | None = None) -> memoryview:
    """A view of a part of *object*, without copying it.

    Args:
        object: The bytes.
        offset: Where the part begins.
        size: How long it is; None means to the end.
    """
    view = memoryview(object)
    return view[offset:] if size is None else view[offset : offset + size]


def ioType(fileIshObject: Any, default: Any = str) -> Any:
    """What a file-like object takes and gives: str, bytes, or *default* if it does not say."""
    if isinstance(fileIshObject, TextIOBase):
        return str
    if isinstance(fileIshObject, IOBase):
        return bytes
    if isinstance(fileIshObject, (codecs.StreamReader, codecs.StreamWriter)):
        return str if getattr(fileIshObject, "encoding", None) else bytes
    return default


# ---- comparing ------------------------------------------------------------------


def cmp(a: Any, b: Any) -> int:
    """-1, 0 or 1, as *a* is less than, equal to or greater than *b*."""
    if a < b:
        return -1
    return 0 if a == b else 1


def comparable(klass: AnyClass) -> AnyClass:
    """A class decorator: the six comparisons, by the class's own ``__cmp__(other)``.

    ``__cmp__`` gives a negative number, 0 or a positive one, or NotImplemented.
    """

    def comparison(decides: Callable[[int], bool]) -> Callable[[Any, Any], Any]:
        def compare(self: Any, other: object) -> Any:
            sign = self.__cmp__(other)
            return sign if sign is NotImplemented else decides(sign)

        return compare

    methods: dict[str, Callable[[int], bool]] = {
        "__eq__": lambda sign: sign == 0,
        "__ne__": lambda sign: sign != 0,
        "__lt__": lambda sign: sign < 0,
        "__le__": lambda sign: sign <= 0,
        "__gt__": lambda sign: sign > 0,
        "__ge__": lambda sign: sign >= 0,
    }
    for name, decides in methods.items():
        setattr(klass, name, comparison(decides))
    return klass


# ---- frames, files, methods -----------------------------------------------------


def currentframe(n: int = 0) -> FrameType:
    """The frame of who calls this; with *n*, the frame that many calls up from there."""
    return sys._getframe(n + 1)


def execfile(filename: str | bytes, globals: dict[str, Any], locals: dict[str, Any] | None = None) -> None:
    """Run the Python file *filename* in these namespaces."""
    with open(filename, "rb") as source:
        code = compile(source.read(), filename, "exec", dont_inherit=True)
    exec(code, globals, globals if locals is None else locals)


def _constructMethod(cls: type, name: str, self: object) -> MethodType:
    """The method *name* that *cls* itself defines, bound to *self*."""
    return MethodType(vars(cls)[name], self)


# ---- names from the days of Python 2 ----------------------------------------------


@deprecated(_SINCE, replacement="raise exception.with_traceback(traceback)")
def reraise(exception: BaseException, traceback: TracebackType | None) -> NoReturn:
    """Raise *exception* with *traceback*."""
    raise exception.with_traceback(traceback)


@deprecated(_SINCE, replacement="b'%d'")
def intToBytes(i: int) -> bytes:
    """*i* in decimal."""
    return b"%d" % i


@deprecated(_SINCE, replacement="os.environb")
def bytesEnviron() -> dict[bytes, bytes]:
    """A copy of the environment as bytes."""
    return dict(os.environb)


@deprecated(_SINCE, replacement="list(d.items())")
def items(d: dict[Any, Any]) -> list[tuple[Any, Any]]:
    """The items of *d*, as a list."""
    return list(d.items())


@deprecated(_SINCE, replacement="d.items()")
def iteritems(d: dict[Any, Any]) -> Any:
    """The items of *d*."""
    return d.items()


@deprecated(_SINCE, replacement="d.values()")
def itervalues(d: dict[Any, Any]) -> Any:
    """The values of *d*."""
    return d.values()


# Each alias with what its warning says; read through __getattr__ below.
_ALIASES: dict[str, tuple[Any, str]] = {
    "FileType": (io.IOBase, "Obsolete alias for io.IOBase"),
    "InstanceType": (object, "Old-style classes don't exist in Python 3"),
    "NativeStringIO": (io.StringIO, "Use io.StringIO directly"),
    "Sequence": (collections.abc.Sequence, "Use collections.abc.Sequence directly"),
    "StringType": (str, "Obsolete alias for str builtin type"),
    "cookielib": (http.cookiejar, "Use http.cookiejar directly"),
    "escape": (html.escape, "Use html.escape directly"),
    "frozenset": (frozenset, "Obsolete alias for frozenset builtin type"),
    "intern": (sys.intern, "Use sys.intern() directly"),
    "izip": (zip, "Obsolete alias for zip() builtin"),
    "long": (int, "Obsolete alias for int builtin type"),
    "range": (range, "Obsolete alias for range() builtin"),
    "raw_input": (input, "Obsolete alias for input() builtin"),
    "reduce": (functools.reduce, "Use functools.reduce() directly"),
    "set": (set, "Obsolete alias for set builtin type"),
    "unichr": (chr, "Obsolete alias for chr() builtin"),
    "unicode": (str, "Obsolete alias for str builtin type"),
    "urllib_parse": (urllib.parse, "Import urllib.parse directly"),
    "urlquote": (urllib.parse.quote, "Use urllib.parse.quote() directly"),
    "urlunquote": (urllib.parse.unquote, "Use urllib.parse.unquote() directly"),
    "xrange": (range, "Obsolete alias for range() builtin"),
}


__all__ += _ALIASES


def __getattr__(name: str) -> Any:
    if name not in _ALIASES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value, message = _ALIASES[name]
    full_name = f"{public_address(__name__)}.{name}"
    warn(
        f"{full_name} was deprecated in {getVersionString(_SINCE)}: {message}",
        DeprecationWarning,
        stacklevel=2,
    )
    return value


publish(__name__, [name for name in __all__ if name not in _ALIASES])
