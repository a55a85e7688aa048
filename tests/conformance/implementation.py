"""Which of Twisted's tests test one of its implementation modules itself: the rule behind implementation.txt.

    python -m conformance.implementation PYTHON     (one that has Twisted)  prints the list

Twisted's tests are of two kinds.  Most ask for behaviour through what programs use: reactors,
protocols, Deferreds.  Some construct a class of the module they are named after, often with a
socket of their own making, and call what a reactor calls: those test how *that* module is made.
Of tier T2 a test is of the second kind if

- its class is not one of ReactorBuilder's, which run on whatever reactor they are given, and
- the test, its class' setUp or fields, or a class, function or method of the same file that
  these name, uses a name which the file imports from one of `MODULES`, other than as the second
  argument of isinstance() or in an annotation.

They are run and shown like all others, and many pass here; they do not count.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from conformance.comparing import read_tiers, read_white_box

# Those whose classes are the machinery of a reactor or of a transport.  (Not _sslverify: its classes
# are what programs know as twisted.internet.ssl's.)
PACKAGE = "twisted.internet"
_ROOMS = """
    _baseprocess _posixstdio _signals abstract asyncioreactor base default epollreactor fdesc
    pollreactor posixbase process selectreactor tcp udp unix
"""
MODULES = frozenset(f"{PACKAGE}.{name}" for name in _ROOMS.split())

HEAD = """\
# Tests of T2 that test an implementation module of Twisted's itself, by the rule in implementation.py,
# which has printed this.  They are run and shown, but do not count.  (White-box tests stand elsewhere.)
# CLASS: TEST …\
"""


class SourceFile:
    """The source of one test module."""

    def __init__(self, source: str) -> None:
        self._body = ast.parse(source).body
        self.named = {
            each.name: each
            for each in self._statements(self._body)
            if isinstance(each, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        }
        self._imported = {
            alias.asname or alias.name
            for each in ast.walk(ast.Module(self._body, []))
            if isinstance(each, ast.ImportFrom)
            for alias in each.names
            if each.module in MODULES or (each.module == PACKAGE and f"{PACKAGE}.{alias.name}" in MODULES)
        }

    def ids(self) -> Iterator[str]:
        """Class.test of each test that is of the second kind, inherited ones too."""
        for name, made in self.named.items():
            if not isinstance(made, ast.ClassDef) or self._is_for_reactors(made):
                continue
            members = self._members(made)
            always = any(
                self._uses(each, members, set())
                for key, each in members.items()
                if key.startswith("setUp") or isinstance(each, ast.Assign)
            )
            for key, each in members.items():
                if key.startswith("test_") and (always or self._uses(each, members, set())):
                    yield f"{name}.{key}"

    def _statements(self, body: list[ast.stmt]) -> Iterator[ast.stmt]:
        for each in body:
            if isinstance(each, (ast.If, ast.Try)):
                yield from self._statements([*each.body, *each.orelse])
            else:
                yield each

    def _members(self, made: ast.ClassDef) -> dict[str, ast.AST]:
        found: dict[str, ast.AST] = {}
        for base in reversed(made.bases):
            above = self.named.get(getattr(base, "id", ""))
            if isinstance(above, ast.ClassDef):
                found |= self._members(above)
        for each in self._statements(made.body):
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found[each.name] = each
            elif isinstance(each, ast.Assign):
                found |= {target.id: each for target in each.targets if isinstance(target, ast.Name)}
        return found

    def _is_for_reactors(self, made: ast.ClassDef) -> bool:
        names = {getattr(base, "id", "") for base in made.bases}
        above = [self.named[name] for name in names & self.named.keys()]
        return "ReactorBuilder" in names or any(
            self._is_for_reactors(each) for each in above if isinstance(each, ast.ClassDef)
        )

    def _uses(self, node: ast.AST, members: dict[str, ast.AST], seen: set[str]) -> bool:
        for name in _names_in(node):
            if name in self._imported:
                return True
            helper = members.get(name.removeprefix("self.")) if "." in name else self.named.get(name)
            if helper is not None and name not in seen:
                seen.add(name)
                if self._uses(helper, members, seen):
                    return True
        return False


def _names_in(node: ast.AST) -> Iterator[str]:
    """Every name, and ``self.name``, that *node* uses; no annotations, no classes that isinstance() asks."""
    if isinstance(node, ast.Name):
        yield node.id
    if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self":
        yield f"self.{node.attr}"
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns"):
            continue
        below = value if isinstance(value, list) else [value]
        if isinstance(node, ast.Call) and field == "args" and _asks_for_a_class(node):
            below = below[:1]
        for each in below:
            if isinstance(each, ast.AST):
                yield from _names_in(each)


def _asks_for_a_class(call: ast.Call) -> bool:
    return getattr(call.func, "id", getattr(call.func, "attr", "")) in ("isinstance", "assertIsInstance")


def main(python: str) -> None:
    """Print the list, in the form of implementation.txt."""
    found = subprocess.run(
        [python, "-c", "import twisted; print(twisted.__path__[0])"],
        capture_output=True,
        text=True,
        check=True,
    )
    folder = Path(found.stdout.strip()).parent
    print(HEAD)
    white_box = read_white_box()
    for module in read_tiers():
        if module.tier == "T2":
            source = folder.joinpath(*module.name.split(".")).with_suffix(".py").read_text()
            of: dict[str, list[str]] = {}
            for each in SourceFile(source).ids():
                if f"{module.name}.{each}" not in white_box:
                    name, test = each.split(".")
                    of.setdefault(name, []).append(test)
            for name, tests in sorted(of.items()):
                print(f"{module.name}.{name}:")
                print(
                    textwrap.fill(
                        " ".join(sorted(tests)), 108, initial_indent=4 * " ", subsequent_indent=4 * " "
                    )
                )


if __name__ == "__main__":
    main(sys.argv[1])
