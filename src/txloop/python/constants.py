"""Symbolic constants, as `constantly` has them; Twisted has dropped this name for them.

class Colour(Names):
    RED = NamedConstant()
"""

from __future__ import annotations

from constantly import (  # type: ignore[import-untyped]  # it has no stubs
    FlagConstant,
    Flags,
    NamedConstant,
    Names,
    ValueConstant,
    Values,
)
"""twisted.python.constants, which Twisted has moved to the package constantly: the same classes."""

from __future__ import annotations

from constantly import FlagConstant, Flags, NamedConstant, Names, ValueConstant, Values  # type: ignore[import-untyped]

__all__ = ["FlagConstant", "Flags", "NamedConstant", "Names", "ValueConstant", "Values"]
