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

__all__ = ["FlagConstant", "Flags", "NamedConstant", "Names", "ValueConstant", "Values"]
