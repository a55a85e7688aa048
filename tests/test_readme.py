"""README keeps its word: each block of code in it is run."""

from __future__ import annotations

import re
import shlex
import sys

import pytest

from example_programs import EXAMPLES
from support import ROOT, child_environment, python

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
SHELL_LINES = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]


def test_every_block_is_of_a_kind_that_is_run_here() -> None:
    assert {kind for kind, _ in BLOCKS} == {"sh", "python"}


@pytest.mark.parametrize("code", [code for kind, code in BLOCKS if kind == "python"])
def test_python_blocks_work_as_pasted(code: str) -> None:
    done = python("-c", code)
    assert (done.stdout, done.stderr) == ("a Deferred, awaited\n", "")


def test_embedding_takes_five_lines() -> None:
    (code,) = [code for kind, code in BLOCKS if kind == "python"]
    assert len([line for line in code.splitlines() if line]) == 5


@pytest.mark.parametrize("line", [line for line in SHELL_LINES if "txloop run" in line])
def test_programs_that_readme_runs_print_something_and_succeed(line: str) -> None:
    """The last part of the line, by this interpreter: environments are made by .ci/run."""
    words = shlex.split(line.rpartition("&&")[2])
    assert words[0].rpartition("/")[2] == "txloop"
    done = python("-m", "txloop", *words[1:], cwd=EXAMPLES.parent, environment=child_environment())
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


@pytest.mark.parametrize("line", [line for line in SHELL_LINES if "-m venv" in line])
def test_set_up_lines_are_single_lines_that_make_an_environment_and_install(line: str) -> None:
    make, install, *_ = (shlex.split(part) for part in line.split("&&"))
    assert make == ["python3", "-m", "venv", ".venv"]
    assert install[:3] == [".venv/bin/pip", "install", "-q"]


def test_the_second_set_up_line_runs_these_tests() -> None:
    lines = [line for line in SHELL_LINES if "-m venv" in line]
    assert len(lines) == 2
    assert shlex.split(lines[1].rpartition("&&")[2])[1:3] == ["-m", "pytest"]
    assert "pytest" in sys.modules


def anchor(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_files_and_headings_that_readme_links_to_exist() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", README):
        target, _, heading = link.partition("#")
        assert (ROOT / target).exists(), link
        if heading:
            headings = re.findall(r"^#+ (.*)$", (ROOT / target).read_text(), re.MULTILINE)
            assert heading in map(anchor, headings), link
