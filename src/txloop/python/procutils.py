"""Finding programs."""

from __future__ import annotations

import os

from txloop._public import publish

__all__ = ["which"]


def which(name: str, flags: int = os.X_OK) -> list[str]:
    """All programs called *name* in the folders of ``PATH``, in its order.

    Args:
        name: Also found with one of the endings in ``PATHEXT`` appended, where that is set.
        flags: What must be allowed with them, for `os.access`.
    """
    endings = ["", *filter(None, os.environ.get("PATHEXT", "").split(os.pathsep))]
    path = os.environ.get("PATH")
    if path is None:
        return []
    candidates = (
        os.path.join(folder, name) + ending for folder in path.split(os.pathsep) for ending in endings
    )
    return [candidate for candidate in candidates if os.access(candidate, flags)]


publish(__name__, __all__)
