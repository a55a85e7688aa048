"""Windows' command lines and error numbers; elsewhere the same functions give what there is.

Source: results as of Twisted 26.10's twisted.python.win32, by running it.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import re
import socket
import warnings
from collections.abc import Callable, Iterable
from typing import Any

from incremental import Version, getVersionString

from txloop._public import public_address, publish

__all__ = [
    "ERROR_DIRECTORY",
    "ERROR_FILE_NOT_FOUND",
    "ERROR_INVALID_NAME",
    "ERROR_PATH_NOT_FOUND",
    "O_BINARY",
    "cmdLineQuote",
    "formatError",
    "quoteArguments",
]

# Windows' numbers, in an OSError's ``winerror``.
ERROR_FILE_NOT_FOUND = 2
ERROR_PATH_NOT_FOUND = 3
ERROR_INVALID_NAME = 123
ERROR_DIRECTORY = 267

O_BINARY: int = getattr(os, "O_BINARY", 0)

_BACKSLASHES_BEFORE_A_QUOTE = re.compile(r'(\\*)"')
_BACKSLASHES_AT_THE_END = re.compile(r"(\\+)$")
_NEEDS_QUOTES = re.compile(r'[\s"]')


def cmdLineQuote(s: str) -> str:
    """*s* as one argument in a command line, as Windows' C library takes it apart."""
    quoted = _BACKSLASHES_BEFORE_A_QUOTE.sub(r'\1\1\\"', s)
    quoted = _BACKSLASHES_AT_THE_END.sub(r"\1\1", quoted)
    return f'"{quoted}"' if not s or _NEEDS_QUOTES.search(s) else quoted


def quoteArguments(arguments: Iterable[str]) -> str:
    """A command line of *arguments*."""
    return " ".join(cmdLineQuote(each) for each in arguments)


class _ErrorFormatter:
    """Says what an error number means, with the first of these that there is.

    Args:
        WinError: Makes an OSError of a number.
        FormatMessage: Makes a text of a number.
        errorTab: Has texts by number.
    """

    def __init__(self, WinError: Any, FormatMessage: Any, errorTab: Any) -> None:  # noqa: N803  # Twisted's
        self.winError = WinError
        self.formatMessage = FormatMessage
        self.errorTab = errorTab

    @classmethod
    def fromEnvironment(cls) -> _ErrorFormatter:
        """With what this system has."""
        try:
            format_message = importlib.import_module("win32api").FormatMessage
        except ImportError:
            format_message = None
        return cls(getattr(ctypes, "WinError", None), format_message, getattr(socket, "errorTab", None))

    def formatError(self, errorcode: int) -> str:
        """The text for *errorcode*."""
        if self.winError is not None:
            return str(self.winError(errorcode).strerror)
        if self.formatMessage is not None:
            return str(self.formatMessage(errorcode))
        if self.errorTab is not None and errorcode in self.errorTab:
            return str(self.errorTab[errorcode])
        return os.strerror(errorcode)


formatError: Callable[[int], str] = _ErrorFormatter.fromEnvironment().formatError


class _FakeWindowsError(OSError):
    """Never raised; stood in for WindowsError where there is none."""


_FakeWindowsError.__name__ = _FakeWindowsError.__qualname__ = "FakeWindowsError"


def __getattr__(name: str) -> Any:
    if name not in ("WindowsError", "FakeWindowsError"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    since = getVersionString(Version("Twisted", 21, 2, 0))
    warnings.warn(
        f"{public_address(__name__)}.{name} was deprecated in {since}: "
        "Catch OSError and check presence of 'winerror' attribute.",
        DeprecationWarning,
        stacklevel=2,
    )
    return OSError if name == "WindowsError" and os.name == "nt" else _FakeWindowsError


publish(__name__, ["_FakeWindowsError", "cmdLineQuote", "quoteArguments"])
