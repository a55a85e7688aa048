"""``txloop run``: a program cannot tell it from the interpreter, except that its imports work."""

from __future__ import annotations

import importlib.metadata
import socket
import subprocess
from pathlib import Path

import pytest

from support import child_environment, python


def txloop_run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return python("-m", "txloop", "run", *arguments, cwd=cwd, environment=child_environment())


def test_a_script_sees_its_own_arguments_folder_and_main(tmp_path: Path) -> None:
    """Source: CPython, what `python script.py --loop x` shows; options after the script are the script's."""
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "beside.py").write_text("here = True")
    (folder / "program.py").write_text(
        "import sys, beside, __main__\n"
        "print(sys.argv, sys.path[0], __file__, __name__, __main__.sys is sys, __package__, __spec__)"
    )
    expected = python("deep/program.py", "--loop", "x", cwd=tmp_path).stdout
    assert txloop_run("deep/program.py", "--loop", "x", cwd=tmp_path).stdout == expected
    assert "--loop" in expected


def test_a_module_sees_the_same_as_under_python_m(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(
        "import sys\nprint(sys.argv, sys.path[0], __file__, __name__, __package__, __spec__.name)"
    )
    expected = python("-m", "package", "-m", "x", cwd=tmp_path).stdout
    assert txloop_run("-m", "package", "-m", "x", cwd=tmp_path).stdout == expected
    assert "package.__main__" in expected


def test_the_overlay_is_there_before_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("from twisted.internet import error\nprint(error.__name__)")
    assert txloop_run("program.py", cwd=tmp_path).stdout == "txloop.internet.error\n"


def test_python_processes_that_the_program_starts_have_the_overlay_too(tmp_path: Path) -> None:
    (tmp_path / "child.py").write_text("from twisted.internet import error\nprint(error.__name__)")
    (tmp_path / "program.py").write_text(
        "import subprocess, sys; subprocess.run([sys.executable, 'child.py'], check=True)"
    )
    assert txloop_run("program.py", cwd=tmp_path).stdout == "txloop.internet.error\n"


@pytest.mark.parametrize("raising", ["1 / 0", "raise KeyError('x') from OSError(2)", "def broken(:"])
def test_a_script_that_raises_shows_its_own_frames_only_and_fails(tmp_path: Path, raising: str) -> None:
    """Source: CPython prints the same for the same script."""
    (tmp_path / "program.py").write_text(f"def fail():\n    {raising}\n\nfail()\n")
    expected, ours = python("program.py", cwd=tmp_path), txloop_run("program.py", cwd=tmp_path)
    assert ours.returncode == expected.returncode == 1
    assert ours.stderr == expected.stderr


@pytest.mark.parametrize("argument", ["None", "0", "7", "True", "'a text'"])
def test_system_exit_keeps_its_code(tmp_path: Path, argument: str) -> None:
    (tmp_path / "program.py").write_text(f"import sys; sys.exit({argument})")
    expected, ours = python("program.py", cwd=tmp_path), txloop_run("program.py", cwd=tmp_path)
    assert (ours.returncode, ours.stderr) == (expected.returncode, expected.stderr)


def test_main_is_still_there_when_atexit_functions_run(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(
        "import atexit, sys\nword = 'kept'\natexit.register(lambda: print(sys.modules['__main__'].word))"
    )
    assert txloop_run("program.py", cwd=tmp_path).stdout == "kept\n"


def test_a_script_that_does_not_exist_is_named_and_the_status_is_the_interpreters(tmp_path: Path) -> None:
    ours = txloop_run("nowhere.py", cwd=tmp_path)
    assert ours.returncode == python("nowhere.py", cwd=tmp_path).returncode == 2
    assert f"can't open file '{tmp_path / 'nowhere.py'}'" in ours.stderr
    assert "Traceback" not in ours.stderr


def test_a_module_that_does_not_exist_is_named(tmp_path: Path) -> None:
    ours = txloop_run("-m", "nowhere", cwd=tmp_path)
    assert ours.returncode == 1
    assert ours.stderr.startswith("txloop: No module named nowhere")


def test_loop_names_the_loop_for_the_program_and_its_children(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("import os; print(os.environ['TXLOOP_LOOP'])")
    assert txloop_run("--loop", "asyncio", "program.py", cwd=tmp_path).stdout == "asyncio\n"


def test_an_unknown_loop_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    ours = txloop_run("--loop", "trio", "program.py", cwd=tmp_path)
    assert ours.returncode == 2
    assert "uvloop" in ours.stderr


def test_python_m_txloop_twisted_runs_a_program_too(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("from twisted.internet import error\nprint(error.__name__)")
    done = python("-m", "txloop_twisted", "program.py", cwd=tmp_path)
    assert done.stdout == "txloop.internet.error\n"


def test_an_import_that_txloop_lacks_is_named_with_what_would_provide_it(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("from twisted.words.protocols import irc")
    ours = txloop_run("program.py", cwd=tmp_path)
    assert ours.returncode == 1
    assert "No module named 'twisted.words'" in ours.stderr
    assert "pip install Twisted" in ours.stderr
    assert ours.stderr.count("  File ") == 1


RAISES_WITH_A_PORT = """
from twisted.internet import protocol, reactor
port = reactor.listenTCP(0, protocol.Factory(), interface="127.0.0.1")
print(port.getHost().port)
raise ValueError("too early")
"""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "from twisted.internet.selectreactor import win32select",
            "with Twisted installed beside it (pip install Twisted)",
        ),
        ("from twisted.internet.defer import deferredGenerator", "no such name either; use inlineCallbacks"),
    ],
)
def test_a_name_that_a_module_of_ours_lacks_is_told_with_who_has_it(
    tmp_path: Path, line: str, told: str
) -> None:
    (tmp_path / "program.py").write_text(line)
    done = txloop_run("program.py", cwd=tmp_path)
    assert (done.returncode, told in done.stderr.splitlines()[-1]) == (1, True), done.stderr


def test_an_import_error_that_is_not_ours_gets_no_note(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("from json import nothing")
    done = txloop_run("program.py", cwd=tmp_path)
    assert "txloop" not in done.stderr


def test_a_script_that_raises_leaves_no_port_open(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(RAISES_WITH_A_PORT)
    ours = txloop_run("program.py", cwd=tmp_path)
    assert ours.returncode == 1
    assert ours.stderr.endswith("ValueError: too early\n")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(ours.stdout)))


def test_a_program_that_is_not_named_is_asked_for(tmp_path: Path) -> None:
    done = txloop_run(cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.endswith("which program? Give a script's path, or -m and a module's name\n")


def test_without_a_command_the_help_is_shown(tmp_path: Path) -> None:
    done = python("-m", "txloop", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert all(command in done.stderr for command in ("run ", "twistd ", "check ", "demo "))


def test_it_says_its_version(tmp_path: Path) -> None:
    done = python("-m", "txloop", "--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"txloop {importlib.metadata.version('txloop')}\n"


@pytest.mark.parametrize("port", ["99999", "-1", "http"])
def test_a_port_that_is_none_is_refused_without_a_traceback(tmp_path: Path, port: str) -> None:
    done = python("-m", "txloop", "demo", f"--chat-port={port}", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.endswith(f"--chat-port: a port is a number from 0 to 65535, not '{port}'\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["-n", "-y", "nothing.tac"],
            "Failed to load application: [Errno 2] No such file or directory: 'nothing.tac'",
        ),
        (["--nonsense"], "txloop twistd: option --nonsense not recognized"),
        (["-n", "nonsense"], "txloop twistd: Unknown command: nonsense"),
    ],
)
def test_twistd_tells_users_mistakes_in_one_line_and_by_its_name(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = python("-m", "txloop", "twistd", *arguments, cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert said in (done.stdout + done.stderr).splitlines()
