"""What 127 packages import from Twisted is here, or stands in compat_examples/not_provided.md.

data/surface.csv was recorded by data/record_surface.py: module, name, how many packages
use it, at how many places, and what it is in Twisted, with its parameters.
"""

from __future__ import annotations

import csv
import importlib
import inspect
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from zope.interface.interface import InterfaceClass

from support import ROOT

AIM = 0.99


@dataclass(frozen=True)
class Wanted:
    """A name that packages import; the module itself has no *name*."""

    module: str
    name: str
    packages: str
    sites: str
    kind: str
    parameters: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}".rstrip(".")

    def ours(self) -> Any:
        """What txloop has for it.

        Raises:
            ImportError, AttributeError: Nothing.
        """
        module = importlib.import_module(self.module.replace("twisted", "txloop", 1))
        return getattr(module, self.name) if self.name else module


def wanted() -> Iterator[Wanted]:
    with open(Path(__file__).parent / "data" / "surface.csv", newline="") as file:
        yield from (Wanted(**row) for row in csv.DictReader(file))


WANTED = list(wanted())
EXCUSED = set(
    re.findall(r"^\| `(twisted\.[\w.]+)` \|", (ROOT / "compat_examples/not_provided.md").read_text(), re.M)
)


def is_there(each: Wanted) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # some names warn, as Twisted's do
        try:
            each.ours()
        except (ImportError, AttributeError):
            return False
    return True


def is_excused(each: Wanted) -> bool:
    return not EXCUSED.isdisjoint((str(each), each.module)) or lacks_an_extra(each)


def lacks_an_extra(each: Wanted) -> bool:
    """Is it only that a package of one of txloop's extras is not installed here?"""
    try:
        each.ours()
    except ModuleNotFoundError as error:
        return error.name in {"hyperlink", "serial"}
    except AttributeError:
        pass
    return False


def test_every_name_is_there_or_has_its_reason() -> None:
    assert [str(each) for each in WANTED if not is_there(each) and not is_excused(each)] == []


def test_no_excuse_is_stale() -> None:
    missing = {place for each in WANTED if not is_there(each) for place in (str(each), each.module)}
    assert EXCUSED - missing == set()


def test_nearly_all_import_sites_are_covered() -> None:
    """The aim is 99 of 100; the share is printed (pytest -s)."""
    sites = sum(int(each.sites) for each in WANTED)
    covered = sum(int(each.sites) for each in WANTED if is_there(each))
    print(f"{covered} of {sites} import sites: {covered / sites:.2%}")
    assert covered / sites >= AIM


def kind_of(thing: object) -> str:
    if isinstance(thing, InterfaceClass):
        return "interface"
    if inspect.ismodule(thing):
        return "module"
    if isinstance(thing, type):
        return "exception" if issubclass(thing, BaseException) else "class"
    return "function" if inspect.isroutine(thing) else "value"


# A class for Twisted's function or the other way round; either is called and nothing else.
CALLED = {"class", "function"}


@pytest.mark.parametrize("each", WANTED, ids=str)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # some names warn, as Twisted's do
def test_a_name_is_what_it_is_in_twisted(each: Wanted) -> None:
    """Its kind, and each parameter at its place and under its name, since people pass them by keyword."""
    if each.kind == "absent" or not is_there(each):
        return
    thing = each.ours()
    if each.name and each.kind != "value":
        assert kind_of(thing) == each.kind or {kind_of(thing), each.kind} == CALLED
    if each.parameters and "*" not in each.parameters:
        takes_all_of(thing, each.parameters)


def takes_all_of(thing: Any, parameters: str) -> None:
    by_place, _, by_keyword = (part.split() for part in parameters.partition("/"))
    everything = [*by_place, *by_keyword]
    try:
        signature = inspect.signature(thing)
    except ValueError:
        return  # its base is written in C
    signature.bind(*by_place, **{name.rstrip("="): None for name in by_keyword})
    signature.bind(**{name.rstrip("="): None for name in everything})
    signature.bind(*[name for name in by_place if not name.endswith("=")])
