"""The door of the terminal that the command was typed in: a person called `you`."""

from __future__ import annotations

from collections.abc import Callable

from txloop._demo.room import Room
from txloop.internet.protocol import connectionDone
from txloop.protocols.basic import LineReceiver
from txloop.python.failure import Failure

NAME = "you"


class Terminal(LineReceiver):
    """Standard input's lines are said, what is said is printed.

    Args:
        room: Where they come in.
        ended: Called when standard input ends.
    """

    delimiter = b"\n"
    sees_own_lines = True

    def __init__(self, room: Room, ended: Callable[[], object]) -> None:
        self._room = room
        self._ended = ended

    def connectionMade(self) -> None:
        """Come in."""
        self._room.enter(NAME, self)

    def lineReceived(self, line: bytes) -> None:
        """Say it."""
        self._room.say(NAME, line.decode("utf-8", "replace"))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The end of the input is the end of the demo."""
        self._room.leave(NAME)
        self._ended()

    def hear(self, text: str) -> None:
        """Print it."""
        self.sendLine(text.encode())
