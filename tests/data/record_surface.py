"""Trim the survey of what packages import from Twisted to what tests/test_surface.py reads.

    python -P tests/data/record_surface.py SURVEY_FOLDER > tests/data/surface.csv

SURVEY_FOLDER holds the survey's surface.csv and surface.md (127 packages, by module and
name).  Kept are the names that two packages or more use, of the modules in its sets Plus
and Full and of those named below.  Run it with the Twisted version we follow, all its
extras installed: what each name is there, and its parameters, are written beside it.
"""

from __future__ import annotations

import csv
import importlib
import inspect
import re
import sys
import warnings
from pathlib import Path
from typing import Any

from zope.interface.interface import InterfaceClass

# Outside the survey's sets, but small, free of any reactor, and wanted by many.
MORE_MODULES = {
    "cred.checkers",
    "cred.credentials",
    "cred.error",
    "cred.portal",
    "enterprise.adbapi",
    "scripts.twistd",
    "test.proto_helpers",
}
COLUMNS = ("module", "name", "packages", "sites", "kind", "parameters")
# Twisted has dropped it, or only another platform can import it.
ABSENT = "absent"


def main(folder: Path) -> None:
    """Print the rows."""
    modules = {
        f"twisted.{name}" for name in _modules_of_sets((folder / "surface.md").read_text()) | MORE_MODULES
    }
    with open(folder / "surface.csv", newline="") as file:
        kept = [
            row
            for row in csv.DictReader(file)
            if row["module"] in modules and int(row["packages_using"]) >= 2
        ]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(kept, key=lambda row: (row["module"], row["name"])):
        module, name = row["module"], row["name"].replace("(module)", "")
        writer.writerow((module, name, row["packages_using"], row["sites_lib"], *_described(module, name)))


def _modules_of_sets(text: str) -> set[str]:
    """The names after ``**Core** (19):``, ``**Plus** = Core + (29):`` and ``**Full** = …``."""
    lines = re.findall(r"^- \*\*(?:Core|Plus|Full)\*\*.*\): (.*)$", text, re.MULTILINE)
    return {name for line in lines for name in line.split()}


def _described(module: str, name: str) -> tuple[str, str]:
    try:
        thing: Any = importlib.import_module(module)
        thing = getattr(thing, name) if name else thing
    except (ImportError, AttributeError):
        return ABSENT, ""
    return kind_of(thing), parameters_of(thing)


def kind_of(thing: object) -> str:
    """In a word, what *thing* is."""
    if isinstance(thing, InterfaceClass):
        return "interface"
    if inspect.ismodule(thing):
        return "module"
    if isinstance(thing, type):
        return "exception" if issubclass(thing, BaseException) else "class"
    return "function" if inspect.isroutine(thing) else "value"


def parameters_of(thing: object) -> str:
    """Its parameters in order: ``host port timeout= / backlog=``; after the slash by keyword only.

    Nothing for what is not called.
    """
    if isinstance(thing, InterfaceClass) or not (isinstance(thing, type) or inspect.isroutine(thing)):
        return ""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except ValueError:  # written in C
        return ""
    words: list[str] = []
    for each in parameters:
        if each.kind is each.KEYWORD_ONLY and "/" not in words:
            words.append("/")
        words.append(_STARS.get(each.kind, "") + each.name + ("=" if each.default is not each.empty else ""))
    return " ".join(words)


_STARS = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(Path(sys.argv[1]))
