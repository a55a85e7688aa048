"""``python -m conformance.daemon``: see the package."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.environment import PACKAGES, environment, made_environment

DAEMON = "buildbot-worker==0.9.4"
MASTER = Path(__file__).with_name("master.py")
STOCK = "stock, epoll"
# Shorter, and the schedule of the master's does not fit.
LEAST_SECONDS = 30
# How often something happened in a minute, give or take this share: the machine may be busy.
SLACK = 0.15
# What two runs of the same program differ in, too; and who serves it, which is what is compared.
CHANCE = {
    r"^\t .*": "a line of the environment",
    r"^\S+ \S+ (?=\[)": "",
    r"0x[0-9a-f]+": "0x…",
    r"(127\.0\.0\.1:|port=)\d+": r"\1PORT",
    r"pid \d+": "pid …",
    r"elapsedTime: [\d.]+": "elapsedTime: …",
    r"retry in \d+ seconds": "retry in … seconds",
    r"reactor class: \S+": "reactor class: …",
}


@dataclass(frozen=True)
class Outcome:
    """One daemon's minute.

    Attributes:
        reactor: Its class, as the log has it.
        seen: By its master: what happened how often.
        log: Its log's lines, without what is chance: how often each.
        cpu_seconds: Of the daemon and its children.
        status: Its exit status.
        printed: On stderr, by daemon and master.
    """

    reactor: str
    seen: Counter[str]
    log: Counter[str]
    cpu_seconds: float
    status: int
    printed: str


class Minute:
    """A master and its daemon, in a folder of their own.

    Args:
        over: The kind of loop, for the overlay; None for stock.
    """

    def __init__(self, python: Path, over: str | None, seconds: float, folder: Path) -> None:
        self._folder = folder
        self._master = subprocess.Popen(
            [python, "-P", MASTER, str(seconds), folder],
            env=environment(python, over=None),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._master.stdout is not None
        address = f"127.0.0.1:{self._master.stdout.readline().strip()}"
        create = [python.with_name("buildbot-worker"), "create-worker"]
        create += [
            "--allow-shutdown=file",
            "--keepalive=3",
            "--maxdelay=2",
            folder,
            address,
            "oldtimer",
            "secret",
        ]
        subprocess.run(create, env=environment(python, over=None), check=True, stdout=subprocess.DEVNULL)
        twistd = [python.with_name("twistd")] if over is None else [python, "-m", "txloop", "twistd"]
        self._daemon = subprocess.Popen(
            [*twistd, "-n", "--pidfile=", "-y", folder / "buildbot.tac"],
            env=environment(python, over=over),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def outcome(self) -> Outcome:
        """Wait for the end of both."""
        assert self._daemon.stderr is not None
        with self._daemon.stderr:
            complaints = self._daemon.stderr.read()
        _, status, used = os.wait4(self._daemon.pid, 0)
        self._daemon.returncode = os.waitstatus_to_exitcode(status)
        told = self._master.communicate()[0].splitlines()
        log = (self._folder / "twistd.log").read_text().splitlines()
        return Outcome(
            next(line for line in log if "reactor class: " in line).rstrip(".").rpartition(".")[2],
            Counter(json.loads(told[-1])),
            Counter(without_chance(line.replace(str(self._folder), "FOLDER")) for line in log),
            used.ru_utime + used.ru_stime,
            self._daemon.returncode,
            "\n".join([complaints, *told[:-1]]).strip(),
        )

    def kill(self) -> None:
        """Whatever still runs."""
        for process in (self._daemon, self._master):
            if process.returncode is None:
                process.kill()
                process.communicate()


def without_chance(line: str) -> str:
    """*line* as it is in every run."""
    for pattern, instead in CHANCE.items():
        line = re.sub(pattern, instead, line)
    return line


def differences(stock: Outcome, here: Outcome) -> Iterator[str]:
    """What is not as on stock: kinds of lines, how often something happened, the end."""
    for kind, one, other in (("log", stock.log, here.log), ("seen", stock.seen, here.seen)):
        for what in sorted(one.keys() | other.keys()):
            least, most = sorted((one[what], other[what]))
            if not least or most - least > max(2, SLACK * most):
                yield f"{kind}: {one[what]} times on stock, {other[what]} here: {what}"
    if here.status != stock.status:
        yield f"status: {stock.status} on stock, {here.status} here"
    if here.printed != stock.printed:
        yield f"printed: {stock.printed!r} on stock, {here.printed!r} here"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the minute; 0: as on stock, 1: not."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance.daemon", description="A daemon of 2017 over txloop, beside stock Twisted."
    )
    parser.add_argument("--seconds", type=float, default=60, help=f"how long; {LEAST_SECONDS} at least")
    options = parser.parse_args(arguments)
    if options.seconds < LEAST_SECONDS:
        parser.error(f"--seconds: {LEAST_SECONDS} at least")
    python = made_environment("daemon", [[PACKAGES[0], "uvloop", DAEMON]])
    outcomes = _all_at_once(python, options.seconds)
    _print(outcomes)
    found = {how: list(differences(outcomes[STOCK], here)) for how, here in outcomes.items()}
    for how, lines in found.items():
        print(*(f"DIFFERENT {how}: {line}" for line in lines), sep="\n", end="\n" if lines else "")
    well = outcomes[STOCK].status == 0 and outcomes[STOCK].seen["rounds"] > 0
    well &= [each.reactor for each in outcomes.values()] == ["EPollReactor", *["AsyncioReactor"] * 2]
    return 1 if any(found.values()) or not well else 0


def _all_at_once(python: Path, seconds: float) -> dict[str, Outcome]:
    minutes: dict[str, Minute] = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            for how, over in {STOCK: None, "asyncio": "asyncio", "uvloop": "uvloop"}.items():
                minutes[how] = Minute(python, over, seconds, Path(folder) / how.partition(",")[0])
            return {how: minute.outcome() for how, minute in minutes.items()}
        finally:
            for minute in minutes.values():
                minute.kill()


def _print(outcomes: dict[str, Outcome]) -> None:
    def row(title: str, *cells: object) -> None:
        print(f"{title:22}", *(f"{cell!s:>14}" for cell in cells))

    row(DAEMON, *outcomes)
    row("reactor", *(each.reactor for each in outcomes.values()))
    for what in sorted({what for each in outcomes.values() for what in each.seen}):
        row(what, *(each.seen[what] for each in outcomes.values()))
    row("lines in its log", *(each.log.total() for each in outcomes.values()))
    row("CPU, seconds", *(f"{each.cpu_seconds:.2f}" for each in outcomes.values()))
    row("exit status", *(each.status for each in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main())
