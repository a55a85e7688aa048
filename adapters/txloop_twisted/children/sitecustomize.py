"""Run by Python itself, before a program's first line: see txloop_twisted/_children.py.

The folder of this file leaves sys.path at once: nobody else looks for anything in it.
What fails in the hidden sitecustomize, Python reports as if it had found that one itself.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from importlib.machinery import PathFinder


def _leave_sys_path() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != here]


def _install_overlay() -> None:
    try:
        import txloop_twisted
    except ImportError:
        return  # an interpreter of its own, to which txloop means nothing
    txloop_twisted.install()


def _run_the_hidden_one() -> None:
    spec = PathFinder.find_spec(__name__, sys.path)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules[__name__] = module
        spec.loader.exec_module(module)


_leave_sys_path()
_install_overlay()
_run_the_hidden_one()
