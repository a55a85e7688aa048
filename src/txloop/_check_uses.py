"""What a file imports and uses from Twisted: read from its syntax, nothing is run.

    from twisted.internet import defer, reactor     the modules defer and reactor
    from twisted.web.client import Agent as A       the name Agent of twisted.web.client
    defer.Deferred(), twisted.python.log.msg(…)     names of modules that were imported
    import_module("twisted.web.http")               a module, by one of the functions that import

A use in a ``try`` that catches ImportError, or under TYPE_CHECKING, is *guarded*: the
program can do without it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

IMPORTING_FUNCTIONS = {"import_module", "__import__", "namedAny", "namedModule", "namedObject"}
_WITH_ALL_BELOW = object()
_CATCHING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


# kind of node -> its fields that hold nodes; the others hold names, numbers, flags.
_NO_NODES = {"arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "kwd_attrs", "level"}
_NO_NODES |= {"module", "name", "names", "op", "ops", "rest", "simple", "type_comment", "type_ignores"}
_CHILDREN: Mapping[type, tuple[str, ...]] = {
    kind: tuple(field for field in kind._fields if field not in _NO_NODES)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
} | {ast.Constant: ()}


@dataclass(frozen=True, order=True)
class Use:
    """One place where a file names something of Twisted's.

    Attributes:
        module: ``twisted…``.
        name: What of that module; "" for the module itself.
        line: Counted from 1.
        guarded: Does the program catch it if this is missing?
        sure: Is it certain that the module is meant?  (Its name is bound otherwise, too.)
    """

    module: str
    name: str
    line: int
    guarded: bool = False
    sure: bool = True


def uses_in(source: str | bytes, is_module: Container[str]) -> list[Use]:
    """The uses in *source*, in the order of its lines.

    Args:
        source: Python.
        is_module: The names of modules: tells ``twisted.internet.defer`` from ``….Deferred``.
    Raises:
        SyntaxError: It is not this Python's.
        ValueError: It holds null bytes.
    """
    reader = _Reader(is_module)
    reader.read(ast.parse(source), guarded=False)
    return sorted({*reader.found, *reader.attributes()})


class _Reader:
    """Walks a file's nodes, keeping what they bind."""

    def __init__(self, is_module: Container[str]) -> None:
        self.found: list[Use] = []
        self._is_module = is_module
        self._modules: dict[str, str] = {}  # local name -> module
        self._bound_otherwise: set[str] = set()
        self._chains: list[tuple[list[str], int, bool]] = []  # a.b.c, where, guarded
        self._kinds: dict[type[ast.AST], Callable[[Any, bool], object]] = {
            ast.Attribute: self._attribute,
            ast.Name: self._name,
            ast.arg: self._argument,
            ast.Call: self._call,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Try: self._try,
            ast.If: self._if,
        }

    def read(self, top: ast.AST | list[ast.stmt], *, guarded: bool) -> None:
        """Take in *top* and all below it.  Hot: nearly all of a check's own time is spent here."""
        waiting: list[Any] = list(top) if isinstance(top, list) else [top]
        kinds, children = self._kinds, _CHILDREN
        while waiting:
            node = waiting.pop()
            kind = type(node)
            take = kinds.get(kind)
            if take is not None and take(node, guarded) is _WITH_ALL_BELOW:
                continue
            for field in children.get(kind, ()):  # a dict display's `**` has None among its keys
                below = getattr(node, field)
                if type(below) is list:
                    waiting += below
                elif below is not None:
                    waiting.append(below)

    # ---- one kind of node each; _WITH_ALL_BELOW: there is nothing more to see in it ------

    def _name(self, node: ast.Name, guarded: bool) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._bound_otherwise.add(node.id)

    def _argument(self, node: ast.arg, guarded: bool) -> None:
        self._bound_otherwise.add(node.arg)

    def _attribute(self, node: ast.Attribute, guarded: bool) -> object:
        chain = _chain(node)
        if chain:
            self._chains.append((chain, node.lineno, guarded))
        return _WITH_ALL_BELOW if chain else None

    def _try(self, node: ast.Try, guarded: bool) -> object:
        if guarded or not _catches_import_error(node):
            return None
        for part in (node.body, node.handlers, node.orelse, node.finalbody):
            self.read(part, guarded=True)  # type: ignore[arg-type] # handlers are read as statements are
        return _WITH_ALL_BELOW

    def _if(self, node: ast.If, guarded: bool) -> object:
        if guarded or not _asks_type_checking(node.test):
            return None
        self.read(node.body, guarded=True)
        self.read(node.orelse, guarded=False)
        return _WITH_ALL_BELOW

    def attributes(self) -> Iterator[Use]:
        """The chains that begin with a module: known only when all imports have been seen."""
        for chain, line, guarded in self._chains:
            module = self._modules.get(chain[0])
            if module is None:
                continue
            rest = chain[1:]
            while rest and f"{module}.{rest[0]}" in self._is_module:
                module = f"{module}.{rest.pop(0)}"
            if rest:
                yield Use(module, rest[0], line, guarded, chain[0] not in self._bound_otherwise)

    def _import(self, node: ast.Import, guarded: bool) -> None:
        for alias in node.names:
            top, _, _ = alias.name.partition(".")
            if top == "twisted":
                self._use(alias.name, "", node.lineno, guarded)
                self._modules[alias.asname or top] = alias.name if alias.asname else top

    def _import_from(self, node: ast.ImportFrom, guarded: bool) -> None:
        module = node.module or ""
        if node.level or module.partition(".")[0] != "twisted":
            return
        for alias in node.names:
            inner = f"{module}.{alias.name}"
            if inner in self._is_module:
                self._use(inner, "", node.lineno, guarded)
                self._modules[alias.asname or alias.name] = inner
            else:
                self._use(module, "" if alias.name == "*" else alias.name, node.lineno, guarded)

    def _call(self, node: ast.Call, guarded: bool) -> None:
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
        first = node.args[0] if node.args else None
        target = first.value if isinstance(first, ast.Constant) else None
        if name in IMPORTING_FUNCTIONS and isinstance(target, str) and target.startswith("twisted."):
            module, rest = target, ""
            while module not in self._is_module and module != "twisted":
                module, _, rest = module.rpartition(".")
            self._use(module, rest, node.lineno, guarded)

    def _use(self, module: str, name: str, line: int, guarded: bool) -> None:
        self.found.append(Use(module, name, line, guarded))


def _chain(node: ast.AST) -> list[str]:
    """``a.b.c`` as its parts; nothing if it does not begin with a name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [*reversed([*parts, node.id])] if isinstance(node, ast.Name) else []


def _catches_import_error(node: ast.Try) -> bool:
    for handler in node.handlers:
        caught = handler.type
        kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
        if any(kind is None or (isinstance(kind, ast.Name) and kind.id in _CATCHING) for kind in kinds):
            return True
    return False


def _asks_type_checking(test: ast.expr) -> bool:
    return (test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")) == "TYPE_CHECKING"
