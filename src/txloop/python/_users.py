"""Users by name, and being another one for a moment."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import ParamSpec, TypeVar

try:
    import grp
    import pwd
except ImportError:  # Windows
    grp = pwd = None  # type: ignore[assignment]

P = ParamSpec("P")
T = TypeVar("T")


def uidFromString(uidString: str | int) -> int:
    """The user id that *uidString* says, by number or by name.

    Raises:
        KeyError: There is no user of that name.
        ValueError: It is a name, and this system knows none.
    """
    try:
        return int(uidString)
    except ValueError:
        if pwd is None:
            raise
        return pwd.getpwnam(str(uidString))[2]


def gidFromString(gidString: str | int) -> int:
    """The group id that *gidString* says, by number or by name.

    Raises:
        KeyError: There is no group of that name.
        ValueError: It is a name, and this system knows none.
    """
    try:
        return int(gidString)
    except ValueError:
        if grp is None:
            raise
        return grp.getgrnam(str(gidString))[2]


def runAsEffectiveUser(
    euid: int, egid: int, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Call *function* as another user and group, and be who we were again.

    Only root, or who was root when the process began, can do this.

    Args:
        euid: The effective user id to call with.
        egid: The effective group id to call with.
        function: Called with the rest of the arguments; its result is returned.
    """
    uid, gid = os.geteuid(), os.getegid()
    if (uid, gid) == (euid, egid):
        return function(*args, **kwargs)
    _become(uid, gid, euid, egid)
    try:
        return function(*args, **kwargs)
    finally:
        _become(euid, egid, uid, gid)


def _become(uid: int, gid: int, new_uid: int, new_gid: int) -> None:
    """From one effective user and group to another, by way of root, who may change groups."""
    if uid != 0:
        os.seteuid(0)
    if new_gid != gid:
        os.setegid(new_gid)
    if new_uid != 0:
        os.seteuid(new_uid)
