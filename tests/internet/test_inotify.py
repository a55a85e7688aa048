"""What happens to files and folders is told.  Source of the claims: running Twisted 26.10's inotify."""

from __future__ import annotations

import asyncio
import struct
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from txloop.python.filepath import FilePath

if sys.platform != "linux":
    pytest.skip("inotify is Linux's", allow_module_level=True)

from hypothesis import given
from hypothesis import strategies as st

from txloop.internet import inotify
from txloop.python._inotify import INotifyError, initializeModule

pytestmark = pytest.mark.asyncio

Flush = Callable[..., list[Any]]


class Told:
    """Gathers what it is told, the paths below *top*."""

    def __init__(self, top: FilePath[str]) -> None:
        self.top = top.asBytesMode()
        self.events: list[tuple[str, list[str]]] = []
        self._changed = asyncio.Event()

    def __call__(self, watch: object, path: FilePath[bytes], mask: int) -> None:
        name = b"/".join(path.segmentsFrom(self.top)).decode() if path != self.top else ""
        self.events.append((name, inotify.humanReadableMask(mask)))
        self._changed.set()

    async def until(self, name: str, *words: str) -> None:
        """Waits until that was told."""
        async with asyncio.timeout(5):
            while (name, list(words)) not in self.events:
                self._changed.clear()
                await self._changed.wait()


@pytest_asyncio.fixture
async def notifier() -> AsyncIterator[inotify.INotify]:
    made = inotify.INotify()
    made.startReading()
    yield made
    made.loseConnection()
    async with asyncio.timeout(5):
        while made.fileno() != -1:
            await asyncio.sleep(0)


@pytest.fixture
def top(tmp_path: Any) -> FilePath[str]:
    return FilePath(str(tmp_path))


async def test_what_happens_in_a_folder_is_told(notifier: inotify.INotify, top: FilePath[str]) -> None:
    told = Told(top)
    number = notifier.watch(top, callbacks=[told])
    assert notifier.watch(top) == number
    top.child("a").touch()
    top.child("a").moveTo(top.child("b"))
    top.child("b").remove()
    await told.until("b", "delete")
    assert ("a", ["create"]) in told.events
    assert told.events[-3:] == [("a", ["moved_from"]), ("b", ["moved_to"]), ("b", ["delete"])]


async def test_only_what_was_asked_for_is_told(notifier: inotify.INotify, top: FilePath[str]) -> None:
    told = Told(top)
    notifier.watch(top, mask=inotify.IN_CREATE, callbacks=[told])
    top.child("a").setContent(b"x")
    top.child("a").remove()
    top.child("b").touch()
    await told.until("b", "create")
    assert {word for _, words in told.events for word in words} == {"create"}


async def test_new_folders_are_watched_and_what_came_into_them_before_is_told(
    notifier: inotify.INotify, top: FilePath[str]
) -> None:
    told = Told(top)
    notifier.watch(top, autoAdd=True, callbacks=[told])
    top.child("sub").child("deep").makedirs()
    top.child("sub").child("early").touch()
    await told.until("sub/early", "close_write", "create")
    await told.until("sub/deep", "create", "is_dir")
    top.child("sub").child("deep").child("late").touch()
    await told.until("sub/deep/late", "create")
    top.child("sub").remove()
    await told.until("sub", "delete_self")
    assert list(notifier._watchpaths) == [top.asBytesMode()]


async def test_folders_in_it_are_watched_if_that_is_wanted(
    notifier: inotify.INotify, top: FilePath[str]
) -> None:
    told = Told(top)
    top.child("a").child("b").makedirs()
    notifier.watch(top, recursive=True, callbacks=[told])
    top.child("a").child("b").child("c").touch()
    await told.until("a/b/c", "create")


async def test_what_is_ignored_is_told_no_longer_and_the_rest_is(
    notifier: inotify.INotify, top: FilePath[str]
) -> None:
    """Twisted's breaks here: what is watched later is refused."""
    told = Told(top)
    notifier.watch(top, callbacks=[told])
    notifier.ignore(top)
    with pytest.raises(KeyError, match="is not watched"):
        notifier.ignore(top)
    top.child("unseen").touch()
    top.child("a").makedirs()
    notifier.watch(top.child("a"), callbacks=[told])
    top.child("a").child("b").touch()
    await told.until("a/b", "create")
    assert "unseen" not in [name for name, _ in told.events]


async def test_it_ends_with_the_last_path_that_is_deleted(
    notifier: inotify.INotify, top: FilePath[str]
) -> None:
    told = Told(top)
    top.child("a").makedirs()
    notifier.watch(top.child("a"), callbacks=[told])
    top.child("a").remove()
    await told.until("a", "delete_self")
    async with asyncio.timeout(5):
        while notifier.fileno() != -1:
            await asyncio.sleep(0)


async def test_a_callback_that_raises_keeps_no_other_from_its_call(
    notifier: inotify.INotify, top: FilePath[str], flush_logged_errors: Flush
) -> None:
    def broken(*arguments: object) -> None:
        raise ValueError("broken")

    told = Told(top)
    notifier.watch(top, mask=inotify.IN_CREATE, callbacks=[broken, told])
    top.child("a").touch()
    await told.until("a", "create")
    assert [failure.type for failure in flush_logged_errors()] == [ValueError]


async def test_what_does_not_exist_cannot_be_watched(notifier: inotify.INotify, top: FilePath[str]) -> None:
    with pytest.raises(INotifyError, match="Failed to add watch on"):
        notifier.watch(top.child("none"))


async def test_a_system_without_the_calls_is_told_apart() -> None:
    with pytest.raises(ImportError, match="inotify support"):
        initializeModule(object())


@given(st.binary(max_size=100))
async def test_a_cut_off_event_is_no_error(tail: bytes) -> None:
    whole = struct.pack("=iIII4s", 7, inotify.IN_CREATE, 0, 4, b"a\0\0\0")
    first = next(iter(inotify._events(whole + tail)))
    assert first == (7, inotify.IN_CREATE, b"a")
    list(inotify._events(tail))
