"""The house's order: which room may know which.

src/txloop             standard library without event loops, its declared dependencies, itself
adapters/txloop_x      src/txloop; an event loop only in txloop_asyncio

And its measures: no circle of imports, no file over 600 lines.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support import ROOT, python

LOOPS = {"asyncio", "uvloop", "selectors", "trio"}
ADAPTERS = {"txloop_asyncio", "txloop_twisted", "txloop_pytest"}
DEPENDENCIES = {"zope", "constantly", "incremental"}
# With an extra: each import of these stands in a try, or in a module that only the extra's users load.
EXTRAS = {"OpenSSL", "cryptography", "service_identity", "rich", "idna", "hyperlink", "serial"}
# Under TYPE_CHECKING: every type checker brings it.
FOR_TYPES = {"typing_extensions"}


def imports_below(folder: Path) -> Iterator[tuple[str, str, bool]]:
    """(place, top-level name, is it for types only) of every import, those in functions too."""
    for path in sorted(folder.rglob("*.py")):
        tree = ast.parse(path.read_text(), path.name)
        for_types = {
            inner
            for node in ast.walk(tree)
            if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
            for statement in node.body
            for inner in ast.walk(statement)
        }
        for node in ast.walk(tree):
            place = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import):
                yield from ((place, alias.name.partition(".")[0], node in for_types) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                name = "a relative import" if node.level else str(node.module).partition(".")[0]
                yield place, name, node in for_types


# Where a public signature says asyncio.Future: under TYPE_CHECKING, so that nothing is loaded;
# an import that is run is a stray here as everywhere.
TYPED_WITH_ASYNCIO = {
    "src/txloop/_faces.py",
    "src/txloop/internet/_deferred/future_links.py",
    "src/txloop/internet/_deferred/defer.py",
}


def strays(folder: Path, allowed: set[str]) -> list[str]:
    return [
        f"{place} imports {name}"
        for place, name, for_types in imports_below(folder)
        if name not in allowed
        and not (for_types and name == "asyncio" and place.partition(":")[0] in TYPED_WITH_ASYNCIO)
    ]


def test_src_imports_no_event_loop_and_no_adapter() -> None:
    allowed = (set(sys.stdlib_module_names) - LOOPS) | DEPENDENCIES | EXTRAS | FOR_TYPES | {"txloop"}
    assert strays(ROOT / "src", allowed) == []


@pytest.mark.parametrize("adapter", sorted(ADAPTERS - {"txloop_asyncio"}))
def test_only_one_adapter_touches_an_event_loop(adapter: str) -> None:
    folder = ROOT / "adapters" / adapter
    assert [
        line for line in strays(folder, set(sys.stdlib_module_names) - LOOPS) if line.split()[-1] in LOOPS
    ] == []


@pytest.mark.parametrize(
    "module", ["txloop", "txloop.internet.defer", "txloop.internet.reactor", "txloop_twisted"]
)
def test_importing_loads_no_event_loop(module: str) -> None:
    done = python("-c", f"import sys, {module}; print({{'asyncio', 'uvloop'}} & sys.modules.keys() or '')")
    assert (done.stdout, done.stderr) == ("\n", "")


MODULES = {
    ".".join(path.relative_to(top).with_suffix("").parts).removesuffix(".__init__"): path
    for top in (ROOT / "src", ROOT / "adapters")
    for path in top.rglob("*.py")
    if "children" not in path.parts  # no package, but a folder for sitecustomize.py
}


def run_at_import(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """The imports that loading a module runs: none in functions, none for types only."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If):
            for_types = getattr(node.test, "id", getattr(node.test, "attr", "")) == "TYPE_CHECKING"
            yield from run_at_import(node.orelse if for_types else [*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            handlers = [statement for handler in node.handlers for statement in handler.body]
            yield from run_at_import([*node.body, *handlers, *node.orelse, *node.finalbody])
        elif isinstance(node, ast.With | ast.ClassDef):
            yield from run_at_import(node.body)


def loaded_by(path: Path) -> set[str]:
    """Those of our modules that the module at *path* names in an import that is run."""
    found = set()
    for node in run_at_import(ast.parse(path.read_text(), path.name).body):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        else:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (inner & MODULES.keys()) or {str(node.module)}
    return found & MODULES.keys()


def circles(loads: dict[str, set[str]]) -> set[str]:
    """Who stands in a circle, or waits for one: what is left when those who need nobody have gone."""
    waiting = {name: set(needs) - {name} for name, needs in loads.items()}
    while ready := {name for name, needs in waiting.items() if not needs}:
        waiting = {name: needs - ready for name, needs in waiting.items() if name not in ready}
    return set(waiting)


def test_imports_go_round_in_no_circle() -> None:
    """Of what is run when a module is loaded; so that any module may be the first that is imported."""
    assert circles({name: loaded_by(path) for name, path in MODULES.items()}) == set()


def test_a_circle_would_be_seen() -> None:
    loads = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set[str]()}
    assert circles(loads) == {"a", "b", "c"}
    assert circles(loads | {"c": {"d"}}) == set()
    assert loaded_by(MODULES["txloop._check_report"]) == {"txloop._check"}
    assert len(MODULES) > 300


MOST_LINES = 600


def test_no_file_is_so_long_that_it_holds_two_things() -> None:
    """Past 600 lines, look for the second noun: the tests' files too."""
    folders = ("src", "adapters", "tests", "compat_examples")
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in paths}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}
    assert len(lengths) > 500


ROOMS_OF_DEFER = [
    path.stem
    for path in sorted((ROOT / "src/txloop/internet/_deferred").glob("*.py"))
    if path.stem != "__init__"
]


@pytest.mark.parametrize("room", ROOMS_OF_DEFER)
def test_whichever_room_of_defer_is_imported_first_is_complete(room: str) -> None:
    assert len(ROOMS_OF_DEFER) > 10
    done = python("-c", f"import txloop.internet._deferred.{room}; from txloop.internet.defer import *")
    assert (done.stdout, done.stderr) == ("", "")


def test_no_path_of_a_developers_machine_is_in_the_repository() -> None:
    texts = {
        *ROOT.glob("*.*"),
        *(
            path
            for top in ("src", "adapters", "tests", "compat_examples")
            for path in (ROOT / top).rglob("*")
        ),
    }
    places = ["/" + "work/", "/" + "venvs/", "/" + "home/", "/" + "root/"]
    found = [
        f"{path.relative_to(ROOT)}: {place}"
        for path in sorted(texts)
        if path.suffix in {".py", ".md", ".toml", ".txt"}
        for place in places
        if place in path.read_text()
    ]
    assert found == []
