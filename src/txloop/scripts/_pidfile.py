"""The file in which a daemon says its process's number."""

from __future__ import annotations

import os

__all__ = ["not_through_a_link"]


def not_through_a_link(path: str, flags: int) -> int:
    """An opener for `open`: as without it, but what somebody has put there must not be a symbolic link.

    Whoever may write to the folder of a daemon that runs as root could have it write anywhere.

    Raises:
        OSError: It is one.
    """
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)
