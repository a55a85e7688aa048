"""The daemon's minute is judged rightly: `python -m conformance.daemon` itself needs the package index."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from conformance.daemon.__main__ import Outcome, differences, without_chance

STOCK = Outcome("EPollReactor", Counter({"rounds": 50}), Counter({"[-] Loaded.": 1}), 1.0, 0, "")


@pytest.mark.parametrize(
    ("line", "always"),
    [
        ("2017-02-08 09:14:00+0000 [-] Loaded.", "[-] Loaded."),
        ("2017-02-08 09:14:00+0000 [-] at 0x7f01 127.0.0.1:4711", "[-] at 0x… 127.0.0.1:PORT"),
        ("\t 'PWD': '/somewhere'", "a line of the environment"),
    ],
)
def test_what_is_chance_is_left_out(line: str, always: str) -> None:
    assert without_chance(line) == always


def test_more_or_less_of_the_same_is_no_difference() -> None:
    assert list(differences(STOCK, replace(STOCK, seen=Counter({"rounds": 46}), cpu_seconds=9.0))) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seen": Counter({"rounds": 30})}, "seen: 50 times on stock, 30 here: rounds"),
        ({"log": Counter({"[-] Loaded.": 1, "[-] Oh": 1})}, "log: 0 times on stock, 1 here: [-] Oh"),
        ({"log": Counter()}, "log: 1 times on stock, 0 here: [-] Loaded."),
        ({"status": 1}, "status: 0 on stock, 1 here"),
        ({"printed": "Unhandled Error"}, "printed: '' on stock, 'Unhandled Error' here"),
    ],
)
def test_a_difference_is_told(change: dict[str, object], told: str) -> None:
    assert list(differences(STOCK, replace(STOCK, **change))) == [told]  # type: ignore[arg-type]
