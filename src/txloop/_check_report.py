"""How ``txloop check`` prints what it found: a table (in a terminal by rich, if it is there), or JSON."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from txloop._check import REMOVED, Finding, Provider, Result

# A name that is used everywhere is shown with its first places.
_PLACES = 3
_ORDER = (Provider.NOBODY, Provider.TWISTED, Provider.TXLOOP)
_COLOURS = {Provider.NOBODY: "red", Provider.TWISTED: "yellow", Provider.TXLOOP: "green"}


@dataclass(frozen=True)
class _Row:
    target: str
    provider: Provider
    guarded: bool
    places: list[str]

    def texts(self) -> tuple[str, str, str]:
        """The three columns."""
        note = f"; use {REMOVED[self.target]}" if self.target in REMOVED else ""
        guard = " (guarded)" if self.guarded else ""
        more = f" +{len(self.places) - _PLACES}" if len(self.places) > _PLACES else ""
        return self.target, self.provider.value + guard + note, " ".join(self.places[:_PLACES]) + more


def print_table(result: Result) -> None:
    """For people: what is not provided first, the verdict last."""
    rows = list(_rows(result.findings))
    if sys.stdout.isatty() and importlib.util.find_spec("rich") is not None:
        _print_coloured(rows)
    else:
        _print_plain(rows)
    for path, why in result.unread.items():
        print(f"not read: {path}: {why}")
    files = "1 file" if result.files == 1 else f"{result.files} files"
    share = f"; {result.share_covered():.0%} of the names used are txloop's" if rows else ""
    print(f"\n{files}{share}")
    print(f"Verdict: {result.verdict()}")


def _print_coloured(rows: list[_Row]) -> None:
    rich = importlib.import_module("rich.table")
    table = rich.Table(box=None)
    for title in ("used", "by", "where"):
        table.add_column(title, overflow="fold")  # a name that is cut tells nothing
    for row in rows:
        used, by, where = row.texts()
        table.add_row(used, f"[{_COLOURS[row.provider]}]{by}[/]", where)
    importlib.import_module("rich.console").Console(highlight=False).print(table)


def _print_plain(rows: list[_Row]) -> None:
    texts = [row.texts() for row in rows]
    widths = [max((len(text[column]) for text in texts), default=0) for column in (0, 1)]
    for used, by, where in texts:
        print(f"{used:{widths[0]}}  {by:{widths[1]}}  {where}")


def print_json(result: Result) -> None:
    """For programs: one object."""
    used = [
        {"name": row.target, "status": row.provider.value, "guarded": row.guarded, "places": row.places}
        for row in _rows(result.findings)
    ]
    whole = {
        "verdict": result.verdict(),
        "share_covered": round(result.share_covered(), 4),
        "files": result.files,
        "used": used,
        "unread": result.unread,
    }
    print(json.dumps(whole, indent=2))


def _rows(findings: list[Finding]) -> Iterator[_Row]:
    grouped: dict[tuple[str, Provider, bool], list[str]] = {}
    for each in findings:
        key = (each.target, each.provider, each.use.guarded)
        grouped.setdefault(key, []).append(f"{each.path}:{each.use.line}")
    for provider in _ORDER:
        for key in sorted(key for key in grouped if key[1] is provider):
            yield _Row(*key, grouped[key])
