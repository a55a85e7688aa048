"""Objects by name, names of objects, what a class tree offers, where references are."""

from __future__ import annotations

import collections
import os.path
import types
import weakref
from pathlib import Path
from typing import Any, ClassVar

import pytest

from txloop.python import reflect


class Base:
    items: ClassVar = [1]
    table: ClassVar = {"a": "base", "b": "base"}

    def do_base(self) -> str:
        return "base"

    def do_both(self) -> str:
        return "base"


class Derived(Base):
    items: ClassVar = [2]
    table: ClassVar = {"a": "derived"}
    do_nothing = 5  # no method

    def do_both(self) -> str:
        return "derived"

    class Inner:
        def method(self) -> None: ...


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        ("os", os),
        ("os.path", os.path),
        ("os.path.join", os.path.join),
        ("collections.OrderedDict.fromkeys", collections.OrderedDict.fromkeys),
        ("xml.dom.minidom.Node.ELEMENT_NODE", 1),
    ],
)
def test_named_any_finds_modules_and_attributes_at_any_depth(name: str, thing: object) -> None:
    assert reflect.namedAny(name) == thing


@pytest.mark.parametrize(
    ("name", "raised", "text"),
    [
        ("", reflect.InvalidName, "Empty module name"),
        ("os..path", reflect.InvalidName, "'.'-separated list of Python identifiers, not 'os..path'"),
        ("nosuchmodule", reflect.ModuleNotFound, "No module named 'nosuchmodule'"),
        ("nosuchmodule.x", reflect.ObjectNotFound, "'nosuchmodule.x' does not name an object"),
        ("os.nosuchname", AttributeError, "module 'os' has no attribute 'nosuchname'"),
        ("os.path.join.x", AttributeError, "'function' object has no attribute 'x'"),
    ],
)
def test_named_any_says_what_is_wrong_with_a_name(name: str, raised: type[Exception], text: str) -> None:
    with pytest.raises(raised) as caught:
        reflect.namedAny(name)
    assert text in str(caught.value)


def test_a_module_that_fails_to_import_says_so_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needs_another.py").write_text("import nosuchmodule_needed\n")
    (tmp_path / "raises_value_error.py").write_text("raise ValueError('mine')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="nosuchmodule_needed"):
        reflect.namedAny("needs_another.thing")
    with pytest.raises(ValueError, match="mine"):
        reflect.namedAny("raises_value_error")
    assert reflect.requireModule("needs_another", "default") == "default"
    assert reflect.requireModule("os") is os


def test_named_object_and_module() -> None:
    assert reflect.namedObject("os.path.join") is os.path.join
    assert reflect.namedClass is reflect.namedObject
    assert reflect.namedModule("os.path") is os.path


@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (Derived, f"{__name__}.Derived"),
        (Derived.do_both, f"{__name__}.Derived.do_both"),
        (Derived().do_both, f"{__name__}.Derived.do_both"),
        (Derived.Inner().method, f"{__name__}.Derived.Inner.method"),
        (os, "os"),
        (len, "len"),
        (str.upper, "str.upper"),
    ],
    ids=repr,
)
def test_fully_qualified_names(thing: object, name: str) -> None:
    assert reflect.fullyQualifiedName(thing) == name


def test_qual_and_full_func_name() -> None:
    assert reflect.qual(Base) == f"{__name__}.Base"
    assert reflect.qual(int) == "builtins.int"
    assert reflect.fullFuncName(os.path.join) == "posixpath.join" or os.name == "nt"
    with pytest.raises(AttributeError):
        reflect.fullFuncName(Derived.do_both)


def test_methods_by_prefix_are_those_of_the_class_tree() -> None:
    thing: Any = Derived()
    thing.do_own = lambda: "own"
    assert sorted(reflect.prefixedMethodNames(Derived, "do_")) == ["base", "both"]
    assert sorted(method() for method in reflect.prefixedMethods(thing, "do_")) == ["base", "derived"]
    found: dict[str, Any] = {}
    reflect.accumulateMethods(thing, found, "do_", Base)
    assert found["both"]() == "derived"
    assert "own" not in found


def test_method_names_can_be_limited_to_classes_right_under_a_base() -> None:
    names: dict[str, int] = {}
    reflect.addMethodNamesToDict(Derived, names, "do_", Base)
    assert names == {"both": 1}


def test_lists_and_dicts_of_a_class_tree_are_joined_bases_first() -> None:
    items: list[int] = []
    reflect.accumulateClassList(Derived, "items", items)
    assert items == [1, 2]
    table: dict[str, str] = {}
    reflect.accumulateClassDict(Derived, "table", table)
    assert table == {"a": "derived", "b": "base"}


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no text")

    __str__ = __repr__


class BrokenMeta(type):
    def __repr__(cls) -> str:
        raise RuntimeError("no name")

    __str__ = __repr__
    __name__ = property(lambda cls: 1 / 0)  # type: ignore[assignment]


class BrokenClass(metaclass=BrokenMeta):
    __repr__ = __str__ = Broken.__repr__


@pytest.mark.parametrize("text_of", [reflect.safe_repr, reflect.safe_str])
def test_safe_texts_name_the_class_and_the_error(text_of: Any) -> None:
    text = text_of(Broken())
    assert text.startswith("<Broken instance at 0x")
    assert "RuntimeError: no text" in text
    assert "<BROKEN CLASS AT 0x" in text_of(BrokenClass())
    assert text_of(5) == "5"


def test_safe_str_reads_bytes_as_utf8() -> None:
    assert reflect.safe_str("é".encode()) == "é"
    assert reflect.safe_str(b"\xff") == "b'\\xff'"


def test_a_filename_becomes_the_name_it_is_imported_by(tmp_path: Path) -> None:
    package = tmp_path / "outer" / "inner"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    assert reflect.filenameToModuleName(str(package / "thing.py")) == "outer.inner.thing"
    assert reflect.filenameToModuleName(bytes(tmp_path / "alone.pyc")) == "alone"


def test_a_queue_method_notes_calls() -> None:
    calls: list[Any] = []
    reflect.QueueMethod("send", calls)(1, 2)
    assert calls == [("send", (1, 2))]


class Held:
    pass


def test_objgrep_finds_every_way_to_an_object() -> None:
    goal, holder = Held(), Held()
    holder.part = goal  # type: ignore[attr-defined]
    start = [{"k": goal}, (goal,), collections.deque([holder]), weakref.ref(holder)]
    assert reflect.objgrep(start, goal, reflect.isSame) == ["[0]['k']", "[1][0]", "[2][0].part"]
    assert reflect.objgrep(weakref.ref(holder), goal, reflect.isSame, path="w") == ["w().part"]
    assert reflect.findInstances(start, Held) == ["[0]['k']", "[1][0]", "[2][0]", "[2][0].part", "[3]()"]


def test_objgrep_ends_in_cycles_and_at_its_depth(capsys: pytest.CaptureFixture[str]) -> None:
    nested: list[Any] = [[["deep"]]]
    nested.append(nested)
    assert reflect.objgrep(nested, "deep") == ["[0][0][0]"]
    assert reflect.objgrep(nested, "deep", maxDepth=2) == []
    reflect.objgrep([{1, 2}], "x", showUnknowns=True)
    assert capsys.readouterr().out.startswith("unknown type <class 'set'>")


def test_objgrep_enters_bound_methods() -> None:
    held = Derived()
    assert ".__self__" in reflect.objgrep(held.do_both, held, reflect.isSame)


def test_modgrep_finds_a_modules_global(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among few modules: other tests' have objects in them that refuse to be printed."""
    module = types.ModuleType("this_one")
    vars(module)["GREPPED"] = GREPPED
    few = types.SimpleNamespace(modules={"this_one": module})
    monkeypatch.setattr("txloop.python._objgrep.sys", few)
    assert any("GREPPED" in way for way in reflect.modgrep(GREPPED))


GREPPED = Held()
