"""Sockets that systemd has opened for us.

systemd starts a service with listening sockets already open, at descriptors 3, 4, …;
the environment says how many (``LISTEN_FDS``), for which process (``LISTEN_PID``) and, if
they have names, which (``LISTEN_FDNAMES``).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import cast

from txloop._public import publish

__all__ = ["ListenFDs"]


@dataclass(repr=False)
class ListenFDs:
    """The descriptors that were passed to this process.

    Source: Twisted 26.10, twisted.python.systemd, by running it.
    """

    _descriptors: Sequence[int]
    _names: Sequence[str] = ()

    _START = 3  # systemd's SD_LISTEN_FDS_START: 0, 1 and 2 are the standard streams

    def __repr__(self) -> str:
        return f"ListenFDs(_descriptors={self._descriptors!r}, _names={self._names!r})"

    @classmethod
    def fromEnvironment(cls, environ: Mapping[str, str] | None = None, start: int | None = None) -> ListenFDs:
        """What the environment says; the variables are taken out of it, so that no child believes them.

        Args:
            environ: The environment; None is the process's.
            start: The first descriptor; None is systemd's, 3.
        """
        environment = cast(MutableMapping[str, str], os.environ if environ is None else environ)
        first = cls._START if start is None else start
        if environment.get("LISTEN_PID") != str(os.getpid()):
            return cls([], ())
        count = _count(environment)
        names = environment.get("LISTEN_FDNAMES", "")
        for name in ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"):
            environment.pop(name, None)
        return cls(list(range(first, first + count)), tuple(names.split(":")) if names else ())

    def inheritedDescriptors(self) -> list[int]:
        """All of them, in order."""
        return list(self._descriptors)

    def inheritedNamedDescriptors(self) -> dict[str, int]:
        """Those with names, by name."""
        return dict(zip(self._names, self._descriptors, strict=False))


def _count(environment: Mapping[str, str]) -> int:
    try:
        return int(environment["LISTEN_FDS"])
    except (KeyError, ValueError):
        return 0


publish(__name__, __all__)
