"""The finder at the front of sys.meta_path: what ``import twisted.X`` means.

    Twisted is installed beside            no Twisted (no twisted/__init__.py)
    X in COMPLETE     -> txloop.X          txloop has X       -> txloop.X
    twisted.internet.reactor               twisted, twisted.internet, … -> packages made here
                      -> the reactor       a third party's twisted/plugins/x.py -> that file
    anything else     -> Twisted's own     anything else      -> ImportError, saying what would help

Twisted's packages stay its own where it is installed: plugins, trial's discovery and
``twisted.python.modules`` walk their folders.  Only a package that txloop serves whole
(twisted.logger) has another ``__path__``; what is not ours below it is looked for where
Twisted's package lies.

Not here: how a module is made (_loaders.py), names in pickles and logs (_labels.py).
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, NamespaceLoader
from importlib.metadata import Distribution, DistributionFinder
from types import ModuleType

from incremental import Version

from txloop_twisted._complete import COMPLETE
from txloop_twisted._distribution import StandInDistribution
from txloop_twisted._loaders import PackageLoader, ReactorLoader, ServeLoader
from txloop_twisted._twisted_names import REVIVED, TWISTED_MODULES, TWISTED_VERSION

# Packages without public names of their own: made here, empty, where no Twisted is installed.
# (txloop's own cannot stand in for them: ``twisted.internet.reactor`` must be imported to be an
# attribute, programs ask sys.modules for it.)
_BARE_PACKAGES = frozenset(
    "twisted" + rest for rest in ("", ".application", ".internet", ".plugins", ".protocols", ".python")
)
_REACTOR = "twisted.internet.reactor"


class NotPartOfTxloop(ModuleNotFoundError):
    """``import twisted.X`` found nothing: txloop has no X and no Twisted is installed.

    Attributes:
        missing: The module's name.  (``name`` stays None: ``from package import module``
            swallows an error that carries the name it asked for, with its message.)
    """

    def __init__(self, missing: str) -> None:
        if missing in TWISTED_MODULES:
            advice = (
                "txloop provides Twisted's core only; with Twisted installed beside it (pip install Twisted) "
                "this module runs on top of txloop. What is provided: 'What is supported' in txloop's README"
            )
        else:
            advice = f"Twisted {TWISTED_VERSION} has no such module either; installing it would not help"
        super().__init__(f"No module named {missing!r}: {advice}")
        self.missing = missing


class OverlayFinder(MetaPathFinder):
    """Answers for the name ``twisted`` and all below it.

    Attributes:
        beside_twisted: Is a Twisted installed?  Looked up once, when the finder is made.
    """

    def __init__(self) -> None:
        self._served: dict[str, bool] = {}
        installed = self._found_by_others("twisted", None)
        self.beside_twisted = installed is not None and not _is_namespace(installed)

    # ---- what the import system asks -------------------------------------------

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """How *fullname* is loaded; None: not a name of Twisted's, or the installed Twisted's own."""
        if fullname != "twisted" and not fullname.startswith("twisted."):
            return None
        if self.serves(fullname):
            loader = ReactorLoader() if fullname == _REACTOR else ServeLoader(_ours(fullname))
            return ModuleSpec(fullname, loader)
        if self.beside_twisted:
            return self._installed_spec(fullname) if self.serves(_parent(fullname)) else None
        return self._stand_in_spec(fullname, path)

    def find_distributions(self, context: DistributionFinder.Context) -> Iterable[Distribution]:
        """The distribution "Twisted", where it is txloop that stands in for it."""
        if not self.beside_twisted and (context.name is None or context.name.lower() == "twisted"):
            yield StandInDistribution()

    # ---- ours ------------------------------------------------------------------

    def serves(self, fullname: str) -> bool:
        """Is ``twisted.X`` txloop's X?"""
        if fullname not in self._served:
            self._served[fullname] = self._is_ours(fullname)
        return self._served[fullname]

    def _is_ours(self, fullname: str) -> bool:
        if fullname not in TWISTED_MODULES | REVIVED or fullname in _BARE_PACKAGES:
            return False
        if fullname.removeprefix("twisted.") in COMPLETE:
            return True
        if self.beside_twisted:
            # Rooms of a package that is served whole, when they have Twisted's name.
            return self.serves(_parent(fullname)) and _exists(_ours(fullname))
        return fullname == _REACTOR or _exists(_ours(fullname))

    def _installed_spec(self, fullname: str) -> ModuleSpec:
        """What the installed Twisted has below a package that is ours."""
        folder = self._folder_of_installed(_parent(fullname))
        spec = self._found_by_others(fullname, folder)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return spec

    def _folder_of_installed(self, package: str) -> Sequence[str] | None:
        above = _parent(package)
        inside = self._folder_of_installed(above) if above else None
        spec = self._found_by_others(package, inside)
        return spec.submodule_search_locations if spec else None

    def _stand_in_spec(self, fullname: str, path: Sequence[str] | None) -> ModuleSpec:
        """The bare packages; below them what third parties' namespace folders hold."""
        below = _parent(fullname)
        others = self._found_by_others(fullname, path) if not below or below in _BARE_PACKAGES else None
        if fullname in _BARE_PACKAGES:
            spec = ModuleSpec(fullname, PackageLoader(_CONTENTS.get(fullname, {})), is_package=True)
            spec.submodule_search_locations = _locations(others)
            return spec
        if others is None:
            raise NotPartOfTxloop(fullname)
        return others

    def _found_by_others(self, fullname: str, path: Sequence[str] | None) -> ModuleSpec | None:
        """The answer that the import system would get without us."""
        for finder in sys.meta_path:
            if finder is not self and (find_spec := getattr(finder, "find_spec", None)):
                spec: ModuleSpec | None = find_spec(fullname, path)
                if spec is not None:
                    return spec
        return None


_VERSION = Version("Twisted", *map(int, TWISTED_VERSION.split(".")))
_CONTENTS: dict[str, dict[str, object]] = {"twisted": {"__version__": TWISTED_VERSION, "version": _VERSION}}


def _locations(spec: ModuleSpec | None) -> list[str]:
    # The import system's own list of a namespace's folders follows sys.path as it changes; keep it.
    found = spec.submodule_search_locations if spec else None
    return [] if found is None else found


def _is_namespace(spec: ModuleSpec) -> bool:
    return spec.loader is None or isinstance(spec.loader, NamespaceLoader)


def _ours(fullname: str) -> str:
    return "txloop" + fullname.removeprefix("twisted")


def _parent(fullname: str) -> str:
    return fullname.rpartition(".")[0]


def _exists(module_name: str) -> bool:
    try:
        return importlib.util.find_spec(module_name) is not None
    except ModuleNotFoundError:  # not even its package exists
        return False
    except ValueError:  # loaded, but without a spec: the reactor
        return True
