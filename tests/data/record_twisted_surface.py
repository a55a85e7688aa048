"""Print the public names of the Twisted that runs this, a module a line: ``module: name name …``.

    python -P tests/data/record_twisted_surface.py > src/txloop/_twisted_surface.txt

Run it with the Twisted version we follow, with all its extras installed.  A module that
only another platform can import is printed as ``module: *``.
"""

from __future__ import annotations

import importlib
import pkgutil
import types
import warnings

import twisted
from twisted.internet import reactor


def names_of(module: types.ModuleType) -> set[str]:
    """What programs find in *module*: also what it only imported from elsewhere in Twisted."""
    names = set(getattr(module, "__all__", ()))
    for name, value in vars(module).items():
        home = getattr(value, "__module__", None)
        of_twisted = not isinstance(home, str) or home.startswith("twisted.")
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and of_twisted:
            names.add(name)
    return names


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(f"# Twisted {twisted.__version__}, recorded by tests/data/record_twisted_surface.py")
    print("twisted:", *sorted({"version", "__version__"}))
    for found in pkgutil.walk_packages(twisted.__path__, "twisted.", onerror=lambda name: None):
        parts = found.name.split(".")
        if (parts[-1].startswith("test_") or "test" in parts[1:-1]) and parts[-1] != "proto_helpers":
            continue
        if parts[-1] == "__main__" or found.name == "twisted.internet.reactor":
            continue
        try:
            names = names_of(importlib.import_module(found.name))
        except BaseException:  # another platform's
            names = {"*"}
        print(f"{found.name}:", *sorted(names))
    print("twisted.internet.reactor:", *sorted(n for n in dir(reactor) if not n.startswith("_")))
