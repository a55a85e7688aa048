"""Every public name says what the caller gets.

Public is what a module without underscore in its path has in ``__all__``, and the methods of its
classes.  A method may leave the telling to the class it overrides.  A sentence that
only repeats the name counts as none.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

import txloop

OURS = ("txloop", "txloop_asyncio", "txloop_pytest", "txloop_twisted")


def public_modules() -> list[str]:
    """Whose names are meant for users."""
    found = pkgutil.walk_packages(txloop.__path__, "txloop.")
    return ["txloop", *(module.name for module in found if not re.search(r"\._|\.plugins\b", module.name))]


def public_objects(module_name: str) -> Iterator[tuple[str, Any]]:
    """``(where, class or function)``."""
    try:
        module = importlib.import_module(module_name)
    except ImportError:  # needs an extra, or another system
        return
    for name in getattr(module, "__all__", ()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # some names warn, as Twisted's do
            found = getattr(module, name, None)
        is_ours = getattr(found, "__module__", "").partition(".")[0] in OURS
        if is_ours and (inspect.isclass(found) or inspect.isfunction(found)):
            yield f"{module_name}.{name}", found


def undocumented(where: str, found: Any) -> Iterator[str]:
    """The names in and below *found* whose docstring tells nothing."""
    if tells_nothing(found.__name__, found.__doc__):
        yield where
    if not inspect.isclass(found):
        return
    for name, method in vars(found).items():
        if name.startswith("_") or not inspect.isfunction(method):
            continue
        inherited = (base.__dict__.get(name) for base in found.__mro__)
        docstrings = [getattr(one, "__doc__", None) for one in inherited if one is not None]
        if all(tells_nothing(name, text) for text in docstrings):
            yield f"{where}.{name}"


def tells_nothing(name: str, text: str | None) -> bool:
    """No docstring, or none but the words of the name and some that carry nothing."""
    if not text or not text.strip():
        return True
    words = set(re.findall(r"[a-z]+", text.strip().lower()))
    of_name = set(re.findall(r"[a-z]+", re.sub(r"([A-Z])", r" \1", name).lower()))
    return words <= of_name | {"a", "an", "the", "this", "method", "function", "class", "it", "of", "s"}


@pytest.mark.parametrize("module", public_modules())
def test_every_public_name_is_documented(module: str) -> None:
    missing = [name for where, found in public_objects(module) for name in undocumented(where, found)]
    assert missing == []


def test_the_count_sees_what_is_missing() -> None:
    class Example:
        """What this one is, is not of interest."""

        def told(self) -> None:
            """Something that the name does not say."""

        def stopListening(self) -> None:
            """Stop listening."""

        def silent(self) -> None:
            pass

    assert list(undocumented("x", Example)) == ["x.stopListening", "x.silent"]


def test_the_count_looks_at_all_of_it() -> None:
    everything = [where for module in public_modules() for where, _ in public_objects(module)]
    assert len(everything) > 600
    assert {"txloop.internet.defer.Deferred", "txloop.protocols.basic.LineReceiver"} <= set(everything)


def test_help_of_the_package_tells_of_each_of_its_names() -> None:
    """``help(txloop)`` is where a newcomer begins."""
    told = set(re.findall(r"\w+", txloop.__doc__ or ""))
    assert set(txloop.__all__) - told == set()
