"""Says that a function, method, property, parameter or module attribute is to go.

    @deprecated(Version("MyLibrary", 1, 2, 0), "my.new.function")
    def oldFunction(): ...

    DeprecationWarning: my.oldFunction was deprecated in MyLibrary 1.2.0; please use
    my.new.function instead

The warning points at the line that used the old thing; the docstring gets a last
paragraph that says the same.

Not here: module attributes (_deprecated_attributes.py).

Source: names, texts and signatures were read off Twisted 26.10 by running it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dis import findlinestarts
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast
from warnings import warn, warn_explicit

from incremental import Version, getVersionString

from txloop._public import publish
from txloop.python._deprecated_attributes import _deprecateAttribute as _deprecateAttribute
from txloop.python._deprecated_attributes import _DeprecatedAttribute as _DeprecatedAttribute
from txloop.python._deprecated_attributes import _ModuleProxy as _ModuleProxy
from txloop.python._deprecated_attributes import deprecatedModuleAttribute
from txloop.python.reflect import fullyQualifiedName as _fullyQualifiedName

__all__ = [
    "DEPRECATION_WARNING_FORMAT",
    "deprecated",
    "deprecatedKeywordParameter",
    "deprecatedModuleAttribute",
    "deprecatedProperty",
    "getDeprecationWarningString",
    "getWarningMethod",
    "setWarningMethod",
    "warnAboutFunction",
]

P = ParamSpec("P")
R = TypeVar("R")
Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Replacement = str | Callable[..., object] | None

DEPRECATION_WARNING_FORMAT = "%(fqpn)s was deprecated in %(version)s"

# Called as warnings.warn is; a test may put its own in place.
_warning_method: Callable[..., None] = warn


def getWarningMethod() -> Callable[..., None]:
    """What warnings go through: `warnings.warn`, unless it was changed."""
    return _warning_method


def setWarningMethod(newMethod: Callable[..., None]) -> None:
    """Send the warnings of this module through *newMethod*, called as `warnings.warn` is."""
    global _warning_method  # one for the process, as warnings' own state is
    _warning_method = newMethod


def _warn(text: str) -> None:
    # One frame is this function, one the wrapper: the line wanted is the wrapper's caller.
    # A method set by a program is called from here too, with Twisted's number, for it
    # may look at nothing but the text.
    if _warning_method is warn:
        warn(text, DeprecationWarning, stacklevel=3)
    else:
        _warning_method(text, DeprecationWarning, stacklevel=2)


# ---- the texts ----------------------------------------------------------------


def getDeprecationWarningString(
    callableThing: Any, version: Version, format: str | None = None, replacement: Replacement = None
) -> str:
    """The text that says *callableThing* is deprecated.

    Args:
        callableThing: A function, method, class or module.
        version: Since when.
        format: With ``%(fqpn)s`` for its full name and ``%(version)s``; None means
            `DEPRECATION_WARNING_FORMAT`.
        replacement: What to use instead: its full name, or itself.
    """
    return _getDeprecationWarningString(_fullyQualifiedName(callableThing), version, format, replacement)


def _getDeprecationWarningString(
    full_name: str, version: Version, format: str | None = None, replacement: Replacement = None
) -> str:
    text = (format or DEPRECATION_WARNING_FORMAT) % {
        "fqpn": full_name,
        "version": getVersionString(version),
    }
    return text + _instead(replacement)


def _instead(replacement: Replacement) -> str:
    return f"; {_getReplacementString(replacement)}" if replacement else ""


def _getReplacementString(replacement: Replacement) -> str:
    name = _fullyQualifiedName(replacement) if callable(replacement) else replacement
    return f"please use {name} instead"


def _getDeprecationDocstring(version: Version, replacement: Replacement = None) -> str:
    return f"Deprecated in {getVersionString(version)}{_instead(replacement)}."


def _appendToDocstring(thingWithDoc: Any, textToAppend: str) -> None:
    """Give the docstring of *thingWithDoc* a last paragraph."""
    lines = [line.strip(" ") for line in (thingWithDoc.__doc__ or "").splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    thingWithDoc.__doc__ = "\n".join([*lines, "", textToAppend, ""]) if lines else textToAppend


# ---- what is deprecated ---------------------------------------------------------


def deprecated(
    version: Version, replacement: Replacement = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: each call of the function, method or class warns.

    Args:
        version: Since when.
        replacement: What to use instead: its full name, or itself.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            # The text is made at the call, of what was published: names may have moved (see _public.py).
            _warn(getDeprecationWarningString(wrapper, version, None, replacement))
            return function(*args, **kwargs)

        _appendToDocstring(wrapper, _getDeprecationDocstring(version, replacement))
        wrapper.deprecatedVersion = version  # type: ignore[attr-defined]  # tools read it off the function
        return wrapper

    return decorate


class _DeprecatedProperty(property):
    """A property whose setter, if it gets one, warns as the getter does."""

    def setter(self, setter: Callable[[Any, Any], None]) -> Any:
        """As property's: a property with this setter too."""

        @wraps(setter)
        def warning_setter(instance: Any, value: Any) -> None:
            _warn(self.text())
            setter(instance, value)

        return self._kept(super().setter(warning_setter))

    def deleter(self, deleter: Callable[[Any], None]) -> Any:
        """As property's: a property with this deleter too; it does not warn."""
        return self._kept(super().deleter(deleter))

    def _kept(self, changed: property) -> property:
        """*changed*, a new object of this class, with the text of this one."""
        assert isinstance(changed, _DeprecatedProperty)
        changed.text = self.text
        return changed

    text: Callable[[], str]


def deprecatedProperty(version: Version, replacement: Replacement = None) -> Any:
    """In place of ``@property``: getting and setting warn.

    Args:
        version: Since when.
        replacement: What to use instead: its full name, or itself.
    """

    def decorate(getter: Callable[[Any], Any]) -> _DeprecatedProperty:
        def text() -> str:
            return getDeprecationWarningString(getter, version, None, replacement)

        @wraps(getter)
        def warning_getter(instance: Any) -> Any:
            _warn(text())
            return getter(instance)

        _appendToDocstring(warning_getter, _getDeprecationDocstring(version, replacement))
        made = _DeprecatedProperty(warning_getter)
        made.text = text
        return made

    return decorate


def deprecatedKeywordParameter(
    version: Version, name: str, replacement: str | None = None
) -> Callable[[Decorated], Decorated]:
    """A decorator: each call that gives the parameter *name*, in either way, warns.

    Args:
        version: Since when.
        name: The parameter.
        replacement: What to use instead.
    """

    def decorate(function: Decorated) -> Decorated:
        signature = inspect.signature(function)

        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if name in kwargs or name in _passed(signature, args):
                _warn(
                    f"The {name!r} parameter to {_fullyQualifiedName(function)} was deprecated in "
                    f"{getVersionString(version)}{_instead(replacement)}"
                )
            return function(*args, **kwargs)

        _appendToDocstring(
            wrapper,
            f"The {name!r} parameter was deprecated in {getVersionString(version)}{_instead(replacement)}.",
        )
        return cast(Decorated, wrapper)

    return decorate


def _passed(signature: inspect.Signature, args: tuple[Any, ...]) -> list[str]:
    """The names of the parameters that the positional *args* fill."""
    places = [p.name for p in signature.parameters.values() if p.kind in _FILLED_BY_PLACE]
    return places[: len(args)]


_FILLED_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


# ---- warnings about code elsewhere ------------------------------------------------


def warnAboutFunction(offender: Callable[..., Any], warningString: str) -> None:
    """Warn at the last line of the function *offender*, not at the line that runs now.

    For a framework that finds fault with the program's function after it has returned.
    """
    module = inspect.getmodule(offender)
    if module is None:
        module = inspect.getmodule(offender.__code__)
    filename = inspect.getabsfile(offender.__code__)
    line = max(number for _, number in findlinestarts(offender.__code__) if number is not None)
    module_name = offender.__module__ if module is None else module.__name__
    warn_explicit(
        warningString,
        category=DeprecationWarning,
        filename=filename,
        lineno=line,
        module=module_name,
        registry=offender.__globals__.setdefault("__warningregistry__", {}),
    )


def _passedSignature(
    signature: inspect.Signature, positional: tuple[object, ...], keyword: dict[str, object]
) -> dict[str, object]:
    """The parameters that a call gives a value, with these values.

    Defaults of keyword-only parameters count as given; Twisted's do.

    Raises:
        TypeError: The call gives too many, or one twice, or one that there is not, or
            leaves out a keyword-only one.
    """
    for parameter in signature.parameters.values():
        if not isinstance(parameter.kind, type(inspect.Parameter.KEYWORD_ONLY)):
            raise TypeError(f"{parameter.name!r} parameter is invalid kind: {parameter.kind}")
    given = signature.bind_partial(*positional, **keyword).arguments
    passed = {}
    for name, parameter in signature.parameters.items():
        if name in given:
            passed[name] = given[name]
        elif parameter.kind is parameter.KEYWORD_ONLY:
            if parameter.default is parameter.empty:
                raise TypeError(f"missing keyword arg {name}")
            passed[name] = parameter.default
    return passed


def _mutuallyExclusiveArguments(
    argumentPairs: Sequence[Sequence[str]],
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: a call may give only one of the two parameters of each pair.

    Raises:
        TypeError: At the call, if both are given.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            given = _passedSignature(signature, args, kwargs)
            for this, that in argumentPairs:
                if this in given and that in given:
                    raise TypeError(
                        f"The {this!r} and {that!r} arguments to "
                        f"{_fullyQualifiedName(function)} are mutually exclusive."
                    )
            return function(*args, **kwargs)

        return wrapper

    return decorate


publish(__name__, [name for name in __all__ if name != "DEPRECATION_WARNING_FORMAT"])
