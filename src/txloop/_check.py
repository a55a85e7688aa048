"""``txloop check``: what of Twisted a code base needs, and who provides it.

    provided        txloop has it; no Twisted is needed
    falls through   an installed Twisted has it, on top of txloop
    missing         neither has it (the Twisted we follow has dropped it, or never had it)

Not here: reading the files (_check_files.py, _check_uses.py), printing (_check_report.py).
"""

from __future__ import annotations

import enum
import importlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from txloop._check_files import read_files
from txloop._check_uses import Use

_SURFACE = Path(__file__).with_name("_twisted_surface.txt")
_NOT_SOURCE = {"__pycache__", ".git", ".hg", ".tox", ".nox", ".venv", "venv", "node_modules", "build"}
_NOT_SOURCE |= {"site-packages"}  # of an environment by any other name

# What older Twisted had, by module or by name: what to use instead.
REMOVED: Mapping[str, str] = {
    "twisted.conch.version": "twisted.version",
    "twisted.cred.credentials.IPluggableAuthenticationModules": "nothing: it is gone with cred.pamauth",
    "twisted.internet.address._ServerFactoryIPv4Address": "twisted.internet.address.IPv4Address",
    "twisted.internet.defer._deferGenerator": "inlineCallbacks",
    "twisted.internet.defer.deferredGenerator": "inlineCallbacks",
    "twisted.internet.defer.failure": "twisted.python.failure",
    "twisted.internet.defer.waitForDeferred": "inlineCallbacks",
    "twisted.internet.interfaces.IStreamClientEndpointStringParser": "…StringParserWithReactor",
    "twisted.protocols.http": "twisted.web.http",
    "twisted.python.compat._PY3": "True: every Python is 3",
    "twisted.python.constants": "the package constantly",
    "twisted.python.hashlib": "the standard library's hashlib",
    "twisted.test.proto_helpers.Clock": "twisted.internet.task.Clock",
    "twisted.trial.unittest._LogObserver": "twisted.trial._synctest._LogObserver",
    "twisted.web.client.HTTPClientFactory": "twisted.web.client.Agent",
    "twisted.web.client.HTTPDownloader": "twisted.web.client.Agent, or the package treq",
    "twisted.web.client.HTTPPageGetter": "twisted.web.client.Agent",
    "twisted.web.client._makeGetterFactory": "twisted.web.client.Agent, or the package treq",
    "twisted.web.client._parse": "twisted.web.client.URI.fromBytes",
    "twisted.web.client._URI": "twisted.web.client.URI",
    "twisted.web.client.downloadPage": "twisted.web.client.Agent, or the package treq",
    "twisted.web.client.getPage": "twisted.web.client.Agent, or the package treq",
    "twisted.web.error.ForbiddenResource": "twisted.web.resource.ForbiddenResource",
    "twisted.web.error.NoResource": "twisted.web.pages.notFound",
    "twisted.web.version": "twisted.version",
    "twisted.words.domish": "twisted.words.xish.domish",
}
# Those of them that were modules.
_GONE_MODULES = {
    "twisted.protocols.http",
    "twisted.python.constants",
    "twisted.python.hashlib",
    "twisted.words.domish",
}


class Provider(enum.Enum):
    """Who has it."""

    TXLOOP = "provided"
    TWISTED = "falls through"
    NOBODY = "missing"


@dataclass(frozen=True, order=True)
class Finding:
    """A use with its place and its provider."""

    path: str
    use: Use
    provider: Provider
    in_tests: bool = False

    @property
    def target(self) -> str:
        """The dotted name that is used."""
        return ".".join(filter(None, (self.use.module, self.use.name)))


@dataclass(frozen=True)
class Result:
    """What was found under some paths.

    Attributes:
        findings: In the order of files and lines.
        unread: file -> why it is not known what it uses.
        files: How many were looked at.
    """

    findings: list[Finding]
    unread: dict[str, str]
    files: int

    def of(self, provider: Provider, *, guarded: bool = False) -> list[Finding]:
        """The findings of one provider that decide (or with *guarded*, that do not)."""
        return [each for each in self.findings if each.provider is provider and each.use.guarded == guarded]

    def share_covered(self) -> float:
        """The share of distinct names that txloop has, 0.0 to 1.0; 1.0 if nothing is used."""
        names = {each.target: each.provider for each in self.findings}
        return sum(has is Provider.TXLOOP for has in names.values()) / len(names) if names else 1.0

    def verdict(self) -> str:
        """One sentence for a person; what only the tests need comes behind."""
        tests = [each for each in self.findings if each.in_tests]
        rest = [each for each in self.findings if not each.in_tests]
        whole = _verdict(self.findings)
        if not tests or not rest or _verdict(rest) == whole:
            return whole
        return f"{_verdict(rest)}; its tests: {_verdict(tests)}"


def _verdict(findings: list[Finding]) -> str:
    decide = [each for each in findings if not each.use.guarded]
    missing = sorted({each.target for each in decide if each.provider is Provider.NOBODY})
    fallen = sorted({each.use.module for each in decide if each.provider is Provider.TWISTED})
    if not findings:
        return "uses nothing of Twisted"
    if missing:
        return f"needs {_some(missing)}, which neither txloop nor the Twisted it follows has"
    if fallen:
        return f"runs with Twisted installed beside, for {_some(fallen)}"
    return "runs without Twisted"


def check(paths: Iterable[Path]) -> Result:
    """Read every Python file among *paths* and below them.

    Raises:
        FileNotFoundError: One of *paths* does not exist.
    """
    findings: list[Finding] = []
    unread: dict[str, str] = {}
    files = 0
    in_tests = dict(_python_files(paths))
    for path, read in read_files(in_tests, frozenset(surface().keys() | _GONE_MODULES)):
        files += 1
        if isinstance(read, str):
            unread[str(path)] = read
            continue
        for use in read:
            provider = provider_of(use.module, use.name)
            if use.sure or provider is not Provider.NOBODY:
                findings.append(Finding(str(path), use, provider, in_tests[path]))
    return Result(findings, unread, files)


@cache
def provider_of(module: str, name: str) -> Provider:
    """Who has *name* of *module* ("": the module itself)."""
    if _txloop_has(module, name):
        return Provider.TXLOOP
    names = surface().get(module)
    if names is None:
        return Provider.NOBODY
    # Names that begin with an underscore are not recorded: nobody can say; the module itself is there.
    known = not name or name in names or "*" in names or name.startswith("_")
    return Provider.TWISTED if known and f"{module}.{name}" not in REMOVED else Provider.NOBODY


@cache
def surface() -> Mapping[str, frozenset[str]]:
    """module -> its public names, of the Twisted that we follow; {"*"}: not known."""
    lines = [line for line in _SURFACE.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    parts = (line.partition(":") for line in lines)
    return {module: frozenset(names.split()) for module, _, names in parts}


def _txloop_has(module: str, name: str) -> bool:
    if module not in surface() and module not in REMOVED:
        return False
    ours = "txloop" + module.removeprefix("twisted")
    if module == "twisted.internet.reactor":
        face = importlib.import_module("txloop").AsyncioReactor
        return not name or hasattr(face, name)
    if module == "twisted" or not name:
        return module == "twisted" or _importable(ours)
    try:
        return hasattr(importlib.import_module(ours), name)
    except ImportError:  # the module itself, or what it loads only for this name (an extra's)
        return False


@cache
def _importable(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def _python_files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Each file, and whether it is one of the tests, by the names on the way from what was asked for."""
    for path in paths:
        if path.is_dir():
            for each in sorted(path.rglob("*.py")):
                parts = each.relative_to(path).parts
                if not _NOT_SOURCE.intersection(parts):
                    yield each, any(_says_test(part) for part in parts)
        elif path.exists():
            yield path, False
        else:
            raise FileNotFoundError(f"no such file or folder: {path}")


def _says_test(name: str) -> bool:
    return name in {"test", "tests", "conftest.py"} or name.startswith("test_")


def _some(names: list[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
