"""The overlay: what ``import twisted.X`` means, with and without a Twisted beside it.

Most of it is about what stands in sys.modules from the first line on, so these tests
run little programs in interpreters of their own.  A "Twisted" made of three files
plays the installed one; the real one is the business of the conformance run.
"""

from __future__ import annotations

import importlib
import subprocess
from pathlib import Path

import pytest

from support import child_environment, python, twisted_python
from txloop_twisted._complete import COMPLETE, TOGETHER
from txloop_twisted._twisted_names import REVIVED, TWISTED_MODULES, TWISTED_VERSION


def run(program: str, *, beside: Path | None = None, cwd: Path | None = None) -> list[str]:
    """The lines that *program* prints, under an overlay installed first."""
    done = attempt("import txloop_twisted; txloop_twisted.install()\n" + program, beside=beside, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def attempt(
    program: str, *, beside: Path | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environment = child_environment()
    if beside is not None:
        environment["PYTHONPATH"] += f":{beside}"
    # -P: the folder of the program is no part of sys.path, so no stray twisted is found.
    return python("-P", "-c", program, environment=environment, cwd=cwd)


@pytest.fixture
def installed_twisted(tmp_path: Path) -> Path:
    """A folder for sys.path in which a small Twisted is installed."""
    files = {
        "__init__.py": "__version__ = '0.1'",
        "internet/__init__.py": "",
        "internet/error.py": "whose = 'the installed one'",
        "internet/gadget.py": "from twisted.internet import error; whose = 'the installed one'",
        "logger/__init__.py": "whose = 'the installed one'",
        "logger/test/__init__.py": "",
        "logger/test/test_it.py": "whose = 'the installed one'",
    }
    for name, text in files.items():
        path = tmp_path / "site" / "twisted" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "site"


# ---- no Twisted installed ----------------------------------------------------


def test_both_import_forms_give_txloops_module_itself() -> None:
    """Source: importlib binds a submodule to its parent; programs use both spellings."""
    assert run(
        """
import twisted.internet.error
from twisted.internet import error
import txloop.internet.error
print(error is twisted.internet.error is txloop.internet.error)
"""
    ) == ["True"]


def test_the_module_served_keeps_its_own_spec() -> None:
    """importlib.reload, inspect and pickle look at __spec__."""
    assert run("import twisted.internet.error as e; print(e.__name__, e.__spec__.name)") == [
        "txloop.internet.error txloop.internet.error"
    ]


def test_a_txloop_imported_before_install_is_the_same_one() -> None:
    """Any import order of txloop works."""
    program = """
from txloop.internet.error import ConnectionDone as before
import txloop_twisted; txloop_twisted.install()
from twisted.internet.error import ConnectionDone as after
print(before is after, before.__module__)
"""
    assert attempt(program).stdout.splitlines() == ["True twisted.internet.error"]


@pytest.mark.parametrize(
    "statement", ["import twisted.web", "from twisted import web", "from twisted.web import server"]
)
def test_a_missing_module_names_itself_and_says_that_installing_twisted_helps(statement: str) -> None:
    lines = run(f"try:\n {statement}\nexcept ImportError as error: print(type(error).__name__, error)")
    assert "No module named 'twisted.web'" in lines[0]
    assert "pip install Twisted" in lines[0]


def test_a_module_that_twisted_never_had_gets_no_such_advice() -> None:
    lines = run("try: from twisted.internet import flux\nexcept ImportError as error: print(error)")
    assert "No module named 'twisted.internet.flux'" in lines[0]
    assert "would not help" in lines[0]


def test_rooms_of_txloop_that_twisted_has_not_are_not_reachable_as_twisted() -> None:
    lines = run("try: import twisted._public\nexcept ImportError as error: print(error)")
    assert "No module named 'twisted._public'" in lines[0]


def test_the_distribution_twisted_has_a_version_and_only_meanwhile() -> None:
    assert run(
        """
import importlib.metadata as metadata, twisted
print(metadata.version("Twisted") == twisted.__version__ == metadata.version("twisted"))
print("Twisted" in {each.metadata["Name"] for each in metadata.distributions()})
txloop_twisted.uninstall()
try: metadata.version("Twisted")
except metadata.PackageNotFoundError: print("gone")
"""
    ) == ["True", "True", "gone"]


def test_third_parties_plugin_folders_are_importable_and_do_not_count_as_twisted(tmp_path: Path) -> None:
    """Source: packages ship twisted/plugins/x.py without any __init__.py, for Twisted's getPlugins."""
    plugins = tmp_path / "twisted" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "their_plugin.py").write_text("from twisted.internet import error; it = error.__name__")
    program = """
import twisted.plugins.their_plugin as plugin, twisted.plugins
print(plugin.it, list(twisted.plugins.__path__))
"""
    assert run(program, beside=tmp_path) == [f"txloop.internet.error ['{plugins}']"]


# ---- a Twisted beside it -------------------------------------------------------


def test_what_is_not_complete_stays_the_installed_ones(installed_twisted: Path) -> None:
    program = """
import twisted, twisted.internet.gadget as gadget
print(twisted.__version__, gadget.whose)
"""
    assert run(program, beside=installed_twisted) == ["0.1 the installed one"]


def test_what_is_complete_goes_under_the_installed_ones(installed_twisted: Path) -> None:
    program = """
import twisted.internet.gadget as gadget
print(gadget.error.__name__, hasattr(gadget.error, "whose"))
"""
    assert run(program, beside=installed_twisted) == ["txloop.internet.error False"]


def test_below_a_package_served_whole_the_installed_ones_tests_are_found(installed_twisted: Path) -> None:
    """Trial finds twisted.logger.test although twisted.logger lies in another folder."""
    program = """
import twisted.logger, twisted.logger.test.test_it as it
print(twisted.logger.__name__, it.whose)
"""
    assert run(program, beside=installed_twisted) == ["txloop.logger the installed one"]


def test_the_installed_one_answers_for_its_distribution_itself(installed_twisted: Path) -> None:
    program = """
import importlib.metadata as metadata
try: metadata.version("Twisted")
except metadata.PackageNotFoundError: print("not ours to answer")
"""
    assert run(program, beside=installed_twisted) == ["not ours to answer"]


def test_install_refuses_when_real_core_modules_are_loaded_and_names_them(installed_twisted: Path) -> None:
    program = """
import twisted.internet.error, txloop_twisted
try: txloop_twisted.install()
except RuntimeError as error: print(error, txloop_twisted.installed())
"""
    (line,) = attempt(program, beside=installed_twisted).stdout.splitlines()
    assert "twisted.internet.error is loaded already" in line
    assert line.endswith("False")


def test_the_core_enters_together_and_every_name_is_one_of_twisteds() -> None:
    assert TOGETHER <= COMPLETE
    assert {f"twisted.{name}" for name in COMPLETE} <= TWISTED_MODULES | REVIVED
    assert not REVIVED & TWISTED_MODULES


@pytest.mark.parametrize("name", sorted(COMPLETE))
def test_what_is_complete_is_there(name: str) -> None:
    assert importlib.import_module(f"txloop.{name}")


# ---- names, and the way back ---------------------------------------------------


def test_pickles_name_what_every_twisted_can_read() -> None:
    program = """
import pickle, twisted.internet.error as error
text = pickle.dumps(error.ConnectionLost("x"))
print(b"twisted.internet.error" in text, b"txloop" in text, type(pickle.loads(text)) is error.ConnectionLost)
"""
    assert run(program) == ["True False True"]


def test_uninstall_puts_back_labels_modules_and_attributes(installed_twisted: Path) -> None:
    program = """
import sys, txloop.internet.error as ours
import twisted.internet.error
txloop_twisted.uninstall()
print(ours.ConnectionDone.__module__, [name for name in sys.modules if name.startswith("twisted")])
import twisted.internet.error
print(twisted.internet.error.whose)
"""
    assert run(program, beside=installed_twisted) == ["txloop.internet.error []", "the installed one"]


def test_what_was_loaded_before_install_is_there_after_uninstall(installed_twisted: Path) -> None:
    program = """
import twisted.internet as before, txloop_twisted
with txloop_twisted.overlay():
    from twisted.internet import error
import twisted.internet
print(twisted.internet is before, hasattr(before, "error"))
"""
    assert attempt(program, beside=installed_twisted).stdout.splitlines() == ["True False"]


def test_overlays_nest_and_installing_twice_is_installing_once() -> None:
    program = """
import sys
with txloop_twisted.overlay():
    txloop_twisted.install()
print(txloop_twisted.installed(), len([f for f in sys.meta_path if type(f).__name__ == "OverlayFinder"]))
"""
    assert run(program) == ["True 1"]


# ---- the reactor ---------------------------------------------------------------


def test_the_reactor_is_txloops_under_both_import_forms() -> None:
    program = """
import sys
from twisted.internet import reactor
import twisted.internet.reactor, txloop.internet
print(reactor is twisted.internet.reactor is txloop.internet.reactor)
print(reactor is sys.modules["twisted.internet.reactor"])
"""
    assert run(program) == ["True", "True"]


def test_importing_internet_alone_installs_no_reactor() -> None:
    """Programs ask sys.modules whether a reactor has been chosen already."""
    program = """
import sys, twisted.internet, twisted.internet.defer, twisted.internet.protocol
print("twisted.internet.reactor" in sys.modules)
"""
    assert run(program) == ["False"]


def test_importing_the_reactor_asks_default_install_which_a_program_may_replace() -> None:
    """Source: Twisted 26.10, by running it."""
    lines = run("""
from twisted.internet import default
default.install = lambda: print("asked")
import twisted.internet.reactor
import twisted.internet.reactor
""")
    assert lines == ["asked"]


def test_a_reactor_that_a_program_puts_in_its_place_is_the_one_that_txloop_asks() -> None:
    """Source: unittest.mock.patch sets and restores the attribute; so do Twisted's own test helpers."""
    program = """
from unittest import mock
from twisted.internet import reactor, task
from twisted.protocols.policies import TimeoutMixin
with mock.patch("twisted.internet.reactor", task.Clock()) as clock:
    TimeoutMixin().setTimeout(5)
    print(len(clock.getDelayedCalls()))
from txloop.internet import reactor as ours
print(ours is reactor, len(reactor.getDelayedCalls()))
"""
    assert run(program) == ["1", "True 0"]


@pytest.mark.needs_twisted
def test_the_recorded_modules_are_twisteds() -> None:
    """Where the real one is at hand, in the version we follow: its modules are those recorded."""
    interpreter = twisted_python()
    assert interpreter is not None
    program = """
import pkgutil, twisted, warnings
warnings.simplefilter("ignore")  # of modules of Twisted's that are deprecated and imported all the same
found = pkgutil.walk_packages(twisted.__path__, "twisted.", onerror=lambda name: None)
names = [each.name for each in found if ".test." not in each.name + "." and ".test_" not in each.name]
print(twisted.__version__, *names)
"""
    said = subprocess.run(
        [interpreter, "-P", "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    version, *modules = said.stdout.split()
    if version != TWISTED_VERSION:
        pytest.skip(f"that is Twisted {version}; we follow {TWISTED_VERSION}")
    helpers = {"twisted.test.iosim", "twisted.test.proto_helpers", "twisted.test.ssl_helpers"}
    assert set(modules) | helpers <= TWISTED_MODULES
