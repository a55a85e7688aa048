"""The help text of options: one paragraph each, in two columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

__all__ = ["docMakeChunks"]


def docMakeChunks(optList: Iterable[dict[str, Any]], width: int = 80) -> list[str]:
    r"""A text for each option or command, sorted by short names, else long ones; each ends in ``\n``.

    Args:
        optList: Dicts with ``long``, ``short`` (or None), ``doc`` (or None), ``optType``
            ("flag", "parameter" or "command"), and perhaps ``default`` and ``dispatch``.
        width: In columns.
    """
    options = sorted(optList, key=lambda option: option["short"] or option["long"])
    longest = max((len(_name(option)) for option in options), default=0)
    indent = longest + 10  # "  -x, --" before the name, two blanks after it
    return [_chunk(option, indent, width) for option in options]


def _name(option: dict[str, Any]) -> str:
    return f"{option['long']}=" if option["optType"] == "parameter" else str(option["long"])


def _chunk(option: dict[str, Any], indent: int, width: int) -> str:
    if option["optType"] == "command":
        head = f"    {option['long']}"
    elif option["short"]:
        head = f"  -{option['short']}, --{_name(option)}"
    else:
        head = f"      --{_name(option)}"
    lines = textwrap.wrap(_doc(option), max(width - indent, 1)) or [""]
    rest = "".join(f"{' ' * indent}{line}\n" for line in lines[1:])
    return f"{head.ljust(indent)}{lines[0]}\n{rest}"


def _doc(option: dict[str, Any]) -> str:
    doc = (option["doc"] or "").strip()
    if option["optType"] == "parameter" and option.get("default") is not None:
        doc = f"{doc} [default: {option['default']}]"
    of_the_type = getattr(option.get("dispatch"), "doc", None)
    return doc if of_the_type is None else f"{doc}. {of_the_type}"
