"""Whatever is imported in whatever order: each class exists once, under both names.

Source: with two Deferreds or Failures in a process, isinstance, except clauses and zope
adapters miss silently.
"""

from __future__ import annotations

import importlib.util
import random
import subprocess

import pytest

from support import child_environment, python, twisted_python

BEFORE_OR_AFTER = {
    "asyncio": "import asyncio",
    "ours": "from txloop.internet import defer, reactor",
    "our-protocol": "import txloop.internet.protocol",
    "our-reactor": "import txloop; txloop.AsyncioReactor",
}
if importlib.util.find_spec("uvloop") is not None:
    BEFORE_OR_AFTER["uvloop"] = "import uvloop"
OVERLAY = {"overlay": "import txloop_twisted; txloop_twisted.install()"}
AFTER = {
    "reactor": "from twisted.internet import reactor",
    "dotted-reactor": "import twisted.internet.reactor",
    "defer": "import twisted.internet.defer",
    "failure": "from twisted.python import failure",
    "protocol": "from twisted.internet.protocol import Factory",
    "logger": "from twisted.logger import Logger",
}
# Of the real Twisted, on top of ours; with none installed they are left out.
REAL = {
    "web": "import twisted.web.client, twisted.web.server",
    "trial": "from twisted.trial import unittest",
    "pb": "from twisted.spread import pb",
}
SAYS_ONE = """
import sys
import twisted.internet.defer, twisted.internet.error, twisted.internet.interfaces, twisted.internet.protocol
import twisted.internet.reactor, twisted.internet.task, twisted.logger, twisted.python.failure
import txloop.internet
for name in ("internet.defer", "internet.error", "internet.interfaces", "internet.protocol", "internet.task",
             "logger", "python.failure"):
    one, two = sys.modules["twisted." + name], sys.modules["txloop." + name]
    above, _, last = ("twisted." + name).rpartition(".")
    assert one is two is getattr(sys.modules[above], last), name
reactor = sys.modules["twisted.internet.reactor"]
assert reactor is twisted.internet.reactor is txloop.internet.reactor
if "twisted.web.client" in sys.modules:
    assert sys.modules["twisted.web.client"].defer is twisted.internet.defer
if "twisted.spread.pb" in sys.modules:
    assert sys.modules["twisted.spread.pb"].failure is twisted.python.failure
print("one")
"""


def orders(more: dict[str, str], count: int = 20) -> list[list[str]]:
    """*count* orders, the same in each run: the overlay comes before all that says twisted."""
    found = []
    chance = random.Random(20)
    for _ in range(count):
        anywhere, twisteds = list(BEFORE_OR_AFTER), [*AFTER, *more]
        chance.shuffle(anywhere)
        chance.shuffle(twisteds)
        first = chance.randrange(len(anywhere) + 1)
        behind = [*anywhere[first:], *twisteds]
        chance.shuffle(behind)
        found.append([*anywhere[:first], *OVERLAY, *behind])
    return found


def program(order: list[str]) -> str:
    statements = {**BEFORE_OR_AFTER, **OVERLAY, **AFTER, **REAL}
    return "\n".join(statements[each] for each in order) + SAYS_ONE


@pytest.mark.parametrize("order", orders({}), ids="-".join)
def test_any_order_of_imports_ends_with_one_of_each(order: list[str]) -> None:
    done = python("-P", "-c", program(order))
    assert (done.stdout, done.stderr) == ("one\n", "")


@pytest.mark.needs_twisted
@pytest.mark.parametrize("order", orders(REAL), ids="-".join)
def test_any_order_ends_with_one_of_each_under_a_real_twisted(order: list[str]) -> None:
    done = subprocess.run(
        [str(twisted_python()), "-P", "-c", program(order)],
        env=child_environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout == "one\n", done.stderr


@pytest.mark.needs_twisted
@pytest.mark.parametrize("first", ["twisted.internet.reactor", "twisted.web.client"])
def test_too_late_is_refused_and_the_real_modules_are_named(first: str) -> None:
    text = f"import {first}\nimport txloop_twisted\ntxloop_twisted.install()"
    done = subprocess.run(
        [str(twisted_python()), "-P", "-c", text],
        env=child_environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith("RuntimeError: txloop_twisted.install() comes too late: the real twisted.")
    assert "twisted.python.failure" in last
    assert "txloop run" in last


def test_a_class_is_found_where_it_says_it_lives_though_only_txloops_name_was_imported() -> None:
    """Source: inspect.getmodule and typing.get_type_hints look into sys.modules and import nothing."""
    text = """
import txloop_twisted; txloop_twisted.install()
import inspect, sys
import txloop.internet.endpoints, txloop.protocols.amp
for thing in (txloop.internet.endpoints.TCP4ClientEndpoint, txloop.protocols.amp.AMP):
    assert thing.__module__.startswith("twisted."), thing.__module__
    assert inspect.getmodule(thing) is sys.modules[thing.__module__]
import twisted
assert twisted.internet.endpoints is txloop.internet.endpoints
print("found")
"""
    done = python("-P", "-c", text)
    assert (done.stdout, done.stderr) == ("found\n", "")
