"""Print the camelCase names of the Twisted that runs this: modules' globals, attributes, parameters.

    python tests/data/record_twisted_names.py > tests/data/twisted_names.txt

Run it with the Twisted version we follow, with all its extras installed.  It looks at
live objects only; names that exist inside functions are not part of anybody's API.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import warnings
from collections.abc import Iterator

import twisted


def modules() -> Iterator[object]:
    """All importable modules of Twisted but its tests."""
    for found in pkgutil.walk_packages(twisted.__path__, "twisted.", onerror=lambda name: None):
        parts = found.name.split(".")
        if "test" in parts or parts[-1].startswith("test_") or parts[-1] in ("__main__", "reactor"):
            continue
        try:
            yield importlib.import_module(found.name)
        except BaseException:  # another platform's
            continue


def names_of(thing: object, depth: int = 0) -> Iterator[str]:
    """The names visible on *thing*: attributes, parameters, those of its classes too."""
    if inspect.isroutine(thing):
        try:
            yield from inspect.signature(thing).parameters
        except (ValueError, TypeError):
            pass
    elif hasattr(thing, "names") and hasattr(thing, "getTaggedValue"):  # an interface
        for name in thing.names(all=True):
            yield name
            yield from getattr(thing[name], "positional", None) or ()
    elif inspect.isclass(thing) or depth == 0:
        for name, value in list(vars(thing).items()):
            yield name
            if depth < 2 and str(getattr(value, "__module__", "twisted")).startswith("twisted"):
                yield from names_of(value, depth + 1)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    found = {name for module in modules() for name in names_of(module)}
    camel = {name for name in found if name.isidentifier() and name != name.lower() and name.lstrip("_")[0].islower()}
    print("\n".join(sorted(camel)))
