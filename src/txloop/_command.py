"""The command ``txloop``: run a program that says ``import twisted`` on txloop.

    txloop run [--loop auto|asyncio|uvloop] script.py [args]
    txloop run [--loop auto|asyncio|uvloop] -m module [args]
    txloop twistd [options] [plugin [options]]
    txloop twist [options] plugin [options]
    txloop check [--json] path...
    txloop demo
    txloop --version

Everything after the script or module belongs to the program, options too; all that comes
after `twistd` or `twist` is theirs.

Not here: what `check` finds (_check.py) and prints (_check_report.py); how a program's
file becomes ``__main__`` (_program.py); what the names mean (adapters/txloop_twisted).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from txloop._check import Provider, check
from txloop._check_report import print_json, print_table
from txloop._program import EXIT_INTERRUPTED, Module, Program, Script, run_program

# The adapter that serves Twisted's names; like the event loop's, it is loaded by its fixed name.
OVERLAY = "txloop_twisted"
# Which loop a reactor makes that has none: read by the adapter, and by child processes.
LOOP_VARIABLE = "TXLOOP_LOOP"

# As the interpreter's own for a wrong command line.
EXIT_USAGE = 2
# `check`: something is needed that nobody provides, or a file could not be read.
EXIT_MISSING = 1
# What a shell shows for a program that SIGPIPE has ended.
EXIT_PIPE_CLOSED = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line *arguments* (without the command's name) ask.

    Returns:
        The exit status.  run: the program's own, 1 if it raised, 2 if there was nothing to run.
        check: 0, 1 if something is missing or a file could not be read, 2 if a path does not exist.
    Raises:
        SystemExit: The arguments make no sense (2), or help was asked for (0).
    """
    options = _parser().parse_args(arguments)
    if options.do is None:  # the command was not said
        _parser().print_help(sys.stderr)
        return EXIT_USAGE
    status: int = options.do(options)
    return status


def _version(options: argparse.Namespace) -> int:
    metadata = importlib.import_module("importlib.metadata")  # half as slow to load as all the rest
    try:
        print("txloop", metadata.version("txloop"))
    except metadata.PackageNotFoundError:
        print("txloop, not installed but run from its sources")
    return 0


def _run(options: argparse.Namespace) -> int:
    if options.program is None:
        options.parser.error("which program? Give a script's path, or -m and a module's name")
    if not _choose_loop(options.loop):
        return EXIT_USAGE
    kind = Module if options.as_module else Script
    program: Program = kind(options.program, options.arguments)
    # In this order: the overlay looks for an installed Twisted where the program would.
    program.enter()
    overlay = importlib.import_module(OVERLAY)
    overlay.install()
    overlay.inherit()
    return run_program(program)


def _twistd(options: argparse.Namespace) -> int:
    # An absolute path: with a process name, twistd starts what sys.argv[0] says once more.
    program = Script(str(Path(__file__).with_name("_twistd_command.py")), options.arguments)
    program.enter()
    _twisted_in_this_folder()
    importlib.import_module("twisted.scripts.twistd").run()
    return 0


def _twist(options: argparse.Namespace) -> int:
    sys.argv = ["twist", *options.arguments]
    _twisted_in_this_folder()
    importlib.import_module("twisted.application.twist._twist").Twist.main()
    return 0


def _twisted_in_this_folder() -> None:
    """Serve Twisted's names to plugins and to what a .tac imports, which are looked for here."""
    sys.path[:1] = [os.getcwd()]
    overlay = importlib.import_module(OVERLAY)
    overlay.install()
    overlay.inherit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="txloop", description="Run Twisted programs, unchanged, on asyncio or uvloop."
    )
    parser.set_defaults(do=None)
    parser.add_argument(
        "--version", action="store_const", dest="do", const=_version, help="say which txloop this is"
    )
    commands = parser.add_subparsers(title="commands", metavar="command")
    run = commands.add_parser(
        "run",
        help="run a script or module whose imports say twisted",
        description="Run a script or module whose imports say twisted; no Twisted need be installed.",
        usage="txloop run [-h] [--loop {auto,asyncio,uvloop}] (script.py | -m module) [args ...]",
    )
    run.set_defaults(do=_run, parser=run)
    _add_loop(run)
    run.add_argument("-m", dest="as_module", action="store_true", help="the program is a module's name")
    run.add_argument("program", nargs="?", metavar="script.py", help="the file to run")
    # REMAINDER: from here on even "--loop" is the program's.
    run.add_argument(
        "arguments", nargs=argparse.REMAINDER, metavar="args", help="the program's own arguments"
    )
    for name, do, what in (
        (
            "twistd",
            _twistd,
            "an application, a .tac file or a plugin, as a daemon or with -n in the foreground",
        ),
        ("twist", _twist, "a plugin's service in the foreground, logging to standard output"),
    ):
        theirs = commands.add_parser(
            name,
            help=f"run {what}",
            add_help=False,
            prefix_chars="\0",  # nothing here is an option of ours
        )
        theirs.set_defaults(do=do)
        theirs.add_argument("arguments", nargs=argparse.REMAINDER)
    reading = commands.add_parser(
        "check",
        help="say what of Twisted a code base uses, and who provides it",
        description="Read Python files, running nothing: what they use of Twisted, and who provides it.",
    )
    reading.set_defaults(do=_check)
    reading.add_argument("--json", action="store_true", help="print one JSON object")
    reading.add_argument("paths", nargs="+", type=Path, metavar="path", help="a file or a folder")
    showing = commands.add_parser(
        "demo",
        help="open a small chat with three doors: a browser, nc, this terminal",
        description="A small live world on one loop: a legacy line chat, a web page, and this terminal.",
    )
    showing.set_defaults(do=_demo)
    _add_loop(showing)
    showing.add_argument("--chat-port", type=_port, default=8123, help="for nc (8123); 0 is any free one")
    showing.add_argument(
        "--web-port", type=_port, default=8080, help="for browsers (8080); 0 is any free one"
    )
    return parser


def _port(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return number


def _add_loop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--loop",
        choices=("auto", "asyncio", "uvloop"),
        help=f"the event loop below; the default is ${LOOP_VARIABLE} or auto: uvloop if it is installed",
    )


def _demo(options: argparse.Namespace) -> int:
    if not _choose_loop(options.loop):
        return EXIT_USAGE
    status: int = importlib.import_module("txloop._demo.world").run_demo(options.chat_port, options.web_port)
    return status


def _check(options: argparse.Namespace) -> int:
    try:
        result = check(options.paths)
        (print_json if options.json else print_table)(result)
        sys.stdout.flush()
    except FileNotFoundError as error:
        print(f"txloop: {error}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # `txloop check . | head`: enough was seen
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # for what the interpreter flushes at its end
        return EXIT_PIPE_CLOSED
    return EXIT_MISSING if result.unread or result.of(Provider.NOBODY) else 0


def _choose_loop(name: str | None) -> bool:
    """Have reactors use that loop; False, with a word on stderr, if it is not there."""
    if name == "uvloop" and importlib.util.find_spec("uvloop") is None:
        print("txloop: uvloop is not installed: pip install 'txloop[uvloop]'", file=sys.stderr)
        return False
    if name is not None:
        os.environ[LOOP_VARIABLE] = name
    return True
