"""Starting a child: descriptors, directory, user, terminal; without a Python `fork`.

A fork copies every thread's locks in whatever state they are; Python warns about it.  So:

    posix_spawn              the usual: descriptors mapped by its file actions; a new session
                             that opens its terminal gets it as the controlling one
    subprocess.Popen         with a directory or another user, and descriptors 0, 1, 2
    a small Python before    with those and anything else: spawned as above, it changes
                             directory and user, then becomes the program

What the program may not be given is raised here, before anything is told: no such file,
not executable, no such directory.  (The small Python says it on the child's standard error
and exits with 1, which is what Twisted does in all cases where it forks.)
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from txloop.internet._child_descriptors import _getFileActions, inheritable_descriptors

STANDARD = {0, 1, 2}

# Plain numbers, made once: as members of an enumeration they took a tenth of a child's start.
_SIGNALS = tuple(map(int, signal.valid_signals()))

# subprocess puts these back to their defaults; the other two ways do so with every ignored one.
RESTORED_BY_SUBPROCESS = {signal.SIGPIPE, signal.SIGXFSZ}

# Run isolated.  An LC_CTYPE that Python has put into an environment without it goes again.
BECOME = """\
import os, sys
had_ctype, directory, uid, gid, groups, executable, *args = sys.argv[1:]
try:
    if not had_ctype:
        os.environ.pop("LC_CTYPE", None)
    if directory:
        os.chdir(directory)
    if uid:
        if os.geteuid() == 0:
            os.setgroups([int(each) for each in groups.split()])
        os.setgid(int(gid))
        os.setuid(int(uid))
    os.execvp(executable, args)
except Exception as error:
    told = f"Upon execvpe {executable} {args}: {type(error).__name__}: {error}\\n"
    os.write(2, told.encode(errors="replace"))
    os._exit(1)
"""


def start(
    executable: Any,
    args: Sequence[Any],
    environment: Mapping[Any, Any] | None,
    descriptors: Mapping[int, int],
    path: Any = None,
    uid: int | None = None,
    gid: int | None = None,
    terminal: str | None = None,
) -> int:
    """Start a child.

    Args:
        executable: A path, or a name to look up in ``PATH``.
        args: Its arguments, the first being its own name.
        environment: Its environment; None means ours.
        descriptors: Its descriptor -> ours; it gets no other.
        path: Its directory; None means ours.
        uid: Its user; None means ours (but our effective one if *gid* is given).
        gid: Its group, likewise.
        terminal: The file name of its terminal, for descriptors 0, 1 and 2, and a session of its own.
    Returns:
        Its process id; to wait for it is the caller's.
    Raises:
        OSError: There is no such executable, it may not run, …
    """
    env: Mapping[Any, Any] = os.environ if environment is None else environment
    if path is None and uid is None and gid is None:
        return _spawn(executable, args, env, descriptors, terminal)
    owner = _owner(uid, gid)
    ignored = _ignored_signals()
    if terminal is None and set(descriptors) == STANDARD and ignored <= RESTORED_BY_SUBPROCESS:
        return _start_by_subprocess(executable, args, env, descriptors, path, owner)
    user, group, groups = owner or ("", "", [])
    become = [
        *(sys.executable, "-I", "-S", "-c", BECOME),
        "1" if {"LC_CTYPE", b"LC_CTYPE"} & set(env) else "",
        path or "",
        *(str(user), str(group), " ".join(map(str, groups))),
        *(executable, *args),
    ]
    return _spawn(sys.executable, become, env, descriptors, terminal)


def _spawn(
    executable: Any,
    args: Sequence[Any],
    environment: Mapping[Any, Any],
    descriptors: Mapping[int, int],
    terminal: str | None,
) -> int:
    open_now = inheritable_descriptors()
    actions: list[Any]
    if terminal is None:
        actions = _getFileActions(open_now, dict(descriptors), os.POSIX_SPAWN_CLOSE, os.POSIX_SPAWN_DUP2)
    else:
        # The first terminal that a session's leader opens is its controlling terminal.
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, terminal, os.O_RDWR, 0),
            *((os.POSIX_SPAWN_DUP2, 0, each) for each in (1, 2)),
            *((os.POSIX_SPAWN_CLOSE, each) for each, cloexec in open_now if each > 2 and not cloexec),
        ]
    session: dict[str, Any] = {} if terminal is None else {"setsid": True}
    return os.posix_spawnp(
        executable,
        args,  # type: ignore[arg-type]  # a list or tuple, or it says so
        environment,
        file_actions=actions,
        setsigdef=_ignored_signals(),
        **session,
    )


def _start_by_subprocess(
    executable: Any,
    args: Sequence[Any],
    environment: Mapping[Any, Any],
    descriptors: Mapping[int, int],
    path: Any,
    owner: tuple[int, int, list[int]] | None,
) -> int:
    other_user: dict[str, Any] = {}
    if owner is not None:
        other_user = {"user": owner[0], "group": owner[1]}
        if os.geteuid() == 0:
            other_user["extra_groups"] = owner[2]
    started = subprocess.Popen(
        list(args),
        executable=executable,
        env=environment,
        cwd=path,
        stdin=descriptors[0],
        stdout=descriptors[1],
        stderr=descriptors[2],
        **other_user,
    )
    # We wait for it ourselves: without this, subprocess would too, some day.
    started.returncode = 0
    return started.pid


def _owner(uid: int | None, gid: int | None) -> tuple[int, int, list[int]] | None:
    """User, group and further groups of a child that is to be somebody else's."""
    if uid is None and gid is None:
        return None
    user = os.geteuid() if uid is None else uid
    group = os.getegid() if gid is None else gid
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:
        return user, group, [group]
    return user, group, os.getgrouplist(name, group)


def _ignored_signals() -> set[int]:
    return {each for each in _SIGNALS if signal.getsignal(each) is signal.SIG_IGN}
