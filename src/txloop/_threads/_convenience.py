"""The flag every worker has: has it been told to quit?"""

from __future__ import annotations

from txloop._threads._ithreads import AlreadyQuit


class Quit:
    """A flag that is set once.

    `isSet` is True from the first `set` on.
    Source: Twisted 26.10, twisted._threads._convenience.Quit, by running it.
    """

    def __init__(self) -> None:
        self.isSet = False

    def set(self) -> None:
        """Set the flag.  Raises `AlreadyQuit` if it is set already."""
        self.check()
        self.isSet = True

    def check(self) -> None:
        """Raise `AlreadyQuit` if the flag is set."""
        if self.isSet:
            raise AlreadyQuit()
