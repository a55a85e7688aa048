"""Pickles that outlive changes.  Source of the claims: Twisted 26.10, by running it."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

from txloop.persisted import styles


@pytest.fixture(autouse=True)
def nothing_waits() -> Iterator[None]:
    yield
    styles.versionedsToUpgrade.clear()
    styles.upgraded.clear()


class Room(styles.Versioned):
    persistenceVersion = 3
    persistenceForgets = ("connection",)

    def __init__(self) -> None:
        self.calls: list[str] = []

    def upgradeToVersion2(self) -> None:
        self.calls.append("Room 2")

    def upgradeToVersion3(self) -> None:  # noqa: N802
        self.calls.append("Room 3")

    def method(self) -> Any:
        return self


class Chat(Room):
    persistenceVersion = 1
    persistenceForgets = ("typing",)

    def upgradeToVersion1(self) -> None:  # noqa: N802
        self.calls.append("Chat 1")


class Quiet(Chat):
    """Has no version of its own."""


def of_version(kind: type[Any], **versions: int) -> Any:
    made = kind.__new__(kind)
    made.__setstate__(
        {"calls": [], **{f"{__name__}.{name}.persistenceVersion": v for name, v in versions.items()}}
    )
    return made


def test_each_class_s_version_is_pickled_and_what_is_to_be_forgotten_is_not() -> None:
    chat = Quiet()
    chat.connection = chat.typing = chat.topic = 1  # type: ignore[attr-defined]
    assert chat.__getstate__() == {
        "calls": [],
        "topic": 1,
        f"{__name__}.Room.persistenceVersion": 3,
        f"{__name__}.Chat.persistenceVersion": 1,
    }


@pytest.mark.parametrize(
    ("versions", "calls"),
    [
        ({"Room": 3, "Chat": 1}, []),
        ({"Room": 2}, ["Room 3", "Chat 1"]),
        ({"Room": 1, "Chat": 1}, ["Room 2", "Room 3"]),
        ({}, ["Room 2", "Room 3", "Chat 1"]),
    ],
)
def test_an_old_object_is_upgraded_step_by_step_the_general_first(
    versions: dict[str, int], calls: list[str]
) -> None:
    chat = of_version(Quiet, **versions)
    assert chat.calls == []
    styles.doUpgrade()
    assert (chat.calls, vars(chat)) == (calls, {"calls": calls})
    styles.doUpgrade()
    assert chat.calls == calls


def test_the_oldest_pickles_have_one_version() -> None:
    room = Room()
    room.__setstate__({"persistenceVersion": 2, "calls": []})
    styles.doUpgrade()
    assert vars(room) == {"calls": ["Room 3"]}


def test_a_newer_object_is_refused() -> None:
    of_version(Room, Room=4)
    with pytest.raises(AssertionError, match=r"^Sorry, can't go backwards in time\.$"):
        styles.doUpgrade()


def test_an_upgrade_that_needs_another_object_s_requires_it() -> None:
    order: list[str] = []

    class Owner(styles.Versioned):
        persistenceVersion = 1

        def upgradeToVersion1(self) -> None:  # noqa: N802
            assert styles.requireUpgrade(owned) is owned
            order.append("owner")

    class Owned(styles.Versioned):
        persistenceVersion = 1

        def upgradeToVersion1(self) -> None:  # noqa: N802
            order.append("owned")

    owner, owned = Owner(), Owned()
    owner.__setstate__({})
    owned.__setstate__({})
    styles.doUpgrade()
    assert order == ["owned", "owner"]


class Socket(styles.Ephemeral):
    def __init__(self) -> None:
        self.descriptor = 1


def test_an_ephemeral_is_not_kept() -> None:
    kept = pickle.loads(pickle.dumps(Socket()))
    assert (type(kept), vars(kept)) == (styles.Ephemeral, {})


def test_methods_and_modules_are_pickled() -> None:
    method = pickle.loads(pickle.dumps(Room().method))
    assert type(method()) is Room
    assert pickle.loads(pickle.dumps(io)) is io


def test_a_method_that_has_moved_to_the_object_s_class() -> None:
    room = Room()
    assert styles.unpickleMethod("method", room, styles.Ephemeral)() is room
    assert styles.unpickleMethod("method", None, Room) is Room.method
    for where in (Room, styles.Ephemeral):
        with pytest.raises(AttributeError, match="no_such"):
            styles.unpickleMethod("no_such", room, where)


def test_a_module_that_has_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(styles.oldModules, "an.old.name", "io")
    assert styles.unpickleModule("an.old.name") is io
    with pytest.raises(ModuleNotFoundError):
        styles.unpickleModule("no.such.module")


def test_a_function_without_a_name_is_refused() -> None:
    with pytest.raises(pickle.PicklingError, match="Cannot pickle lambda function"):
        styles._pickleFunction(lambda: 1)
    restore, arguments = styles._pickleFunction(of_version)
    assert restore(*arguments) is of_version


@pytest.mark.parametrize("kind", [styles.pickleStringI, styles.pickleStringO])
def test_files_in_memory(kind: Any) -> None:
    file = io.StringIO("abc")
    file.seek(1)
    restore, arguments = kind(file)
    assert restore(*arguments).read() == "bc"
