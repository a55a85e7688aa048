"""What a child's descriptors shall be, as a list of duplications and closings.  Nothing is done here."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import count


def _listOpenFDs() -> Sequence[int]:
    """The numbers of this process's open descriptors; perhaps more, where the system does not tell."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return sorted(int(each) for each in os.listdir(folder))
        except OSError:
            continue
    return range(os.sysconf("SC_OPEN_MAX"))


def inheritable_descriptors() -> list[tuple[int, bool]]:
    """Each open descriptor and whether it is closed on exec."""
    found = []
    for descriptor in _listOpenFDs():
        try:
            found.append((descriptor, not os.get_inheritable(descriptor)))
        except OSError:
            pass  # not open: the one that listed the others
    return found


def _getFileActions(
    open_now: Sequence[tuple[int, bool]], wanted: Mapping[int, int], close: int, dup2: int
) -> list[tuple[int, ...]]:
    """What posix_spawn shall do so that a child has exactly these descriptors.

    Args:
        open_now: Our open descriptors, and whether each is closed on exec.
        wanted: The child's descriptor -> ours.
        close: The code for closing one.
        dup2: The code for duplicating one.
    """
    closes_on_exec = dict(open_now)
    spares = _unused({*closes_on_exec, *wanted, *wanted.values()})
    moved: dict[int, int] = {}
    actions: list[tuple[int, ...]] = []
    for child, parent in wanted.items():
        stays = child == parent and not closes_on_exec.get(parent, False)
        # Another's number would be overwritten before it is used; its own would be closed.
        if not stays and parent in wanted and parent not in moved:
            moved[parent] = next(spares)
            actions.append((dup2, parent, moved[parent]))
    for child, parent in wanted.items():
        if child != parent or closes_on_exec.get(parent, False):
            actions.append((dup2, moved.get(parent, parent), child))
    actions += [(close, spare) for spare in moved.values()]
    actions += [
        (close, each) for each, on_exec in closes_on_exec.items() if not on_exec and each not in wanted
    ]
    return actions


def _unused(used: set[int]) -> Iterator[int]:
    return (number for number in count() if number not in used)
