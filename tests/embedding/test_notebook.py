"""In IPython and Jupyter: cells run inside a loop that runs already, through nbclient and a real kernel."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from support import ROOT, child_environment, python

nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed (extra: hosts)")
pytest.importorskip("ipykernel", reason="ipykernel is not installed (extra: hosts)")

CELLS = [
    """
import txloop
from embedding.work import Asker, ShouterFactory, Work
from txloop.internet import protocol, reactor, task
from txloop.internet.threads import deferToThread
events = []
port = reactor.listenTCP(0, ShouterFactory(events), interface="127.0.0.1")
""",
    # A cell later everything is there: it is one loop.
    """
client = await protocol.ClientCreator(reactor, Asker).connectTCP("127.0.0.1", port.getHost().port)
print(await client.ask(b"from a cell"))
""",
    """
print(await deferToThread(lambda: "a thread"), await task.deferLater(reactor, 0.01, lambda: "later"))
""",
    # What old recipes do in a notebook says what to do instead.
    """
try:
    reactor.run()
except Exception as refused:
    print(type(refused).__name__, "running event loop" in str(refused))
""",
    """
work = Work()
async with txloop.running():
    await work.do()
work.assert_ended(Work.AT_THE_END_OF_RUNNING)
print(events, reactor.snapshot()["ports"])
""",
]

PRINTED = [
    "",
    "b'FROM A CELL'\n",
    "a thread later\n",
    "ReactorAlreadyRunning True\n",
    "['ConnectionDone'] []\n",
]


def kernel(folder: Path) -> dict[str, str]:
    """A kernel of this interpreter, in *folder*; the environment in which it is found."""
    spec = folder / "kernels" / "this"
    spec.mkdir(parents=True)
    arguments = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(
        json.dumps({"argv": arguments, "display_name": "x", "language": "python"})
    )
    environment = child_environment(JUPYTER_PATH=str(folder), IPYTHONDIR=str(folder / "ipython"))
    environment["PYTHONPATH"] += os.pathsep + str(ROOT / "tests")
    environment["JUPYTER_PLATFORM_DIRS"] = "1"
    return environment


RUN_NOTEBOOK = """
import json, sys
import nbclient, nbformat
cells = json.loads(sys.argv[1])
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
nbclient.NotebookClient(notebook, kernel_name="this", timeout=60).execute()
print(json.dumps(["".join(each.get("text", "?") for each in cell.outputs) for cell in notebook.cells]))
"""


def test_cells_of_a_notebook_use_the_reactor_of_the_kernels_loop(tmp_path: Path) -> None:
    done = python("-c", RUN_NOTEBOOK, json.dumps(CELLS), environment=kernel(tmp_path))
    assert done.returncode == 0, done.stderr
    outputs: list[Any] = json.loads(done.stdout.splitlines()[-1])
    assert outputs == PRINTED


def test_ipython_awaits_deferreds_at_its_prompt(tmp_path: Path) -> None:
    """IPython runs a loop for each cell that awaits; between them the reactor is there, and idle."""
    environment = kernel(tmp_path)
    script = tmp_path / "cells.ipy"
    script.write_text("\n".join((CELLS[0], CELLS[1], CELLS[2])))
    done = python("-m", "IPython", "--no-banner", "--colors=NoColor", str(script), environment=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "b'FROM A CELL'\na thread later\n"
    assert "Traceback" not in done.stderr
