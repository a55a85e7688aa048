"""What can go wrong with FTP."""

from __future__ import annotations

__all__ = [
    "BadResponse",
    "CommandFailed",
    "ConnectionLost",
    "FTPError",
    "PortConnectionError",
    "UnexpectedData",
    "UnexpectedResponse",
]


class FTPError(Exception):
    """Something went wrong."""


class PortConnectionError(Exception):
    """The data connection could not be made."""


class ConnectionLost(FTPError):
    """The connection was lost before there was an answer; the second argument is why."""


class CommandFailed(FTPError):
    """The server has refused; the argument is its answer, a list of lines."""


class BadResponse(FTPError):
    """The answer makes no sense."""


class UnexpectedResponse(FTPError):
    """An answer came to nothing that was asked."""


class UnexpectedData(FTPError):
    """Bytes came over a connection that only takes them."""
