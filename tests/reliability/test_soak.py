"""The loads of soak.py at a size that takes a second; `python -m reliability` runs them in full."""

from __future__ import annotations

import pytest

from reliability import soak

pytestmark = pytest.mark.asyncio


async def test_connections_that_echo_idle_and_die() -> None:
    row = await soak.connections(200)
    assert "descriptors +0" in row.seen


async def test_connections_that_come_and_go() -> None:
    row = await soak.churn(200)
    assert "descriptors +0" in row.seen


async def test_messages_of_every_kind_at_once() -> None:
    row = await soak.messages(20_000)
    assert "threads +0" in row.seen


async def test_a_lost_message_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hashes are of what came, not of what was meant to."""
    note, forgotten = soak.Hashing.note, []

    def forgets_one(self: soak.Hashing, line: bytes) -> None:
        if isinstance(self, soak.LineServer) and not forgotten:
            forgotten.append(line)
            self.count += 1
        else:
            note(self, line)

    monkeypatch.setattr(soak.Hashing, "note", forgets_one)
    with pytest.raises(AssertionError):
        await soak.tcp(4_000)
