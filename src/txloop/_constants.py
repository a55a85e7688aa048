"""constantly's classes, with types for who checks them: the package has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["FlagConstant", "Flags", "NamedConstant", "Names"]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    # ruff: noqa: N802 - constantly's names

    class NamedConstant:
        """A constant that has a name and no value; those of one class are in order."""

        name: str

        def __lt__(self, other: Self, /) -> bool: ...
        def __le__(self, other: Self, /) -> bool: ...
        def __gt__(self, other: Self, /) -> bool: ...
        def __ge__(self, other: Self, /) -> bool: ...

    class FlagConstant(NamedConstant):
        """A constant that can be combined with others of its class."""

        value: int

        def __init__(self, value: int = ...) -> None: ...
        def __or__(self, other: Self, /) -> Self: ...
        def __and__(self, other: Self, /) -> Self: ...
        def __xor__(self, other: Self, /) -> Self: ...
        def __invert__(self) -> Self: ...
        def __iter__(self) -> Iterator[Self]: ...
        def __contains__(self, flag: Self, /) -> bool: ...
        def __bool__(self) -> bool: ...

    class Names:
        """A group of named constants; it has no instances."""

        @classmethod
        def lookupByName(cls, name: str) -> NamedConstant:
            """The constant called *name*; ValueError without one."""

        @classmethod
        def iterconstants(cls) -> Iterator[NamedConstant]:
            """All of them, in the order of their definition."""

    class Flags:
        """A group of flags; it has no instances."""

        @classmethod
        def lookupByName(cls, name: str) -> FlagConstant:
            """The flag called *name*; ValueError without one."""

        @classmethod
        def iterconstants(cls) -> Iterator[FlagConstant]:
            """All of them, in the order of their definition."""

else:
    from constantly import FlagConstant, Flags, NamedConstant, Names
