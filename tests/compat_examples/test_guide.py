"""The guide keeps its word: what it says to type is typed here, and prints what it says.

Under one heading a first ``console`` block may be a server, which runs while the blocks behind it are
typed "in another terminal" and is then interrupted.  Port numbers are replaced by free ones.  A
``python`` block is run by itself; a ``text`` block behind it is what it prints.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from example_programs import EXAMPLES
from support import CHILD_TIMEOUT_SECONDS, ROOT, child_environment, python

GUIDE = (EXAMPLES / "README.md").read_text()
TOOLS = ("curl", "nc", "redis-cli")


def blocks(text: str) -> list[tuple[str, str]]:
    """(kind, content) of each block of code."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def sessions(block: str) -> Iterator[tuple[str, str]]:
    """(command, what it prints) of a console block."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        yield command, printed


def sections() -> dict[str, list[str]]:
    """The console blocks under each heading that has some."""
    parts = re.split(r"^#+ (.*)$", GUIDE, flags=re.MULTILINE)[1:]
    found = {
        heading: [content for kind, content in blocks(text) if kind == "console"]
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }
    return {heading: consoles for heading, consoles in found.items() if consoles}


def with_free_ports(consoles: list[str]) -> list[str]:
    """The same with other port numbers: those that the server's command names."""
    command, _ = next(sessions(consoles[0]))
    for number in re.findall(r"\b\d{4,5}\b", command):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            free = str(probe.getsockname()[1])
        consoles = [console.replace(number, free) for console in consoles]
    return consoles


def environment() -> dict[str, str]:
    """With this interpreter's own commands first on the path, and nothing buffered."""
    own = str(Path(sys.executable).parent)
    return {**child_environment(), "PATH": f"{own}{os.pathsep}{os.environ['PATH']}", "PYTHONUNBUFFERED": "1"}


def type_in(command: str) -> str:
    """What a terminal shows of it."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
    )
    return done.stdout


@pytest.mark.parametrize("heading", sections())
def test_what_the_guide_says_to_type_prints_what_it_says(heading: str) -> None:
    consoles = sections()[heading]
    for tool in TOOLS:
        is_typed = any(re.search(rf"(^|[|$] ){tool} ", console, re.MULTILINE) for console in consoles)
        if is_typed and shutil.which(tool) is None:
            pytest.skip(f"not run: {tool} is not installed")
    if len(consoles) == 1:
        for command, printed in sessions(consoles[0]):
            assert type_in(command) == printed
        return
    first, *others = with_free_ports(consoles)
    (command, printed) = next(sessions(first))
    server = subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with server:
        assert server.stdout is not None
        try:
            shown = server.stdout.readline()
            for console in others:
                for asking, answered in sessions(console):
                    assert type_in(asking) == answered
        finally:
            server.send_signal(signal.SIGINT)
        shown += server.stdout.read()
    assert shown.startswith(printed), shown


@pytest.mark.parametrize("number", range(GUIDE.count("```python\n")))
def test_python_blocks_work_as_pasted(number: int, tmp_path: Path) -> None:
    all_blocks = blocks(GUIDE)
    place = [at for at, (kind, _) in enumerate(all_blocks) if kind == "python"][number]
    code = all_blocks[place][1]
    if "def test_" in code:
        (tmp_path / "test_as_pasted.py").write_text(code)
        (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
        done = python("-m", "pytest", "-q", "-W", "error", cwd=tmp_path)
        assert re.fullmatch(r"\d+ passed in .*", done.stdout.splitlines()[-1]), done.stdout
        return
    done = python("-c", code)
    assert done.stderr == ""
    kind, printed = all_blocks[place + 1] if place + 1 < len(all_blocks) else ("", "")
    if kind == "text":
        assert done.stdout == printed


def test_each_example_is_in_the_guide_and_each_link_leads_somewhere() -> None:
    for example in EXAMPLES.glob("*.py"):
        assert example.name in GUIDE
    for target in re.findall(r"\]\(([^)#]+)\)", GUIDE):
        assert (EXAMPLES / target).exists(), target
