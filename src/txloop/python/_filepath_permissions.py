"""Who may do what with a file."""

from __future__ import annotations

from collections.abc import Sequence
from stat import (
    S_IMODE,
    S_IRGRP,
    S_IROTH,
    S_IRUSR,
    S_IWGRP,
    S_IWOTH,
    S_IWUSR,
    S_IXGRP,
    S_IXOTH,
    S_IXUSR,
)
from typing import ClassVar

from txloop.python.util import FancyEqMixin

__all__ = ["RWX", "Permissions"]


class RWX(FancyEqMixin):
    """What one class of users may do with a file.

    Attributes:
        read, write, execute: Whether they may.
    """

    compareAttributes: ClassVar[Sequence[str]] = ("read", "write", "execute")

    def __init__(self, readable: bool, writable: bool, executable: bool) -> None:
        self.read = readable
        self.write = writable
        self.execute = executable

    def __repr__(self) -> str:
        return f"RWX(read={self.read}, write={self.write}, execute={self.execute})"

    def shorthand(self) -> str:
        """As ``ls`` writes it, such as ``r-x``."""
        may = zip("rwx", (self.read, self.write, self.execute), strict=True)
        return "".join(letter if allowed else "-" for letter, allowed in may)


class Permissions(FancyEqMixin):
    """What everybody may do with a file.

    Args:
        statModeInt: The file's mode, as in `os.stat`'s ``st_mode``; more bits may be set.
    Attributes:
        user, group, other: The `RWX` of its owner, of the owner's group and of the rest.
    """

    compareAttributes: ClassVar[Sequence[str]] = ("user", "group", "other")

    def __init__(self, statModeInt: int) -> None:
        mode = S_IMODE(statModeInt)
        self.user: RWX = RWX(bool(mode & S_IRUSR), bool(mode & S_IWUSR), bool(mode & S_IXUSR))
        self.group: RWX = RWX(bool(mode & S_IRGRP), bool(mode & S_IWGRP), bool(mode & S_IXGRP))
        self.other: RWX = RWX(bool(mode & S_IROTH), bool(mode & S_IWOTH), bool(mode & S_IXOTH))

    def __repr__(self) -> str:
        return f"[{self.user!s} | {self.group!s} | {self.other!s}]"

    def shorthand(self) -> str:
        """As ``ls`` writes it, such as ``rwxr-xr-x``."""
        return self.user.shorthand() + self.group.shorthand() + self.other.shorthand()
