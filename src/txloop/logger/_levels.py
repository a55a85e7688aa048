"""How grave an event is."""

from __future__ import annotations

from typing import Final

from txloop._constants import NamedConstant, Names

__all__ = ["LEVELS", "InvalidLogLevelError", "LogLevel", "NamedConstant", "Names"]


class InvalidLogLevelError(Exception):
    """Something that is not one of `LogLevel`'s constants was used as a log level.

    Args:
        level: The thing used, kept as the attribute ``level``.
    """

    def __init__(self, level: object) -> None:
        super().__init__(str(level))
        self.level = level


class LogLevel(Names):
    """The levels of log events, in rising order: ``LogLevel.debug < LogLevel.info``."""

    debug: NamedConstant = NamedConstant()  #: For who develops the software: details of its inner life.
    info: NamedConstant = NamedConstant()  #: For who runs it: routine, worth keeping.
    warn: NamedConstant = NamedConstant()  #: Something may be wrong; it was dealt with for now.
    error: NamedConstant = NamedConstant()  #: Something went wrong; the program goes on.
    critical: NamedConstant = (
        NamedConstant()
    )  #: Something went wrong that nobody caught, or stops the program.

    @classmethod
    def levelWithName(cls, name: str) -> NamedConstant:
        """The level called *name*.

        Raises:
            InvalidLogLevelError: There is no level of that name.
        """
        try:
            return cls.lookupByName(name)
        except ValueError:
            raise InvalidLogLevelError(name) from None


# A tuple: to ask `level in LEVELS` compares identities and asks nothing of the level.
LEVELS: Final = tuple(LogLevel.iterconstants())
