"""Endpoint strings, log formats and command lines that nobody meant: the same outcome as on Twisted.

Where one refuses, so does the other; ours says ValueError in some places where Twisted 26.10 lets
a RuntimeError, an IndexError or the like of its own parser escape.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from reliability.text_player import KINDS, Texts, cases, outcome
from support import CHILD_TIMEOUT_SECONDS, child_environment, twisted_python

COUNT = int(os.environ.get("TXLOOP_RELIABILITY_EXAMPLES", "12")) * 25
SEED = 9

REFUSALS = {  # ImportError: without pyOpenSSL
    "server": {"ValueError", "UnicodeError", "UnicodeEncodeError", "TypeError", "IndexError",
               "FileNotFoundError", "IsADirectoryError", "NotADirectoryError", "ImportError"},
    "usage": {"UsageError", "SystemExit"},
}  # fmt: skip
REFUSALS["client"] = REFUSALS["server"]
# That a folder of certificates is not there, is said at once; by Twisted at the first connection.
LATER = ("FileNotFoundError", "TLSServerEndpoint")


@pytest.fixture(scope="module")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder: "tls:" means the certificates of the folder where one is."""
    return tmp_path_factory.mktemp("nowhere")


@pytest.fixture(scope="module")
def ours(nowhere: Path) -> list[tuple[str, str, str]]:
    texts = Texts("txloop")
    with contextlib.chdir(nowhere):
        return [(kind, text, outcome(texts, kind, text)) for kind, text in cases(SEED, COUNT)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_taken_or_refused_by_a_documented_error(
    kind: str, ours: list[tuple[str, str, str]]
) -> None:
    outcomes = {made for each, _, made in ours if each == kind}
    errors = {made for made in outcomes if made.endswith(("Error", "Exit", "Exception"))}
    if kind in REFUSALS:
        assert errors <= REFUSALS[kind]
    elif kind != "flattened":  # which refuses to keep what it cannot read again, as Twisted's
        assert errors == set()


@pytest.mark.needs_twisted
def test_each_text_becomes_what_it_becomes_on_twisted(
    ours: list[tuple[str, str, str]], nowhere: Path
) -> None:
    environment = child_environment()
    del environment["PYTHONPATH"]
    done = subprocess.run(
        [
            str(twisted_python()), "-W", "ignore", str(Path(__file__).with_name("text_player.py")),
            "twisted", str(SEED), str(COUNT),
        ],
        env=environment,
        cwd=nowhere,
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=True,
    )  # fmt: skip
    theirs = [tuple(json.loads(line)) for line in done.stdout.splitlines()]
    refusals = REFUSALS["server"] | {"RuntimeError", "AttributeError", "IDNAError"}
    differing = [
        (mine, other)
        for mine, other in zip(ours, theirs, strict=True)
        if mine != other and not {mine[2], other[2]} <= refusals and (mine[2], other[2]) != LATER
    ]
    assert differing == []
