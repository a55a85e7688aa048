"""Print what each public module of the Twisted that runs this defines itself: ``module: name name …``.

    python -P tests/data/record_defined_names.py > tests/data/defined_names.txt

Run it with the Twisted version we follow, with all its extras installed.  src/txloop's
_twisted_surface.txt has all that can be imported from a module; here what it only imports itself is
left out, so that a count of these names says something.  It looks at live objects, no source.
"""

from __future__ import annotations

import errno
import importlib
import os
import pkgutil
import re
import select
import signal
import socket
import stat
import sys
import types
import typing
import warnings
from collections.abc import Iterator

import twisted
import twisted.internet.reactor  # first, or a reactor's module would choose another
from twisted.python import runtime

# In the folder of the tests, and part of what programs import.
HELPERS = {"twisted.test.iosim", "twisted.test.proto_helpers"}
# Constants do not say where they were made; with one of these names they were imported.
IMPORTED = {
    name
    for module in (errno, os, runtime, select, signal, socket, stat, sys, typing)
    for name in vars(module)
}
CONSTANTS = (bool, bytes, dict, float, frozenset, int, list, re.Pattern, set, str, tuple)


def defined_in(module: types.ModuleType) -> Iterator[str]:
    """The names that are *module*'s own."""
    public = getattr(module, "__all__", ())
    for name, value in vars(module).items():
        made_in = getattr(value, "__module__", None)
        is_constant = made_in is None and isinstance(value, CONSTANTS) and name not in IMPORTED
        is_own = made_in == module.__name__ and not isinstance(value, typing.TypeVar | typing.ParamSpec)
        if name in public or (not name.startswith("_") and (is_own or is_constant)):
            yield name


def is_public(name: str) -> bool:
    parts = name.split(".")
    hidden = any(part.startswith("_") for part in parts) or "test" in parts or "plugins" in parts
    return name in HELPERS or not (hidden or name == "twisted.internet.reactor")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(f"# Twisted {twisted.__version__}, recorded by tests/data/record_defined_names.py")
    for found in pkgutil.walk_packages(twisted.__path__, "twisted.", onerror=lambda name: None):
        if is_public(found.name):
            try:
                names = sorted(set(defined_in(importlib.import_module(found.name))))
            except BaseException:  # another platform's, or a program
                names = []
            print(f"{found.name}:", *names)
