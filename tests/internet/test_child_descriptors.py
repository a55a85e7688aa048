"""The list of duplications that gives a child its descriptors, carried out on a model."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from txloop.internet import process

CLOSE, DUP2 = 1, 2


def child_of(ours: dict[int, tuple[str, bool]], actions: list[tuple[int, ...]]) -> dict[int, str]:
    """The files a child has open after *actions* and exec: its descriptor -> the file."""
    table = dict(ours)
    for code, number, *target in actions:
        if code == CLOSE:
            del table[number]
        elif number != target[0]:
            table[target[0]] = (table[number][0], False)  # a copy is never closed on exec
    return {number: file for number, (file, on_exec) in table.items() if not on_exec}


numbers = st.integers(0, 8)


@given(
    cloexec=st.dictionaries(numbers, st.booleans(), min_size=1),
    wanted=st.dictionaries(numbers, st.integers(0, 100), max_size=6),
)
def test_the_child_has_exactly_what_was_wanted(cloexec: dict[int, bool], wanted: dict[int, int]) -> None:
    parents = sorted(cloexec)
    mapping = {child: parents[choice % len(parents)] for child, choice in wanted.items()}
    actions = process._getFileActions(list(cloexec.items()), mapping, CLOSE, DUP2)
    ours = {number: (f"file {number}", on_exec) for number, on_exec in cloexec.items()}
    assert child_of(ours, actions) == {child: f"file {parent}" for child, parent in mapping.items()}


def test_nothing_is_done_for_descriptors_that_are_right_already() -> None:
    assert process._getFileActions([(0, False), (3, True)], {0: 0}, CLOSE, DUP2) == []


def test_open_descriptors_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    assert {reading, writing} <= set(process._listOpenFDs())

    def not_there(folder: str) -> list[str]:
        raise FileNotFoundError(folder)

    monkeypatch.setattr(os, "listdir", not_there)
    assert {reading, writing} <= set(process._listOpenFDs())
    os.close(reading)
    os.close(writing)
