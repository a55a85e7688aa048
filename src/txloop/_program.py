"""Run somebody's program as ``__main__``, as if the interpreter had been given it.

    Script("chat.py", ["8007"])     python chat.py 8007
    Module("chat", ["8007"])        python -m chat 8007

A program sees its own sys.argv, sys.path[0], ``__file__`` and ``__main__``; a
traceback shows its frames and none of ours; SystemExit keeps its code.

Why not runpy: it puts its own frames into tracebacks and takes the program's
``__main__`` away when the last line has run, though atexit functions, threads and
pickles still need it.

Not here: the command line and the overlay (_command.py).
"""

from __future__ import annotations

import builtins
import importlib.util
import os
import re
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType, TracebackType
from typing import Protocol

from txloop._check import REMOVED, Provider, provider_of, surface

# What the interpreter returns: for an uncaught exception, for a file that it cannot open,
# and what a shell shows for a program ended by SIGINT.
EXIT_RAISED = 1
EXIT_NO_FILE = 2
EXIT_INTERRUPTED = 130


class CannotStart(Exception):
    """There is no such program.

    Attributes:
        status: The interpreter's exit status for that.
    """

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status


class Program(Protocol):
    """Something that can be ``__main__``."""

    def enter(self) -> None:
        """Set sys.argv and sys.path as the program expects them."""

    def load(self) -> tuple[ModuleType, CodeType]:
        """The module ``__main__``, still empty, and the code that fills it.

        Raises:
            CannotStart: It does not exist.
            SyntaxError: It is not Python.
        """


class Script:
    """A program that is one file."""

    def __init__(self, path: str, arguments: Sequence[str]) -> None:
        self._path = path
        self._arguments = list(arguments)

    def enter(self) -> None:
        """argv[0] is the path as given; imports look beside the file, links followed."""
        sys.argv[:] = [self._path, *self._arguments]
        _set_first_folder(os.path.dirname(os.path.realpath(self._path)))

    def load(self) -> tuple[ModuleType, CodeType]:
        """See Program.load."""
        path = os.path.abspath(self._path)
        loader = SourceFileLoader("__main__", path)
        try:
            source = loader.get_data(path)
        except OSError as error:
            text = f"can't open file {path!r}: [Errno {error.errno}] {error.strerror}"
            raise CannotStart(text, EXIT_NO_FILE) from None
        module = ModuleType("__main__")
        vars(module).update(__file__=path, __loader__=loader, __cached__=None)
        return module, compile(source, path, "exec", dont_inherit=True)


class Module:
    """A program that is importable; a package is run by its ``__main__``."""

    def __init__(self, name: str, arguments: Sequence[str]) -> None:
        self._name = name
        self._arguments = list(arguments)

    def enter(self) -> None:
        """argv[0] becomes the file's path once it is found; imports look in the current folder."""
        sys.argv[:] = ["-m", *self._arguments]
        _set_first_folder(os.getcwd())

    def load(self) -> tuple[ModuleType, CodeType]:
        """See Program.load."""
        spec = self._find()
        get_code = getattr(spec.loader, "get_code", None)
        code = get_code(spec.name) if get_code is not None else None
        if code is None:
            raise CannotStart(f"{self._name} has no code that could be run", EXIT_RAISED)
        sys.argv[0] = spec.origin or self._name
        module = ModuleType("__main__")
        vars(module).update(
            __file__=spec.origin,
            __loader__=spec.loader,
            __package__=spec.parent,
            __spec__=spec,
            __cached__=spec.cached,
        )
        return module, code

    def _find(self) -> ModuleSpec:
        try:
            spec = importlib.util.find_spec(self._name)
            if spec is not None and spec.submodule_search_locations is not None:
                spec = importlib.util.find_spec(f"{self._name}.__main__")
        except ModuleNotFoundError as error:
            raise CannotStart(str(error), EXIT_RAISED) from None
        if spec is None:
            raise CannotStart(f"No module named {self._name} that can be run", EXIT_RAISED)
        return spec


def run_program(program: Program) -> int:
    """Run *program*, already entered, to the end of its last line.

    Returns:
        0, or the interpreter's status for what went wrong; that has been printed to stderr.
    Raises:
        SystemExit: The program's own; its code is the caller's to hand on.
    """
    try:
        module, code = program.load()
    except CannotStart as error:
        print(f"txloop: {error}", file=sys.stderr)
        return error.status
    except (SyntaxError, ValueError) as error:  # ValueError: null bytes, before 3.11.4
        return _report(error.with_traceback(None))
    vars(module)["__builtins__"] = builtins
    sys.modules["__main__"] = module
    try:
        exec(code, vars(module))
    except SystemExit:
        raise
    except BaseException as error:
        return _report(error.with_traceback(_frames_of_the_program(error.__traceback__)))
    return 0


def _frames_of_the_program(trace: TracebackType | None) -> TracebackType | None:
    """*trace* without its first frame, run_program's, and what the overlay adds to a failed import."""
    first = each = trace.tb_next if trace is not None else None
    while each is not None:
        if each.tb_next is not None and _is_the_overlays(each.tb_next):
            each.tb_next = None
        each = each.tb_next
    return first


def _is_the_overlays(trace: TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get("__name__")).startswith("txloop_twisted.")


def _report(error: BaseException) -> int:
    if isinstance(error, ImportError) and (note := _about_the_name(error)):
        error.add_note(note)
    sys.excepthook(type(error), error, error.__traceback__)
    return EXIT_INTERRUPTED if isinstance(error, KeyboardInterrupt) else EXIT_RAISED


def _about_the_name(error: ImportError) -> str:
    """Of a name that a module of ours lacks: who has it.  (Modules that we lack say so themselves.)"""
    module = str(error.name).replace("txloop", "twisted", 1)
    found = re.match(r"cannot import name '(\w+)' from", str(error))
    if found is None or not _is_ours(module):
        return ""
    if provider_of(module, found[1]) is Provider.NOBODY:
        instead = REMOVED.get(f"{module}.{found[1]}")
        return "txloop: the Twisted that it follows has no such name either" + (
            f"; use {instead}" if instead else ""
        )
    return (
        "txloop: with Twisted installed beside it (pip install Twisted) this name is there, on top of txloop"
    )


def _is_ours(module: str) -> bool:
    return module in surface() and provider_of(module, "") is Provider.TXLOOP


def _set_first_folder(folder: str) -> None:
    # sys.path[0] is the command's own folder so far.  Under -P there is none, and none is wanted.
    if not sys.flags.safe_path:
        sys.path[0] = folder
