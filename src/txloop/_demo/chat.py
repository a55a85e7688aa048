"""The door for nc and telnet: a line chat as they were written twenty years ago."""

from __future__ import annotations

from txloop._demo.room import NameRefused, Room
from txloop.internet import protocol
from txloop.protocols.basic import LineReceiver
from txloop.python.failure import Failure


class ChatProtocol(LineReceiver):
    """One person, nameless at first.

    Args:
        room: Where they come in.
    """

    delimiter = b"\n"
    sees_own_lines = True
    MAX_LENGTH = 500

    def __init__(self, room: Room) -> None:
        self._room = room
        self._name: str | None = None

    def connectionMade(self) -> None:
        """Ask who it is."""
        self.hear("What is your name?")

    def lineReceived(self, line: bytes) -> None:
        """A name, and from then on what they say."""
        text = line.decode("utf-8", "replace").strip()
        if self._name is not None:
            self._room.say(self._name, text)
            return
        try:
            self._room.enter(text, self)
        except NameRefused as refused:
            self.hear(f"{refused} What is your name?")
        else:
            self._name = text
            self.hear(f"Here are: {', '.join(self._room.names())}")

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        """They went away."""
        if self._name is not None:
            self._room.leave(self._name)

    def hear(self, text: str) -> None:
        """One line for them."""
        self.sendLine(text.encode())
