"""Deprecation warnings: their texts, where they point, what they leave unchanged."""

from __future__ import annotations

import importlib
import inspect
import sys
import types
import warnings
from pathlib import Path
from typing import Any

import pytest
from incremental import Version

from txloop.python import deprecate, versions

SINCE = Version("Library", 1, 2, 0)


def replacement() -> None:
    """To be used instead."""


@deprecate.deprecated(SINCE)
def old(a: int, b: int = 3) -> tuple[int, int]:
    """Return both."""
    return a, b


def test_a_deprecated_function_warns_at_its_callers_line_and_works() -> None:
    def caller() -> tuple[int, int]:
        return old(1, b=2)

    with pytest.warns(
        DeprecationWarning, match=rf"^{__name__}\.old was deprecated in Library 1\.2\.0$"
    ) as caught:
        assert caller() == (1, 2)
    (warning,) = caught
    assert (warning.filename, warning.lineno) == (__file__, caller.__code__.co_firstlineno + 1)


def test_a_deprecated_function_keeps_its_face_and_says_it_in_its_docstring() -> None:
    face: Any = old
    assert (face.__name__, face.deprecatedVersion) == ("old", SINCE)
    assert str(inspect.signature(old)).startswith("(a: 'int', b: 'int' = 3)")
    assert old.__doc__ == "Return both.\n\nDeprecated in Library 1.2.0.\n"


@pytest.mark.parametrize(
    ("doc", "expected"),
    [
        (None, "Deprecated in Library 1.2.0."),
        ("One.\n\n    Two.\n    ", "One.\n\nTwo.\n\nDeprecated in Library 1.2.0.\n"),
        ("\n    One.\n    ", "\nOne.\n\nDeprecated in Library 1.2.0.\n"),
    ],
)
def test_docstrings_of_any_shape_get_a_last_paragraph(doc: str | None, expected: str) -> None:
    def function() -> None: ...

    function.__doc__ = doc
    assert deprecate.deprecated(SINCE)(function).__doc__ == expected


@pytest.mark.parametrize("instead", ["new.thing", replacement], ids=["by name", "itself"])
def test_a_replacement_is_named(instead: Any) -> None:
    name = instead if isinstance(instead, str) else f"{__name__}.replacement"
    function = deprecate.deprecated(SINCE, instead)(replacement)
    with pytest.warns(DeprecationWarning, match=f"; please use {name} instead$"):
        function()
    assert f"Deprecated in Library 1.2.0; please use {name} instead." in str(function.__doc__)


class Thing:
    stored = 5

    @deprecate.deprecated(SINCE)
    def method(self) -> int:
        return self.stored

    @deprecate.deprecatedProperty(SINCE, "other")
    def value(self) -> int:
        """The value."""
        return self.stored

    @value.setter  # type: ignore[no-redef]
    def value(self, value: int) -> None:
        self.stored = value

    @value.deleter  # type: ignore[no-redef]
    def value(self) -> None:
        del self.stored


def test_a_deprecated_method_is_named_with_its_class() -> None:
    with pytest.warns(DeprecationWarning, match=r"Thing\.method was deprecated in Library 1\.2\.0"):
        assert Thing().method() == 5


def test_a_deprecated_property_warns_when_read_and_when_set_but_not_when_deleted() -> None:
    thing = Thing()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thing.value = 6
        assert thing.value == 6
    text = f"{__name__}.Thing.value was deprecated in Library 1.2.0; please use other instead"
    assert [str(warning.message) for warning in caught] == [text, text]
    assert {warning.filename for warning in caught} == {__file__}
    del thing.value
    assert thing.stored == 5


def test_a_deprecated_parameter_warns_however_it_is_passed() -> None:
    @deprecate.deprecatedKeywordParameter(SINCE, "flag", "mode")
    def function(a: int, flag: int = 0, *, b: int = 0) -> tuple[int, int, int]:
        """Do it."""
        return a, flag, b

    assert function(1, b=2) == (1, 0, 2)
    for passed in (lambda: function(1, 3), lambda: function(1, flag=3)):
        with pytest.warns(DeprecationWarning, match=r"^The 'flag' parameter to .*function was deprecated"):
            assert passed() == (1, 3, 0)
    assert str(function.__doc__).endswith(
        "The 'flag' parameter was deprecated in Library 1.2.0; please use mode instead.\n"
    )


def test_mutually_exclusive_arguments_are_refused_together() -> None:
    @deprecate._mutuallyExclusiveArguments([("a", "b")])
    def function(a: Any = None, b: Any = None) -> Any:
        return a, b

    assert function(1) == (1, None)
    with pytest.raises(TypeError, match=r"The 'a' and 'b' arguments to .* are mutually exclusive"):
        function(1, b=2)


def test_the_warning_text_can_be_formatted() -> None:
    text = deprecate.getDeprecationWarningString(replacement, SINCE, "%(fqpn)s: gone since %(version)s")
    assert text == f"{__name__}.replacement: gone since Library 1.2.0"


def test_warnings_can_go_elsewhere() -> None:
    calls: list[Any] = []
    original = deprecate.getWarningMethod()
    assert original is warnings.warn
    deprecate.setWarningMethod(lambda *args, **kwargs: calls.append((args, kwargs)))
    try:
        old(1)
    finally:
        deprecate.setWarningMethod(original)
    text = f"{__name__}.old was deprecated in Library 1.2.0"
    assert calls == [((text, DeprecationWarning), {"stacklevel": 2})]


def test_a_warning_about_a_function_points_at_its_last_line() -> None:
    def offender() -> int:
        first = 1
        return first

    with pytest.warns(DeprecationWarning, match="it returned") as caught:
        deprecate.warnAboutFunction(offender, "it returned")
    assert caught[0].filename == __file__
    assert caught[0].lineno == offender.__code__.co_firstlineno + 2


# ---- module attributes ----------------------------------------------------------------


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    made: Any = types.ModuleType("txloop_test_old", "Its text.")
    made.old, made.new = 1, 2
    monkeypatch.setitem(sys.modules, made.__name__, made)
    deprecate.deprecatedModuleAttribute(SINCE, "use new", made.__name__, "old")
    return made


def test_reading_a_deprecated_module_attribute_warns_and_others_do_not(module: types.ModuleType) -> None:
    proxy: Any = sys.modules[module.__name__]
    assert (proxy.new, proxy.__doc__, proxy.__name__) == (2, "Its text.", "txloop_test_old")
    text = r"^txloop_test_old\.old was deprecated in Library 1\.2\.0: use new$"
    with pytest.warns(DeprecationWarning, match=text) as caught:
        assert proxy.old == 1
    assert caught[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="use new"):
        from txloop_test_old import old as imported  # type: ignore[import-not-found]
    assert imported == 1


def test_a_proxys_attributes_are_the_modules(module: Any) -> None:
    proxy: Any = sys.modules[module.__name__]
    proxy.added = 3
    assert module.added == 3
    assert repr(proxy).startswith("<_ModuleProxy module=<module 'txloop_test_old'")
    deprecate.deprecatedModuleAttribute(SINCE, "too", module.__name__, "new")
    assert sys.modules[module.__name__] is proxy
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        proxy.nothing  # noqa: B018


def test_importing_a_deprecated_module_of_a_package_warns_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "txloop_test_package"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from incremental import Version\n"
        "from txloop.python.deprecate import deprecatedModuleAttribute\n"
        "deprecatedModuleAttribute(Version('L', 1, 0, 0), 'gone', __name__, 'part')\n"
    )
    (package / "part.py").write_text("value = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    text = r"^txloop_test_package\.part was deprecated in L 1\.0\.0: gone$"
    with pytest.warns(DeprecationWarning, match=text) as caught:
        from txloop_test_package import part  # type: ignore[import-not-found]
    assert len(caught) == 1
    assert part.value == 1
    for name in ("txloop_test_package", "txloop_test_package.part"):
        sys.modules.pop(name)


def test_versions_are_incrementals() -> None:
    assert versions.Version is Version
    assert versions.getVersionString(SINCE) == "Library 1.2.0"
    with pytest.raises(TypeError):
        _ = Version("Other", 1, 0, 0) > SINCE
