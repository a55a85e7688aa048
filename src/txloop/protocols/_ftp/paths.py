"""Paths of an FTP server: lists of names below a folder that nobody leaves."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import Any

from txloop.internet.defer import Deferred, fail
from txloop.protocols._ftp.replies import (
    FileExistsError,
    FileNotFoundError,
    FTPCmdError,
    IsADirectoryError,
    IsNotADirectoryError,
    PermissionDeniedError,
)

__all__ = ["InvalidPath", "errnoToFailure", "toSegments"]

_GLOBBING = frozenset("*?[")

_ERRORS: dict[int, type[FTPCmdError]] = {
    errno.ENOENT: FileNotFoundError,
    errno.EEXIST: FileExistsError,
    errno.EACCES: PermissionDeniedError,
    errno.EPERM: PermissionDeniedError,
    errno.ENOTDIR: IsNotADirectoryError,
    errno.EISDIR: IsADirectoryError,
}


class InvalidPath(Exception):
    """A path that leads out, or that no file can have."""


def toSegments(cwd: Iterable[str], path: str) -> list[str]:
    """The names on the way to *path*, as seen from *cwd*.

    Raises:
        InvalidPath: It leads above the root, or a name has a NUL in it.
    """
    segments = [] if path.startswith("/") else list(cwd)
    for name in path.split("/"):
        if "\0" in name or (name == ".." and not segments):
            raise InvalidPath(cwd, path)
        if name == "..":
            segments.pop()
        elif name not in ("", "."):
            segments.append(name)
    return segments


def errnoToFailure(e: int, path: Any) -> Deferred[Any]:
    """A Deferred that fails with the answer for the system's error *e*.

    Called while an OSError is handled: that is the failure if there is no such answer.
    """
    return fail(_ERRORS[e](path)) if e in _ERRORS else fail()


def _isGlobbingExpression(segments: list[str] | None = None) -> bool:
    """Does the last name stand for several, as ``*.txt`` does?"""
    return not _GLOBBING.isdisjoint(segments[-1]) if segments else False
