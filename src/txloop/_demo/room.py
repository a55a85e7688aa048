"""The room that everybody is in, through whichever door they came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from txloop.internet import protocol

# A name is shown in every line: short, and without anything that could end one.
NAME_BYTES = 20


class Person(Protocol):
    """Somebody in the room.

    Attributes:
        sees_own_lines: What they type is on their screen already.
    """

    sees_own_lines: bool

    def hear(self, text: str) -> None:
        """Be told one line."""


class NameRefused(Exception):
    """Nobody can come in by that name; the text is for whoever asked."""


class Room:
    """Who is here, by name, and what they have said lately."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}

    def names(self) -> list[str]:
        """Who is here, in order."""
        return sorted(self._people)

    def enter(self, name: str, person: Person) -> None:
        """Let *person* in.

        Raises:
            NameRefused: The name is taken, or none.
        """
        if not name.isalnum() or len(name) > NAME_BYTES:
            raise NameRefused(f"One word of at most {NAME_BYTES} letters, please.")
        if name in self._people:
            raise NameRefused(f"{name} is here already.")
        self._people[name] = person
        self.say_to_all(f"{name} came in.")

    def leave(self, name: str) -> None:
        """*name* is gone."""
        if self._people.pop(name, None) is not None:
            self.say_to_all(f"{name} went away.")

    def say(self, name: str, text: str) -> None:
        """*name*, if there is such a person, says something."""
        text = "".join(letter if letter.isprintable() else " " for letter in text).strip()
        speaker = self._people.get(name)
        if text and speaker is not None:
            for person in list(self._people.values()):
                if person is not speaker or not speaker.sees_own_lines:
                    person.hear(f"<{name}> {text}")

    def say_to_all(self, text: str) -> None:
        """One line for everybody."""
        for person in list(self._people.values()):
            person.hear(text)


class Door(protocol.Factory[Any]):
    """Lets people into a room.

    Args:
        room: The room.
        person: Makes the protocol of one who comes, given the room.
    """

    noisy = False

    def __init__(self, room: Room, person: Callable[[Room], Any]) -> None:
        self._room = room
        self._person = person

    def buildProtocol(self, addr: object) -> Any:
        """A person for each connection."""
        return self._person(self._room)
