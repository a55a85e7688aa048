"""What is supported, told by the code: compat_examples/support.md, and README's tables between their marks.

    cd tests; python -m support_table        writes both

The names are those that Twisted's modules define (data/defined_names.txt); who has them is asked of
what `txloop check` asks; how many of Twisted's own tests pass stands in conformance/figures.txt.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from conformance.figures import Figures, read_figures
from support import ROOT
from txloop import AsyncioReactor
from txloop._check import Provider, provider_of
from txloop.internet import interfaces

DEFINED = ROOT / "tests" / "data" / "defined_names.txt"
FULL = ROOT / "compat_examples" / "support.md"
README = ROOT / "README.md"
BEGIN, END = "<!-- support_table: begin -->\n", "<!-- support_table: end -->\n"
TIERS = {
    "T1": "Deferred, Failure, task, protocol, error, address",
    "T2": "reactor, transports, processes, threads",
    "T3": "protocols, endpoints, logger, python, application",
    "T4": "all the rest of Twisted, on top",
}


@dataclass(frozen=True)
class Module:
    """A public module of Twisted's.

    Attributes:
        here: Those of its own names that txloop has; none if it has no such module.
        elsewhere: Those that an installed Twisted has, on top of txloop.
    """

    name: str
    provided: bool
    here: list[str]
    elsewhere: list[str]

    @property
    def package(self) -> str:
        """``twisted.web`` of ``twisted.web.http``; ``twisted`` of ``twisted.plugin``."""
        return self.name if self.name.count(".") == 1 else ".".join(self.name.split(".")[:2])


@cache
def modules() -> Sequence[Module]:
    """All of them, by name."""
    lines = [line for line in DEFINED.read_text().splitlines() if not line.startswith("#")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # some names warn, as Twisted's do
        return [_module(*line.split(":")) for line in sorted(lines)]


def _module(name: str, names: str) -> Module:
    own = names.split()
    provided = provider_of(name, "") is Provider.TXLOOP
    here = [each for each in own if provided and provider_of(name, each) is Provider.TXLOOP]
    return Module(name, provided, here, [each for each in own if each not in here])


def packages() -> Mapping[str, list[Module]]:
    """package -> its modules; the package itself counts as one of them if it defines something."""
    found: dict[str, list[Module]] = {}
    for each in modules():
        if each.here or each.elsewhere:
            found.setdefault(each.package, []).append(each)
    return found


# ---- README's part -------------------------------------------------------------------


def summary() -> str:
    """Two tables: packages, and Twisted's tests."""
    return "\n".join([*_packages_table(), "", *_tests_table()]) + "\n"


def _packages_table() -> Iterator[str]:
    yield "| of Twisted | txloop's own: modules, and names in them | on top, of an installed Twisted |"
    yield "|---|---|---|"
    none = []
    for package, those in packages().items():
        ours = [each for each in those if each.provided]
        if not ours:
            none.append(package.removeprefix("twisted."))
            continue
        names = sum(len(each.here) for each in ours)
        of = sum(len(each.here) + len(each.elsewhere) for each in ours)
        rest = [_short(each) for each in those if not each.provided]
        modules_told = f"{len(ours)} of {len(those)}" if len(those) > 1 else "all"
        yield f"| `{package.removeprefix('twisted.')}` | {modules_told}; {names} of {of} | {_some(rest, 5)} |"
    yield f"| {_code(none)} | none | all |"


def _tests_table() -> Iterator[str]:
    yield "| Twisted's own tests that pass over txloop, of those that pass on stock | asyncio | uvloop |"
    yield "|---|---|---|"
    figures = read_figures()
    for tier, title in TIERS.items():
        of_tier = [each for each in figures if each.tier == tier]
        yield f"| {title} | {_passed(of_tier, 'asyncio')} | {_passed(of_tier, 'uvloop')} |"


def _passed(figures: Iterable[Figures], loop: str) -> str:
    of_loop = [each for each in figures if each.loop == loop]
    return f"{sum(each.kept for each in of_loop):,} of {sum(each.counted for each in of_loop):,}"


# ---- the full table ------------------------------------------------------------------


def full() -> str:
    """The text of compat_examples/support.md."""
    parts = [
        _HEAD,
        _reactor(),
        *(_package(name, those) for name, those in packages().items()),
        _tests_by_package(),
    ]
    return "\n".join(parts)


_HEAD = """\
# What is supported, module by module

Written by `python -m support_table` in `tests` from the code and the names that Twisted defines; a test
compares. *Falls through*: where Twisted is installed beside txloop, it has these, on top of txloop's core;
without, their import says so. What of all this your own code uses, and who has it: `txloop check FOLDER`.
"""


def _reactor() -> str:
    provided = [name for name in interfaces.__all__ if name.startswith("IReactor") and _is_provided(name)]
    others = [name for name in interfaces.__all__ if name.startswith("IReactor") and name not in provided]
    return f"""\
## The reactor

Provides {_code(provided)}; not {_code(others)}.
"""


def _is_provided(name: str) -> bool:
    return bool(getattr(interfaces, name).implementedBy(AsyncioReactor))


def _package(name: str, those: Sequence[Module]) -> str:
    ours = [each for each in those if each.provided]
    rest = [_short(each) for each in those if not each.provided]
    lines = [f"## {name}", ""]
    if ours:
        lines += ["| module | names | falls through |", "|---|---|---|", *(_row(each) for each in ours)]
    if rest:
        lines += (
            ["", f"Whole modules that fall through: {_code(rest)}."]
            if ours
            else [f"Falls through: {_code(rest)}."]
        )
    return "\n".join([*lines, ""])


def _row(each: Module) -> str:
    of = len(each.here) + len(each.elsewhere)
    names = f"all {of}" if not each.elsewhere else f"{len(each.here)} of {of}"
    return f"| `{_short(each)}` | {names} | {_some(each.elsewhere, 12)} |"


def _tests_by_package() -> str:
    title = "| package | tests of | asyncio | uvloop |\n|---|---|---|---|"
    figures = read_figures()
    rows = []
    for tier, package in sorted({(each.tier, each.package) for each in figures}):
        those = [each for each in figures if (each.tier, each.package) == (tier, package)]
        rows.append(
            f"| `{package}` | {TIERS[tier]} | {_passed(those, 'asyncio')} | {_passed(those, 'uvloop')} |"
        )
    return "\n".join([f"## Twisted's own tests\n\n{_TESTS}\n{title}", *rows, ""])


_TESTS = """\
How many pass over txloop, of those that pass on stock Twisted in the same place. Not counted: tests that look
into private names of Twisted's core or test one of its implementation modules itself. Each of the rest that
does not pass has its reason in `tests/conformance/expected.txt`.
"""


def _short(each: Module) -> str:
    """Its name in its package; of the package itself, its own."""
    return each.name.removeprefix(each.package).removeprefix(".") or each.name.rpartition(".")[2]


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _some(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return _code(names[:most]) + more


def readme_with(table: str) -> str:
    """README's text with *table* between its marks.

    Raises:
        ValueError: It has no marks.
    """
    before, began, rest = README.read_text().partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not began or not ended:
        raise ValueError(f"README.md has no lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}{table}{END}{after}"


if __name__ == "__main__":
    FULL.write_text(full())
    README.write_text(readme_with(summary()))
