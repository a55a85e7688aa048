"""The overlay in child processes: trial's workers, ``[sys.executable, "worker.py"]``, ….

    environment = dict(os.environ)
    txloop_twisted.inherit(environment)     interpreters started with it have the overlay

Python runs a module named ``sitecustomize`` before a program's first line, if one is
found.  The folder ``children`` holds one that installs the overlay and then runs the
one it hides; inherit() puts that folder at the front of PYTHONPATH.  So a child must
see txloop (same interpreter, or PYTHONPATH) and heed PYTHONPATH (no ``-I``, ``-E``,
``-S``); any other child runs as ever.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

CHILDREN_FOLDER = Path(__file__).with_name("children")
_VARIABLE = "PYTHONPATH"


def inherit(environment: MutableMapping[str, str] | None = None) -> None:
    """Have the interpreters that are started with *environment* install the overlay first.

    Args:
        environment: Changed in place; without one this process's own, os.environ.  A second
            call does nothing.  It goes on to the children's children by itself.
    """
    target = os.environ if environment is None else environment
    folders = _folders(target)
    if str(CHILDREN_FOLDER) not in folders:
        target[_VARIABLE] = os.pathsep.join([str(CHILDREN_FOLDER), *folders])


def disinherit(environment: MutableMapping[str, str] | None = None) -> None:
    """Take back what inherit() did to *environment*."""
    target = os.environ if environment is None else environment
    folders = _folders(target)
    if str(CHILDREN_FOLDER) in folders:
        folders.remove(str(CHILDREN_FOLDER))
        if folders:
            target[_VARIABLE] = os.pathsep.join(folders)
        else:
            del target[_VARIABLE]


def _folders(environment: MutableMapping[str, str]) -> list[str]:
    # An empty part means the current folder: kept, but for the variable that is empty as a whole.
    value = environment.get(_VARIABLE, "")
    return value.split(os.pathsep) if value else []
