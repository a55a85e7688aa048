"""Print the public names of the Twisted that runs this, a module a line: ``module: name name …``.

    python -P tests/data/record_twisted_surface.py > src/txloop/_twisted_surface.txt

Run it with the Twisted version we follow, with all its extras installed.  A module that
only another platform can import, or that holds tests, is printed as ``module: *``.
"""

from __future__ import annotations

import importlib
import pkgutil
import types
import warnings

import twisted
from twisted.internet import reactor


def names_of(module: types.ModuleType) -> set[str]:
    """What programs find in *module*: also, by accident, what it only imports."""
    return {*getattr(module, "__all__", ()), *(name for name in vars(module) if not name.startswith("_"))}


def is_test(name: str) -> bool:
    """Twisted's own tests: programs' tests import helpers from them, so the names must be known."""
    parts = name.split(".")
    return (parts[-1].startswith("test_") or "test" in parts[1:-1]) and parts[-1] != "proto_helpers"


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(f"# Twisted {twisted.__version__}, recorded by tests/data/record_twisted_surface.py")
    print("twisted:", *sorted({"version", "__version__"}))
    for found in pkgutil.walk_packages(twisted.__path__, "twisted.", onerror=lambda name: None):
        if found.name.endswith("__main__") or found.name == "twisted.internet.reactor":
            continue
        try:
            names = {"*"} if is_test(found.name) else names_of(importlib.import_module(found.name))
        except BaseException:  # another platform's
            names = {"*"}
        print(f"{found.name}:", *sorted(names))
    print("twisted.internet.reactor:", *sorted(n for n in dir(reactor) if not n.startswith("_")))
