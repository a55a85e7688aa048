"""How a program ends: the usual statuses, and a message."""

from __future__ import annotations

import enum
from sys import exit as sysexit
from sys import stderr, stdout
from typing import NoReturn

__all__ = ["ExitStatus", "exit"]


class ExitStatus(enum.IntEnum):
    """The statuses of BSD's sysexits.h."""

    EX_OK = 0
    EX_USAGE = 64  # the command line is wrong
    EX_DATAERR = 65  # what it was given to read is
    EX_NOINPUT = 66  # there is nothing to read
    EX_NOUSER = 67
    EX_NOHOST = 68
    EX_UNAVAILABLE = 69
    EX_SOFTWARE = 70  # our own fault
    EX_OSERR = 71
    EX_OSFILE = 72
    EX_CANTCREAT = 73
    EX_IOERR = 74
    EX_TEMPFAIL = 75  # it may work later
    EX_PROTOCOL = 76
    EX_NOPERM = 77
    EX_CONFIG = 78


def exit(status: int | ExitStatus, message: str = "") -> NoReturn:
    """End the program.

    Args:
        message: Printed before: to standard output if *status* is EX_OK, else to standard error.
    """
    if message:
        out = stdout if status == ExitStatus.EX_OK else stderr
        out.write(message)
        out.write("\n")
    sysexit(status)
