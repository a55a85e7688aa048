"""What lockfile.py asks of the system, on Windows: a small file stands for the link.

Making links needs a privilege there, and ``os.kill(pid, 0)`` would send Ctrl-C to a
process group instead of asking for a process.
"""

from __future__ import annotations

import ctypes
import errno
import os
from typing import Any

# From Windows' headers: enough rights to wait for a process, and the error for "no such process".
_SYNCHRONIZE = 0x00100000
_ERROR_INVALID_PARAMETER = 87


def symlink(target: str, name: Any) -> None:
    """Make *name* say *target*, in one step.

    Raises:
        FileExistsError: *name* exists.
    """
    descriptor = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    try:
        os.write(descriptor, target.encode())
    finally:
        os.close(descriptor)


def readlink(name: Any) -> str:
    """What *name* says.

    Raises:
        FileNotFoundError: it does not exist, or its maker has not written it yet.
    """
    with open(name, encoding="ascii") as file:
        target = file.read()
    if not target:
        raise FileNotFoundError(errno.ENOENT, "not written yet", name)
    return target


rmlink = os.remove


def kill(pid: int, signal: int) -> None:
    """Ask whether a process runs; *signal* is 0.

    Raises:
        ProcessLookupError: it does not.
    """
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    handle = kernel.OpenProcess(_SYNCHRONIZE, False, pid)
    if handle:
        kernel.CloseHandle(handle)
    elif ctypes.get_last_error() == _ERROR_INVALID_PARAMETER:  # type: ignore[attr-defined,unused-ignore]
        raise ProcessLookupError(errno.ESRCH, "no such process")
