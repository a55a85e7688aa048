"""User code that raises loses that connection alone, whichever callback it was: see raising_player.py."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reliability.raising_player import PLACES
from support import CHILD_TIMEOUT_SECONDS, child_environment, twisted_python

PLAYER = Path(__file__).with_name("raising_player.py")

IT_IS_LOST = "what cannot go on is lost; Twisted leaves it open, and nobody would ever close it"
IT_IS_TOLD = "the end is told all the same"

# Where Twisted 26.10 does something else, and why we do not.
DIFFERENCES = {
    "tcp server: buildProtocol": IT_IS_LOST,
    "tcp server: makeConnection": "no protocol is called that has no transport",
    "tcp server: connectionMade": IT_IS_LOST,
    "tcp server: logPrefix": "it is asked for when something is logged, not at each accept",
    "tcp server: stopProducing": IT_IS_TOLD,
    "tcp client: connectionLost": IT_IS_TOLD,
    "tcp client: clientConnectionFailed": "Twisted calls it twice",
    "udp: connectionRefused": "Twisted's was not told in this scene",
    "udp: stopProtocol": "stopListening's Deferred fails with it",
    "reactor: resolver": "the attempt fails with it",
}
DIFFERENCES |= {
    name.replace("tcp", "unix"): why for name, why in DIFFERENCES.items() if name.startswith("tcp server")
}


@functools.cache
def seen_by(platform: str) -> dict[str, dict[str, Any]]:
    """Each place's scene, played in a fresh process: "twisted", or txloop on that loop."""
    if platform == "twisted":
        environment = child_environment()
        del environment["PYTHONPATH"]
        command = [twisted_python(), PLAYER, "twisted"]
    else:
        environment = child_environment(TXLOOP_LOOP=platform)
        command = [sys.executable, PLAYER, "txloop"]
    done = subprocess.run(
        [*map(str, command)],
        env=environment | {"LC_ALL": os.environ.get("LC_ALL", "C.UTF-8")},
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=True,
    )
    scenes: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return scenes


@pytest.mark.parametrize("place", PLACES)
def test_what_it_raises_is_reported_once_and_nobody_else_is_disturbed(place: str, loop_name: str) -> None:
    seen = seen_by(loop_name)[place]
    assert seen["others"] is True
    reports = [
        *seen["logged"],
        *filter(None, [seen.get("call")]),
        *seen.get("stopped", []),
        *(told for told in seen["told"] if told == "failed Users"),
    ]
    assert len(reports) == (0 if "logPrefix" in place else 1)
    if "peer" in seen and reports and "ConnectionFailed" not in place and "startedConnecting" not in place:
        assert seen["peer"] == "closed"


@pytest.mark.needs_twisted
@pytest.mark.parametrize("place", PLACES)
def test_it_is_as_in_twisted_but_for_the_listed(place: str, loop_name: str) -> None:
    is_equal = seen_by(loop_name)[place] == seen_by("twisted")[place]
    assert is_equal is (place not in DIFFERENCES)
